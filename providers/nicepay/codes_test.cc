#include "providers/nicepay/codes.h"

#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "providers/nicepay/test_account.h"

namespace sluice::nicepay {
namespace {

const std::map<char, Call>& CallLetters() {
  static const auto* const kLetters = new std::map<char, Call>{
      {'R', Call::kRegistration}, {'P', Call::kPayment},    {'I', Call::kInquiry},
      {'C', Call::kCancel},       {'E', Call::kLinkEnable}, {'L', Call::kLinkInitiate}};
  return *kLetters;
}

std::string Digits(int code) {
  char text[16];
  std::snprintf(text, sizeof text, "%04d", code);
  return text;
}

// Code to the calls that it is expected from.
std::map<std::string, std::set<Call>> ReadList() {
  std::map<std::string, std::set<Call>> list;
  const std::vector<std::string> lines = absl::StrSplit(ReadTestdata("result_codes.txt"), '\n');
  for (const std::string& line : lines) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    EXPECT_EQ(words.size(), 3u) << line;
    const std::vector<std::string> range = absl::StrSplit(words[0], '-');
    int first = 0, last = 0;
    EXPECT_TRUE(absl::SimpleAtoi(range.front(), &first)) << line;
    EXPECT_TRUE(absl::SimpleAtoi(range.back(), &last)) << line;
    for (int code = first; code <= last; ++code) {
      std::set<Call>& calls = list[Digits(code)];
      for (const auto& [letter, call] : CallLetters()) {
        if (words[2] == "*" || words[2].find(letter) != std::string::npos) calls.insert(call);
      }
    }
  }
  return list;
}

TEST(CodesTest, EveryDocumentedCodeIsMappedForTheCallsItIsExpectedFrom) {
  const auto list = ReadList();
  EXPECT_GE(list.size(), 65u);
  for (const auto& [code, calls] : list) {
    SCOPED_TRACE(code);
    EXPECT_TRUE(IsDocumented(code));
    for (const auto& [letter, call] : CallLetters()) {
      EXPECT_EQ(IsDocumented(code, call), calls.count(call) > 0) << letter;
      const CodeMeaning meaning = MeaningOf(code, call);
      EXPECT_NE(meaning.message, "");
      if (calls.count(call) == 0) {
        EXPECT_EQ(meaning.verdict, Verdict::kUnknown) << letter;
      }
    }
  }
}

TEST(CodesTest, NothingElseIsMapped) {
  const auto list = ReadList();
  for (int number = 0; number <= 9999; ++number) {
    const std::string code = Digits(number);
    EXPECT_EQ(IsDocumented(code), list.count(code) > 0) << code;
  }
}

TEST(CodesTest, ACodeIsFourDigitsAndNothingElse) {
  for (const char* code : {"", "0", "00000", "9O09", " 9009", "9009 ", "-900", "SUCCESS"}) {
    EXPECT_FALSE(IsDocumented(code)) << code;
    EXPECT_EQ(MeaningOf(code, Call::kRegistration).verdict, Verdict::kUnknown) << code;
  }
}

TEST(CodesTest, NoErrorCodeIsASuccess) {
  for (const auto& [code, calls] : ReadList()) {
    for (const auto& [letter, call] : CallLetters()) {
      const CodeMeaning meaning = MeaningOf(code, call);
      if (meaning.verdict == Verdict::kAccepted) EXPECT_TRUE(meaning.not_found) << code << letter;
    }
  }
}

// An inquiry that was refused says nothing of the order, but for one code.
TEST(CodesTest, OnlyOneCodeOfTheInquirySaysAnything) {
  for (const auto& [code, calls] : ReadList()) {
    const CodeMeaning meaning = MeaningOf(code, Call::kInquiry);
    EXPECT_EQ(meaning.verdict, code == "8004" ? Verdict::kAccepted : Verdict::kUnknown) << code;
  }
}

TEST(CodesTest, TroubleAtNicePayProvesNothing) {
  for (const char* code : {"1001", "1002", "1003", "1004", "9507", "8003"}) {
    for (const Call call : {Call::kRegistration, Call::kCancel, Call::kLinkInitiate}) {
      EXPECT_EQ(MeaningOf(code, call).verdict, Verdict::kUnknown) << code;
      EXPECT_TRUE(MeaningOf(code, call).query_now) << code;
    }
  }
}

TEST(CodesTest, ReasonsTellTheCallerWhatToDo) {
  const auto reason = [](const char* code, Call call) { return MeaningOf(code, call).reason; };
  EXPECT_EQ(reason("9009", Call::kRegistration), FailureReason::kDuplicateAtProvider);
  EXPECT_EQ(reason("9010", Call::kRegistration), FailureReason::kConfiguration);
  EXPECT_EQ(reason("9031", Call::kCancel), FailureReason::kConfiguration);
  EXPECT_EQ(reason("9751", Call::kLinkInitiate), FailureReason::kInvalidAccount);
  EXPECT_EQ(reason("9751", Call::kRegistration), FailureReason::kDeclinedByProvider);
  EXPECT_EQ(reason("9333", Call::kCancel), FailureReason::kInsufficientFunds);
  EXPECT_EQ(reason("9334", Call::kCancel), FailureReason::kLimitExceeded);
}

TEST(CodesTest, BusyIsNotProcessedOnlyWhereANumberKeepsItOne) {
  EXPECT_EQ(MeaningOf("9002", Call::kRegistration).verdict, Verdict::kNotProcessed);
  EXPECT_EQ(MeaningOf("9002", Call::kCancel).verdict, Verdict::kUnknown);
}

// A refusal that an effect before it may have caused is believed with the inquiry only.
TEST(CodesTest, ARefusedCancelIsAskedAboutWhereItMayHaveHappenedBefore) {
  for (const char* code : {"9314", "9315", "9319", "9003", "9030", "9752"}) {
    EXPECT_EQ(MeaningOf(code, Call::kCancel).verdict, Verdict::kDeclined) << code;
    EXPECT_TRUE(MeaningOf(code, Call::kCancel).query_now) << code;
  }
  for (const char* code : {"9331", "9332", "9334", "9320", "8061", "8067"}) {
    EXPECT_EQ(MeaningOf(code, Call::kCancel).verdict, Verdict::kDeclined) << code;
    EXPECT_FALSE(MeaningOf(code, Call::kCancel).query_now) << code;
  }
}

}  // namespace
}  // namespace sluice::nicepay
