// What the engine asks of a provider: one verb on one resource, under one attempt.
//
// Threads: plain values. Ownership: the pointers are borrowed for the call.

#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "server/core/resources.h"

namespace sluice {

struct Operation {
  Verb verb = Verb::kUnspecified;
  // The resource of the verb is set, and for refunds the order as well; for orders that pay with a
  // linked account, the link. All others are null.
  const Order* order = nullptr;
  const Refund* refund = nullptr;
  const Payout* payout = nullptr;
  const AccountLink* account_link = nullptr;
  // The attempt being made, for mutating verbs; null for queries.
  const Attempt* attempt = nullptr;
  // kGetPayoutLimits: the wallet and currency asked about.
  std::string wallet, currency_code;
  // Which request of a call in several (0, 1, ...): as Attempt::step, also counted for queries.
  int step = 0;
};

// What changes from call to call and is not in the resource.
struct CallContext {
  absl::Time now;
  std::string traceparent;      // W3C; empty: none. Providers forward it as a header.
  std::string notify_url;       // Where this account's notifications are to be sent.
  std::string return_page_url;  // Our own return page for this resource; empty: not served.
};

}  // namespace sluice
