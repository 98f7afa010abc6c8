#include "providers/epay/replies.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/epay/descriptor.h"
#include "providers/epay/test_account.h"
#include "providers/epay/transactions.h"
#include "server/core/decision.h"
#include "tests/conformance/provider/mutations.h"

namespace sluice::epay {
namespace {

using conformance::Scenario;
using ::testing::HasSubstr;
using ::testing::Not;

Step Interpret(const Scenario& scenario, const HttpReply& reply) {
  return InterpretReply(TestAccount(), scenario.ToOperation(), reply);
}

Outcome Read(Verb verb, const HttpReply& reply) {
  return Interpret(TestScenario(verb), reply).outcome;
}

HttpReply WithMember(HttpReply reply, const std::string& name, Json value) {
  Json envelope = *Json::Parse(reply.body);
  envelope.Set(name, std::move(value));
  reply.body = envelope.Write();
  return reply;
}

HttpReply Golden(const std::string& name) {
  return ReplyOf(ReadTestdata("replies/" + name + ".json"));
}

TEST(RepliesTest, ACreateTellsNumberFeeRateAndWhatIsReceived) {
  const Outcome outcome = Read(Verb::kCreatePayout, Golden("create_accepted"));
  EXPECT_EQ(outcome.verdict, Verdict::kAccepted);
  EXPECT_FALSE(outcome.query_now);
  const Facts& facts = outcome.facts;
  EXPECT_EQ(facts.report, Report::kOpen);
  EXPECT_EQ(facts.provider_number, kTestNumber);
  EXPECT_EQ(facts.amount, (Money{"USD", 2550}));
  EXPECT_EQ(facts.fee, (Money{"USD", 51}));
  EXPECT_EQ(facts.receive_amount, (Money{"USD", 2550}));
  EXPECT_EQ(facts.exchange_rate, "1.000000");
}

TEST(RepliesTest, AQuerySpellsTheSameDifferently) {
  const Outcome outcome = Read(Verb::kQueryPayout, Golden("query_succeeded"));
  EXPECT_EQ(outcome.facts.report, Report::kSucceeded);
  EXPECT_EQ(outcome.facts.fee, (Money{"USD", 51}));
  EXPECT_EQ(outcome.facts.amount, (Money{"USD", 2550}));
}

TEST(RepliesTest, NumbersMayComeAsNumbersAndACodeAsText) {
  Json data = DataOf("create_accepted");
  data.Set("amount", Json::Number("25.5"));
  data.Set("status", Json::Int(1));
  EXPECT_EQ(Read(Verb::kCreatePayout, SuccessOf(data)).verdict, Verdict::kAccepted);
  EXPECT_EQ(Read(Verb::kCreatePayout, WithMember(SuccessOf(data), "code", Json("1"))).verdict,
            Verdict::kAccepted);
}

TEST(RepliesTest, AmountsAreComparedByValueWithTheFeeOnTop) {
  Json data = DataOf("create_accepted");
  for (const char* same : {"25.5", "25.50", "25.500", "025.50", "26.01"}) {
    data.Set("amount", same);
    const Outcome outcome = Read(Verb::kCreatePayout, SuccessOf(data));
    EXPECT_EQ(outcome.verdict, Verdict::kAccepted) << same;
    EXPECT_EQ(outcome.facts.amount, (Money{"USD", 2550})) << same;
  }
  for (const char* other : {"25.49", "25.51", "26.02", "24.99", "2550", "0", "-25.50", "x", ""}) {
    data.Set("amount", other);
    EXPECT_EQ(Read(Verb::kCreatePayout, SuccessOf(data)).verdict, Verdict::kUnknown) << other;
  }
}

// Signed as it may be, it is not about what was asked for.
TEST(RepliesTest, AnotherOrderIsNoAnswer) {
  for (const auto& [name, value] : {std::pair("merchantOrderNo", "W-1002"),
                                    {"merchantOrderNo", ""},
                                    {"category", "BANK"},
                                    {"settlementCurrency", "EUR"},
                                    {"settlementCurrency", ""},
                                    {"status", "x"},
                                    {"status", ""},
                                    {"epayOrderNo", "2311 51"}}) {
    Json data = DataOf("create_accepted");
    data.Set(name, value);
    const Outcome outcome = Read(Verb::kCreatePayout, SuccessOf(data));
    EXPECT_EQ(outcome.verdict, Verdict::kUnknown) << name << "=" << value;
    EXPECT_TRUE(outcome.query_now) << name;
  }
  Scenario scenario = TestScenario(Verb::kQueryPayout);
  scenario.payout.provider_number = "231151598560704599189999";
  EXPECT_EQ(Interpret(scenario, Golden("query_succeeded")).outcome.verdict, Verdict::kUnknown);
}

TEST(RepliesTest, WhatIsNotNeededMayBeUnreadable) {
  Json data = DataOf("create_accepted");
  data.Set("payerFee", "2.105");
  data.Set("receiveCurrency", "USDT");
  data.Set("rate", "much");
  data.Set("brandNew", Json::Object({{"a", "1"}, {"b", "2"}}));
  const Outcome outcome = Read(Verb::kCreatePayout, SuccessOf(data));
  EXPECT_EQ(outcome.verdict, Verdict::kAccepted);
  EXPECT_TRUE(outcome.facts.fee.empty());
  EXPECT_TRUE(outcome.facts.receive_amount.empty());
  EXPECT_EQ(outcome.facts.exchange_rate, "");
}

TEST(RepliesTest, AnUnknownStatusOfACreateIsStillAccepted) {
  Json data = DataOf("create_accepted");
  data.Set("status", "42");
  const Outcome outcome = Read(Verb::kCreatePayout, SuccessOf(data));
  EXPECT_EQ(outcome.verdict, Verdict::kAccepted);
  EXPECT_EQ(outcome.facts.report, Report::kNone);
}

TEST(RepliesTest, ASuccessWithoutItsSignatureIsUnknown) {
  for (const Verb verb : {Verb::kCreatePayout, Verb::kQueryPayout, Verb::kGetPayoutLimits}) {
    const char* name = verb == Verb::kCreatePayout  ? "create_accepted"
                       : verb == Verb::kQueryPayout ? "query_succeeded"
                                                    : "limits";
    const HttpReply golden = Golden(name);
    ASSERT_EQ(Read(verb, golden).verdict, Verdict::kAccepted);
    for (const HttpReply& reply :
         {WithMember(golden, "sign", Json("")), WithMember(golden, "sign", Json::Null()),
          WithMember(golden, "sign", Json(SignAsEpay(DataOf("create_accepted"), kForeignKey))),
          SuccessOf(DataOf(name), kForeignKey), WithMember(golden, "data", Json::Null()),
          WithMember(golden, "data", Json::Array({DataOf(name)})),
          WithMember(golden, "epayAccount", Json("other@example.test")),
          WithMember(golden, "code", Json::Null()), WithMember(golden, "message", Json::Null())}) {
      EXPECT_EQ(Read(verb, reply).verdict, Verdict::kUnknown) << reply.body;
      EXPECT_FALSE(Interpret(TestScenario(verb), reply).limits.has_value());
    }
  }
}

// The code is not signed. Whatever is altered in a success, it means the same or nothing.
TEST(RepliesTest, AFlippedSuccessMeansTheSameOrNothing) {
  for (const Verb verb : {Verb::kCreatePayout, Verb::kQueryPayout}) {
    const HttpReply golden =
        Golden(verb == Verb::kCreatePayout ? "create_accepted" : "query_succeeded");
    const Facts right = Read(verb, golden).facts;
    int same = 0;
    conformance::ForEachFlip(golden.body, [&](const std::string& body, size_t at) {
      const Outcome outcome = Read(verb, ReplyOf(body));
      if (outcome.verdict == Verdict::kUnknown) return;
      ++same;
      EXPECT_EQ(outcome.verdict, Verdict::kAccepted) << at;
      EXPECT_EQ(outcome.facts.report, right.report) << at;
      EXPECT_EQ(outcome.facts.amount, right.amount) << at;
      EXPECT_EQ(outcome.facts.provider_number, right.provider_number) << at;
      EXPECT_EQ(outcome.facts.fee, right.fee) << at;
    });
    EXPECT_GT(same, 0);  // The message, and the case of the signature.
  }
}

// --- Refusals

TEST(RepliesTest, ARefusedCreateIsConfirmedByAQuery) {
  const Outcome outcome = Read(Verb::kCreatePayout, Golden("refused"));
  EXPECT_EQ(outcome.verdict, Verdict::kDeclined);
  EXPECT_TRUE(outcome.query_now);
  EXPECT_EQ(outcome.failure.reason, FailureReason::kDeclinedByProvider);
  EXPECT_EQ(outcome.failure.provider_code, "1005");
  EXPECT_EQ(outcome.failure.provider_message, "merchantOrderNo already exists");
}

TEST(RepliesTest, NoCodeMeansMoreThanAnother) {
  for (const Verb verb : {Verb::kCreatePayout, Verb::kQueryPayout, Verb::kGetPayoutLimits}) {
    const Outcome first = Read(verb, RefusalOf(0, "no"));
    for (const int64_t code : {-1, 2, 10, 200, 500, 1001, 1006, 1099, 99999}) {
      const Outcome outcome = Read(verb, RefusalOf(code, "no"));
      EXPECT_EQ(outcome.verdict, first.verdict) << code;
      EXPECT_EQ(outcome.facts.report, first.facts.report) << code;
      EXPECT_EQ(outcome.failure.reason, first.failure.reason) << code;
      EXPECT_NE(outcome.facts.report, Report::kFailed) << code;
    }
  }
}

TEST(RepliesTest, ARefusedQueryOfAConfirmedPayoutTeachesNothing) {
  Scenario scenario = TestScenario(Verb::kQueryPayout);
  EXPECT_EQ(Interpret(scenario, Golden("refused")).outcome.facts.report, Report::kNotFound);
  scenario.payout.provider_number = kTestNumber;
  EXPECT_EQ(Interpret(scenario, Golden("refused")).outcome.verdict, Verdict::kUnknown);
  scenario = TestScenario(Verb::kQueryPayout);
  for (const PayoutState state :
       {PayoutState::kPending, PayoutState::kSucceeded, PayoutState::kFailed}) {
    scenario.payout.state = state;
    EXPECT_EQ(Interpret(scenario, Golden("refused")).outcome.verdict, Verdict::kUnknown);
  }
}

TEST(RepliesTest, ARefusalThatDescribesAnOrderIsNone) {
  const HttpReply reply = WithMember(Golden("create_accepted"), "code", Json::Int(0));
  const Outcome outcome = Read(Verb::kCreatePayout, reply);
  EXPECT_EQ(outcome.verdict, Verdict::kUnknown);
  EXPECT_TRUE(outcome.query_now);
  EXPECT_EQ(Read(Verb::kQueryPayout, reply).verdict, Verdict::kUnknown);
  EXPECT_EQ(
      Read(Verb::kGetPayoutLimits, WithMember(Golden("limits"), "code", Json::Int(0))).verdict,
      Verdict::kUnknown);
}

TEST(RepliesTest, AGatewaysErrorIsNotEpays) {
  for (const char* body :
       {R"({"code":502,"message":"bad gateway"})", R"({"code":500,"message":"x","data":null})",
        R"({"code":500,"message":"x","epayAccount":"other@example.test","version":"V2.0.0"})",
        R"({"code":"E1","message":"x","epayAccount":"merchant@example.test"})",
        R"({"code":1.5,"message":"x","epayAccount":"merchant@example.test"})",
        R"({"code":500,"epayAccount":"merchant@example.test","version":"V2.0.0"})"}) {
    EXPECT_EQ(Read(Verb::kCreatePayout, ReplyOf(body)).verdict, Verdict::kUnknown) << body;
  }
}

TEST(RepliesTest, AReceiverInEpaysTextIsMasked) {
  const std::string text = std::string("account ") + kTestReceiver + " is closed";
  const Outcome refused = Read(Verb::kCreatePayout, RefusalOf(1001, text));
  EXPECT_THAT(refused.failure.provider_message, HasSubstr("is closed"));
  EXPECT_THAT(refused.failure.provider_message, Not(HasSubstr(kTestReceiver)));
  Json data = DataOf("query_succeeded");
  data.Set("status", "6");
  data.Set("orderDescription", text);
  const Facts failed = Read(Verb::kQueryPayout, SuccessOf(data)).facts;
  EXPECT_EQ(failed.report, Report::kFailed);
  EXPECT_THAT(failed.failure.provider_message, HasSubstr("is closed"));
  EXPECT_THAT(failed.failure.provider_message, Not(HasSubstr(kTestReceiver)));
}

// --- The engine's view

FlowPolicy Policy() {
  FlowPolicy policy;
  policy.not_found_grace = MakeDescriptor(TestAccount()).not_found_grace;
  return policy;
}

struct Flow {
  FlowPolicy policy = Policy();
  absl::Time now = absl::FromUnixSeconds(1767225600);
  Decision decision = BeginPayout(TestScenario(Verb::kCreatePayout).payout, now);

  const Payout& payout() const { return *decision.after.payout; }
  void Answer(const HttpReply& reply) {
    Scenario scenario = TestScenario(Verb::kCreatePayout);
    scenario.payout = payout();
    decision =
        Decide(decision.after, AttemptAnswered{1, Interpret(scenario, reply).outcome}, policy, now);
  }
  void Query(const HttpReply& reply, absl::Duration later) {
    now += later;
    Scenario scenario = TestScenario(Verb::kQueryPayout);
    scenario.payout = payout();
    const Outcome outcome = Interpret(scenario, reply).outcome;
    if (outcome.verdict != Verdict::kAccepted) {
      decision = Decide(decision.after, QueryTaughtNothing{}, policy, now);
      return;
    }
    FactsReported reported;
    reported.facts = outcome.facts;
    reported.provider_key = kTestPayout;
    decision = Decide(decision.after, reported, policy, now);
  }
};

TEST(RepliesTest, ALostCreateThatIsNotFoundIsNeverFailedAndNeverSentAgain) {
  Flow flow;
  HttpReply lost;
  lost.transport = Transport::kTimedOut;
  flow.Answer(lost);
  for (int hour = 0; hour < 100; ++hour) {
    flow.Query(Golden("refused"), absl::Hours(1));
    ASSERT_EQ(flow.payout().state, PayoutState::kSubmitting);
    ASSERT_EQ(flow.payout().attempts.size(), 1u);
    ASSERT_EQ(flow.decision.send_attempt, 0);
  }
  EXPECT_NE(flow.payout().attention, "");
  flow.Query(Golden("query_succeeded"), absl::Hours(1));
  EXPECT_EQ(flow.payout().state, PayoutState::kSucceeded);
}

TEST(RepliesTest, ARefusalAndAQueryThatDoesNotFindItLaterFailThePayout) {
  Flow flow;
  flow.Answer(RefusalOf(1008, "balance too low"));
  EXPECT_EQ(flow.payout().state, PayoutState::kSubmitting);
  EXPECT_TRUE(flow.decision.query);
  flow.Query(RefusalOf(1006, "order not found"), absl::Milliseconds(50));
  EXPECT_EQ(flow.payout().state, PayoutState::kSubmitting);
  EXPECT_TRUE(flow.payout().due_time.has_value());
  flow.Query(RefusalOf(1006, "order not found"), flow.policy.not_found_grace);
  EXPECT_EQ(flow.payout().state, PayoutState::kFailed);
  EXPECT_EQ(flow.payout().failure.provider_message, "balance too low");
}

// The create had its effect, and both answers come from one outage.
TEST(RepliesTest, TwoRefusalsInAMomentAreNoProof) {
  Flow flow;
  flow.Answer(RefusalOf(1099, "system error"));
  flow.Query(RefusalOf(1099, "system error"), absl::Milliseconds(5));
  EXPECT_EQ(flow.payout().state, PayoutState::kSubmitting);
  flow.Query(Golden("query_succeeded"), absl::Seconds(2));
  EXPECT_EQ(flow.payout().state, PayoutState::kSucceeded);
}

TEST(RepliesTest, AnOrderForAnotherReceiverIsNotOurs) {
  const auto found = [](Json info) {
    Json data = DataOf("query_succeeded");
    data.Set("receiveInfo", std::move(info));
    Flow flow;
    flow.Answer(RefusalOf(1005, "merchantOrderNo already exists"));
    flow.Query(SuccessOf(data), absl::Milliseconds(50));
    return flow.payout();
  };
  const char kOther[] = "U999999999999";
  for (const Json& info : {Json::Object({{"accountNo", kOther}}),
                           Json(absl::StrCat(R"({"accountNo":")", kOther, R"("})"))}) {
    const Payout payout = found(info);
    EXPECT_EQ(payout.state, PayoutState::kSubmitting) << info.Write();
    EXPECT_THAT(payout.attention, HasSubstr("another receiver"));
    EXPECT_THAT(payout.attention, Not(HasSubstr(kOther)));
    EXPECT_EQ(payout.provider_number, "");
  }
  // Ours, or not said: not at all, not readable, not in the clear.
  for (const Json& info :
       {Json::Object({{"accountNo", kTestReceiver}}), Json::Null(), Json("not JSON"), Json(""),
        Json::Object({{"name", "x"}}), Json::Object({{"accountNo", "U1*********12"}}),
        Json(absl::StrCat(R"({"accountNo":")", kTestReceiver, R"("})"))}) {
    EXPECT_EQ(found(info).state, PayoutState::kSucceeded) << info.Write();
  }
}

TEST(RepliesTest, ARefusalOfWhatHasBeenDoneDoesNotFailIt) {
  Flow flow;
  flow.Answer(RefusalOf(1099, "system error"));
  flow.Query(Golden("query_succeeded"), absl::Milliseconds(50));
  EXPECT_EQ(flow.payout().state, PayoutState::kSucceeded);
}

// --- Limits

TEST(RepliesTest, LimitsAreInTheCurrencyAskedAbout) {
  const Step step = Interpret(TestScenario(Verb::kGetPayoutLimits), Golden("limits"));
  EXPECT_EQ(step.outcome.verdict, Verdict::kAccepted);
  ASSERT_TRUE(step.limits.has_value());
  EXPECT_EQ(step.limits->minimum, (Money{"USD", 1000}));
  EXPECT_EQ(step.limits->maximum, (Money{"USD", 500000}));
}

TEST(RepliesTest, ABoundThatCannotBeReadIsUnknown) {
  const auto limits = [](Json min, Json max) {
    return Interpret(TestScenario(Verb::kGetPayoutLimits),
                     SuccessOf(Json::Object({{"singleMin", min}, {"singleMax", max}})));
  };
  EXPECT_EQ(limits("0", "9999999").limits->minimum, (Money{"USD", 0}));
  const Step half = limits("0.001", "50");
  EXPECT_FALSE(half.limits->minimum.has_value());
  EXPECT_EQ(half.limits->maximum, (Money{"USD", 5000}));
  for (const auto& [min, max] : {std::pair("x", "y"), {"", ""}, {"10", "5"}, {"0", "0"}}) {
    const Step step = limits(min, max);
    EXPECT_FALSE(step.limits.has_value()) << min << " " << max;
    EXPECT_EQ(step.outcome.verdict, Verdict::kUnknown);
  }
}

TEST(RepliesTest, RefusedLimitsAreUnknownLimits) {
  const Step step = Interpret(TestScenario(Verb::kGetPayoutLimits), Golden("refused"));
  EXPECT_EQ(step.outcome.verdict, Verdict::kDeclined);
  EXPECT_FALSE(step.limits.has_value());
}

}  // namespace
}  // namespace sluice::epay
