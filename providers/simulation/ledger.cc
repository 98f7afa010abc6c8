#include "providers/simulation/ledger.h"

#include <utility>

namespace sluice::simulation {

void Ledger::Append(LedgerEntry entry) {
  MutexLock lock(&mutex_);
  entry.index = static_cast<int64_t>(entries_.size()) + 1;
  entries_.push_back(std::move(entry));
}

std::vector<LedgerEntry> Ledger::Entries() const {
  MutexLock lock(&mutex_);
  return entries_;
}

}  // namespace sluice::simulation
