#include "tests/crash/ledger.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace sluice::crash {

Books::Books(const World& world) {
  for (Simulator* simulator : world.simulators()) {
    for (const LedgerEntry& entry : simulator->Ledger()) {
      Add(std::string(simulator->provider()), entry);
      ++entries_;
    }
  }
}

// The words are those of providers/*/simulator.md.
void Books::Add(const std::string& provider, const LedgerEntry& entry) {
  Effects& effects = effects_[{provider, entry.provider_key}];
  const std::string& word = entry.operation;
  absl::StrAppend(&effects.history, " ",
                  absl::FormatTime("%H:%M:%S", entry.time, absl::UTCTimeZone()), " ", word,
                  entry.state.empty() ? "" : "=", entry.state);
  const bool payby = provider == "payby";
  if (word == "place_order" || word == "register" || word == "payout" ||
      (word == "refund" && payby)) {
    ++effects.created;
  } else if (word == "pay" || word == "succeed") {
    ++effects.paid;
    effects.paid_minor_units += entry.minor_units;
  } else if (word == "refund_succeeded" || (word == "revoke" && entry.minor_units != 0) ||
             word == "void" || word == "refund") {
    ++effects.returned;
    effects.returned_minor_units += entry.minor_units;
  } else if (word == "link") {
    ++effects.linked;
  }
}

const Effects& Books::Of(const std::string& provider, const std::string& key) const {
  static const auto* const kNothing = new Effects();
  const auto found = effects_.find({provider, key});
  return found == effects_.end() ? *kNothing : found->second;
}

}  // namespace sluice::crash
