// Backend and simulator, written apart from the same facts, against each other: what one sends the
// other must take. No sockets.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "providers/payby/register.h"
#include "providers/payby/test_account.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"
#include "server/wire/uri.h"

namespace sluice::payby {
namespace {

using conformance::Scenario;

class PairingTest : public ::testing::Test {
 protected:
  static constexpr char kBaseUrl[] = "http://127.0.0.1:7070/payby";

  void SetUp() override {
    const ProviderRegistration registration = Registration();
    SeededRandom random(1);
    auto account = registration.make_sandbox_account("demo", kBaseUrl, random);
    ASSERT_TRUE(account.ok()) << account.status();
    auto provider = registration.make_provider(
        {.account = "demo", .settings = account->settings, .secrets = account->secrets});
    ASSERT_TRUE(provider.ok()) << provider.status();
    provider_ = *std::move(provider);
    SimulatorContext context;
    context.clock = &clock_;
    context.timers = &timers_;
    context.seed = 7;
    context.base_url = kBaseUrl;
    context.send = [this](HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
      Notified(std::move(request), std::move(done));
    };
    auto simulator = registration.make_simulator(context);
    ASSERT_TRUE(simulator.ok()) << simulator.status();
    simulator_ = *std::move(simulator);
    ASSERT_TRUE(simulator_->AddAccount(account->simulator).ok());
  }

  // One of our notifications' listeners: reads and acknowledges.
  void Notified(HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
    RawRequest raw;
    raw.method = request.method;
    raw.headers = request.headers;
    raw.body = request.body;
    auto read = provider_->ReadNotification(raw, {.now = simulator_->Now()});
    EXPECT_TRUE(read.ok()) << read.status() << "\n" << request.body;
    const NotificationResult result =
        read.ok() ? NotificationResult::kAccepted : NotificationResult::kRefused;
    if (read.ok()) notified_.push_back(*std::move(read));
    done(provider_->Acknowledge(result));
  }

  Scenario Call(Verb verb) {
    Scenario scenario = TestScenario(verb);
    scenario.order.create_time = simulator_->Now();
    scenario.order.expire_time = scenario.order.create_time + absl::Hours(1);
    scenario.context.now = simulator_->Now();
    return scenario;
  }

  Outcome Send(const Scenario& scenario) {
    auto request = provider_->Build(scenario.ToOperation(), scenario.context);
    EXPECT_TRUE(request.ok()) << request.status();
    RawRequest raw;
    raw.method = request->method;
    raw.path = request->url.substr(std::string(kBaseUrl).size());
    raw.headers = request->headers;
    raw.body = request->body;
    raw.remote_address = "127.0.0.1";
    const SimulatedAnswer answer = simulator_->Handle(raw);
    HttpReply reply = answer.reply;
    if (answer.drop_connection) reply.transport = Transport::kBroken;
    if (answer.delay >= absl::Seconds(30)) reply.transport = Transport::kTimedOut;
    return provider_->Interpret(scenario.ToOperation(), scenario.context, reply).outcome;
  }

  Outcome Send(Verb verb) { return Send(Call(verb)); }

  void ExpectReport(Verb verb, Report report) {
    const Outcome outcome = Send(verb);
    EXPECT_EQ(outcome.verdict, Verdict::kAccepted) << outcome.failure.message;
    EXPECT_EQ(outcome.facts.report, report);
  }

  void Pass(absl::Duration time) {
    simulator_->AdvanceClock(time);
    timers_.RunDue();
  }

  FakeClock clock_;
  FakeTimers timers_{&clock_};
  std::unique_ptr<Provider> provider_;
  std::unique_ptr<Simulator> simulator_;
  std::vector<Notification> notified_;
};

TEST_F(PairingTest, AnOrderIsPaidSettledAndPartlyRefunded) {
  const Outcome created = Send(Verb::kCreateOrder);
  ASSERT_EQ(created.verdict, Verdict::kAccepted) << created.failure.message;
  EXPECT_EQ(created.facts.report, Report::kOpen);
  ASSERT_TRUE(created.facts.next_action.has_value());
  EXPECT_TRUE(ParseUrl(created.facts.next_action->url).ok());
  ExpectReport(Verb::kQueryOrder, Report::kOpen);

  ASSERT_TRUE(simulator_->Pay(kTestOrder).ok());
  Pass(absl::Seconds(1));
  ExpectReport(Verb::kQueryOrder, Report::kPaid);
  ASSERT_EQ(notified_.size(), 1u);
  EXPECT_EQ(notified_[0].facts.report, Report::kPaid);
  EXPECT_EQ(notified_[0].facts.amount, (Money{"AED", 1234}));
  EXPECT_EQ(notified_[0].facts.provider_number, created.facts.provider_number);

  Pass(absl::Hours(1));
  ExpectReport(Verb::kQueryOrder, Report::kSettled);

  ExpectReport(Verb::kCreateRefund, Report::kOpen);
  Pass(absl::Minutes(1));
  ExpectReport(Verb::kQueryRefund, Report::kSucceeded);
  ASSERT_EQ(notified_.size(), 2u);
  EXPECT_EQ(notified_[1].kind, ResourceKind::kRefund);
  EXPECT_EQ(notified_[1].provider_key, kTestRefund);
  EXPECT_EQ(notified_[1].facts.report, Report::kSucceeded);

  // The same refund again is the same refund; another under its number is refused.
  ExpectReport(Verb::kCreateRefund, Report::kSucceeded);
  Scenario other = Call(Verb::kCreateRefund);
  other.refund.amount.minor_units = 100;
  EXPECT_EQ(Send(other).failure.reason, FailureReason::kDuplicateAtProvider);
  other.refund.id = "RFD-2";
  other.refund.amount.minor_units = 1234;
  EXPECT_EQ(Send(other).failure.reason, FailureReason::kLimitExceeded);
}

TEST_F(PairingTest, AQrOrderIsTheSame) {
  Scenario scenario = Call(Verb::kCreateOrder);
  scenario.order.presentation = Presentation::kQrCode;
  scenario.order.wallet = "payby";
  const Outcome created = Send(scenario);
  ASSERT_EQ(created.verdict, Verdict::kAccepted) << created.failure.message;
  ASSERT_TRUE(created.facts.next_action.has_value());
  EXPECT_EQ(created.facts.next_action->kind, NextAction::Kind::kQrCode);
  EXPECT_NE(created.facts.next_action->payload, "");
}

TEST_F(PairingTest, ARepeatCreatesNothing) {
  Scenario scenario = Call(Verb::kCreateOrder);
  const Outcome first = Send(scenario);
  scenario.context.now += absl::Minutes(3);
  scenario.attempt.sends = 2;
  const Outcome second = Send(scenario);
  EXPECT_EQ(second.verdict, Verdict::kAccepted) << second.failure.message;
  EXPECT_EQ(second.facts.provider_number, first.facts.provider_number);
  EXPECT_EQ(simulator_->Ledger().size(), 1u);

  scenario.order.description = "Something else";
  const Outcome other = Send(scenario);
  EXPECT_EQ(other.verdict, Verdict::kDeclined);
  EXPECT_EQ(other.failure.reason, FailureReason::kDuplicateAtProvider);

  ASSERT_TRUE(simulator_->Pay(kTestOrder).ok());
  const Outcome late = Send(Call(Verb::kCreateOrder));
  EXPECT_NE(late.verdict, Verdict::kDeclined) << "it may be ours";
  EXPECT_TRUE(late.query_now);
}

TEST_F(PairingTest, AnUnpaidOrderIsCanceled) {
  Send(Verb::kCreateOrder);
  ExpectReport(Verb::kCancelOrder, Report::kClosed);
  ExpectReport(Verb::kQueryOrder, Report::kClosed);
  const Outcome again = Send(Verb::kCancelOrder);
  EXPECT_EQ(again.verdict, Verdict::kUnknown) << "ended before: a query tells";
  EXPECT_TRUE(again.query_now);
}

TEST_F(PairingTest, APaidOrderIsNotCanceledButRevoked) {
  Send(Verb::kCreateOrder);
  ASSERT_TRUE(simulator_->Pay(kTestOrder).ok());
  EXPECT_EQ(Send(Verb::kCancelOrder).verdict, Verdict::kDeclined);
  ExpectReport(Verb::kQueryOrder, Report::kPaid);
  ExpectReport(Verb::kRevokeOrder, Report::kReturned);
  ExpectReport(Verb::kQueryOrder, Report::kReturned);
  ExpectReport(Verb::kRevokeOrder, Report::kReturned);
  EXPECT_EQ(Send(Verb::kCreateRefund).verdict, Verdict::kDeclined);
}

TEST_F(PairingTest, ASettledOrderIsRevokedAndARefundedOneIsNot) {
  Send(Verb::kCreateOrder);
  ASSERT_TRUE(simulator_->Pay(kTestOrder).ok());
  Pass(absl::Hours(1));
  EXPECT_EQ(Send(Verb::kCancelOrder).verdict, Verdict::kDeclined);
  ExpectReport(Verb::kRevokeOrder, Report::kReturned);

  Scenario other = Call(Verb::kCreateOrder);
  other.order.id = "ORD-2";
  ASSERT_EQ(Send(other).verdict, Verdict::kAccepted);
  ASSERT_TRUE(simulator_->Pay("ORD-2").ok());
  other = Call(Verb::kCreateRefund);
  other.order.id = other.refund.order_id = "ORD-2";
  EXPECT_EQ(Send(other).verdict, Verdict::kAccepted);
  other.verb = Verb::kRevokeOrder;
  EXPECT_EQ(Send(other).verdict, Verdict::kDeclined);
}

TEST_F(PairingTest, WhatIsNotThereIsNotFound) {
  ExpectReport(Verb::kQueryOrder, Report::kNotFound);
  ExpectReport(Verb::kQueryRefund, Report::kNotFound);
  EXPECT_EQ(Send(Verb::kCancelOrder).facts.report, Report::kNotFound);
  EXPECT_EQ(Send(Verb::kRevokeOrder).facts.report, Report::kNotFound);
  EXPECT_EQ(Send(Verb::kCreateRefund).verdict, Verdict::kDeclined);
}

TEST_F(PairingTest, TimeRunsOut) {
  Send(Verb::kCreateOrder);
  Pass(absl::Hours(2));
  ExpectReport(Verb::kQueryOrder, Report::kClosed);
}

TEST_F(PairingTest, NothingSpoiltOnTheWayIsBelieved) {
  struct Spoilt {
    Fault fault;
    Verdict verdict;
    Report after;  // What a query then finds.
  };
  const std::vector<Spoilt> kSpoilt = {
      {{.kind = FaultKind::kTimeoutBeforeEffect}, Verdict::kUnknown, Report::kNotFound},
      {{.kind = FaultKind::kTimeoutAfterEffect}, Verdict::kUnknown, Report::kOpen},
      {{.kind = FaultKind::kHttpStatus, .status = 503}, Verdict::kUnknown, Report::kNotFound},
      {{.kind = FaultKind::kHttpStatusAfterEffect, .status = 500},
       Verdict::kUnknown,
       Report::kOpen},
      {{.kind = FaultKind::kHtmlBody}, Verdict::kUnknown, Report::kOpen},
      {{.kind = FaultKind::kBadSignature}, Verdict::kUnknown, Report::kOpen},
      {{.kind = FaultKind::kMissingSignature}, Verdict::kUnknown, Report::kOpen},
      {{.kind = FaultKind::kConnectionReset}, Verdict::kUnknown, Report::kNotFound},
      {{.kind = FaultKind::kProviderCode, .code = "500"}, Verdict::kUnknown, Report::kNotFound},
      {{.kind = FaultKind::kProviderCode, .code = "402"},
       Verdict::kNotProcessed,
       Report::kNotFound},
      {{.kind = FaultKind::kProviderCode, .code = "601"}, Verdict::kDeclined, Report::kNotFound},
      {{.kind = FaultKind::kProviderCode, .code = "62026"}, Verdict::kDeclined, Report::kNotFound},
  };
  int number = 0;
  for (const Spoilt& spoilt : kSpoilt) {
    SCOPED_TRACE(number);
    ASSERT_TRUE(simulator_->PutFault(spoilt.fault).ok());
    Scenario scenario = Call(Verb::kCreateOrder);
    scenario.order.id = "ORD-" + std::to_string(++number);
    EXPECT_EQ(Send(scenario).verdict, spoilt.verdict);
    scenario.verb = Verb::kQueryOrder;
    EXPECT_EQ(Send(scenario).facts.report, spoilt.after);
  }
}

TEST_F(PairingTest, AClockThatIsOffIsNamed) {
  Scenario scenario = Call(Verb::kCreateOrder);
  scenario.context.now += absl::Minutes(16);
  const Outcome outcome = Send(scenario);
  EXPECT_EQ(outcome.verdict, Verdict::kDeclined);
  EXPECT_EQ(outcome.failure.reason, FailureReason::kConfiguration);
}

TEST_F(PairingTest, ASwitchedErrorFormIsTheSameError) {
  ASSERT_TRUE(simulator_->SetSwitch("error_apply_status", "SUCCESS").ok());
  ExpectReport(Verb::kQueryOrder, Report::kNotFound);
  ASSERT_TRUE(simulator_->SetSwitch("replay_final", "code0").ok());
  Send(Verb::kCreateOrder);
  ASSERT_TRUE(simulator_->Pay(kTestOrder).ok());
  const Outcome again = Send(Verb::kCreateOrder);
  EXPECT_EQ(again.verdict, Verdict::kAccepted);
  EXPECT_EQ(again.facts.report, Report::kPaid);
}

TEST_F(PairingTest, EveryNoticeIsUnderstood) {
  for (const char* name : {"notify_failure", "notify_settled", "notify_refund_settled"}) {
    ASSERT_TRUE(simulator_->SetSwitch(name, "true").ok());
  }
  ASSERT_TRUE(simulator_->SetSwitch("amount_text", "full").ok());
  Send(Verb::kCreateOrder);
  ASSERT_TRUE(simulator_->Pay(kTestOrder).ok());
  Send(Verb::kCreateRefund);
  Pass(absl::Hours(1));
  Scenario other = Call(Verb::kCreateOrder);
  other.order.id = "ORD-2";
  Send(other);
  ASSERT_TRUE(simulator_->Expire("ORD-2").ok());
  Pass(absl::Minutes(1));
  std::map<Report, int> reports;
  for (const Notification& notification : notified_) ++reports[notification.facts.report];
  EXPECT_EQ(reports[Report::kPaid], 1);
  EXPECT_EQ(reports[Report::kSettled], 1);
  EXPECT_EQ(reports[Report::kOpen], 1) << "the refund was taken from the account";
  EXPECT_EQ(reports[Report::kSucceeded], 1);
  EXPECT_EQ(reports[Report::kClosed], 1);
}

}  // namespace
}  // namespace sluice::payby
