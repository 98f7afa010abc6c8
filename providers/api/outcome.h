// How a provider's reply was understood: an outcome, or an outcome so far and one more request.
//
// Threads: plain values. Ownership: values.

#pragma once

#include <optional>

#include "server/core/facts.h"
#include "server/wire/http.h"

namespace sluice {

// A further request that belongs to the same call.
struct NextRequest {
  HttpRequest request;
  // False: sent at once, the caller waits for its outcome too. True: what `Step::outcome` says so
  // far is committed and answered; the request runs behind (a push wallet's payment call that
  // blocks until the payer has acted).
  bool in_background = false;
};

struct Step {
  Outcome outcome;  // With `next`: what is certain so far; committed before `next` is sent.
  std::optional<NextRequest> next;
  std::optional<PayoutLimits> limits;  // kGetPayoutLimits only.
};

}  // namespace sluice
