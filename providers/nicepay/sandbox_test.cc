// Backend and simulator were written apart, from the same facts: here they meet, without sockets.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "providers/nicepay/register.h"
#include "providers/nicepay/test_account.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"
#include "server/wire/uri.h"

namespace sluice::nicepay {
namespace {

using conformance::Scenario;

constexpr char kBaseUrl[] = "http://127.0.0.1:7070/nicepay-sandbox";

class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const ProviderRegistration registration = Registration();
    SeededRandom random(1);
    const SandboxAccount account =
        *registration.make_sandbox_account("demo-nicepay", kBaseUrl, random);
    provider_ = *registration.make_provider(
        {.account = "demo-nicepay", .settings = account.settings, .secrets = account.secrets});
    SimulatorContext context;
    context.clock = &clock_;
    context.timers = &timers_;
    context.seed = 1;
    context.base_url = kBaseUrl;
    context.send = [this](HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
      RawRequest raw = Received(request);
      raw.remote_address = "103.20.51.39";
      notifications_.push_back(std::move(raw));
      done(provider_->Acknowledge(NotificationResult::kAccepted));
    };
    simulator_ = *registration.make_simulator(context);
    ASSERT_TRUE(simulator_->AddAccount(account.simulator).ok());
  }

  RawRequest Received(const HttpRequest& request) {
    const Url url = *ParseUrl(request.url);
    RawRequest raw;
    raw.method = request.method;
    raw.path = url.path;
    const std::string prefix = ParseUrl(kBaseUrl)->path;
    if (raw.path.rfind(prefix, 0) == 0) raw.path.erase(0, prefix.size());
    raw.query = url.query;
    raw.headers = request.headers;
    raw.body = request.body;
    raw.remote_address = "127.0.0.1";
    raw.receive_time = clock_.Now();
    return raw;
  }

  HttpReply Send(const HttpRequest& request) { return simulator_->Handle(Received(request)).reply; }

  // One call with all its requests, as the engine makes them; the scenario keeps what it learns.
  Outcome Run(Scenario& scenario) {
    scenario.context.now = clock_.Now();
    scenario.step = 0;
    scenario.attempt.provider_key = provider_->ProviderKey(scenario.ToOperation(), abandoned_);
    auto request = provider_->Build(scenario.ToOperation(), scenario.context);
    EXPECT_TRUE(request.ok()) << request.status();
    if (!request.ok()) return {};
    Outcome outcome;
    while (true) {
      Step step = provider_->Interpret(scenario.ToOperation(), scenario.context, Send(*request));
      outcome = step.outcome;
      Learn(scenario, outcome.facts);
      ++scenario.step;
      if (!step.next || step.next->in_background) {
        // Its answer says nothing that the inquiry would not: only that it was sent matters.
        if (step.next) Send(step.next->request);
        return outcome;
      }
      request = step.next->request;
    }
  }

  static void Learn(Scenario& scenario, const Facts& facts) {
    ResourceBase* const resource = scenario.verb == Verb::kCreateAccountLink
                                       ? static_cast<ResourceBase*>(&scenario.account_link)
                                       : &scenario.order;
    if (scenario.verb == Verb::kCreateRefund) return;
    if (!facts.provider_number.empty()) resource->provider_number = facts.provider_number;
    for (const auto& [key, value] : facts.provider_data) resource->provider_data[key] = value;
    if (facts.next_action) scenario.order.next_action = *facts.next_action;
  }

  Outcome Ask(Scenario scenario, Verb verb = Verb::kQueryOrder) {
    scenario.verb = verb;
    scenario.pays_with_link = false;
    return Run(scenario);
  }

  static Scenario NewOrder(const std::string& wallet, const std::string& id) {
    Scenario scenario = TestScenario(Verb::kCreateOrder, wallet);
    scenario.order.id = id;
    return scenario;
  }

  FakeClock clock_{JakartaTime(10, 30, 0)};
  FakeTimers timers_{&clock_};
  std::unique_ptr<Provider> provider_;
  std::unique_ptr<Simulator> simulator_;
  std::vector<RawRequest> notifications_;
  int abandoned_ = 0;
};

TEST_F(SandboxTest, EachWalletIsRegisteredPaidNotifiedAndConfirmed) {
  for (const std::string wallet : {"ovo", "dana", "linkaja", "shopeepay"}) {
    SCOPED_TRACE(wallet);
    Scenario scenario = NewOrder(wallet, "ORD-" + wallet);
    const Outcome created = Run(scenario);
    ASSERT_EQ(created.verdict, Verdict::kAccepted) << created.failure.message;
    EXPECT_NE(scenario.order.next_action.kind, NextAction::Kind::kNone);
    EXPECT_EQ(Ask(scenario).facts.report, Report::kOpen);

    notifications_.clear();
    ASSERT_TRUE(simulator_->Pay("ORD-" + wallet).ok());
    timers_.RunDue();
    simulator_->AdvanceClock(absl::Seconds(1));
    ASSERT_FALSE(notifications_.empty());
    const auto notification = provider_->ReadNotification(notifications_.front(), {});
    ASSERT_TRUE(notification.ok()) << notification.status();
    EXPECT_EQ(notification->provider_key, "ORD-" + wallet);
    EXPECT_TRUE(notification->confirm_by_query);
    const Outcome paid = Ask(scenario);
    EXPECT_EQ(paid.facts.report, Report::kPaid) << paid.failure.message;
    EXPECT_EQ(paid.facts.paid, scenario.order.amount);
  }
}

TEST_F(SandboxTest, ThePaymentUrlOpensTheWalletsPage) {
  Scenario scenario = NewOrder("dana", "ORD-1");
  ASSERT_EQ(Run(scenario).verdict, Verdict::kAccepted);
  HttpRequest browser;
  browser.method = "GET";
  browser.url = scenario.order.next_action.url;
  const HttpReply page = Send(browser);
  EXPECT_LT(page.status, 400);
  // Not back to the merchant with an error: the token and the encoded address were read.
  const std::string* const location = FindHeader(page.headers, "Location");
  if (location != nullptr) {
    EXPECT_EQ(location->find("merchant.example"), std::string::npos);
  }
  EXPECT_EQ(page.body.find("9010"), std::string::npos);
}

TEST_F(SandboxTest, ANumberIsUsedUpByItsFirstRegistration) {
  Scenario scenario = NewOrder("dana", "ORD-1");
  ASSERT_TRUE(simulator_->PutFault({.kind = FaultKind::kTimeoutAfterEffect}).ok());
  Run(scenario);
  scenario.order.provider_data.clear();
  scenario.order.provider_number.clear();
  EXPECT_EQ(Run(scenario).failure.reason, FailureReason::kDuplicateAtProvider);
  abandoned_ = 1;
  const Outcome retried = Run(scenario);
  EXPECT_EQ(retried.verdict, Verdict::kAccepted) << retried.failure.message;
  EXPECT_EQ(scenario.order.provider_data.at("reference_no"), "ORD-1.r2");
  ASSERT_TRUE(simulator_->Pay("ORD-1.r2").ok());
  EXPECT_EQ(Ask(scenario).facts.report, Report::kPaid);
}

TEST_F(SandboxTest, APartAndThenAllIsGivenBack) {
  Scenario scenario = NewOrder("dana", "ORD-1");
  ASSERT_EQ(Run(scenario).verdict, Verdict::kAccepted);
  ASSERT_TRUE(simulator_->Pay("ORD-1").ok());
  scenario.order.paid = scenario.order.amount;
  scenario.verb = Verb::kCreateRefund;
  scenario.order.refund_pending = scenario.refund.amount;
  const Outcome part = Run(scenario);
  EXPECT_EQ(part.facts.report, Report::kSucceeded) << part.failure.message;
  EXPECT_EQ(Ask(scenario, Verb::kQueryRefund).facts.report, Report::kSucceeded);
  EXPECT_EQ(Ask(scenario).facts.returned, scenario.refund.amount);

  scenario.order.refunded = scenario.refund.amount;
  scenario.refund.id = "RFD-2";
  scenario.refund.amount.minor_units = 10000;
  scenario.order.refund_pending = scenario.refund.amount;
  EXPECT_EQ(Ask(scenario, Verb::kQueryRefund).facts.report, Report::kNotFound);
  EXPECT_EQ(Run(scenario).facts.report, Report::kSucceeded);
  EXPECT_EQ(Ask(scenario).facts.report, Report::kReturned);
}

TEST_F(SandboxTest, ARevokeVoidsAPaidOrderAndIsRefusedBefore) {
  Scenario scenario = NewOrder("ovo", "ORD-1");
  ASSERT_EQ(Run(scenario).verdict, Verdict::kAccepted);
  Scenario revoke = scenario;
  revoke.verb = Verb::kRevokeOrder;
  EXPECT_EQ(Run(revoke).verdict, Verdict::kDeclined);
  ASSERT_TRUE(simulator_->Pay("ORD-1").ok());
  EXPECT_EQ(Run(revoke).facts.report, Report::kReturned);
  EXPECT_EQ(Ask(scenario).facts.report, Report::kReturned);
}

TEST_F(SandboxTest, AnAccountIsLinkedOnceAndThenPays) {
  Scenario linking = TestScenario(Verb::kCreateAccountLink, "astrapay");
  linking.account_link.provider_data.clear();
  linking.account_link.state = AccountLinkState::kSubmitting;
  const Outcome created = Run(linking);
  ASSERT_EQ(created.verdict, Verdict::kAccepted) << created.failure.message;
  ASSERT_TRUE(simulator_->ConfirmLink(linking.attempt.provider_key).ok());
  timers_.RunDue();
  simulator_->AdvanceClock(absl::Seconds(1));
  ASSERT_FALSE(notifications_.empty());
  const auto linked = provider_->ReadNotification(notifications_.back(), {});
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_EQ(linked->kind, ResourceKind::kAccountLink);
  EXPECT_EQ(linked->provider_key, linking.attempt.provider_key);
  ASSERT_EQ(linked->facts.report, Report::kSucceeded);

  Scenario paying = NewOrder("astrapay", "ORD-1");
  paying.account_link.provider_data = linked->facts.provider_data;
  const Outcome order = Run(paying);
  ASSERT_EQ(order.verdict, Verdict::kAccepted) << order.failure.message;
  EXPECT_EQ(order.facts.next_action->kind, NextAction::Kind::kRedirect);
  ASSERT_TRUE(simulator_->Pay("ORD-1").ok());
  EXPECT_EQ(Ask(paying).facts.report, Report::kPaid);

  paying = NewOrder("astrapay", "ORD-2");
  paying.account_link.provider_data = {{"mandate", "DEMO0000000000000000"}};
  EXPECT_EQ(Run(paying).failure.reason, FailureReason::kInvalidAccount);
}

TEST_F(SandboxTest, WhatIsNotPaidInTimeEnds) {
  for (const std::string wallet : {"ovo", "dana", "linkaja", "shopeepay"}) {
    SCOPED_TRACE(wallet);
    Scenario scenario = NewOrder(wallet, "ORD-" + wallet);
    ASSERT_EQ(Run(scenario).verdict, Verdict::kAccepted);
    ASSERT_TRUE(simulator_->Expire("ORD-" + wallet).ok());
    scenario.order.expire_time = clock_.Now();
    const Outcome ended = Ask(scenario);
    EXPECT_TRUE(ended.facts.report == Report::kExpired || ended.facts.report == Report::kClosed);
    EXPECT_EQ(ended.facts.failure.reason, FailureReason::kExpired);
  }
}

}  // namespace
}  // namespace sluice::nicepay
