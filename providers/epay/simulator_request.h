// Reads and checks the `param` of each call.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>

#include "providers/epay/simulator_codes.h"
#include "providers/epay/simulator_model.h"
#include "server/wire/json.h"

namespace sluice::epay::simulator {

// Each fills `out`, or says which rule is broken first: required fields and shapes (1001) before
// channel and currency (1009).
Outcome ReadPayoutTerms(const Json& param, PayoutTerms* out);
// getLimit: `channel_code` is empty when none was asked for.
Outcome ReadLimitQuestion(const Json& param, std::string* channel_code);
Outcome ReadOrderNo(const Json& param, std::string* merchant_order_no);

}  // namespace sluice::epay::simulator
