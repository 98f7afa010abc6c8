// The way of one delivery: allowed → verified → matched → decided → one commit → the provider's
// exact answer. What is not durable is not acknowledged; what is not believed changes nothing, but
// when it names a resource of ours the provider is asked about that one.
//
// Threads: safe from any thread. Ownership: shared by its continuations; shares the core.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "providers/api/notification.h"
#include "server/app/engine_core.h"
#include "server/base/mutex.h"
#include "server/wire/http.h"

namespace sluice::app {

// Deliveries worked on at once; more are asked to come later. A provider's whole backlog after an
// outage is smaller, and each costs a few KiB.
inline constexpr int kMaxDeliveries = 1024;
// Of one account: a provider (or a forger) that sends without end leaves room for the others.
inline constexpr int kMaxDeliveriesPerAccount = 256;
// Rows kept of what was not believed, per account and minute: a forger must not fill the disk, nor
// make us flood the provider, which is asked at most once for a row.
inline constexpr int kMaxRejectedRowsPerMinute = 20;
// Of a rejected body so much is kept; genuine ones are a few KiB.
inline constexpr size_t kMaxRejectedBodyBytes = 64 << 10;

// A row as stored to the request as received; `sealer` opens a sealed body.
RawRequest ToRequest(const store::NotificationRow& row, const Sealer* sealer);

// A row to be shown: a sealed body holds a secret of the provider's, and is shown to nobody.
store::NotificationRow ToShow(store::NotificationRow row);

class NotificationIntake : public std::enable_shared_from_this<NotificationIntake> {
 public:
  explicit NotificationIntake(CorePtr core) : core_(std::move(core)) {}

  using HttpAnswer = absl::AnyInvocable<void(HttpReply)>;
  void Receive(std::string provider, std::string account, RawRequest request, HttpAnswer answer);

  // Applies a stored row again; `done` after the row's new state is durable.
  void Replay(AccountPtr account, store::NotificationRow row,
              absl::AnyInvocable<void(absl::Status)> done);

 private:
  struct Delivery;
  using DeliveryPtr = std::shared_ptr<Delivery>;

  static Confirmation ToConfirm(const Delivery& delivery);
  void Verify(DeliveryPtr delivery);
  void SealBody(Delivery& delivery) const;
  void Match(DeliveryPtr delivery);
  void ApplyTo(DeliveryPtr delivery, std::string name);
  void OnApplied(DeliveryPtr delivery, absl::StatusOr<Decision> decision);
  void CountRepeat(DeliveryPtr delivery);
  void AskAgain(const Delivery& delivery);
  void KeepUnmatched(DeliveryPtr delivery);
  void Refuse(DeliveryPtr delivery, std::string reason);
  void WriteRow(DeliveryPtr delivery, NotificationResult result);
  void AskAbout(const DeliveryPtr& delivery);
  void Finish(const DeliveryPtr& delivery, NotificationResult result, absl::Status status);
  bool TakeRejectedRow(const std::string& account);
  bool LetIn(const std::string& account);
  void LetOut(const std::string& account);

  struct Budget {
    int64_t minute = 0;
    int rows = 0;
    int under_way = 0;
  };

  const CorePtr core_;
  Mutex mutex_;
  int deliveries_ SLUICE_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Budget> budgets_ SLUICE_GUARDED_BY(mutex_);  // By account: configured ones.
};

}  // namespace sluice::app
