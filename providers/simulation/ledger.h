// Every effect at the simulated provider, in order: what tests compare our books with.
//
// It only grows, with the run: a judge needs all of it.
//
// Threads: safe from any thread. Ownership: values.

#pragma once

#include <vector>

#include "providers/api/simulator.h"
#include "server/base/mutex.h"

namespace sluice::simulation {

class Ledger {
 public:
  // Sets `index` (from 1, without gaps) and keeps the entry.
  void Append(LedgerEntry entry);

  std::vector<LedgerEntry> Entries() const;

 private:
  mutable Mutex mutex_;
  std::vector<LedgerEntry> entries_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::simulation
