// The simulators' values to the messages of sluice.simulator.v1 and back.
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "providers/api/simulator.h"
#include "sluice/simulator/v1/simulator.pb.h"

namespace sluice {

// INVALID_ARGUMENT naming the field below "fault".
absl::StatusOr<Fault> FaultFromProto(const simulator::v1::Fault& fault);

void LedgerToProto(std::string_view provider, const LedgerEntry& entry,
                   simulator::v1::LedgerEntry* out);

// A simulator's plain status as an error of the API, with a reason.
absl::Status FromSimulator(const absl::Status& status);

}  // namespace sluice
