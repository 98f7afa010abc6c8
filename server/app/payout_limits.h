// What providers have said of the bounds of payouts, kept for a while.
//
// Unknown limits are an answer. A fresh answer is given from memory; an old one is given when the
// provider cannot be asked, with the time at which it was said.
//
// Threads: safe from any thread. Ownership: shared by its continuations; shares the core.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/app/engine_core.h"
#include "server/app/payouts.h"
#include "server/base/mutex.h"

namespace sluice::app {

// Limits change by contract, not by the minute; a payout's own answer corrects what is old.
inline constexpr absl::Duration kLimitsFresh = absl::Minutes(5);
// Older than this they say nothing about a new payout.
inline constexpr absl::Duration kLimitsUsable = absl::Hours(24);
// A payout waits so long for limits that were never read; then it goes on without them.
inline constexpr absl::Duration kLimitsWait = absl::Seconds(1);
// A provider that has not told its limits is not asked by the next payout before this has passed.
inline constexpr absl::Duration kLimitsPause = absl::Minutes(1);

class PayoutLimitsCache : public std::enable_shared_from_this<PayoutLimitsCache> {
 public:
  explicit PayoutLimitsCache(CorePtr core) : core_(std::move(core)) {}

  // From memory when fresh, else asks; callers of one question share its answer.
  void Get(AccountPtr account, std::string wallet, std::string currency_code,
           Reply<PayoutLimitsAnswer> reply);

  // Before a payout: `then`, at once when limits are in memory, else when they were asked for, at
  // the latest after kLimitsWait. Old ones are read anew beside it. `ticket` is the payout's call.
  void Prepare(const AccountPtr& account, const Payout& payout, Ticket& ticket, Task then);

  // INVALID_ARGUMENT when what is known forbids the amount; OK when nothing is.
  absl::Status Check(const Payout& payout) const;

 private:
  struct Entry {
    PayoutLimitsAnswer answer;
    bool asking = false;
    absl::Time ask_time = absl::InfinitePast();
    std::vector<Reply<PayoutLimitsAnswer>> waiting;
  };
  void OnStep(const std::string& key, Step step);

  const CorePtr core_;
  mutable Mutex mutex_;
  // Bounded by configured accounts times their wallets times their currencies.
  std::map<std::string, Entry> entries_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::app
