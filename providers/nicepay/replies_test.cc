#include "providers/nicepay/replies.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "providers/nicepay/nicepay.h"
#include "providers/nicepay/test_account.h"
#include "server/wire/form.h"

namespace sluice::nicepay {
namespace {

using conformance::Scenario;

Step Read(const Scenario& scenario, const HttpReply& reply) {
  return NicePay(TestAccount()).Interpret(scenario.ToOperation(), scenario.context, reply);
}

HttpReply Golden(const std::string& name) {
  return JsonReply(ReadTestdata("replies/" + name + ".json"));
}

Scenario Registering(const std::string& wallet) { return TestScenario(Verb::kCreateOrder, wallet); }

// The payment call of an order whose registration has been committed.
Scenario Paying(const std::string& wallet) {
  Scenario scenario = Registering(wallet);
  scenario.step = 1;
  scenario.order.provider_number = kTestTxid;
  scenario.order.provider_data = {{"txid", kTestTxid}, {"reference_no", kTestOrder}};
  return scenario;
}

TEST(RegistrationTest, ItsNumbersAreKept) {
  for (const char* wallet : {"ovo", "dana", "linkaja", "shopeepay"}) {
    const Outcome outcome = Read(Registering(wallet), Golden("registered")).outcome;
    EXPECT_EQ(outcome.verdict, Verdict::kAccepted) << wallet;
    EXPECT_EQ(outcome.facts.report, Report::kOpen);
    EXPECT_EQ(outcome.facts.provider_number, kTestTxid);
    EXPECT_EQ(outcome.facts.provider_data.at("txid"), kTestTxid);
    EXPECT_EQ(outcome.facts.provider_data.at("reference_no"), kTestOrder);
  }
}

TEST(RegistrationTest, OvoAwaitsThePushThatACallBehindBrings) {
  const Scenario scenario = Registering("ovo");
  const Step step = Read(scenario, Golden("registered"));
  EXPECT_EQ(step.outcome.facts.next_action->kind, NextAction::Kind::kAwaitPush);
  EXPECT_EQ(step.outcome.facts.expire_time, scenario.context.now + absl::Seconds(55));
  ASSERT_TRUE(step.next.has_value());
  EXPECT_TRUE(step.next->in_background);
  EXPECT_TRUE(step.next->request.at_most_once);
  EXPECT_GE(step.next->request.total_timeout, absl::Seconds(70));
  const auto fields = ParseForm(step.next->request.body);
  EXPECT_EQ(*FindField(*fields, "tXid"), kTestTxid);
  EXPECT_EQ(FindField(*fields, "returnJsonFormat"), nullptr);
}

TEST(RegistrationTest, AnExpiryOfTheCallersStays) {
  Scenario scenario = Registering("ovo");
  scenario.order.expire_time = scenario.order.create_time + absl::Seconds(30);
  EXPECT_FALSE(Read(scenario, Golden("registered")).outcome.facts.expire_time.has_value());
}

TEST(RegistrationTest, DanaAndLinkAjaAreRedirectedWithoutAnotherCall) {
  for (const char* wallet : {"dana", "linkaja"}) {
    const Step step = Read(Registering(wallet), Golden("registered"));
    EXPECT_FALSE(step.next.has_value());
    ASSERT_TRUE(step.outcome.facts.next_action.has_value());
    EXPECT_EQ(step.outcome.facts.next_action->kind, NextAction::Kind::kRedirect);
    EXPECT_EQ(step.outcome.facts.next_action->url.rfind(
                  "https://dev.nicepay.co.id/nicepay/direct/v2/payment?timeStamp=20260115103000&"
                  "tXid=DEMOEWTEST05202601151030011234&merchantToken=",
                  0),
              0u);
  }
}

TEST(RegistrationTest, ShopeePaysLinksComeWithAnotherCall) {
  const Step first = Read(Registering("shopeepay"), Golden("registered"));
  EXPECT_FALSE(first.outcome.facts.next_action.has_value());
  ASSERT_TRUE(first.next.has_value());
  EXPECT_FALSE(first.next->in_background);
  EXPECT_EQ(*FindField(*ParseForm(first.next->request.body), "returnJsonFormat"), "1");

  const Step second = Read(Paying("shopeepay"), Golden("payment_links"));
  EXPECT_EQ(second.outcome.verdict, Verdict::kAccepted);
  EXPECT_EQ(second.outcome.facts.report, Report::kOpen);
  EXPECT_EQ(second.outcome.facts.next_action->url, "https://wallet.example/pay?token=1");
  EXPECT_EQ(second.outcome.facts.next_action->app_deep_link, "shopeeid://main?apprl=wallet");
}

TEST(RegistrationTest, AnotherOrdersAnswerIsNotBelieved) {
  const std::string body = ReadTestdata("replies/registered.json");
  for (const auto& [from, to] : {std::pair{"\"15000\"", "\"15001\""},
                                 {"ORD-EW-0001", "ORD-EW-0002"},
                                 {kTestTxid, ""},
                                 {kTestTxid, "DEMO/../x"},
                                 {"\"bankCd\":null", "\"mitraCd\":\"OVOE\""}}) {
    const std::string other = absl::StrReplaceAll(body, {{from, to}});
    ASSERT_NE(other, body);
    EXPECT_EQ(Read(Registering("dana"), JsonReply(other)).outcome.verdict, Verdict::kUnknown) << to;
  }
  // Numbers count as texts, except for the result code, whose zeros a number would lose.
  EXPECT_EQ(
      Read(Registering("dana"), JsonReply(absl::StrReplaceAll(body, {{"\"15000\"", "15000"}})))
          .outcome.verdict,
      Verdict::kAccepted);
  EXPECT_EQ(Read(Registering("dana"), JsonReply(absl::StrReplaceAll(body, {{"\"0000\"", "0"}})))
                .outcome.verdict,
            Verdict::kUnknown);
}

TEST(RegistrationTest, ARefusalNamesItsCode) {
  const Outcome outcome = Read(Registering("dana"), CodeReply("9009", "used\x01 up")).outcome;
  // A control character makes the JSON unreadable.
  EXPECT_EQ(outcome.verdict, Verdict::kUnknown);
  const Outcome refused = Read(Registering("dana"), CodeReply("9009", "used up")).outcome;
  EXPECT_EQ(refused.verdict, Verdict::kDeclined);
  EXPECT_EQ(refused.failure.reason, FailureReason::kDuplicateAtProvider);
  EXPECT_EQ(refused.failure.provider_code, "9009");
  EXPECT_EQ(refused.failure.provider_message, "used up");
  EXPECT_EQ(Read(Registering("dana"), CodeReply("9002")).outcome.verdict, Verdict::kNotProcessed);
  EXPECT_EQ(Read(Registering("dana"), CodeReply("1004")).outcome.verdict, Verdict::kUnknown);
}

TEST(PaymentTest, WhateverThePushAnswersTheInquiryDecides) {
  HttpReply timed_out;
  timed_out.transport = Transport::kTimedOut;
  for (const HttpReply& reply : {timed_out, JsonReply("<html>done</html>"), Golden("payment_links"),
                                 CodeReply("9752"), JsonReply("", 302), JsonReply("", 500)}) {
    const Step step = Read(Paying("ovo"), reply);
    EXPECT_EQ(step.outcome.verdict, Verdict::kUnknown);
    EXPECT_TRUE(step.outcome.query_now);
    EXPECT_FALSE(step.next.has_value());
  }
}

TEST(PaymentTest, OnlyLinksThatMayBeOpenedAreHandedOn) {
  const auto links = [](const std::string& http, const std::string& app) {
    return Read(Paying("shopeepay"),
                JsonReply(absl::StrCat(R"({"resultCd":"0000","redirectUrlHttp":")", http,
                                       R"(","redirectUrlApp":")", app, R"("})")))
        .outcome;
  };
  EXPECT_EQ(links("https://a.example/", "").facts.next_action->url, "https://a.example/");
  EXPECT_EQ(links("", "https://a.example/app").facts.next_action->url, "https://a.example/app");
  EXPECT_EQ(links("", "shopeeid://pay").facts.next_action->app_deep_link, "shopeeid://pay");
  EXPECT_EQ(links("http://127.0.0.1:7070/x", "").verdict, Verdict::kAccepted);
  for (const char* bad : {"http://a.example/", "javascript:alert(1)", "DATA:text/html,x",
                          "//a.example", "/x", "", "a b:c", "1x:y"}) {
    EXPECT_EQ(links(bad, bad).verdict, Verdict::kUnknown) << bad;
  }
  EXPECT_EQ(links(std::string("https://a.example/") + std::string(2048, 'x'), "").verdict,
            Verdict::kUnknown);
}

TEST(PaymentTest, ARefusedPaymentEndsTheOrderAndALostOneIsAskedAbout) {
  EXPECT_EQ(Read(Paying("shopeepay"), CodeReply("9752")).outcome.verdict, Verdict::kDeclined);
  HttpReply lost;
  lost.transport = Transport::kBroken;
  const Step step = Read(Paying("shopeepay"), lost);
  EXPECT_EQ(step.outcome.verdict, Verdict::kUnknown);
  EXPECT_TRUE(step.outcome.query_now);
  lost.transport = Transport::kNotSent;
  EXPECT_EQ(Read(Paying("shopeepay"), lost).outcome.verdict, Verdict::kUnknown);
}

// Where the answer with the links was lost, the inquiry brings them after all.
TEST(PaymentTest, AnOpenOrderWithoutLinksGetsThemByTheInquiry) {
  Scenario scenario = TestScenario(Verb::kQueryOrder, "shopeepay");
  scenario.order.state = OrderState::kSubmitting;
  const Step step = Read(scenario, InquiryReply("9"));
  EXPECT_EQ(step.outcome.facts.report, Report::kOpen);
  ASSERT_TRUE(step.next.has_value());
  scenario.step = 1;
  const Step links = Read(scenario, Golden("payment_links"));
  EXPECT_EQ(links.outcome.verdict, Verdict::kAccepted);
  EXPECT_EQ(links.outcome.facts.report, Report::kNone);
  EXPECT_EQ(links.outcome.facts.next_action->url, "https://wallet.example/pay?token=1");
  EXPECT_FALSE(Read(scenario, CodeReply("9752")).outcome.query_now);

  scenario.step = 0;
  scenario.order.next_action.kind = NextAction::Kind::kRedirect;
  EXPECT_FALSE(Read(scenario, InquiryReply("9")).next.has_value());
  scenario.order.next_action = {};
  EXPECT_FALSE(Read(scenario, InquiryReply("0")).next.has_value());

  scenario = TestScenario(Verb::kQueryOrder, "dana");
  scenario.order.state = OrderState::kAwaitingPayer;
  EXPECT_FALSE(Read(scenario, InquiryReply("3")).outcome.facts.next_action->url.empty());
}

TEST(CancelTest, ARevokeReturnsAll) {
  const Outcome outcome = Read(TestScenario(Verb::kRevokeOrder), Golden("canceled")).outcome;
  EXPECT_EQ(outcome.verdict, Verdict::kAccepted);
  EXPECT_EQ(outcome.facts.report, Report::kReturned);
  EXPECT_EQ(outcome.facts.returned, (Money{"IDR", 15000}));
}

TEST(CancelTest, ARefundHasTheCancelsNumber) {
  Scenario scenario = TestScenario(Verb::kCreateRefund);
  const std::string body =
      absl::StrReplaceAll(ReadTestdata("replies/canceled.json"), {{"\"15000\"", "\"5000\""}});
  const Outcome outcome = Read(scenario, JsonReply(body)).outcome;
  EXPECT_EQ(outcome.verdict, Verdict::kAccepted);
  EXPECT_EQ(outcome.facts.report, Report::kSucceeded);
  EXPECT_EQ(outcome.facts.provider_number, "DEMOEWTEST05202601151100019876");
  EXPECT_EQ(outcome.facts.amount, scenario.refund.amount);
  // The answer to a cancel of another amount.
  EXPECT_EQ(Read(scenario, Golden("canceled")).outcome.verdict, Verdict::kUnknown);
}

TEST(CancelTest, NoAnswerIsAskedAboutAtOnce) {
  HttpReply lost;
  lost.transport = Transport::kTimedOut;
  for (const Verb verb : {Verb::kRevokeOrder, Verb::kCreateRefund}) {
    EXPECT_TRUE(Read(TestScenario(verb), lost).outcome.query_now);
    EXPECT_EQ(Read(TestScenario(verb), CodeReply("9315")).outcome.verdict, Verdict::kDeclined);
    EXPECT_TRUE(Read(TestScenario(verb), CodeReply("9315")).outcome.query_now);
    EXPECT_FALSE(Read(TestScenario(verb), CodeReply("9331")).outcome.query_now);
  }
}

}  // namespace
}  // namespace sluice::nicepay
