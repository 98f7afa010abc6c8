#include "tests/power_cut/disk_journal.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace sluice::power_cut {
namespace {

// What a disk writes whole or not at all.
constexpr size_t kSector = 512;

void Put(std::string_view data, size_t offset, std::string& content) {
  if (content.size() < offset + data.size()) content.resize(offset + data.size());
  content.replace(offset, data.size(), data);
}

bool EndsWith(const std::string& path, std::string_view end) {
  return path.size() >= end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0;
}

bool IsLog(const std::string& path) { return EndsWith(path, "-wal") || EndsWith(path, "-journal"); }

}  // namespace

int DiskJournal::BeforeOpen(const store::sqlite::VfsFile& file) {
  return Record({Kind::kOpen, file.path, "", 0});
}

int DiskJournal::BeforeWrite(const store::sqlite::VfsFile& file, const void* data, int size,
                             int64_t offset) {
  return Record({Kind::kWrite, file.path, std::string(static_cast<const char*>(data), size),
                 static_cast<size_t>(offset)});
}

int DiskJournal::BeforeTruncate(const store::sqlite::VfsFile& file, int64_t size) {
  return Record({Kind::kTruncate, file.path, "", static_cast<size_t>(size)});
}

int DiskJournal::BeforeSync(const store::sqlite::VfsFile& file) {
  return Record({Kind::kSync, file.path, "", 0});
}

int DiskJournal::BeforeDelete(const std::string& path, bool sync_folder) {
  return Record({sync_folder ? Kind::kDurableDelete : Kind::kDelete, path, "", 0});
}

int DiskJournal::Record(Step step) {
  if (step.path.empty()) return SQLITE_OK;  // A temporary file of SQLite's.
  MutexLock lock(&mutex_);
  if (!stopped_) steps_.push_back(std::move(step));
  return SQLITE_OK;
}

size_t DiskJournal::steps() const {
  MutexLock lock(&mutex_);
  return steps_.size();
}

void DiskJournal::Stop() {
  MutexLock lock(&mutex_);
  stopped_ = true;
}

void DiskJournal::Apply(const Step& step, std::optional<std::string>& content) {
  switch (step.kind) {
    case Kind::kDelete:
    case Kind::kDurableDelete:
      content.reset();
      return;
    case Kind::kOpen:
      if (!content.has_value()) content.emplace();
      return;
    case Kind::kTruncate:
      if (content.has_value()) content->resize(step.offset);
      return;
    default:
      if (!content.has_value()) content.emplace();
      Put(step.data, step.offset, *content);
      return;
  }
}

void DiskJournal::ApplySome(const Step& step, std::optional<std::string>& content, Random& random) {
  if (step.kind != Kind::kWrite || random.Next() % 2 == 0) return Apply(step, content);
  if (!content.has_value()) content.emplace();
  for (size_t at = 0; at < step.data.size(); at += kSector) {
    if (random.Next() % 2 == 0) continue;
    Put(std::string_view(step.data).substr(at, kSector), step.offset + at, *content);
  }
}

bool DiskJournal::Exists(const File& file) {
  bool exists = file.durable.has_value();
  for (const Step* pending : file.pending) exists = pending->kind != Kind::kDelete;
  return exists;
}

// As SQLite does with the first sync of a log or journal that it has created.
void DiskJournal::SyncFolder() {
  for (auto& [path, file] : files_) {
    auto last = file.pending.end();
    for (auto it = file.pending.begin(); it != file.pending.end(); ++it) {
      if ((*it)->kind == Kind::kDelete) last = it;
    }
    if (last != file.pending.end()) {
      file.durable.reset();
      file.pending.erase(file.pending.begin(), last + 1);
    }
    for (const Step* pending : file.pending) {
      if (pending->kind == Kind::kOpen) Apply(*pending, file.durable);
    }
  }
}

void DiskJournal::Play(const Step& step) {
  File& file = files_[step.path];
  if (step.kind == Kind::kOpen && !Exists(file)) file.created = IsLog(step.path);
  if (step.kind == Kind::kSync && std::exchange(file.created, false)) SyncFolder();
  if (step.kind == Kind::kSync || step.kind == Kind::kDurableDelete) {
    for (const Step* pending : file.pending) Apply(*pending, file.durable);
    file.pending.clear();
    if (step.kind == Kind::kDurableDelete) file.durable.reset();
    return;
  }
  // Opening what is there changes nothing.
  if (step.kind == Kind::kOpen && file.durable.has_value() && file.pending.empty()) return;
  file.pending.push_back(&step);
}

Image DiskJournal::Cut(size_t cut, Random& random) {
  MutexLock lock(&mutex_);
  if (!std::exchange(begun_, true)) {
    for (const auto& [path, content] : base_) files_[path].durable = content;
  }
  // The step under way when the power goes may have happened, in part: a sync has not ended.
  for (; played_ < std::min(cut, steps_.size()); ++played_) {
    if (played_ + 1 == cut && steps_[played_].kind == Kind::kSync) break;
    Play(steps_[played_]);
  }
  // How much the disk had got to: nothing, all, or some.
  const uint64_t mood = random.Next() % 8;
  Image image;
  for (auto& [path, file] : files_) {
    std::optional<std::string> content = file.durable;
    for (const Step* pending : file.pending) {
      const bool kept = mood == 0 ? false : mood == 1 ? true : random.Next() % 2 == 0;
      if (!kept) continue;
      if (mood == 1) {
        Apply(*pending, content);
      } else {
        ApplySome(*pending, content, random);
      }
    }
    if (content.has_value()) image[path] = *std::move(content);
  }
  return image;
}

}  // namespace sluice::power_cut
