// The simulated EPAY's books: payouts, the balances they are paid from, and who may move them.
//
// Every effect goes to the ledger; a payout in a status of which merchants are told goes to
// `notify`. What happens by itself is an event of the virtual clock.
//
// Threads: safe from any thread; `notify` is called under the book's lock and must only queue.
// Ownership: borrows its parts. Stop the clock before the book is destroyed.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/epay/simulator_codes.h"
#include "providers/epay/simulator_model.h"
#include "providers/epay/simulator_switches.h"
#include "providers/simulation/operated_simulator.h"
#include "server/base/mutex.h"

namespace sluice::epay::simulator {

class Book final : public simulation::OperatedBook {
 public:
  struct Parts {
    simulation::VirtualClock* clock = nullptr;
    simulation::SeededIds* ids = nullptr;
    simulation::Ledger* ledger = nullptr;
    const Switches* switches = nullptr;
    std::function<void(Payout)> notify;
  };
  explicit Book(Parts parts) : parts_(std::move(parts)) {}

  void SetBalance(const std::string& epay_account, int64_t cents);

  // What the merchant asks for. `out` is set on success. `now` is the provider's time, perhaps
  // skewed.
  Outcome Create(const Account& account, const PayoutTerms& terms, absl::Time now, Payout* out);
  Outcome Find(const Account& account, std::string_view merchant_order_no, Payout* out) const;

  // What EPAY does: see Simulator. `key` is the merchant's number or EPAY's.
  absl::Status Pay(std::string_view key) override;
  absl::Status Decline(std::string_view key) override;
  absl::Status Expire(std::string_view key) override;
  absl::Status ConfirmLink(std::string_view key) override;
  absl::Status SetState(std::string_view key, std::string_view state) override;
  absl::Status EmitNotification(std::string_view key) override;

 private:
  using Key = std::pair<std::string, std::string>;  // Account and the merchant's number.

  Outcome CheckTerms(const Key& key, const PayoutTerms& terms, int64_t fee) const
      SLUICE_REQUIRES(mutex_);
  absl::Status Finish(std::string_view key, int status);  // Of a payout that is not final.
  absl::StatusOr<Payout*> ByKey(std::string_view key) const SLUICE_REQUIRES(mutex_);
  // FAILED_PRECONDITION when that takes more from the balance than there is.
  absl::Status Move(Payout* payout, const Status& to) SLUICE_REQUIRES(mutex_);
  void ScheduleResult(Payout* payout) SLUICE_REQUIRES(mutex_);
  std::string FailureText(int status) const;
  void Record(const Payout& payout, std::string_view operation, int64_t cents);

  const Parts parts_;
  mutable Mutex mutex_;
  std::map<std::string, int64_t> balances_ SLUICE_GUARDED_BY(mutex_);
  // By EPAY's number; nothing is ever removed, so pointers stay.
  std::map<std::string, std::unique_ptr<Payout>, std::less<>> payouts_ SLUICE_GUARDED_BY(mutex_);
  std::map<Key, Payout*> by_merchant_no_ SLUICE_GUARDED_BY(mutex_);
  // By the merchant's number alone, for Pay and its like.
  std::multimap<std::string, Payout*, std::less<>> keys_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::epay::simulator
