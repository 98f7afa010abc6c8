// An order as EPAY describes it, in the `data` of a reply or in the fields of a callback: one
// reader for the three spellings of the same things.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/core/facts.h"
#include "server/wire/json.h"

namespace sluice::epay {

struct Transaction {
  std::string merchant_order_no;
  std::string epay_order_no;  // Empty: not said.
  std::string category;       // Empty: not said.
  std::string status;         // The number as text, e.g. "7".
  Facts facts;                // With report, amount, fee, rate and what the receiver gets.
};

// INVALID_ARGUMENT, without the content, when number, status, amount or currency is missing or
// cannot be read. A fee, rate or receive amount that cannot be read is left out.
absl::StatusOr<Transaction> ReadTransaction(const Json& fields);

// Whether the transaction is of the amount `ours`, compared by value: EPAY's fee comes on top. The
// sibling call for EPAY accounts answers with the fee counted in, so that reading is taken as well.
bool IsOfAmount(const Transaction& transaction, const Money& ours);

// EPAY's free text, made fit to be shown: clean, and with `account` (a receiver's or payer's)
// masked where it occurs.
std::string ShownText(std::string_view text, std::string_view account);

}  // namespace sluice::epay
