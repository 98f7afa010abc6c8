// Payouts of the demo merchant through EPAY: calls, waiting, the simulated EPAY's side, and
// callbacks that the test writes and signs itself.
//
// Threads: the test's thread.
// Ownership: as ServerFixture.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/fixture.h"

namespace sluice::e2e {

using PayoutWatch = StreamReader<v1::WatchPayoutResponse>;

std::string PayoutName(const std::string& id);  // Of the demo merchant.
v1::Money Usd(int64_t cents);
v1::Payout PayoutTo(const std::string& wallet, int64_t cents = 2550);

inline constexpr char kEpayNotifyPath[] = "/notify/epay/demo-epay";

class PayoutFixture : public ServerFixture {
 protected:
  // A server that asks EPAY by itself only after an hour, so that what else makes it ask is seen.
  void RestartAskingSeldom();

  Result<v1::Payout> CreatePayout(const std::string& id, const v1::Payout& payout,
                                  const std::string& request_id = "");
  Result<v1::Payout> GetPayout(const std::string& id);
  Result<v1::Payout> SyncPayout(const std::string& id);
  Result<v1::GetPayoutLimitsResponse> Limits(const std::string& wallet,
                                             const std::string& currency_code = "USD");
  // Created, known to EPAY, and staying so until the test acts.
  v1::Payout PendingPayout(const std::string& id, const std::string& wallet = "advcash",
                           int64_t cents = 2550);

  std::unique_ptr<PayoutWatch> WatchPayout(const std::string& id, const std::string& cursor = "");
  // Follows the payout until it is as wanted; fails the test when it never is.
  v1::Payout AwaitPayout(const std::string& id,
                         const std::function<bool(const v1::Payout&)>& wanted);
  v1::Payout AwaitPayoutState(const std::string& id, v1::Payout::State state);
  // Its create was sent and not answered.
  v1::Payout AwaitUnknown(const std::string& id);

  // EPAY has refused its create, and so much time has passed that not to find it is proof.
  void ProveRefusal(const std::string& id);

  void PutEpayFault(const sim::Fault& fault);
  void SetEpaySwitch(const std::string& name, const std::string& value);
  // What the payout has moved at EPAY: "payout:2601".
  std::vector<std::string> EpayLedger(const std::string& id);

  // The fields of a callback about the payout, as EPAY would fill them.
  std::map<std::string, std::string> CallbackOf(const v1::Payout& payout,
                                                const std::string& status);
  // Delivers it, signed with the account's key, or with `key`.
  HttpReply DeliverCallback(const std::map<std::string, std::string>& fields,
                            const std::string& key = "");
  // Deliveries of callbacks, the newest first.
  std::vector<v1::Notification> Deliveries();

 private:
  std::string SandboxValue(const std::string& path);
};

}  // namespace sluice::e2e
