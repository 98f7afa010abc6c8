// What one caller wants of one resource, act by act, through any number of crashes: an act that was
// not answered is done again, with the same request id, when the server is back.
//
// Threads: a story is confined to one caller; the list of acts is chosen once.
// Ownership: values.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/base/random.h"

namespace sluice::crash {

enum class Act {
  kCreate,
  kPay,      // The payer (of a payout: the wallet) does it, at the provider.
  kDecline,  // Or refuses.
  kConfirm,  // The payer approves the account link.
  kSync,
  kAwait,  // Asks until the link is active, or has ended.
  kRefund,
  kCancel,
  kRevoke,
  kOrder,  // A story of its own follows, that pays with the link.
};

struct Story {
  enum class Kind { kOrder, kPayout, kLink };
  Kind kind = Kind::kOrder;
  std::string id, wallet, link;
  int64_t minor_units = 0;
  std::vector<Act> acts;
  size_t act = 0;   // The next.
  std::string key;  // Under which the provider knows it; of an order, when it awaits its payer.

  bool over() const { return act >= acts.size(); }
  std::string refund() const { return "R-" + id; }
};

// Mostly orders, half of them of PayBy.
Story MakeStory(const std::string& id, Random& random);
// An order that is paid with the account that `link` has linked.
Story MakeLinkedOrder(const std::string& link);

}  // namespace sluice::crash
