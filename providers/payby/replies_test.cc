#include "providers/payby/replies.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "providers/payby/test_account.h"

namespace sluice::payby {
namespace {

using conformance::Scenario;

Step Read(const Scenario& scenario, const HttpReply& reply) {
  return InterpretReply(*Account::Make(TestConfig()), scenario.ToOperation(), reply);
}

Outcome ReadGolden(const Scenario& scenario, const std::string& name) {
  return Read(scenario, SignedReply(ReadTestdata("replies/" + name + ".json"))).outcome;
}

// The golden, with some text changed before it is signed.
Outcome ReadChanged(const Scenario& scenario, const std::string& name, const std::string& from,
                    const std::string& to) {
  std::string body = ReadTestdata("replies/" + name + ".json");
  EXPECT_GT(absl::StrReplaceAll({{from, to}}, &body), 0) << from;
  return Read(scenario, SignedReply(body)).outcome;
}

TEST(RepliesTest, ACreatedOrderTellsThePayerWhereToGo) {
  const Outcome outcome = ReadGolden(TestScenario(Verb::kCreateOrder), "create_ewallet");
  ASSERT_EQ(outcome.verdict, Verdict::kAccepted);
  EXPECT_FALSE(outcome.query_now);
  const Facts& facts = outcome.facts;
  EXPECT_EQ(facts.report, Report::kOpen);
  EXPECT_EQ(facts.provider_number, "131767225600123456");
  EXPECT_EQ(facts.amount, (Money{"AED", 1234}));
  EXPECT_TRUE(facts.paid.empty());
  EXPECT_EQ(facts.expire_time, absl::FromUnixSeconds(1767232800));
  ASSERT_TRUE(facts.next_action.has_value());
  EXPECT_EQ(facts.next_action->kind, NextAction::Kind::kRedirect);
  EXPECT_EQ(facts.next_action->url.rfind("https://botim.me/", 0), 0u);
  EXPECT_EQ(facts.next_action->app_deep_link, facts.next_action->url);
}

TEST(RepliesTest, AQrOrderHasTheTokenUrlAsItsCode) {
  const Outcome outcome = ReadGolden(QrScenario(), "create_dynqr");
  ASSERT_EQ(outcome.verdict, Verdict::kAccepted);
  ASSERT_TRUE(outcome.facts.next_action.has_value());
  EXPECT_EQ(outcome.facts.next_action->kind, NextAction::Kind::kQrCode);
  EXPECT_EQ(outcome.facts.next_action->payload,
            "https://qr.payby.com?BIZ_TYPE=202&ft=fedcba9876543210fedcba9876543210"
            "&t=1767225600200");
}

TEST(RepliesTest, LinksOfOtherShapesAreTaken) {
  const Scenario scenario = TestScenario(Verb::kCreateOrder);
  // tokenUrl where a deep link was promised.
  Outcome outcome = ReadChanged(scenario, "create_ewallet", "deepLink", "tokenUrl");
  ASSERT_TRUE(outcome.facts.next_action.has_value());
  EXPECT_EQ(outcome.facts.next_action->url.rfind("https://botim.me/", 0), 0u);
  EXPECT_EQ(outcome.facts.next_action->app_deep_link, "");
  // A scheme that only the app opens.
  outcome =
      ReadChanged(scenario, "create_ewallet", "https://botim.me/botim/payby", "payby://payment");
  ASSERT_TRUE(outcome.facts.next_action.has_value());
  EXPECT_EQ(outcome.facts.next_action->url, "");
  EXPECT_EQ(outcome.facts.next_action->app_deep_link.rfind("payby://payment", 0), 0u);
  // None at all: the order is there, and nobody can pay it.
  outcome = ReadChanged(scenario, "create_ewallet", "deepLink", "somethingElse");
  EXPECT_EQ(outcome.verdict, Verdict::kAccepted);
  EXPECT_FALSE(outcome.facts.next_action.has_value());
  EXPECT_TRUE(outcome.query_now);
}

TEST(RepliesTest, AReplayOfAPaidOrderIsLookedAtAgain) {
  const Outcome outcome = ReadGolden(TestScenario(Verb::kCreateOrder), "order_paid");
  EXPECT_EQ(outcome.verdict, Verdict::kAccepted);
  EXPECT_EQ(outcome.facts.report, Report::kPaid);
  EXPECT_TRUE(outcome.query_now);
}

TEST(RepliesTest, APaidOrderSaysWhatAndWhen) {
  const Outcome outcome = ReadGolden(TestScenario(Verb::kQueryOrder), "order_paid");
  EXPECT_EQ(outcome.facts.paid, (Money{"AED", 1234}));
  EXPECT_EQ(outcome.facts.pay_time, absl::FromUnixMillis(1767226190000));
  EXPECT_TRUE(outcome.facts.returned.empty());
  EXPECT_FALSE(outcome.query_now);
}

TEST(RepliesTest, ARevokedOrderSaysWhatWasReturned) {
  const Outcome outcome = ReadGolden(TestScenario(Verb::kRevokeOrder), "order_revoked_paid");
  EXPECT_EQ(outcome.facts.report, Report::kReturned);
  EXPECT_EQ(outcome.facts.paid, (Money{"AED", 1234}));
  EXPECT_EQ(outcome.facts.returned, (Money{"AED", 1234}));
}

TEST(RepliesTest, ARevokeThatDoesNotShowYetIsAskedAbout) {
  const Outcome outcome = ReadGolden(TestScenario(Verb::kRevokeOrder), "order_paid");
  EXPECT_EQ(outcome.verdict, Verdict::kAccepted);
  EXPECT_EQ(outcome.facts.report, Report::kPaid);
  EXPECT_TRUE(outcome.query_now);
}

TEST(RepliesTest, WhatEndedWithoutAReasonHasNone) {
  const Outcome outcome = ReadGolden(TestScenario(Verb::kQueryOrder), "order_closed");
  EXPECT_EQ(outcome.facts.report, Report::kClosed);
  EXPECT_TRUE(outcome.facts.failure.empty()) << "canceled or expired: the engine knows which";
}

TEST(RepliesTest, AFailedOrderSaysWhy) {
  const Outcome outcome = ReadGolden(TestScenario(Verb::kQueryOrder), "order_failed");
  EXPECT_EQ(outcome.facts.failure.provider_code, "504");
  EXPECT_EQ(outcome.facts.failure.provider_message, "SERVICE_TIMEOUT");
}

TEST(RepliesTest, AmountsAreComparedByValue) {
  const Scenario scenario = TestScenario(Verb::kQueryOrder);
  for (const char* same : {"12.34", "12.340", "\"12.34\"", "\"12.340000\""}) {
    EXPECT_EQ(ReadChanged(scenario, "order_open", "12.34", same).verdict, Verdict::kAccepted)
        << same;
  }
  for (const char* other : {"12.35", "12.341", "1234", "-12.34", "1.234e1", "\"\"", "null", "{}",
                            "\"12,34\"", "999999999999999999999999", "\" 12.34\""}) {
    EXPECT_EQ(ReadChanged(scenario, "order_open", "12.34", other).verdict, Verdict::kUnknown)
        << other;
  }
}

TEST(RepliesTest, AnotherOrderAmountOrPayeeIsNotBelieved) {
  const Scenario scenario = TestScenario(Verb::kQueryOrder);
  EXPECT_EQ(ReadChanged(scenario, "order_paid", "AED", "USD").verdict, Verdict::kUnknown);
  EXPECT_EQ(ReadChanged(scenario, "order_paid", kTestOrder, "ORD-other").verdict,
            Verdict::kUnknown);
  EXPECT_EQ(ReadChanged(scenario, "order_paid", "200000999901", "200000999902").verdict,
            Verdict::kUnknown);
  EXPECT_EQ(ReadChanged(scenario, "order_paid", "\"payeeMid\":\"200000999901\",", "").verdict,
            Verdict::kAccepted)
      << "it need not say the payee";
  for (const char* member : {"merchantOrderNo", "orderNo", "status", "totalAmount"}) {
    EXPECT_EQ(
        ReadChanged(scenario, "order_paid", std::string("\"") + member + "\"", "\"gone\"").verdict,
        Verdict::kUnknown)
        << member;
  }
  // The number that PayBy gave it does not change.
  Scenario known = scenario;
  known.order.provider_number = "131767225600123456";
  EXPECT_EQ(ReadGolden(known, "order_paid").verdict, Verdict::kAccepted);
  known.order.provider_number = "131767225600999999";
  EXPECT_EQ(ReadGolden(known, "order_paid").verdict, Verdict::kUnknown);
}

TEST(RepliesTest, PaidInAnotherCurrencyIsNotBelieved) {
  EXPECT_EQ(ReadChanged(TestScenario(Verb::kQueryOrder), "order_paid",
                        R"("paidAmount":{"amount":12.34,"currency":"AED"})",
                        R"("paidAmount":{"amount":12.34,"currency":"USD"})")
                .verdict,
            Verdict::kUnknown);
}

TEST(RepliesTest, TimesThatNobodyCanShowAreLeftOut) {
  const Scenario scenario = TestScenario(Verb::kQueryOrder);
  for (const char* wrong :
       {"0", "-1", "9223372036854775807", "253402300800000", "\"soon\"", "1767226190000.5"}) {
    const Outcome outcome = ReadChanged(scenario, "order_paid", "1767226190000", wrong);
    EXPECT_EQ(outcome.verdict, Verdict::kAccepted) << wrong;
    EXPECT_FALSE(outcome.facts.pay_time.has_value()) << wrong;
  }
}

TEST(RepliesTest, AnotherRefundIsNotBelieved) {
  const Scenario scenario = TestScenario(Verb::kQueryRefund);
  EXPECT_EQ(ReadGolden(scenario, "refund_success").facts.provider_number, "191767226500123789");
  EXPECT_EQ(ReadChanged(scenario, "refund_success", kTestRefund, "RFD-other").verdict,
            Verdict::kUnknown);
  EXPECT_EQ(ReadChanged(scenario, "refund_success", kTestOrder, "ORD-other").verdict,
            Verdict::kUnknown);
  EXPECT_EQ(ReadChanged(scenario, "refund_success", ":2.34,", ":2.35,").verdict, Verdict::kUnknown);
}

TEST(RepliesTest, UnsignedErrorsCountOnlyWhenListed) {
  const Scenario scenario = TestScenario(Verb::kCreateRefund);
  const auto unsigned_verdict = [&](const char* status, const char* code) {
    return Read(scenario, UnsignedReply(ErrorBody(status, code))).outcome.verdict;
  };
  EXPECT_EQ(unsigned_verdict("FAIL", "400"), Verdict::kDeclined);
  EXPECT_EQ(unsigned_verdict("fail", "403"), Verdict::kDeclined);
  EXPECT_EQ(unsigned_verdict("SUCCESS", "601"), Verdict::kDeclined);
  EXPECT_EQ(unsigned_verdict("FAIL", "402"), Verdict::kNotProcessed);
  EXPECT_EQ(unsigned_verdict("FAIL", "404"), Verdict::kNotProcessed);
  EXPECT_EQ(unsigned_verdict("FAIL", "500"), Verdict::kUnknown);
  EXPECT_EQ(unsigned_verdict("FAIL", "504"), Verdict::kUnknown);
  EXPECT_EQ(unsigned_verdict("FAIL", "62006"), Verdict::kUnknown) << "must be signed";
  EXPECT_EQ(unsigned_verdict("SUCCESS", "62006"), Verdict::kUnknown);
  EXPECT_EQ(unsigned_verdict("SUCCESS", "0"), Verdict::kUnknown);
  EXPECT_EQ(unsigned_verdict("FAIL", "0"), Verdict::kUnknown);
  EXPECT_EQ(unsigned_verdict("FAIL", "58000"), Verdict::kUnknown) << "what it means is not known";
  EXPECT_EQ(unsigned_verdict("MAYBE", "400"), Verdict::kUnknown) << "no status of PayBy's";
}

TEST(RepliesTest, ASignedErrorCountsWithEitherStatus) {
  const Scenario scenario = TestScenario(Verb::kCreateRefund);
  for (const char* status : {"FAIL", "SUCCESS", "success"}) {
    const Outcome outcome =
        Read(scenario, SignedReply(ErrorBody(status, "62006", "REFUND_AMOUNT_EXCEEDED"))).outcome;
    EXPECT_EQ(outcome.verdict, Verdict::kDeclined) << status;
    EXPECT_EQ(outcome.failure.reason, FailureReason::kLimitExceeded);
    EXPECT_EQ(outcome.failure.provider_code, "62006");
    EXPECT_EQ(outcome.failure.provider_message, "REFUND_AMOUNT_EXCEEDED");
  }
}

TEST(RepliesTest, ThatOurSignatureDidNotVerifyIsFinal) {
  for (const char* code : {"58000", "58999", "62099", "999", "62001"}) {
    const Outcome outcome =
        Read(TestScenario(Verb::kCreateOrder), UnsignedReply(ErrorBody("ERROR", code))).outcome;
    EXPECT_EQ(outcome.verdict, Verdict::kDeclined) << code;
    EXPECT_EQ(outcome.failure.reason, FailureReason::kConfiguration) << code;
  }
  for (const char* code : {"500", "504"}) {
    EXPECT_EQ(Read(TestScenario(Verb::kCreateOrder), UnsignedReply(ErrorBody("ERROR", code)))
                  .outcome.verdict,
              Verdict::kUnknown)
        << code;
  }
  EXPECT_EQ(Read(TestScenario(Verb::kQueryOrder), UnsignedReply(ErrorBody("ERROR", "58000")))
                .outcome.verdict,
            Verdict::kUnknown)
      << "says nothing of the order";
}

TEST(RepliesTest, AWrongClockIsNamed) {
  for (const char* word : {"REQUESTTIME_TOO_EARLY", "REQUESTTIME_TOO_LATER"}) {
    const Outcome outcome =
        Read(TestScenario(Verb::kCreateOrder), UnsignedReply(ErrorBody("FAIL", "400", word)))
            .outcome;
    EXPECT_EQ(outcome.verdict, Verdict::kDeclined);
    EXPECT_EQ(outcome.failure.reason, FailureReason::kConfiguration);
    EXPECT_NE(outcome.failure.message.find("clock"), std::string::npos);
  }
}

TEST(RepliesTest, AQueryNeverAsksForAnother) {
  for (const Verb verb : {Verb::kQueryOrder, Verb::kQueryRefund}) {
    for (const char* code : {"400", "403", "500", "504", "62001", "62099", "0"}) {
      const Outcome outcome =
          Read(TestScenario(verb), SignedReply(ErrorBody("FAIL", code))).outcome;
      EXPECT_EQ(outcome.verdict, Verdict::kUnknown) << code;
      EXPECT_FALSE(outcome.query_now) << code;
      EXPECT_EQ(outcome.facts.report, Report::kNone) << code;
    }
    EXPECT_FALSE(Read(TestScenario(verb), SignedReply("{}")).outcome.query_now);
  }
}

TEST(RepliesTest, TheProvidersWordsAreCleaned) {
  const std::string long_text(1000, 'x');
  const Outcome outcome = Read(TestScenario(Verb::kCreateOrder),
                               SignedReply(ErrorBody("FAIL", "62012", "a\\u0007b" + long_text)))
                              .outcome;
  EXPECT_EQ(outcome.verdict, Verdict::kDeclined);
  EXPECT_LE(outcome.failure.provider_message.size(), 256u);
  EXPECT_EQ(outcome.failure.provider_message.find('\a'), std::string::npos);
}

TEST(RepliesTest, RepeatedMembersAreNotReadTwice) {
  const Outcome outcome =
      ReadChanged(TestScenario(Verb::kQueryOrder), "order_open", "\"status\":\"CREATED\"",
                  "\"status\":\"CREATED\",\"status\":\"PAID_SUCCESS\"");
  EXPECT_EQ(outcome.verdict, Verdict::kUnknown);
}

TEST(RepliesTest, AnOperationWithoutItsResourceIsUnknown) {
  for (int verb = 0; verb <= static_cast<int>(Verb::kRevokeAccountLink); ++verb) {
    const Operation operation{.verb = static_cast<Verb>(verb)};
    const Step step = InterpretReply(*Account::Make(TestConfig()), operation,
                                     SignedReply(ReadTestdata("replies/order_paid.json")));
    EXPECT_EQ(step.outcome.verdict, Verdict::kUnknown) << verb;
  }
}

}  // namespace
}  // namespace sluice::payby
