// Decisions on refunds, with their order: what is promised to be given back, and has been, is kept
// on the order in the same commit. See decision.h.
//
// Threads: pure. Ownership: values.

#pragma once

#include "server/core/decision.h"

namespace sluice {

Decision DecideRefund(const Subject& before, const Input& input, const FlowPolicy& policy,
                      absl::Time now);

}  // namespace sluice
