// What the scenes of Indonesian wallets share.
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <cstdint>
#include <string>

#include "sluice/v1/order.pb.h"
#include "sluice/v1/payer.pb.h"

namespace sluice::demo {

// Everything that NICEPAY asks of a payer.
v1::Customer IndonesianPayer();

v1::Order IndonesianOrder(const std::string& wallet, int64_t rupiah,
                          const std::string& description);

}  // namespace sluice::demo
