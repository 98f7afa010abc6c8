// What the simulated EPAY writes: the `data` of its answers and the fields of its callbacks.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>
#include <string_view>

#include "providers/epay/simulator_codes.h"
#include "providers/epay/simulator_model.h"
#include "providers/epay/simulator_switches.h"
#include "server/wire/json.h"

namespace sluice::epay::simulator {

struct AmountStyle {
  bool is_short = false;  // "25.5", not "25.50".
  bool with_fee = false;  // `amount` is what the merchant pays in all.
};

Json LimitData(const Limits& limits);
Json CreateData(const Payout& payout, AmountStyle style);
Json QueryData(const Payout& payout, AmountStyle style);

// The fields of a callback, without sign; `message` is left out when empty.
Json CallbackData(const Payout& payout, AmountStyle style, std::string_view message);

// An answer. `sign` null leaves the member out.
std::string Envelope(const Json& sign, std::string_view epay_account, std::string_view version,
                     const Outcome& outcome, const Json& data);

}  // namespace sluice::epay::simulator
