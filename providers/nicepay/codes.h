// NICEPAY's result codes (`resultCd`), each with what it means for the call that got it. The list
// of all documented codes is testdata/result_codes.txt; a test proves that none is missing here.
//
// Threads: pure functions over a constant table. Ownership: results live as long as the process.

#pragma once

#include <string_view>

#include "providers/nicepay/calls.h"
#include "server/core/facts.h"

namespace sluice::nicepay {

inline constexpr std::string_view kSuccessCode = "0000";

// What a code tells of a call.
struct CodeMeaning {
  Verdict verdict = Verdict::kUnknown;
  FailureReason reason = FailureReason::kOther;
  bool query_now = false;
  bool not_found = false;    // Of an inquiry: NICEPAY does not know the transaction.
  std::string_view message;  // For people; ours.
};

// The meaning of a code other than success for `call`. What is not documented for it proves
// nothing: Unknown, to be asked about.
CodeMeaning MeaningOf(std::string_view code, Call call);

// Whether NICEPAY documents `code`, for whichever call.
bool IsDocumented(std::string_view code);

// Whether there is a row of `code` for `call`.
bool IsDocumented(std::string_view code, Call call);

}  // namespace sluice::nicepay
