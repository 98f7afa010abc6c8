// The simulated PayBy's books: orders and refunds, their states and who may change them when.
//
// Every effect goes to the ledger; what the merchant is to be told goes to `notify`. What happens
// by itself (expiry, settlement, a refund's way to the payer) are events of the virtual clock.
//
// Threads: safe from any thread; `notify` is called under the book's lock and must only queue.
// Ownership: borrows its parts. Stop the clock before the book is destroyed.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "providers/payby/simulator_codes.h"
#include "providers/payby/simulator_model.h"
#include "providers/payby/simulator_request.h"
#include "providers/payby/simulator_switches.h"
#include "providers/simulation/operated_simulator.h"
#include "server/base/mutex.h"

namespace sluice::payby::simulator {

// What is to be told: exactly one of the two is set, as it was at that moment.
struct Notice {
  std::optional<Order> order;
  std::optional<Refund> refund;
  std::string notify_id;  // The same for the same resource in the same status.
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

  // What the merchant asks for. `out` is set on success. `token` is of a new payment link; it stays
  // empty when the order is not to be paid any more. `now` is the provider's time, perhaps skewed.
  ReturnCode PlaceOrder(const Account& account, const OrderTerms& terms, int64_t request_time_ms,
                        absl::Time now, Order* out, std::string* token);
  ReturnCode GetOrder(const Account& account, const NumberPair& numbers, Order* out) const;
  ReturnCode CancelOrder(const Account& account, const NumberPair& numbers, Order* out);
  ReturnCode RevokeOrder(const Account& account, const NumberPair& numbers, Order* out);
  ReturnCode PlaceRefund(const Account& account, const RefundTerms& terms, absl::Time now,
                         Refund* out);
  ReturnCode GetRefund(const Account& account, const NumberPair& numbers, Refund* out) const;

  // What payer and operator do: see Simulator. `key` is the merchant's number or PayBy's.
  absl::Status Pay(std::string_view key) override;
  absl::Status Decline(std::string_view key) override;
  absl::Status Expire(std::string_view key) override;
  absl::Status ConfirmLink(std::string_view key) override;
  absl::Status SetState(std::string_view key, std::string_view state) override;
  absl::Status EmitNotification(std::string_view key) override;

  // The order that a payment link leads to.
  std::optional<Order> FindByToken(std::string_view token) const;

 private:
  using Key = std::pair<std::string, std::string>;  // Partner id and the merchant's number.

  Order* FindOrder(const Account& account, const NumberPair& numbers) const SLUICE_REQUIRES(mutex_);
  // By either number, in any account; INVALID when the merchant's number is not unique.
  absl::StatusOr<Order*> OrderByKey(std::string_view key) const SLUICE_REQUIRES(mutex_);
  absl::StatusOr<Refund*> RefundByKey(std::string_view key) const SLUICE_REQUIRES(mutex_);
  std::string NewToken(const Order& order) SLUICE_REQUIRES(mutex_);
  ReturnCode Replay(Order* order, const OrderTerms& terms, Order* out, std::string* token)
      SLUICE_REQUIRES(mutex_);

  // Transitions. The caller has checked that they are allowed.
  void MarkPaid(Order* order) SLUICE_REQUIRES(mutex_);
  void MarkSettled(Order* order) SLUICE_REQUIRES(mutex_);
  void MarkFailed(Order* order, std::string_view operation) SLUICE_REQUIRES(mutex_);
  void DeclineOnce(Order* order) SLUICE_REQUIRES(mutex_);
  void ReturnMoney(Order* order) SLUICE_REQUIRES(mutex_);
  absl::Status SetOrderState(Order* order, std::string_view state) SLUICE_REQUIRES(mutex_);
  void MoveRefund(Refund* refund, std::string_view status) SLUICE_REQUIRES(mutex_);
  absl::Status SetRefundState(Refund* refund, std::string_view state) SLUICE_REQUIRES(mutex_);
  // The refund's next step by itself, at once when its delay is zero.
  void ScheduleRefund(Refund* refund) SLUICE_REQUIRES(mutex_);

  // Sets the order's one event. Nothing when `delay` is infinite.
  void ScheduleOrder(Order* order, absl::Time due, void (Book::*step)(Order*));
  void ExpireDue(Order* order) SLUICE_REQUIRES(mutex_);
  void AutoPay(Order* order) SLUICE_REQUIRES(mutex_);

  void Notify(Order* order) SLUICE_REQUIRES(mutex_);
  void Notify(Refund* refund) SLUICE_REQUIRES(mutex_);
  std::string NotifyId(std::map<std::string, std::string>* ids, std::string_view status)
      SLUICE_REQUIRES(mutex_);
  void Record(const Order& order, std::string_view operation, int64_t fils);
  void Record(const Refund& refund, std::string_view operation, int64_t fils);
  Refund Snapshot(const Refund& refund) const SLUICE_REQUIRES(mutex_);

  const Parts parts_;
  mutable Mutex mutex_;
  // By PayBy's number; nothing is ever removed, so pointers stay.
  std::map<std::string, std::unique_ptr<Order>, std::less<>> orders_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, std::unique_ptr<Refund>, std::less<>> refunds_ SLUICE_GUARDED_BY(mutex_);
  std::map<Key, Order*> orders_by_merchant_no_ SLUICE_GUARDED_BY(mutex_);
  std::map<Key, Refund*> refunds_by_merchant_no_ SLUICE_GUARDED_BY(mutex_);
  // By the merchant's number alone, for Pay and its like.
  std::multimap<std::string, Order*, std::less<>> order_keys_ SLUICE_GUARDED_BY(mutex_);
  std::multimap<std::string, Refund*, std::less<>> refund_keys_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, Order*, std::less<>> tokens_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::payby::simulator
