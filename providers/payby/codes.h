// PayBy's return codes (`head.code`), each with what it means for the call that got it. The list of
// all documented codes is testdata/return_codes.txt; a test proves that none is missing here.
//
// Threads: pure functions over a constant table. Ownership: results live as long as the process.

#pragma once

#include <string_view>

#include "server/core/facts.h"
#include "server/core/resources.h"

namespace sluice::payby {

// What a code tells of a call of one verb.
struct CodeMeaning {
  Verdict verdict = Verdict::kUnknown;
  FailureReason reason = FailureReason::kOther;
  Report report = Report::kNone;  // Where the code tells the state.
  bool query_now = false;
  std::string_view message;  // For people; ours.
};

// The meaning of an error code for `verb`. A code that is not documented for this verb proves
// nothing: Unknown, to be asked about. One of the family of business rules (62xxx) declines a
// create, if a query then does not find it. "0" is no error, so it is Unknown here as well.
CodeMeaning MeaningOf(std::string_view code, Verb verb);

// Whether PayBy documents `code` at all, for whichever call.
bool IsDocumented(std::string_view code);

// Whether `code` is documented for `verb` (also through the codes that any call may get).
bool IsDocumented(std::string_view code, Verb verb);

// The errors that PayBy sends without a signature. All others must be signed to be believed.
bool MayBeUnsigned(std::string_view code);

}  // namespace sluice::payby
