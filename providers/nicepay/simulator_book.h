// The simulated NICEPAY's books: transactions and account links, their states and who may change
// them when.
//
// Every effect goes to the ledger; what the merchant is to be told goes to `notify`. What happens
// by itself (expiry, payments that succeed by themselves) are events of the virtual clock.
//
// Threads: safe from any thread; `notify` is called under the book's lock and must only queue.
// Ownership: borrows its parts. Stop the clock before the book is destroyed.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/nicepay/simulator_model.h"
#include "providers/nicepay/simulator_switches.h"
#include "providers/simulation/operated_simulator.h"
#include "server/base/mutex.h"

namespace sluice::nicepay::simulator {

// What is to be told: one of the two is set, as it was at that moment.
struct Notice {
  std::optional<Transaction> transaction;
  std::string_view status;  // Of a transaction's notification: 0 deposit, 1 reversal.
  std::optional<Link> link;
};

class Book final : public simulation::OperatedBook {
 public:
  struct Parts {
    simulation::VirtualClock* clock = nullptr;
    simulation::SeededIds* ids = nullptr;
    simulation::Ledger* ledger = nullptr;
    const Switches* switches = nullptr;
    std::function<void(Notice)> notify;
  };
  explicit Book(Parts parts) : parts_(std::move(parts)) {}

  // What the merchant asks for: a result code; `out` is set on success. `now` is the provider's
  // time, perhaps skewed.
  std::string_view Register(const AccountPtr& account, const PaymentTerms& terms, absl::Time now,
                            Transaction* out);
  // Sends the payer to the wallet. `out` is set also when the payment cannot be opened.
  std::string_view Open(std::string_view t_xid, std::string_view call_back_url, Transaction* out);
  std::string_view Cancel(std::string_view t_xid, const CancelTerms& terms, absl::Time now,
                          Transaction* out, std::string* cancel_t_xid);
  std::string_view StartLink(const AccountPtr& account, const LinkTerms& terms, absl::Time now,
                             Link* out);

  // Calls `then` when the transaction is not open any more, or after `at_most`, whichever is first;
  // never inside this call, and without a lock.
  using Watcher = std::function<void(const Transaction&)>;
  void WhenDecided(std::string_view t_xid, absl::Duration at_most, Watcher then);

  std::optional<Transaction> Find(std::string_view t_xid) const;
  std::optional<Transaction> FindByPage(std::string_view page_token) const;
  std::optional<Link> FindLinkByPage(std::string_view page_token) const;

  // What payer and operator do: see Simulator. `key` is a referenceNo, tXid or mandateID.
  absl::Status Pay(std::string_view key) override;
  absl::Status Decline(std::string_view key) override;
  absl::Status Expire(std::string_view key) override;
  absl::Status ConfirmLink(std::string_view key) override;
  absl::Status SetState(std::string_view key, std::string_view state) override;
  absl::Status EmitNotification(std::string_view key) override;

 private:
  // One of the two is set.
  struct Resource {
    Transaction* transaction = nullptr;
    Link* link = nullptr;
  };
  using Reference = std::pair<std::string, std::string>;  // iMid and referenceNo.

  absl::StatusOr<Resource> ByKey(std::string_view key) const SLUICE_REQUIRES(mutex_);
  absl::StatusOr<Transaction*> OpenByKey(std::string_view key) const SLUICE_REQUIRES(mutex_);
  // Empty when all numbers of this second are taken.
  std::string NewTXid(std::string_view i_mid, absl::Time now) SLUICE_REQUIRES(mutex_);
  bool MandateWorks(const PaymentTerms& terms, const Account& account) const
      SLUICE_REQUIRES(mutex_);
  void Adopt(std::unique_ptr<Transaction> transaction) SLUICE_REQUIRES(mutex_);
  void Adopt(std::unique_ptr<Link> link) SLUICE_REQUIRES(mutex_);

  // Transitions. The caller has checked that they are allowed.
  void Move(Transaction* transaction, std::string_view status, std::string_view operation,
            int64_t amount) SLUICE_REQUIRES(mutex_);
  // The payer agrees: paid, or first processing where the switch says so. False: the wallet
  // refuses the amount, and the payment has failed.
  bool Approve(Transaction* transaction) SLUICE_REQUIRES(mutex_);
  void MarkPaid(Transaction* transaction) SLUICE_REQUIRES(mutex_);
  void Reverse(Transaction* transaction, std::string_view status, int64_t amount)
      SLUICE_REQUIRES(mutex_);
  void SetProcessing(Transaction* transaction, absl::Duration delay) SLUICE_REQUIRES(mutex_);
  void PayBySelf(Transaction* transaction) SLUICE_REQUIRES(mutex_);
  void MoveLink(Link* link, std::string_view status, std::string_view operation, bool notify)
      SLUICE_REQUIRES(mutex_);
  void CompleteLink(Link* link) SLUICE_REQUIRES(mutex_);
  void EndLink(Link* link, std::string_view status, std::string_view operation)
      SLUICE_REQUIRES(mutex_);
  absl::Status SetTransactionState(Transaction* transaction, std::string_view state)
      SLUICE_REQUIRES(mutex_);
  absl::Status SetLinkState(Link* link, std::string_view state) SLUICE_REQUIRES(mutex_);

  // Each sets the resource's one event.
  void ScheduleExpiry(Transaction* transaction) SLUICE_REQUIRES(mutex_);
  void CancelEvent(simulation::EventId* event);
  void ReleaseLater(const std::string& t_xid, absl::Duration delay) SLUICE_REQUIRES(mutex_);

  void Notify(const Transaction& transaction, std::string_view status) SLUICE_REQUIRES(mutex_);
  void Notify(const Link& link) SLUICE_REQUIRES(mutex_);
  void Record(const Transaction& transaction, std::string_view operation, int64_t rupiah);
  void Record(const Link& link, std::string_view operation);

  const Parts parts_;
  mutable Mutex mutex_;
  // By tXid; nothing is ever removed, so pointers stay.
  std::map<std::string, std::unique_ptr<Transaction>, std::less<>> transactions_
      SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, std::unique_ptr<Link>, std::less<>> links_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, Link*, std::less<>> mandates_ SLUICE_GUARDED_BY(mutex_);
  std::set<Reference> references_ SLUICE_GUARDED_BY(mutex_);
  std::set<std::string> t_xids_ SLUICE_GUARDED_BY(mutex_);  // Also of cancellations.
  std::multimap<std::string, Watcher> watchers_ SLUICE_GUARDED_BY(mutex_);  // By tXid.
  // By referenceNo alone, for Pay and its like.
  std::multimap<std::string, Resource, std::less<>> keys_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, Resource, std::less<>> pages_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::nicepay::simulator
