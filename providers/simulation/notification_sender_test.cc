#include "providers/simulation/notification_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"

namespace sluice::simulation {
namespace {

using ::testing::ElementsAre;

class NotificationSenderTest : public ::testing::Test {
 protected:
  using Done = absl::AnyInvocable<void(HttpReply)>;

  NotificationSenderTest() {
    NotificationSender::Options options;
    options.retry_gaps = {absl::Minutes(2), absl::Minutes(10)};
    options.accepted = [](const HttpReply& reply) { return reply.body == "yes"; };
    sender_ = std::make_unique<NotificationSender>(
        options, &clock_, &timers_, &faults_, &ledger_,
        [this](HttpRequest request, Done done) { Receive(std::move(request), std::move(done)); });
  }

  void Receive(HttpRequest request, Done done) {
    got_.push_back(request.body);
    at_.push_back(clock_.Now() - start_);
    last_timeout_ = request.total_timeout;
    if (silent_) {
      waiting_.push_back(std::move(done));
      return;
    }
    HttpReply reply;
    reply.status = 200;
    reply.body = accepts_ ? "yes" : "no";
    done(reply);
  }

  void Deliver(const std::string& name) {
    OutgoingNotification notification;
    notification.account = "m1";
    notification.provider_key = name;
    notification.build = [name](const DeliveryTry& delivery) -> absl::StatusOr<HttpRequest> {
      HttpRequest request;
      request.body = absl::StrCat(name, delivery.index, delivery.bad_signature ? "bad" : "",
                                  delivery.missing_signature ? "unsigned" : "");
      return request;
    };
    sender_->Deliver(std::move(notification));
  }

  void PutFault(FaultKind kind, int count = 1) {
    Fault fault;
    fault.kind = kind;
    fault.count = count;
    ASSERT_TRUE(faults_.Put(fault).ok());
  }

  std::vector<std::string> States() const {
    std::vector<std::string> states;
    for (const LedgerEntry& entry : ledger_.Entries()) {
      EXPECT_EQ(entry.operation, "notification");
      EXPECT_EQ(entry.account, "m1");
      states.push_back(entry.state);
    }
    return states;
  }

  FakeClock base_;
  FakeTimers timers_{&base_};
  const absl::Time start_ = base_.Now();
  Ledger ledger_;
  FaultRules faults_{1, {"pay"}};
  VirtualClock clock_{&base_, &timers_};
  std::unique_ptr<NotificationSender> sender_;
  bool accepts_ = true, silent_ = false;
  std::vector<Done> waiting_;
  std::vector<std::string> got_;
  std::vector<absl::Duration> at_;
  absl::Duration last_timeout_;
};

TEST_F(NotificationSenderTest, SendsAtOnceButNotInsideDeliver) {
  Deliver("a");
  EXPECT_TRUE(got_.empty());
  timers_.RunDue();
  EXPECT_THAT(got_, ElementsAre("a0"));
  EXPECT_EQ(last_timeout_, absl::Seconds(10));
  EXPECT_THAT(States(), ElementsAre("accepted"));
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(got_.size(), 1u);
}

TEST_F(NotificationSenderTest, TriesAgainByItsScheduleThenGivesUp) {
  accepts_ = false;
  Deliver("a");
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(got_, ElementsAre("a0", "a1", "a2"));
  EXPECT_THAT(at_, ElementsAre(absl::ZeroDuration(), absl::Minutes(2), absl::Minutes(12)));
  EXPECT_THAT(States(), ElementsAre("failed", "failed", "failed"));
}

TEST_F(NotificationSenderTest, StopsOnceAccepted) {
  accepts_ = false;
  Deliver("a");
  clock_.Advance(absl::Minutes(1));
  accepts_ = true;
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(States(), ElementsAre("failed", "accepted"));
}

TEST_F(NotificationSenderTest, NoAnswerInTimeIsAFailureAndALateOneChangesNothing) {
  silent_ = true;
  Deliver("a");
  clock_.Advance(absl::Minutes(1));  // A leap is no waiting.
  EXPECT_TRUE(States().empty());
  timers_.AdvanceBy(absl::Seconds(10));
  EXPECT_THAT(States(), ElementsAre("failed"));
  HttpReply late;
  late.body = "yes";
  waiting_[0](late);
  EXPECT_THAT(States(), ElementsAre("failed"));
  silent_ = false;
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(States(), ElementsAre("failed", "accepted"));
}

TEST_F(NotificationSenderTest, ABrokenExchangeIsAFailureWhateverItsBody) {
  silent_ = true;
  Deliver("a");
  clock_.RunDue();
  HttpReply broken;
  broken.transport = Transport::kBroken;
  broken.body = "yes";
  waiting_[0](broken);
  EXPECT_THAT(States(), ElementsAre("failed"));
}

TEST_F(NotificationSenderTest, AReplyAfterTheSenderIsGoneIsDropped) {
  silent_ = true;
  Deliver("a");
  clock_.RunDue();
  sender_.reset();
  waiting_[0](HttpReply{});
  timers_.AdvanceBy(absl::Minutes(1));
  EXPECT_TRUE(ledger_.Entries().empty());
}

TEST_F(NotificationSenderTest, Duplicates) {
  PutFault(FaultKind::kDuplicateNotification);
  Deliver("a");
  Deliver("b");
  clock_.RunDue();
  EXPECT_THAT(got_, ElementsAre("a0", "a0", "b0"));
  EXPECT_THAT(States(), ElementsAre("accepted", "accepted", "accepted"));
}

TEST_F(NotificationSenderTest, ReordersPairs) {
  PutFault(FaultKind::kReorderedNotifications, 0);
  for (const char* name : {"a", "b", "c", "d"}) Deliver(name);
  clock_.RunDue();
  EXPECT_THAT(got_, ElementsAre("b0", "a0", "d0", "c0"));
}

TEST_F(NotificationSenderTest, WhatIsHeldBackIsReleased) {
  PutFault(FaultKind::kReorderedNotifications);
  Deliver("a");
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(got_.empty());
  sender_->ReleaseHeld();
  clock_.RunDue();
  EXPECT_THAT(got_, ElementsAre("a0"));
}

TEST_F(NotificationSenderTest, ADroppedNotificationIsLostForGood) {
  PutFault(FaultKind::kDroppedNotification);
  Deliver("a");
  clock_.Advance(absl::Hours(24));
  EXPECT_TRUE(got_.empty());
  EXPECT_THAT(States(), ElementsAre("dropped"));
}

TEST_F(NotificationSenderTest, TransportFaults) {
  PutFault(FaultKind::kConnectionReset);     // Never arrives.
  PutFault(FaultKind::kTimeoutAfterEffect);  // Arrives, the acceptance is lost.
  Deliver("a");
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(got_, ElementsAre("a1", "a2"));
  EXPECT_THAT(States(), ElementsAre("failed", "failed", "accepted"));
}

TEST_F(NotificationSenderTest, BodyAndSignatureFaults) {
  PutFault(FaultKind::kBadSignature);
  Deliver("a");
  clock_.RunDue();
  PutFault(FaultKind::kMissingSignature);
  Deliver("b");
  clock_.RunDue();
  PutFault(FaultKind::kTruncatedBody);
  Deliver("cccccc");
  clock_.RunDue();
  PutFault(FaultKind::kHtmlBody);
  Deliver("d");
  clock_.RunDue();
  ASSERT_EQ(got_.size(), 4u);
  EXPECT_EQ(got_[0], "a0bad");
  EXPECT_EQ(got_[1], "b0unsigned");
  EXPECT_EQ(got_[2], "ccc");
  EXPECT_THAT(got_[3], ::testing::HasSubstr("<html>"));
}

}  // namespace
}  // namespace sluice::simulation
