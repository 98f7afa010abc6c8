// What readers of NICEPAY's replies have in common: members of a reply, what the payer's browser
// may be sent to, and the steps and facts that are made of them.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "providers/api/operation.h"
#include "providers/api/outcome.h"
#include "server/core/facts.h"
#include "server/core/money.h"
#include "server/wire/json.h"

namespace sluice::nicepay {

inline constexpr size_t kMaxLinkBytes = 2048;

// Nothing is known by this reply; asked about at once where that cannot become a loop.
Step UnknownStep(const Operation& operation, std::string_view message);

// A member that may be null or absent (then ""); numbers count as texts.
std::string Loose(const Json& reply, std::string_view member);
// Whether the member is not said, or says `expected`.
bool Agrees(const Json& reply, std::string_view member, std::string_view expected);
// Whether "amt" is said, and is `expected`.
bool AmountIs(const Json& reply, const Money& expected);
// A transaction number of NICEPAY's: letters and digits, at most 30.
bool IsTxid(std::string_view text);

// What a browser may be sent to: TLS, except to a simulator on this machine.
bool IsBrowserUrl(const std::string& link);
NextAction Redirect(std::string url);

// Facts of a new transaction: what registration and linkInitiate have in common.
Facts NewTransaction(const Order& order, const std::string& txid, const std::string& reference);

}  // namespace sluice::nicepay
