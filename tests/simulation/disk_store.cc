#include "tests/simulation/disk_store.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/sqlite/sqlite_store.h"

namespace sluice::simulation_run {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffixes[] = {"", "-wal", "-journal"};
constexpr int kMostFailedStarts = 3;
// Few enough that a start makes them.
constexpr uint64_t kMostCallsOfAStart = 8;

}  // namespace

DiskStore::DiskStore() {
  // In memory where there is such a disk: what fsync promises is modelled, not measured.
  const bool memory = fs::is_directory("/dev/shm");
  std::string pattern =
      (memory ? fs::path("/dev/shm") : fs::temp_directory_path()) / "simulation-XXXXXX";
  folder_ = mkdtemp(pattern.data());
  Open({}, nullptr);
}

DiskStore::~DiskStore() {
  disk_.Heal();
  CloseStore();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string DiskStore::Path() const { return absl::StrCat(folder_, "/", life_, "/store.db"); }

// The files as the process that has died has left them.
power_cut::Image DiskStore::Written() const {
  power_cut::Image image;
  for (const char* suffix : kSuffixes) {
    std::ifstream in(Path() + suffix, std::ios::binary);
    if (in.is_open()) image[Path() + suffix] = {std::istreambuf_iterator<char>(in), {}};
  }
  return image;
}

void DiskStore::CloseStore() {
  store_.reset();
  disk_.Heal();
  faulty_.reset();
  recording_.reset();
  journal_.reset();
}

// `image` has the paths of the life before.
void DiskStore::Open(power_cut::Image image, Random* faults) {
  const std::string before = Path();
  ++life_;
  fs::create_directory(fs::path(Path()).parent_path());
  power_cut::Image mine;
  for (auto& [path, content] : image) {
    const std::string moved = Path() + path.substr(before.size());
    std::ofstream(moved, std::ios::binary) << content;
    mine[moved] = std::move(content);
  }
  journal_ = std::make_unique<power_cut::DiskJournal>(std::move(mine));
  auto recording = store::sqlite::VfsLayer::Wrap("", journal_.get());
  recording_ = *std::move(recording);
  auto faulty = store::sqlite::VfsLayer::Wrap(recording_->name(), &disk_);
  faulty_ = *std::move(faulty);
  store::SqliteStoreOptions options;
  options.path = Path();
  options.readers = 1;
  options.vfs = faulty_->name();
  options.random = &ids_;
  options.min_recovery_delay = absl::Milliseconds(1);
  options.max_recovery_delay = absl::Milliseconds(1);
  options.probe = [this](std::string_view point) {
    if (point != "recovery.after") return;
    MutexLock lock(&mutex_);
    ++recoveries_;
    changed_.SignalAll();
  };
  // A start that fails is tried again, as whoever keeps a process running does.
  absl::StatusOr<std::unique_ptr<store::Store>> store;
  for (int start = 0; start <= kMostFailedStarts; ++start) {
    const bool fails = faults != nullptr && start < kMostFailedStarts && faults->Next() % 2 == 0;
    if (fails) ArmAny(*faults);
    store = store::OpenSqliteStore(options);
    disk_.Heal();
    if (store.ok()) break;
    if (!fails) {
      std::cerr << "the store does not open again: " << store.status() << std::endl;
      abort();
    }
    ++failed_starts_;
  }
  store_ = *std::move(store);
  ended_ = suspended_ = false;
}

void DiskStore::ArmAny(Random& random) {
  const auto fault = static_cast<DiskFault>(random.Next() % kDiskFaults);
  const int nth = 1 + static_cast<int>(random.Next() % kMostCallsOfAStart);
  disk_.Arm(fault, nth, /*lasting=*/random.Next() % 2 == 0);
}

void DiskStore::Begin(bool power_cut, Random& random, bool faults) {
  power_cut::Image image = power_cut ? journal_->Cut(journal_->steps() + 1, random) : Written();
  const bool in_order = faults && !power_cut && random.Next() % 2 == 0;
  if (in_order) {
    Heal();  // And is at rest.
    ArmAny(random);
    store_->Close();
    image = Written();
  }
  disk_.Heal();
  CloseStore();
  Open(std::move(image), faults ? &random : nullptr);
}

void DiskStore::AwaitRecovery(int since) {
  MutexLock lock(&mutex_);
  while (recoveries_ <= since) changed_.Wait(&mutex_);
}

void DiskStore::Heal() {
  int since = 0;
  {
    MutexLock lock(&mutex_);
    since = recoveries_;
  }
  disk_.Heal();
  if (std::exchange(suspended_, false)) AwaitRecovery(since);
}

void DiskStore::Commit(store::Transaction transaction, store::CommitDone done) {
  if (ended_) {
    store::Committed dead;
    dead.status = absl::UnavailableError("dead");
    return done(std::move(dead));
  }
  std::optional<store::Committed> answer;
  int since = 0;
  {
    MutexLock lock(&mutex_);
    since = recoveries_;
  }
  store_->Commit(std::move(transaction), [&](store::Committed committed) {
    MutexLock lock(&mutex_);
    answer = std::move(committed);
    changed_.SignalAll();
  });
  {
    MutexLock lock(&mutex_);
    while (!answer.has_value()) changed_.Wait(&mutex_);
  }
  if (absl::IsUnavailable(answer->status)) {
    suspended_ = disk_.failing();
    if (!suspended_) AwaitRecovery(since);
  }
  done(*std::move(answer));
}

}  // namespace sluice::simulation_run
