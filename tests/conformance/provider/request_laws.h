// Laws of what a provider is sent.
//
// Threads: tests run on one thread unless they say otherwise. Ownership: the fixture owns all.

#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/core/error.h"
#include "tests/conformance/provider/fixture.h"

namespace sluice::conformance {

template <typename Traits>
class RequestLaws : public ProviderConformance<Traits> {};
TYPED_TEST_SUITE_P(RequestLaws);

inline bool SameRequest(const HttpRequest& a, const HttpRequest& b) {
  return a.method == b.method && a.url == b.url && a.headers == b.headers && a.body == b.body;
}

TYPED_TEST_P(RequestLaws, EveryServedVerbHasAScenario) {
  std::set<Verb> served, shown;
  for (const WalletCapability& wallet : this->provider().descriptor().wallets) {
    served.insert(wallet.verbs.begin(), wallet.verbs.end());
  }
  for (const Scenario& scenario : TypeParam::Scenarios()) shown.insert(scenario.verb);
  EXPECT_FALSE(served.empty());
  EXPECT_EQ(served, shown);
}

TYPED_TEST_P(RequestLaws, IdenticalInputGivesIdenticalBytes) {
  auto other = TypeParam::Registration().make_provider(TypeParam::Config());
  ASSERT_TRUE(other.ok());
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    SCOPED_TRACE(scenario.name);
    const auto first = this->provider().Build(scenario.ToOperation(), scenario.context);
    const Scenario copy = scenario;
    const auto second = this->provider().Build(copy.ToOperation(), copy.context);
    const auto third = (*other)->Build(copy.ToOperation(), copy.context);
    ASSERT_TRUE(first.ok()) << first.status();
    ASSERT_TRUE(second.ok() && third.ok());
    EXPECT_TRUE(SameRequest(*first, *second));
    EXPECT_TRUE(SameRequest(*first, *third));
    EXPECT_TRUE(TypeParam::IsAuthentic(*first));
  }
}

TYPED_TEST_P(RequestLaws, VectorsAreReproduced) {
  const std::vector<GoldenRequest> goldens = TypeParam::GoldenRequests();
  ASSERT_FALSE(goldens.empty());
  for (const GoldenRequest& golden : goldens) {
    SCOPED_TRACE(golden.scenario.name);
    auto built = this->provider().Build(golden.scenario.ToOperation(), golden.scenario.context);
    ASSERT_TRUE(built.ok()) << built.status();
    EXPECT_EQ(built->method, golden.request.method);
    EXPECT_EQ(built->url, golden.request.url);
    EXPECT_EQ(built->body, golden.request.body);
    HttpHeaders headers = built->headers, expected = golden.request.headers;
    headers.erase(std::remove_if(headers.begin(), headers.end(),
                                 [](const auto& header) {
                                   return header.first == TypeParam::kSignatureHeader;
                                 }),
                  headers.end());
    std::sort(headers.begin(), headers.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(headers, expected);
  }
}

TYPED_TEST_P(RequestLaws, AmountsRoundTrip) {
  for (const int64_t minor_units : {1, 9, 10, 99, 100, 101, 110, 1234, 5000, 99999, 123456789}) {
    for (Scenario scenario : TypeParam::Scenarios()) {
      Money* const amount = scenario.Amount();
      if (amount == nullptr) continue;
      amount->minor_units = minor_units;
      SCOPED_TRACE(scenario.name + " " + Describe(*amount));
      const bool creates = scenario.verb == Verb::kCreateOrder ||
                           scenario.verb == Verb::kCreateRefund ||
                           scenario.verb == Verb::kCreatePayout;
      const auto request = this->provider().Build(scenario.ToOperation(), scenario.context);
      ASSERT_TRUE(request.ok()) << request.status();
      if (creates) {
        const absl::StatusOr<Money> sent = TypeParam::AmountIn(*request);
        ASSERT_TRUE(sent.ok()) << sent.status();
        EXPECT_EQ(*sent, *amount);
      }
      const Step step = this->Interpret(scenario, TypeParam::SuccessReply(scenario));
      EXPECT_EQ(step.outcome.verdict, Verdict::kAccepted) << TextOf(step);
      EXPECT_TRUE(step.outcome.facts.amount.empty() || step.outcome.facts.amount == *amount);
    }
  }
}

TYPED_TEST_P(RequestLaws, AReplyWithAnotherAmountIsNotAccepted) {
  for (Scenario scenario : TypeParam::Scenarios()) {
    Money* const amount = scenario.Amount();
    if (amount == nullptr) continue;
    SCOPED_TRACE(scenario.name);
    const HttpReply reply = TypeParam::SuccessReply(scenario);
    const Step told = this->Interpret(scenario, reply);
    if (told.outcome.facts.amount.empty()) continue;  // The provider does not say it.
    for (const int64_t difference : {-1, 1, 100}) {
      Scenario other = scenario;
      other.Amount()->minor_units += difference;
      EXPECT_EQ(this->Interpret(other, reply).outcome.verdict, Verdict::kUnknown);
    }
  }
}

TYPED_TEST_P(RequestLaws, TheProviderKeyIsStableAndFits) {
  const size_t max_length = this->provider().descriptor().max_id_length;
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    SCOPED_TRACE(scenario.name);
    if (Scenario(scenario).Id() == nullptr) continue;
    const std::string key = this->provider().ProviderKey(scenario.ToOperation(), 0);
    EXPECT_FALSE(key.empty());
    EXPECT_LE(key.size(), max_length);

    Scenario later = scenario;
    later.attempt.number += 3;
    later.attempt.sends += 2;
    later.context.now += absl::Hours(5);
    later.order.revision += 7;
    later.order.state = OrderState::kPaid;
    EXPECT_EQ(this->provider().ProviderKey(later.ToOperation(), 0), key);

    Scenario other = scenario;
    other.Id()->back() = other.Id()->back() == 'x' ? 'y' : 'x';
    EXPECT_NE(this->provider().ProviderKey(other.ToOperation(), 0), key);
  }
}

TYPED_TEST_P(RequestLaws, VerbsThatAreNotServedAreRefused) {
  std::set<Verb> served;
  for (const Scenario& scenario : TypeParam::Scenarios()) served.insert(scenario.verb);
  const Scenario any = TypeParam::Scenarios().front();
  for (int number = 0; number <= static_cast<int>(Verb::kRevokeAccountLink); ++number) {
    const Verb verb = static_cast<Verb>(number);
    if (served.count(verb) > 0) continue;
    SCOPED_TRACE(VerbName(verb));
    Scenario scenario = any;
    scenario.verb = verb;
    const auto built = this->provider().Build(scenario.ToOperation(), scenario.context);
    EXPECT_FALSE(built.ok());
    EXPECT_FALSE(this->provider().Validate(scenario.ToOperation()).ok());
    const Step step = this->Interpret(scenario, TypeParam::SuccessReply(any));
    EXPECT_EQ(step.outcome.verdict, Verdict::kUnknown);
  }
}

// One provider serves all threads; a sanitizer watches.
TYPED_TEST_P(RequestLaws, IsSafeFromManyThreads) {
  const std::vector<Scenario> scenarios = TypeParam::Scenarios();
  std::vector<std::string> expected;
  for (const Scenario& scenario : scenarios) {
    expected.push_back(this->provider().Build(scenario.ToOperation(), scenario.context)->body);
  }
  constexpr int kThreads = 4;
  std::vector<int> wrong(kThreads, 0);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (size_t i = 0; i < scenarios.size(); ++i) {
        const auto built = this->provider().Build(scenarios[i].ToOperation(), scenarios[i].context);
        if (!built.ok() || built->body != expected[i]) ++wrong[thread];
        const Step step = this->Interpret(scenarios[i], TypeParam::SuccessReply(scenarios[i]));
        if (step.outcome.verdict != Verdict::kAccepted) ++wrong[thread];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(kThreads, 0));
}

REGISTER_TYPED_TEST_SUITE_P(RequestLaws, EveryServedVerbHasAScenario,
                            IdenticalInputGivesIdenticalBytes, VectorsAreReproduced,
                            AmountsRoundTrip, AReplyWithAnotherAmountIsNotAccepted,
                            TheProviderKeyIsStableAndFits, VerbsThatAreNotServedAreRefused,
                            IsSafeFromManyThreads);

}  // namespace sluice::conformance
