// The judge sees each fault that it is there for: every broken promise, by a stream that breaks it.
#include "tests/streams/checker.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/base/strings.h"
#include "server/core/names.h"

namespace sluice::streams {
namespace {

class CheckerTest : public ::testing::Test {
 protected:
  // Positions 1 to 9: of "m" and "n" by turns.
  void SetUp() override {
    for (int64_t position = 1; position <= 9; ++position) {
      auto event = std::make_shared<Event>();
      event->position = position;
      event->sequence = (position + 1) / 2;
      event->merchant = position % 2 == 1 ? "m" : "n";
      event->type = position == 5 ? "order.failed" : "order.paid";
      event->resource_name = OrderName(event->merchant, "o");
      events_.push_back(std::move(event));
    }
    ASSERT_TRUE(truth_.Append(events_).ok());
  }

  // What the judge says to one message, after events 1 and 3 of "m" with the cursor 3.
  std::string Verdict(const std::vector<int64_t>& positions, int64_t cursor) {
    StreamChecker checker(&truth_, "m", {}, 0);
    EXPECT_TRUE(checker.Take({&At(1), &At(3)}, 3).ok());
    std::vector<const Event*> events;
    for (const int64_t position : positions) events.push_back(&At(position));
    return std::string(checker.Take(events, cursor).message());
  }

  const Event& At(int64_t position) const { return *events_[static_cast<size_t>(position - 1)]; }

  std::vector<EventPtr> events_;
  Truth truth_{9};
};

TEST_F(CheckerTest, WhatIsRightIsRight) {
  EXPECT_EQ(Verdict({5}, 5), "");
  EXPECT_EQ(Verdict({5, 7}, 8), "");
  EXPECT_EQ(Verdict({}, 4), "");
  EXPECT_EQ(Verdict({}, 3), "");
}

TEST_F(CheckerTest, EachFaultIsSeen) {
  const auto says = [&](const std::vector<int64_t>& positions, int64_t cursor,
                        const std::string& word) {
    const std::string verdict = Verdict(positions, cursor);
    EXPECT_NE(verdict.find(word), std::string::npos) << verdict;
  };
  says({7}, 7, "left out");  // Lost in the middle.
  says({5}, 8, "left out");  // Lost behind a cursor that ran ahead.
  says({}, 6, "left out");   // Progress ahead of events.
  says({5, 5}, 5, "twice, or back in time");
  says({3}, 5, "twice, or back in time");  // Again what was there before.
  says({7, 5}, 7, "left out");             // Out of order.
  says({5}, 3, "behind");                  // A cursor that would give it again.
  says({}, 2, "moved back");
  says({5}, 10, "ahead of the log");
  says({6}, 6, "left out");  // Another merchant's in place of ours.
  StreamChecker filtered(&truth_, "-", {.types = {"order.failed"}}, 0);
  EXPECT_NE(filtered.Take({&At(1)}, 1).message().find("does not match"), std::string::npos);
  Event invented = At(5);
  invented.sequence = 77;
  StreamChecker checker(&truth_, "m", {}, 4);
  EXPECT_NE(checker.Take({&invented}, 5).message().find("never committed"), std::string::npos);
  Event altered = At(5);
  altered.type = "order.paid";
  StreamChecker second(&truth_, "m", {}, 4);
  EXPECT_NE(second.Take({&altered}, 5).message().find("another event"), std::string::npos);
}

TEST_F(CheckerTest, AGapInTheLogIsSeen) {
  auto event = std::make_shared<Event>(At(9));
  Truth short_truth(9);
  EXPECT_EQ(short_truth.Append({event}).code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace sluice::streams
