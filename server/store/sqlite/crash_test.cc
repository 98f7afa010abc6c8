// Crashes: a process killed in the middle of commits. For power cuts see tests/power_cut.
//
// What was acknowledged is there, whole; what was not is there whole or not at all.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/log_capture.h"
#include "server/store/sqlite/store_fixture.h"

namespace sluice::store::sqlite {
namespace {

class CrashTest : public StoreFixture {
 protected:
  // Opens what the crash has left and checks it: orders [0, count) were begun, those in
  // `acknowledged` answered OK.
  void Verify(int count, const std::set<int>& acknowledged) {
    options_.vfs.clear();
    options_.probe = nullptr;
    Open();
    int found = 0;
    for (int i = 0; i < count; ++i) {
      const std::string id = absl::StrCat("o", i);
      const bool record = store_->Get(OrderName("acme", id))->has_value();
      EXPECT_EQ(store_->FindRequest("acme", "CreateOrder", "request-" + id)->has_value(), record);
      EXPECT_EQ(store_->FindReference("payby-main", "create_order:" + id)->has_value(), record);
      if (acknowledged.count(i) > 0) EXPECT_TRUE(record) << "acknowledged and lost: " << id;
      if (record) ++found;
    }
    const auto events = store_->ReadEvents({.limit = 10'000});
    ASSERT_TRUE(events.ok()) << events.status();
    EXPECT_EQ(events->size(), static_cast<size_t>(found) * 2);
    int64_t position = 0;
    for (const EventPtr& event : *events) {
      EXPECT_EQ(event->position, ++position);
      EXPECT_EQ(event->sequence, position);
    }
    // And it goes on.
    const Committed next = Commit(CreateOrder(absl::StrCat("next", position)));
    ASSERT_TRUE(next.status.ok()) << next.status;
    EXPECT_EQ(next.events[0]->position, position + 1);
    store_.reset();
  }
};

// In the child: commits orders without end, and says on the pipe which were answered OK.
[[noreturn]] void CommitUntilKilled(const SqliteStoreOptions& options, int pipe) {
  auto store = OpenSqliteStore(options);
  if (!store.ok()) _exit(1);
  for (int i = 0;; ++i) {
    const auto acknowledge = [i, pipe](const Committed& committed) {
      const std::string line = absl::StrCat(i, "\n");
      if (committed.status.ok() &&
          write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        _exit(2);
      }
    };
    // Every eighth waits, so that groups of many sizes are under way.
    Transaction transaction = CreateOrder(absl::StrCat("o", i));
    if (i % 8 == 7) {
      acknowledge(CommitAndWait(**store, std::move(transaction)));
    } else {
      (*store)->Commit(std::move(transaction), acknowledge);
    }
  }
}

class KilledAt : public CrashTest, public testing::WithParamInterface<const char*> {};

// The child kills itself, as kill -9 would, the n-th time it comes to a named point.
TEST_P(KilledAt, LosesNothingThatWasAcknowledged) {
  for (const int nth : {1, 2, 7, 20}) {
    SCOPED_TRACE(nth);
    options_.path = absl::StrCat(folder_, "/store", nth, ".db");
    options_.checkpoint_pages = 8;
    int fds[2];
    ASSERT_EQ(pipe(fds), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(fds[0]);
      int left = nth;
      options_.probe = [&left](std::string_view point) {
        if (point == GetParam() && --left == 0) raise(SIGKILL);
      };
      CommitUntilKilled(options_, fds[1]);
    }
    close(fds[1]);
    std::string lines;
    char buffer[4096];
    ssize_t size = 0;
    while ((size = read(fds[0], buffer, sizeof(buffer))) > 0) lines.append(buffer, size);
    close(fds[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    std::set<int> acknowledged;
    int number = 0;
    for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
      ASSERT_TRUE(absl::SimpleAtoi(line, &number));
      acknowledged.insert(number);
    }
    if (nth == 20) EXPECT_GT(acknowledged.size(), 5u);
    // Begun are at most the acknowledged, those of the last group, and what was queued.
    Verify(acknowledged.empty() ? 64 : *acknowledged.rbegin() + 64, acknowledged);
    options_.checkpoint_pages = 4'096;
  }
}

INSTANTIATE_TEST_SUITE_P(Points, KilledAt,
                         testing::Values("commit.before", "commit.after", "callbacks.before",
                                         "callbacks.after", "checkpoint.before",
                                         "checkpoint.after"),
                         [](const auto& info) {
                           std::string name = info.param;
                           name[name.find('.')] = '_';
                           return name;
                         });

}  // namespace
}  // namespace sluice::store::sqlite
