// Compares what the provider's ledger saw with the resources, the event log and what callers were
// told. The simulator's ledger is the judge: it is the money.
//
// Threads: one.
// Ownership: values.

#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/crash/load.h"

namespace sluice::crash {

struct Findings {
  int orders = 0, refunds = 0, events = 0, ledger_entries = 0;
  int lost = 0;      // Acknowledged to a caller, or at the provider, and not here.
  int doubled = 0;   // More than one effect at the provider for one request.
  int wrong = 0;     // Amounts or states that do not agree.
  int stuck = 0;     // Still without an outcome.
  int gaps = 0;      // In the event log.
  std::vector<std::string> texts;  // The first of them, in words.

  int violations() const { return lost + doubled + wrong + stuck + gaps; }
  std::string ToString() const;
};

// Waits, at most `patience`, until nothing is under way; then compares.
Findings Judge(const std::string& address, const Load& load, Simulator& simulator,
               absl::Duration patience);

}  // namespace sluice::crash
