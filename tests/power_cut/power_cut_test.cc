// Power cuts at random points of the store's life: its creation, commits, checkpoints, recoveries.
// What was acknowledged is there, whole; what was not is there whole or not at all; and the store
// goes on. Ten thousand images in `./dev test`, ten times as many in `./dev test power_cut --long`.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/environment.h"
#include "server/base/log.h"
#include "server/store/sqlite/sqlite_store.h"
#include "server/store/sqlite/store_fixture.h"
#include "tests/power_cut/disk_journal.h"

namespace sluice::power_cut {
namespace {

using store::Committed;
using store::Transaction;
using store::sqlite::CommitAndWait;
using store::sqlite::CreateOrder;

constexpr uint64_t kSeed = 20261121;
constexpr int kImages = 10'000, kLongImages = 100'000;
constexpr int kTransactions = 48;   // Of one life.
constexpr int kImagesOfALife = 50;  // Power cuts at so many points of it.
constexpr int kLivesInARow = 4;     // Each begins with what a cut has left of the one before.
constexpr int kShownEvery = 60;  // Rows; more than the short run has: a long one shows where it is.
// So few pages that a life has several checkpoints.
constexpr int kCheckpointPages = 12;
constexpr int kMaxEvents = 100'000;

// What callers know: the highest acknowledged revision of each order. And what was begun.
struct Books {
  std::map<int, int64_t> acknowledged, begun;
};

int Next(const Books& books) { return books.begun.empty() ? 0 : books.begun.rbegin()->first + 1; }

// A revision that was acknowledged when the journal had so many steps.
struct Acknowledgement {
  size_t steps;
  int order;
  int64_t revision;
};

std::string Id(int order) { return absl::StrCat("o", order); }

// Two events when it begins, one for each later revision; the body says which revision it is.
Transaction Write(int order, int64_t revision, Random& random) {
  Transaction transaction = CreateOrder(Id(order), 100 + random.Next() % 2'000);
  store::Put& put = transaction.puts[0];
  put.expected_revision = revision - 1;
  put.record.revision = revision;
  put.record.state = absl::StrCat("R", revision);
  put.record.body = absl::StrCat(revision, ":", std::string(put.record.body.size(), 'b'));
  if (revision > 1) {
    transaction.events.resize(1);
    transaction.request.reset();
    transaction.references.clear();
  }
  return transaction;
}

class PowerCutTest : public ::testing::Test {
 protected:
  PowerCutTest() {
    SetLogLevel(LogLevel::kOff);
    // In memory where there is such a disk: what fsync promises is modelled here, and not measured.
    const bool memory = std::filesystem::is_directory("/dev/shm");
    std::string pattern = (memory ? "/dev/shm/" : ::testing::TempDir()) + "power-cut-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/store.db";
  }
  ~PowerCutTest() override { std::filesystem::remove_all(folder_); }

  void Restore(const Image& image) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      std::filesystem::remove(path_ + suffix);
    }
    for (const auto& [path, content] : image) {
      std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    }
  }

  std::unique_ptr<store::Store> Open(const std::string& vfs = "") {
    auto opened = store::OpenSqliteStore(
        {.path = path_, .readers = 1, .checkpoint_pages = kCheckpointPages, .vfs = vfs});
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? *std::move(opened) : nullptr;
  }

  // Begins on `image`, works, and is cut at many points. What the last cut has left.
  std::pair<Image, Books> Live(const Image& image, Books books, Random& random);
  // Opens what a cut has left and compares; `found` gets what is there.
  void Check(const Image& image, const Books& books, Random& random, Books* found);
  void CheckEvents(store::Store& store, size_t expected);

  std::string folder_, path_;
  int images_ = 0;
  int64_t steps_ = 0, commits_ = 0, torn_ = 0;
};

std::pair<Image, Books> PowerCutTest::Live(const Image& image, Books books, Random& random) {
  Restore(image);
  DiskJournal journal(image);
  auto layer = store::sqlite::VfsLayer::Wrap("", &journal);
  EXPECT_TRUE(layer.ok());
  std::vector<Acknowledgement> told;
  Mutex mutex;
  Books now = books;
  {
    std::unique_ptr<store::Store> store = Open((*layer)->name());
    if (store == nullptr) return {image, books};
    for (int i = 0; i < kTransactions; ++i) {
      const bool again = !now.begun.empty() && random.Next() % 3 == 0;
      const int order =
          again ? std::next(now.begun.begin(), static_cast<long>(random.Next() % now.begun.size()))
                      ->first
                : Next(now);
      const int64_t revision = ++now.begun[order];
      const auto done = [&, order, revision](const Committed& committed) {
        MutexLock lock(&mutex);
        if (committed.status.ok()) told.push_back({journal.steps(), order, revision});
      };
      Transaction transaction = Write(order, revision, random);
      if (random.Next() % 4 == 0) {
        done(CommitAndWait(*store, std::move(transaction)));
      } else {
        store->Commit(std::move(transaction), done);
      }
    }
    // What is queued is committed, and the log copied and cut off: also a time for the power to go.
  }
  journal.Stop();
  commits_ += kTransactions;
  steps_ += static_cast<int64_t>(journal.steps());
  std::vector<size_t> cuts;
  for (int i = 0; i < kImagesOfALife; ++i) cuts.push_back(1 + random.Next() % journal.steps());
  std::sort(cuts.begin(), cuts.end());
  std::pair<Image, Books> last = {image, books};
  for (const size_t cut : cuts) {
    SCOPED_TRACE(absl::StrCat("cut at step ", cut, " of ", journal.steps()));
    const Image left = journal.Cut(cut, random);
    Books expected = {books.acknowledged, now.begun};
    for (const Acknowledgement& one : told) {
      // The step under way is not done: what was told when it began counts.
      if (one.steps >= cut) continue;
      int64_t& revision = expected.acknowledged[one.order];
      revision = std::max(revision, one.revision);
    }
    Books found;
    Check(left, expected, random, &found);
    if (HasFailure()) return last;
    last = {left, found};
  }
  return last;
}

void PowerCutTest::Check(const Image& image, const Books& books, Random& random, Books* found) {
  Restore(image);
  std::unique_ptr<store::Store> store = Open();
  ++images_;
  if (store == nullptr) return;
  size_t events = 0;
  for (const auto& [order, newest] : books.begun) {
    const auto record = store->Get(OrderName("acme", Id(order)));
    ASSERT_TRUE(record.ok()) << record.status();
    const auto acknowledged = books.acknowledged.find(order);
    const int64_t least = acknowledged == books.acknowledged.end() ? 0 : acknowledged->second;
    const int64_t revision = record->has_value() ? (*record)->revision : 0;
    EXPECT_GE(revision, least) << "acknowledged and lost: " << Id(order);
    EXPECT_LE(revision, newest);
    const std::string request = "request-" + Id(order);
    EXPECT_EQ(store->FindRequest("acme", "CreateOrder", request)->has_value(), revision > 0);
    EXPECT_EQ(store->FindReference("payby-main", "create_order:" + Id(order))->has_value(),
              revision > 0);
    if (revision == 0) continue;
    EXPECT_EQ((*record)->state, absl::StrCat("R", revision));
    EXPECT_EQ((*record)->body.substr(0, (*record)->body.find(':')), absl::StrCat(revision));
    events += 1 + static_cast<size_t>(revision);
    // What has survived a cut is synced by the recovery: it is not lost by the next.
    found->begun[order] = found->acknowledged[order] = revision;
  }
  CheckEvents(*store, events);
  // And it goes on.
  const Committed committed = CommitAndWait(*store, Write(Next(books), 1, random));
  ASSERT_TRUE(committed.status.ok()) << committed.status;
  EXPECT_EQ(committed.events[0]->position, static_cast<int64_t>(events) + 1);
  if (found->begun.size() != books.begun.size()) ++torn_;
}

void PowerCutTest::CheckEvents(store::Store& store, size_t expected) {
  const auto events = store.ReadEvents({.limit = kMaxEvents});
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_EQ(events->size(), expected);
  int64_t position = 0;
  for (const EventPtr& event : *events) {
    EXPECT_EQ(event->position, ++position);
    EXPECT_EQ(event->sequence, position);
  }
}

TEST_F(PowerCutTest, WhatWasAcknowledgedSurvivesAndTheRestIsWholeOrNotThere) {
  const int images = GetEnvironment("SLUICE_LONG").has_value() ? kLongImages : kImages;
  for (int row = 0; images_ < images; ++row) {
    SeededRandom random(kSeed + row);
    Image image;  // Nothing: the store is created.
    Books books;
    for (int life = 0; life < kLivesInARow && images_ < images; ++life) {
      SCOPED_TRACE(absl::StrCat("seed ", kSeed + row, ", life ", life));
      std::tie(image, books) = Live(image, std::move(books), random);
      ASSERT_FALSE(HasFailure());
    }
    if (row % kShownEvery == kShownEvery - 1) std::cout << images_ << " images" << std::endl;
  }
  std::cout << images_ << " crash images of " << steps_ << " writes, truncations, syncs and opens, "
            << commits_ << " transactions; " << torn_ << " images without all of what was begun"
            << std::endl;
  EXPECT_GT(torn_, images_ / 10) << "the cuts hardly hit anything";
}

}  // namespace
}  // namespace sluice::power_cut
