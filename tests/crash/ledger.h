// What the providers have done: the simulators' ledgers, summed up by the merchant's number.
//
// Threads: one.
// Ownership: values.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tests/crash/world.h"

namespace sluice::crash {

// Under one number of the merchant's at one provider.
struct Effects {
  int created = 0;   // Orders placed, payouts taken, links registered, refunds taken.
  int paid = 0;      // Times the payer paid; payouts that reached the receiver.
  int returned = 0;  // Times money went back: revokes after payment, cancels, refunds done.
  int linked = 0;
  int64_t paid_minor_units = 0, returned_minor_units = 0;
  std::string history;  // Every entry, for a message.
};

class Books {
 public:
  explicit Books(const World& world);

  const Effects& Of(const std::string& provider, const std::string& key) const;
  const std::map<std::pair<std::string, std::string>, Effects>& all() const { return effects_; }
  int entries() const { return entries_; }

 private:
  void Add(const std::string& provider, const LedgerEntry& entry);

  std::map<std::pair<std::string, std::string>, Effects> effects_;
  int entries_ = 0;
};

}  // namespace sluice::crash
