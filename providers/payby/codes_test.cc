#include "providers/payby/codes.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "providers/payby/test_account.h"

namespace sluice::payby {
namespace {

struct Documented {
  int code = 0;
  std::set<Verb> verbs;
};

const std::map<char, Verb>& VerbLetters() {
  static const auto* const kLetters = new std::map<char, Verb>{
      {'C', Verb::kCreateOrder},  {'X', Verb::kCancelOrder}, {'V', Verb::kRevokeOrder},
      {'R', Verb::kCreateRefund}, {'G', Verb::kQueryOrder},  {'Q', Verb::kQueryRefund}};
  return *kLetters;
}

std::set<Verb> ReadVerbs(const std::string& letters) {
  std::set<Verb> verbs;
  for (const auto& [letter, verb] : VerbLetters()) {
    if (letters == "*" || letters.find(letter) != std::string::npos) verbs.insert(verb);
  }
  return verbs;
}

std::vector<Documented> ReadList() {
  std::vector<Documented> list;
  const std::vector<std::string> lines = absl::StrSplit(ReadTestdata("return_codes.txt"), '\n');
  for (const std::string& line : lines) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> range =
        absl::StrSplit(line.substr(0, line.find(' ')), absl::MaxSplits('-', 1));
    const std::string letters = line.substr(line.rfind(' ') + 1);
    int first = 0, last = 0;
    EXPECT_TRUE(absl::SimpleAtoi(range.front(), &first)) << line;
    EXPECT_TRUE(absl::SimpleAtoi(range.back(), &last)) << line;
    for (int code = first; code <= last; ++code) list.push_back({code, ReadVerbs(letters)});
  }
  return list;
}

TEST(CodesTest, EveryDocumentedCodeIsMapped) {
  const std::vector<Documented> list = ReadList();
  EXPECT_GE(list.size(), 90u);
  for (const Documented& documented : list) {
    const std::string code = absl::StrCat(documented.code);
    SCOPED_TRACE(code);
    EXPECT_TRUE(IsDocumented(code));
    for (const auto& [letter, verb] : VerbLetters()) {
      EXPECT_EQ(IsDocumented(code, verb), documented.verbs.count(verb) > 0) << letter;
      const CodeMeaning meaning = MeaningOf(code, verb);
      EXPECT_FALSE(meaning.message.empty()) << letter;
      if (documented.verbs.count(verb) == 0) continue;
      // Only "not known" is an answer; no error is a success.
      if (meaning.verdict == Verdict::kAccepted) {
        EXPECT_EQ(meaning.report, Report::kNotFound) << letter;
        EXPECT_TRUE(verb == Verb::kQueryOrder || verb == Verb::kQueryRefund) << letter;
      } else {
        EXPECT_NE(meaning.reason, FailureReason::kNone) << letter;
      }
    }
  }
}

TEST(CodesTest, NoCodeIsMappedThatIsNotDocumented) {
  std::set<int> documented;
  for (const Documented& each : ReadList()) documented.insert(each.code);
  for (int code = 0; code < 100'000; ++code) {
    ASSERT_EQ(IsDocumented(absl::StrCat(code)), documented.count(code) > 0) << code;
  }
}

TEST(CodesTest, AQueryIsNeverDeclinedAndNeverAsksItself) {
  for (int code = 0; code < 100'000; ++code) {
    for (const Verb verb : {Verb::kQueryOrder, Verb::kQueryRefund}) {
      const CodeMeaning meaning = MeaningOf(absl::StrCat(code), verb);
      ASSERT_NE(meaning.verdict, Verdict::kDeclined) << code;
      ASSERT_FALSE(meaning.query_now) << code;
    }
  }
}

struct Expected {
  Verb verb;
  const char* code;
  Verdict verdict;
  bool query_now;
  FailureReason reason;
};

TEST(CodesTest, TheOnesThatDecideOnMoney) {
  constexpr FailureReason kOther = FailureReason::kOther;
  constexpr FailureReason kByProvider = FailureReason::kDeclinedByProvider;
  constexpr FailureReason kDuplicate = FailureReason::kDuplicateAtProvider;
  const Expected kExpected[] = {
      // The outcome is not known: it may be ours under this number.
      {Verb::kCreateOrder, "500", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "504", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "62001", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "62003", Verdict::kUnknown, true, kOther},
      {Verb::kCancelOrder, "62002", Verdict::kUnknown, true, kOther},
      {Verb::kRevokeOrder, "62039", Verdict::kUnknown, true, kOther},
      {Verb::kCreateRefund, "500", Verdict::kUnknown, true, kOther},
      // Final.
      {Verb::kCreateOrder, "62002", Verdict::kDeclined, false, kDuplicate},
      {Verb::kCreateOrder, "62016", Verdict::kDeclined, false, kDuplicate},
      {Verb::kCreateOrder, "62008", Verdict::kDeclined, false, FailureReason::kExpired},
      {Verb::kCreateOrder, "601", Verdict::kDeclined, false, FailureReason::kRiskRejected},
      {Verb::kCreateOrder, "403", Verdict::kDeclined, false, FailureReason::kConfiguration},
      {Verb::kCancelOrder, "62001", Verdict::kDeclined, false, kByProvider},
      {Verb::kCancelOrder, "62003", Verdict::kDeclined, false, kByProvider},
      {Verb::kRevokeOrder, "62041", Verdict::kDeclined, false, kByProvider},
      {Verb::kRevokeOrder, "62046", Verdict::kDeclined, false, kByProvider},
      {Verb::kCreateRefund, "62006", Verdict::kDeclined, false, FailureReason::kLimitExceeded},
      {Verb::kCreateRefund, "62015", Verdict::kDeclined, false, kByProvider},
      {Verb::kCreateRefund, "62017", Verdict::kDeclined, false, kDuplicate},
      {Verb::kCreateRefund, "62040", Verdict::kDeclined, false, kByProvider},
      // Nothing was done.
      {Verb::kCreateOrder, "402", Verdict::kNotProcessed, false, kOther},
      {Verb::kCreateRefund, "404", Verdict::kNotProcessed, false, kOther},
      // A create under a new rule of theirs: believed, once a query does not find it.
      {Verb::kCreateOrder, "62099", Verdict::kDeclined, true, kByProvider},
      {Verb::kCreateRefund, "62001", Verdict::kDeclined, true, kByProvider},
      // ORDER_BANK_FAIL: what a bank says need not be of this send.
      {Verb::kCreateRefund, "62030", Verdict::kDeclined, true, kByProvider},
      // Anything else proves nothing.
      {Verb::kRevokeOrder, "62006", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "0", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "999", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "062016", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "+62016", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "62016 ", Verdict::kUnknown, true, kOther},
      {Verb::kCreateOrder, "99999999999999999999", Verdict::kUnknown, true, kOther},
      {Verb::kCreatePayout, "400", Verdict::kUnknown, true, kOther},
  };
  for (const Expected& expected : kExpected) {
    SCOPED_TRACE(absl::StrCat(std::string(VerbName(expected.verb)), " ", expected.code));
    const CodeMeaning meaning = MeaningOf(expected.code, expected.verb);
    EXPECT_EQ(meaning.verdict, expected.verdict);
    EXPECT_EQ(meaning.query_now, expected.query_now);
    EXPECT_EQ(meaning.reason, expected.reason);
  }
}

TEST(CodesTest, ARefusingBankIsNotARefundThatWasMade) {
  EXPECT_EQ(MeaningOf("62030", Verb::kCreateRefund).message, "PayBy's bank refused");
}

TEST(CodesTest, WhatDoesNotExistIsSaid) {
  EXPECT_EQ(MeaningOf("62004", Verb::kQueryOrder).report, Report::kNotFound);
  EXPECT_EQ(MeaningOf("62035", Verb::kQueryOrder).report, Report::kNotFound);
  EXPECT_EQ(MeaningOf("62007", Verb::kQueryRefund).report, Report::kNotFound);
  for (const Verb verb : {Verb::kCancelOrder, Verb::kRevokeOrder}) {
    const CodeMeaning meaning = MeaningOf("62004", verb);
    EXPECT_EQ(meaning.verdict, Verdict::kDeclined);
    EXPECT_EQ(meaning.report, Report::kNotFound);
    EXPECT_TRUE(meaning.query_now);
  }
}

TEST(CodesTest, OnlyTheListedErrorsMayBeUnsigned) {
  for (const char* code : {"400", "402", "403", "404", "500", "504", "601", "58000", "58123"}) {
    EXPECT_TRUE(MayBeUnsigned(code)) << code;
  }
  for (const char* code : {"", "0", "401", "4000", "62001", "62004", "5800", "580000", "58abc",
                           "58 00", "57999", "59000"}) {
    EXPECT_FALSE(MayBeUnsigned(code)) << code;
  }
}

}  // namespace
}  // namespace sluice::payby
