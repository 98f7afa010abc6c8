// Operators: what is unknown for long is seen, listed and closed by a person's word.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/crypto/sha256.h"
#include "tests/e2e/fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Reconcile = v1::ReconciliationService::Stub;

class ReconciliationTest : public ServerFixture {
 protected:
  // Its create was sent and never answered, and the provider answers nothing else either.
  void LoseOrder(const std::string& id) {
    PutFault(MakeFault(sim::FAULT_KIND_CONNECTION_RESET, "", 0));
    ASSERT_TRUE(CreateOrder(id, BotimOrder(1234)).ok());
    AwaitOrder(id, [](const v1::Order& order) {
      return order.attempts_size() > 0 && order.attempts(0).state() == v1::Attempt::STATE_UNKNOWN;
    });
  }

  std::vector<v1::UnresolvedResource> Unresolved(const std::string& parent = "merchants/demo") {
    v1::ListUnresolvedRequest request;
    request.set_parent(parent);
    const auto page = Call(reconciliation_, &Reconcile::ListUnresolved, request);
    EXPECT_TRUE(page.ok()) << page.problem();
    return {page->resources().begin(), page->resources().end()};
  }

  static v1::ResolveAttemptRequest Resolution(const std::string& id,
                                              v1::ResolveAttemptRequest::Verdict verdict) {
    v1::ResolveAttemptRequest request;
    request.set_name(OrderName(id));
    request.set_attempt(1);
    request.set_verdict(verdict);
    request.set_evidence("case 4711 of the provider's support");
    return request;
  }

  int64_t OldestAge() {
    const std::string page = Http("GET", server_->addresses().admin, "/readyz").body;
    constexpr std::string_view kWord = "oldest_unknown_age_seconds ";
    const size_t at = page.find(kWord);
    return at == std::string::npos ? -1 : std::stoll(page.substr(at + kWord.size()));
  }

  // The age is looked for about once a second.
  bool AwaitAge(const std::function<bool(int64_t)>& wanted) {
    const absl::Time give_up = absl::Now() + kPatience;
    while (!wanted(OldestAge())) {
      if (absl::Now() > give_up) return false;
    }
    return true;
  }
};

TEST_F(ReconciliationTest, WhatIsUnknownIsSeenListedAndClosed) {
  EXPECT_EQ(OldestAge(), 0);
  LoseOrder("A-1");
  EXPECT_THAT(Unresolved(), IsEmpty()) << "the next queries may find it out";
  clock_.Shift(absl::Minutes(16));
  const auto unresolved = Unresolved("merchants/-");
  ASSERT_THAT(unresolved, SizeIs(1));
  EXPECT_EQ(unresolved[0].name(), OrderName("A-1"));
  EXPECT_EQ(unresolved[0].state(), "SUBMITTING");
  EXPECT_EQ(unresolved[0].amount().minor_units(), 1234);
  ASSERT_THAT(unresolved[0].attempts(), SizeIs(1));
  EXPECT_EQ(unresolved[0].attempts(0).number(), 1);
  EXPECT_TRUE(AwaitAge([](int64_t age) { return age >= 16 * 60; })) << OldestAge();
  EXPECT_THAT(Http("GET", server_->addresses().admin, "/metrics").body,
              ::testing::ContainsRegex("sluice_oldest_unknown_age_seconds [1-9]"));

  const auto watch = WatchAll();
  const auto request = Resolution("A-1", v1::ResolveAttemptRequest::VERDICT_REJECTED);
  const auto resolved = Call(reconciliation_, &Reconcile::ResolveAttempt, request);
  ASSERT_TRUE(resolved.ok()) << resolved.problem();
  EXPECT_EQ(resolved->order().state(), v1::Order::STATE_FAILED);
  EXPECT_EQ(resolved->order().attempts(0).resolution().resolved_by(), "open");
  EXPECT_THAT(Unresolved(), IsEmpty());
  EXPECT_TRUE(AwaitAge([](int64_t age) { return age == 0; }));
  ASSERT_TRUE(watch->WaitUntil([](const auto& messages) {
    for (const v1::Event& event : EventsOf(messages)) {
      if (event.type() == "order.attempt_resolved") return true;
    }
    return false;
  }));
  for (const v1::Event& event : EventsOf(watch->messages())) {
    if (event.type() != "order.attempt_resolved") continue;
    const v1::Attempt& attempt = event.order().attempts(0);
    EXPECT_EQ(attempt.state(), v1::Attempt::STATE_REJECTED);
    EXPECT_EQ(attempt.resolution().evidence(), request.evidence());
  }
}

TEST_F(ReconciliationTest, AConfirmedOrderGoesOnAsTheProviderHasIt) {
  PutFault(MakeFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "", 0));
  ASSERT_TRUE(CreateOrder("A-1", BotimOrder(1234)).ok());
  AwaitOrder("A-1", [](const v1::Order& order) {
    return order.attempts_size() > 0 && order.attempts(0).state() == v1::Attempt::STATE_UNKNOWN;
  });
  const auto resolved = Call(reconciliation_, &Reconcile::ResolveAttempt,
                             Resolution("A-1", v1::ResolveAttemptRequest::VERDICT_CONFIRMED));
  ASSERT_TRUE(resolved.ok()) << resolved.problem();
  ClearFaults();
  ASSERT_TRUE(Pay(OrderName("A-1")).ok());
  AwaitState("A-1", v1::Order::STATE_PAID);
  EXPECT_THAT(Ledger("place_order"), SizeIs(1));
}

TEST_F(ReconciliationTest, BadRequestsAreRefusedByField) {
  OpenOrder("A-1");
  auto request = Resolution("A-1", v1::ResolveAttemptRequest::VERDICT_REJECTED);
  Problem problem = Call(reconciliation_, &Reconcile::ResolveAttempt, request).problem();
  EXPECT_EQ(problem.reason, "STATE_FORBIDS") << problem;
  EXPECT_EQ(problem.side_effect(), "none");
  request.set_attempt(9);
  problem = Call(reconciliation_, &Reconcile::ResolveAttempt, request).problem();
  EXPECT_THAT(problem.fields, ElementsAre("attempt"));
  request.clear_verdict();
  problem = Call(reconciliation_, &Reconcile::ResolveAttempt, request).problem();
  EXPECT_THAT(problem.fields, ElementsAre("verdict"));
  request = Resolution("A-1", v1::ResolveAttemptRequest::VERDICT_REJECTED);
  request.clear_evidence();
  problem = Call(reconciliation_, &Reconcile::ResolveAttempt, request).problem();
  EXPECT_THAT(problem.fields, ElementsAre("evidence"));
  request = Resolution("A-1", v1::ResolveAttemptRequest::VERDICT_REJECTED);
  request.set_name("merchants/demo/events/00000000000000000001");
  problem = Call(reconciliation_, &Reconcile::ResolveAttempt, request).problem();
  EXPECT_THAT(problem.fields, ElementsAre("name"));
}

TEST_F(ReconciliationTest, MerchantsSeeTheirOwnAndOnlyOperatorsResolve) {
  Stop();
  options_.settings.merchants = {
      {.id = "demo", .api_keys = {{.id = "d", .digest = crypto::Sha256("demo-key-demo-key")}}}};
  options_.settings.operators.api_keys = {
      {.id = "op-7", .digest = crypto::Sha256("operator-key-operator")}};
  Start();
  api_key_ = "demo-key-demo-key";
  LoseOrder("A-1");
  clock_.Shift(absl::Minutes(16));
  EXPECT_THAT(Unresolved(), SizeIs(1));
  const auto request = Resolution("A-1", v1::ResolveAttemptRequest::VERDICT_REJECTED);
  EXPECT_EQ(Call(reconciliation_, &Reconcile::ResolveAttempt, request).problem().reason,
            "PERMISSION_DENIED");
  api_key_ = "operator-key-operator";
  const auto resolved = Call(reconciliation_, &Reconcile::ResolveAttempt, request);
  ASSERT_TRUE(resolved.ok()) << resolved.problem();
  EXPECT_EQ(resolved->order().attempts(0).resolution().resolved_by(), "op-7");
}

}  // namespace
}  // namespace sluice::e2e
