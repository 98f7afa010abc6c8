// Use cases of payouts.
//
// Threads: every method is safe from any thread and returns at once.
// Ownership: borrows everything from Engine.

#pragma once

#include <optional>
#include <string>

#include "server/app/call.h"
#include "server/core/facts.h"
#include "server/core/resources.h"

namespace sluice::app {

// What the provider last said. Unknown limits are an answer: both bounds absent, `known` false.
struct PayoutLimitsAnswer {
  std::string provider_account, wallet, currency_code;
  bool known = false;
  PayoutLimits limits;
  std::optional<absl::Time> read_time;  // When the provider said it.
};

class Payouts {
 public:
  virtual ~Payouts() = default;

  virtual void GetLimits(Call call, std::string provider_account, std::string wallet,
                         std::string currency_code, Reply<PayoutLimitsAnswer> reply) = 0;
  // `payout`: id, wallet, amount, receiver_account, description, labels, provider_account.
  virtual void Create(Call call, Payout payout, Reply<Payout> reply) = 0;
  virtual void Get(std::string name, Reply<Payout> reply) = 0;
  virtual void List(ListRequest request, Reply<Page<Payout>> reply) = 0;
  virtual void Sync(Call call, std::string name, Reply<Payout> reply) = 0;
};

}  // namespace sluice::app
