// Decisions on account links. See decision.h.
//
// Threads: pure. Ownership: values.

#pragma once

#include "server/core/decision.h"

namespace sluice {

Decision DecideAccountLink(const Subject& before, const Input& input, const FlowPolicy& policy,
                           absl::Time now);

}  // namespace sluice
