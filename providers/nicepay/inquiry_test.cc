#include "providers/nicepay/inquiry.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "providers/nicepay/nicepay.h"
#include "providers/nicepay/test_account.h"
#include "providers/nicepay/wallets.h"

namespace sluice::nicepay {
namespace {

using conformance::Scenario;

Step Ask(const Scenario& scenario, const HttpReply& reply) {
  return NicePay(TestAccount()).Interpret(scenario.ToOperation(), scenario.context, reply);
}

Outcome AskOrder(const std::string& status, const std::string& more = "",
                 const std::string& wallet = "dana") {
  return Ask(TestScenario(Verb::kQueryOrder, wallet), InquiryReply(status, more)).outcome;
}

struct DocumentedStatus {
  std::string digit, meaning;
  std::vector<std::string> wallets;
};

std::vector<DocumentedStatus> ReadList() {
  std::vector<DocumentedStatus> list;
  const std::vector<std::string> lines = absl::StrSplit(ReadTestdata("statuses.txt"), '\n');
  for (const std::string& line : lines) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    EXPECT_EQ(words.size(), 4u) << line;
    list.push_back({words[0], words[3], absl::StrSplit(words[2], ',')});
  }
  return list;
}

TEST(InquiryTest, EveryStatusOfEveryWalletIsMapped) {
  const std::map<std::string, Report> reports = {
      {"paid", Report::kPaid},       {"returned", Report::kReturned},
      {"open", Report::kOpen},       {"processing", Report::kProcessing},
      {"expired", Report::kExpired}, {"closed", Report::kClosed},
      {"unclear", Report::kNone}};
  const std::vector<DocumentedStatus> list = ReadList();
  ASSERT_EQ(list.size(), 8u);
  for (const DocumentedStatus& status : list) {
    for (const std::string& wallet : status.wallets) {
      SCOPED_TRACE(absl::StrCat(status.digit, " ", wallet));
      ASSERT_NE(FindWallet(wallet), nullptr);
      const Outcome outcome = AskOrder(status.digit, "", wallet);
      EXPECT_EQ(outcome.facts.report, reports.at(status.meaning));
      EXPECT_EQ(outcome.verdict,
                status.meaning == "unclear" ? Verdict::kUnknown : Verdict::kAccepted);
    }
  }
}

TEST(InquiryTest, AnUnknownStatusSaysNothing) {
  std::set<std::string> known;
  for (const DocumentedStatus& status : ReadList()) known.insert(status.digit);
  for (const char* digit : {"6", "7", "A", "-"}) {
    ASSERT_EQ(known.count(digit), 0u);
    EXPECT_EQ(AskOrder(digit).verdict, Verdict::kAccepted) << digit;
    EXPECT_EQ(AskOrder(digit).facts.report, Report::kNone) << digit;
  }
  EXPECT_EQ(AskOrder("00").verdict, Verdict::kUnknown);
  EXPECT_EQ(AskOrder("").verdict, Verdict::kUnknown);
}

TEST(InquiryTest, APaymentHasItsAmountAndTime) {
  const Outcome outcome = AskOrder("0");
  EXPECT_EQ(outcome.facts.amount, (Money{"IDR", 15000}));
  EXPECT_EQ(outcome.facts.paid, (Money{"IDR", 15000}));
  EXPECT_EQ(outcome.facts.pay_time, JakartaTime(10, 30, 42));
  EXPECT_EQ(outcome.facts.provider_number, kTestTxid);
  EXPECT_TRUE(outcome.facts.returned.empty());
}

TEST(InquiryTest, OnlyAllOfItIsReturned) {
  for (const char* status : {"1", "2"}) {
    const Outcome part = AskOrder(status, R"(,"cancelAmt":"5000")");
    EXPECT_EQ(part.facts.report, Report::kPaid);
    EXPECT_EQ(part.facts.returned, (Money{"IDR", 5000}));
    const Outcome all = AskOrder(status, R"(,"cancelAmt":"15000")");
    EXPECT_EQ(all.facts.report, Report::kReturned);
    EXPECT_EQ(all.facts.returned, (Money{"IDR", 15000}));
  }
  // A void is of all, also where the amount is not said; a refund need not be.
  EXPECT_EQ(AskOrder("1", R"(,"cancelAmt":null)").facts.report, Report::kReturned);
  EXPECT_EQ(AskOrder("2", R"(,"cancelAmt":null)").verdict, Verdict::kUnknown);
  EXPECT_EQ(AskOrder("0", R"(,"cancelAmt":"0")").facts.report, Report::kPaid);
}

TEST(InquiryTest, ReadsWhatNicePaysSamplesShow) {
  for (const char* more :
       {R"(,"CancelAmt":"5000")", R"(,"cancelAmt":5000)", R"(,"CANCELAMT":"5000.00")"}) {
    EXPECT_EQ(AskOrder("2", more).facts.returned, (Money{"IDR", 5000})) << more;
  }
  // Unknown members, and numbers in the place of texts.
  const HttpReply reply = JsonReply(
      R"({"resultCd":"0000","tXid":")" + std::string(kTestTxid) +
      R"(","referenceNo":"ORD-EW-0001","amt":15000,"status":0,"new":{"x":[1]},"cardNo":null})");
  EXPECT_EQ(Ask(TestScenario(Verb::kQueryOrder), reply).outcome.facts.report, Report::kPaid);
}

TEST(InquiryTest, WhatIsMissingOrOfAnotherKindIsNotBelieved) {
  const std::string body = InquiryReply("0").body;
  for (const char* member : {"tXid", "referenceNo", "amt", "status"}) {
    std::string other = body;
    other.replace(other.find(absl::StrCat("\"", member, "\"")) + 1, 1, "_");
    EXPECT_EQ(Ask(TestScenario(Verb::kQueryOrder), JsonReply(other)).outcome.verdict,
              Verdict::kUnknown)
        << member;
  }
  for (const char* more : {R"(,"cancelAmt":"x")", R"(,"cancelAmt":"-1")", R"(,"cancelAmt":"1.5")",
                           R"(,"cancelAmt":"9999999999999")"}) {
    EXPECT_EQ(AskOrder("2", more).verdict, Verdict::kUnknown) << more;
  }
}

TEST(InquiryTest, AnotherOrdersAnswerIsNotBelieved) {
  const HttpReply reply = InquiryReply("0", R"(,"mitraCd":"DANA")");
  const auto verdict = [&](const Scenario& scenario) {
    return Ask(scenario, reply).outcome.verdict;
  };
  Scenario scenario = TestScenario(Verb::kQueryOrder);
  EXPECT_EQ(verdict(scenario), Verdict::kAccepted);
  scenario.order.provider_data["txid"] = "DEMOEWTEST05202601151030019999";
  EXPECT_EQ(verdict(scenario), Verdict::kUnknown);
  scenario = TestScenario(Verb::kQueryOrder);
  scenario.order.provider_data["reference_no"] = "ORD-EW-0001.r2";
  EXPECT_EQ(verdict(scenario), Verdict::kUnknown);
  scenario = TestScenario(Verb::kQueryOrder);
  scenario.order.amount.minor_units = 15001;
  EXPECT_EQ(verdict(scenario), Verdict::kUnknown);
  EXPECT_EQ(verdict(TestScenario(Verb::kQueryOrder, "ovo")), Verdict::kUnknown);
}

TEST(InquiryTest, AClosedOrderSaysWhyAsFarAsKnown) {
  Scenario scenario = TestScenario(Verb::kQueryOrder, "ovo");
  scenario.order.expire_time = scenario.context.now + absl::Seconds(55);
  EXPECT_EQ(Ask(scenario, InquiryReply("8")).outcome.facts.failure.reason,
            FailureReason::kDeclinedByPayer);
  scenario.context.now += absl::Seconds(55);
  EXPECT_EQ(Ask(scenario, InquiryReply("8")).outcome.facts.failure.reason, FailureReason::kExpired);
  EXPECT_EQ(AskOrder("5").facts.failure.reason, FailureReason::kExpired);
}

// Two of NICEPAY's pages differ on this status of AstraPay: it never ends a paid order.
TEST(InquiryTest, FailedAfterPaidIsForAPerson) {
  Scenario scenario = TestScenario(Verb::kQueryOrder, "astrapay");
  EXPECT_EQ(Ask(scenario, InquiryReply("8")).outcome.facts.report, Report::kClosed);
  scenario.order.paid = scenario.order.amount;
  EXPECT_EQ(Ask(scenario, InquiryReply("8")).outcome.verdict, Verdict::kUnknown);
}

TEST(InquiryTest, AnUnknownTransactionIsNotFoundAndOtherRefusalsTeachNothing) {
  const Scenario order = TestScenario(Verb::kQueryOrder), refund = TestScenario(Verb::kQueryRefund);
  EXPECT_EQ(Ask(order, CodeReply("8004")).outcome.verdict, Verdict::kAccepted);
  EXPECT_EQ(Ask(order, CodeReply("8004")).outcome.facts.report, Report::kNotFound);
  EXPECT_EQ(Ask(refund, CodeReply("8004")).outcome.verdict, Verdict::kUnknown);
  for (const char* code : {"9003", "9010", "9011", "1003", "7777"}) {
    const Outcome outcome = Ask(order, CodeReply(code)).outcome;
    EXPECT_EQ(outcome.verdict, Verdict::kUnknown) << code;
    EXPECT_EQ(outcome.failure.provider_code, code);
    EXPECT_FALSE(outcome.query_now) << code;
  }
}

// --- Refunds: told by the sum given back.

Report AskRefund(int64_t refunded, int64_t pending, const std::string& cancelled) {
  Scenario scenario = TestScenario(Verb::kQueryRefund);
  scenario.order.refunded.minor_units = refunded;
  scenario.order.refund_pending.minor_units = pending;
  const Step step =
      Ask(scenario, InquiryReply("2", absl::StrCat(R"(,"cancelAmt":")", cancelled, "\"")));
  EXPECT_EQ(step.outcome.verdict, Verdict::kAccepted);
  return step.outcome.facts.report;
}

TEST(InquiryTest, ARefundIsDoneWhenTheSumHasGrownByIt) {
  EXPECT_EQ(AskRefund(0, 5000, "5000"), Report::kSucceeded);
  EXPECT_EQ(AskRefund(3000, 5000, "8000"), Report::kSucceeded);
  EXPECT_EQ(AskRefund(3000, 5000, "3000"), Report::kNotFound);
  EXPECT_EQ(AskRefund(3000, 5000, "5000"), Report::kNone);
}

TEST(InquiryTest, WhatMayBeAnotherRefundsMoneyProvesNothing) {
  EXPECT_EQ(AskRefund(0, 9000, "5000"), Report::kNone);
  EXPECT_EQ(AskRefund(0, 9000, "9000"), Report::kSucceeded);
  EXPECT_EQ(AskRefund(4000, 9000, "4000"), Report::kNotFound);
}

TEST(InquiryTest, AnUnpaidOrderTellsNothingOfARefund) {
  const Scenario scenario = TestScenario(Verb::kQueryRefund);
  for (const char* status : {"3", "4", "5", "8", "9", "7"}) {
    EXPECT_EQ(Ask(scenario, InquiryReply(status)).outcome.verdict, Verdict::kUnknown) << status;
  }
  EXPECT_EQ(Ask(scenario, InquiryReply("0")).outcome.facts.report, Report::kNotFound);
}

}  // namespace
}  // namespace sluice::nicepay
