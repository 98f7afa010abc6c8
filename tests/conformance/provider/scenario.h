// What the conformance suite of providers is fed with: calls with their resources, replies and
// notifications as a provider would send them, and what is to be made of them.
//
// Threads: plain values. Ownership: values; an Operation borrows from its Scenario.

#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "providers/api/notification.h"
#include "providers/api/operation.h"
#include "providers/api/outcome.h"
#include "server/core/resources.h"
#include "server/wire/http.h"

namespace sluice::conformance {

inline bool IsQuery(Verb verb) {
  return verb == Verb::kQueryOrder || verb == Verb::kQueryRefund || verb == Verb::kQueryPayout ||
         verb == Verb::kQueryAccountLink || verb == Verb::kGetPayoutLimits;
}

// One call of a provider with all that it is about.
struct Scenario {
  std::string name;
  Verb verb = Verb::kUnspecified;
  Order order;
  Refund refund;
  Payout payout;
  AccountLink account_link;
  bool pays_with_link = false;  // Of order verbs: `account_link` is part of the call.
  Attempt attempt;              // Of mutating verbs.
  std::string wallet, currency_code;
  int step = 0;
  CallContext context;

  // The first attempt of the verb, sent at `start`.
  void SendAt(absl::Time start) {
    attempt = {.number = 1,
               .verb = verb,
               .state = AttemptState::kSending,
               .sends = 1,
               .start_time = start,
               .send_time = start};
  }

  Operation ToOperation() const {
    Operation operation{
        .verb = verb, .wallet = wallet, .currency_code = currency_code, .step = step};
    switch (verb) {
      case Verb::kCreateOrder:
      case Verb::kQueryOrder:
      case Verb::kCancelOrder:
      case Verb::kRevokeOrder:
        operation.order = &order;
        if (pays_with_link) operation.account_link = &account_link;
        break;
      case Verb::kCreateRefund:
      case Verb::kQueryRefund:
        operation.order = &order;
        operation.refund = &refund;
        break;
      case Verb::kCreatePayout:
      case Verb::kQueryPayout:
        operation.payout = &payout;
        break;
      case Verb::kCreateAccountLink:
      case Verb::kQueryAccountLink:
      case Verb::kRevokeAccountLink:
        operation.account_link = &account_link;
        break;
      default:
        break;
    }
    if (!IsQuery(verb)) operation.attempt = &attempt;
    return operation;
  }

  // The amount of the resource that the verb is about; null for links and limits.
  Money* Amount() {
    switch (verb) {
      case Verb::kCreateOrder:
      case Verb::kQueryOrder:
      case Verb::kCancelOrder:
      case Verb::kRevokeOrder:
        return &order.amount;
      case Verb::kCreateRefund:
      case Verb::kQueryRefund:
        return &refund.amount;
      case Verb::kCreatePayout:
      case Verb::kQueryPayout:
        return &payout.amount;
      default:
        return nullptr;
    }
  }

  // The merchant's number of that resource; null for limits.
  std::string* Id() {
    switch (verb) {
      case Verb::kCreateRefund:
      case Verb::kQueryRefund:
        return &refund.id;
      case Verb::kCreatePayout:
      case Verb::kQueryPayout:
        return &payout.id;
      case Verb::kCreateAccountLink:
      case Verb::kQueryAccountLink:
      case Verb::kRevokeAccountLink:
        return &account_link.id;
      case Verb::kGetPayoutLimits:
        return nullptr;
      default:
        return &order.id;
    }
  }
};

// A call and the request that the provider's documents give for it. Headers: all but the one that
// holds the signature, in any order.
struct GoldenRequest {
  Scenario scenario;
  HttpRequest request;
};

// A reply as the provider sends it (signed where it signs), and what is to be made of it.
struct GoldenReply {
  std::string name;
  Scenario scenario;
  HttpReply reply;
  Verdict verdict = Verdict::kUnknown;
  Report report = Report::kNone;
};

// A notification as the provider sends it, and what it says.
struct GoldenNotification {
  std::string name;
  RawRequest request;
  CallContext context;
  ResourceKind kind = ResourceKind::kOrder;
  std::string provider_key;
  Report report = Report::kNone;
  Money amount;
};

struct Acknowledgement {
  NotificationResult result;
  int status = 0;
  std::string content_type;
  std::string body;
};

}  // namespace sluice::conformance
