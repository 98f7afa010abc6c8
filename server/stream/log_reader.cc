#include "server/stream/log_reader.h"

#include <algorithm>

namespace sluice::stream {
namespace {

// A page is one read of some hundred microseconds.
constexpr int kEventsPerPage = 512;
// About 16 MiB of ordinary events: what a herd that resumes walks through together.
constexpr size_t kPagesKept = 32;

}  // namespace

void LogReader::Read(std::string merchant, int64_t position, Done done) {
  Key key(std::move(merchant), position);
  {
    MutexLock lock(&mutex_);
    const auto kept = std::find_if(kept_.begin(), kept_.end(),
                                   [&key](const auto& entry) { return entry.first == key; });
    if (kept != kept_.end()) {
      kept_.splice(kept_.begin(), kept_, kept);
      LogPage page = kept->second;
      lock.Unlock();
      done(std::move(page));
      return;
    }
    std::vector<Done>& waiters = waiting_[key];
    waiters.push_back(std::move(done));
    if (waiters.size() > 1) return;
  }
  readers_->Post([this, key = std::move(key)] { ReadNow(key); });
}

void LogReader::ReadNow(const Key& key) {
  // Taken before the read: whoever asks from here on may know of events that it does not see, and
  // would take them for read.
  std::vector<Done> waiters;
  {
    MutexLock lock(&mutex_);
    const auto waiting = waiting_.find(key);
    waiters = std::move(waiting->second);
    waiting_.erase(waiting);
  }
  absl::StatusOr<std::vector<EventPtr>> events = store_->ReadEvents(
      {.merchant = key.first, .after_position = key.second, .limit = kEventsPerPage});
  absl::StatusOr<LogPage> page = LogPage();
  if (!events.ok()) {
    page = events.status();
  } else if (!events->empty()) {
    page->block = std::make_shared<const EventBlock>(*events);
    page->full = events->size() == kEventsPerPage;
  }
  if (page.ok() && page->full) {
    MutexLock lock(&mutex_);
    Keep(key, *page);
  }
  for (Done& done : waiters) done(page);
}

void LogReader::Keep(const Key& key, const LogPage& page) {
  kept_.emplace_front(key, page);
  if (kept_.size() > kPagesKept) kept_.pop_back();
}

}  // namespace sluice::stream
