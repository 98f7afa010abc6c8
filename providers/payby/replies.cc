#include "providers/payby/replies.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "providers/payby/codes.h"
#include "providers/payby/objects.h"
#include "providers/payby/requests.h"
#include "providers/payby/signing.h"
#include "server/base/strings.h"
#include "server/core/mask.h"
#include "server/wire/json.h"
#include "server/wire/uri.h"

namespace sluice::payby {
namespace {

constexpr int kHttpOk = 200;            // PayBy's errors come with it, too.
constexpr size_t kMaxLinkBytes = 2048;  // What a QR code can hold, and browsers open.

Outcome Unknown(std::string_view message, bool query_now = false) {
  return {.verdict = Verdict::kUnknown,
          .failure = {.reason = FailureReason::kOther, .message = std::string(message)},
          .query_now = query_now};
}

// --- Errors

struct Head {
  std::string apply_status, code, message;
  bool IsSuccess() const { return EqualsIgnoreCase(apply_status, "SUCCESS") && code == "0"; }
  // PayBy's way to say that our signature did not verify: nothing was done.
  bool IsSignatureError() const { return EqualsIgnoreCase(apply_status, "ERROR"); }
};

absl::StatusOr<Head> ReadHead(const Json& reply) {
  const auto apply_status = reply.GetString("head.applyStatus");
  if (!apply_status.ok()) return apply_status.status();
  const auto code = reply.GetText("head.code");
  if (!code.ok()) return code.status();
  const Json* const message = reply.FindPath("head.msg");
  Head head{.apply_status = *apply_status,
            .code = *code,
            .message = message != nullptr && message->is_string() ? message->text() : ""};
  if (!head.IsSuccess() && !head.IsSignatureError() &&
      !EqualsIgnoreCase(head.apply_status, "FAIL") &&
      !EqualsIgnoreCase(head.apply_status, "SUCCESS")) {
    return absl::InvalidArgumentError("applyStatus is not one of PayBy's");
  }
  return head;
}

CodeMeaning MeaningOfHead(const Head& head, Verb verb) {
  // A trouble on PayBy's side stays one, whatever stands beside it.
  const CodeMeaning meaning = MeaningOf(head.code, verb);
  const bool own_trouble =
      head.code == "402" || head.code == "404" || head.code == "500" || head.code == "504";
  if (!head.IsSignatureError() || own_trouble) return meaning;
  // As final as UNAUTHORIZED, for every verb.
  CodeMeaning refused = MeaningOf("403", verb);
  refused.message = "PayBy could not verify the request's signature: is the right key uploaded?";
  return refused;
}

Outcome ReadError(const Operation& operation, const Head& head) {
  const CodeMeaning meaning = MeaningOfHead(head, operation.verb);
  Outcome outcome;
  outcome.verdict = meaning.verdict;
  outcome.query_now = meaning.query_now;
  outcome.facts.report = meaning.report;
  if (meaning.reason != FailureReason::kNone) {
    outcome.failure = {.reason = meaning.reason,
                       .message = std::string(meaning.message),
                       .provider_code = CleanProviderText(head.code),
                       .provider_message = CleanProviderText(head.message)};
    // The one code whose message has to be read.
    if (head.code == "400" &&
        (head.message == "REQUESTTIME_TOO_EARLY" || head.message == "REQUESTTIME_TOO_LATER")) {
      outcome.failure.reason = FailureReason::kConfiguration;
      outcome.failure.message = "this machine's clock is more than 15 minutes off PayBy's";
    }
  }
  return outcome;
}

// --- Successes

absl::StatusOr<const Json*> ReadBodyObject(const Json& reply, std::string_view member) {
  const Json* const body = reply.Find("body");
  const Json* const object = body == nullptr ? nullptr : body->Find(member);
  if (object == nullptr || !object->is_object()) {
    return absl::InvalidArgumentError(StrCat("the reply has no ", member));
  }
  return object;
}

absl::Status CheckOrder(const Account& account, const Order& order, const AcquireOrder& read) {
  if (read.merchant_order_no != order.id) {
    return absl::InvalidArgumentError("the reply is about another order");
  }
  if (!order.provider_number.empty() && read.order_no != order.provider_number) {
    return absl::InvalidArgumentError("the reply has another order number of PayBy's");
  }
  if (read.total != order.amount) {
    return absl::InvalidArgumentError("the reply has another amount or currency");
  }
  if (!read.payee_mid.empty() && read.payee_mid != account.merchant_mid) {
    return absl::InvalidArgumentError("the reply is about another payee");
  }
  return absl::OkStatus();
}

std::string Link(const Json& reply, std::string_view member) {
  const Json* const body = reply.Find("body");
  const Json* const params = body == nullptr ? nullptr : body->Find("interActionParams");
  const Json* const link = params == nullptr ? nullptr : params->Find(member);
  if (link == nullptr || !link->is_string() || link->text().size() > kMaxLinkBytes) return "";
  return link->text();
}

// Links are opaque: only whether a browser can open one is looked at.
std::optional<NextAction> ReadNextAction(const Json& reply, Presentation presentation) {
  const std::string token_url = Link(reply, "tokenUrl");
  if (presentation == Presentation::kQrCode) {
    if (token_url.empty()) return std::nullopt;
    return NextAction{.kind = NextAction::Kind::kQrCode, .payload = token_url};
  }
  const std::string deep_link = Link(reply, "deepLink");
  NextAction action{.kind = NextAction::Kind::kRedirect, .app_deep_link = deep_link};
  if (!deep_link.empty() && ParseUrl(deep_link).ok()) {
    action.url = deep_link;
  } else {
    action.url = token_url;
  }
  if (action.url.empty() && action.app_deep_link.empty()) return std::nullopt;
  return action;
}

// What a verified success means for the verb that got it.
Outcome OrderOutcome(Verb verb, Facts facts) {
  Outcome outcome{.verdict = Verdict::kAccepted, .facts = std::move(facts)};
  Facts& said = outcome.facts;
  switch (verb) {
    case Verb::kCreateOrder:
      // A repeat of an order that has moved on, or an order that nobody can pay: look again.
      outcome.query_now = said.report != Report::kOpen || !said.next_action;
      break;
    case Verb::kCancelOrder:
      if (said.report != Report::kClosed) {
        return Unknown("PayBy accepted the cancel, but the order has not ended", true);
      }
      said.failure = {};
      break;
    case Verb::kRevokeOrder:
      if (said.report == Report::kNone) {
        return Unknown("PayBy accepted the revoke, and the order's state is not a known one", true);
      }
      // Whether PayBy revokes at once is not documented: a state as before says "accepted".
      outcome.query_now = said.report != Report::kReturned && said.report != Report::kClosed;
      said.failure = {};
      break;
    default:
      break;
  }
  return outcome;
}

Outcome ReadOrder(const Account& account, const Operation& operation, const Json& reply) {
  const absl::StatusOr<const Json*> object = ReadBodyObject(reply, "acquireOrder");
  if (!object.ok()) return Unknown(StdView(object.status().message()), true);
  const absl::StatusOr<AcquireOrder> order = ReadAcquireOrder(**object);
  if (!order.ok()) return Unknown(StdView(order.status().message()), true);
  if (absl::Status status = CheckOrder(account, *operation.order, *order); !status.ok()) {
    return Unknown(StdView(status.message()), true);
  }
  absl::StatusOr<Facts> facts = FactsOf(*order);
  if (!facts.ok()) return Unknown(StdView(facts.status().message()), true);
  if (facts->report == Report::kOpen) {
    facts->next_action = ReadNextAction(reply, operation.order->presentation);
  }
  return OrderOutcome(operation.verb, *std::move(facts));
}

Outcome ReadRefund(const Operation& operation, const Json& reply) {
  const absl::StatusOr<const Json*> object = ReadBodyObject(reply, "refundOrder");
  if (!object.ok()) return Unknown(StdView(object.status().message()), true);
  const absl::StatusOr<RefundOrder> read = ReadRefundOrder(**object);
  if (!read.ok()) return Unknown(StdView(read.status().message()), true);
  const Refund& refund = *operation.refund;
  if (read->refund_merchant_order_no != refund.id ||
      (!read->origin_merchant_order_no.empty() &&
       read->origin_merchant_order_no != refund.order_id)) {
    return Unknown("the reply is about another refund", true);
  }
  if (!refund.provider_number.empty() && read->order_no != refund.provider_number) {
    return Unknown("the reply has another refund number of PayBy's", true);
  }
  if (read->amount != refund.amount) {
    return Unknown("the reply has another amount or currency", true);
  }
  return {.verdict = Verdict::kAccepted, .facts = FactsOf(*read)};
}

Outcome ReadReply(const Account& account, const Operation& operation, const HttpReply& reply) {
  if (reply.transport == Transport::kNotSent) {
    return {.verdict = Verdict::kNotProcessed,
            .failure = {.reason = FailureReason::kNotSubmitted,
                        .message = "PayBy could not be reached"}};
  }
  if (reply.transport != Transport::kReplied) {
    return Unknown(StrCat("no complete answer: ", TransportName(reply.transport)));
  }
  if (reply.status != kHttpOk) return Unknown(StrCat("PayBy answered HTTP ", reply.status));

  const SignatureCheck signature =
      CheckSignature(account.provider_public_key, reply.headers, reply.body);
  if (signature == SignatureCheck::kInvalid) {
    return Unknown("the reply's signature does not verify", true);
  }
  const absl::StatusOr<Json> json = Json::Parse(reply.body);
  if (!json.ok()) return Unknown("the reply is not JSON");
  const absl::StatusOr<Head> head = ReadHead(*json);
  if (!head.ok()) return Unknown("the reply has no head that could be read");

  if (!head->IsSuccess()) {
    const bool believed = signature == SignatureCheck::kValid || MayBeUnsigned(head->code) ||
                          head->IsSignatureError();
    if (!believed) return Unknown("the reply is an error that should be signed and is not", true);
    return ReadError(operation, *head);
  }
  if (signature != SignatureCheck::kValid) return Unknown("the reply is not signed", true);
  const bool is_refund =
      operation.verb == Verb::kCreateRefund || operation.verb == Verb::kQueryRefund;
  return is_refund ? ReadRefund(operation, *json) : ReadOrder(account, operation, *json);
}

}  // namespace

Step InterpretReply(const Account& account, const Operation& operation, const HttpReply& reply) {
  if (NumberOf(operation).empty()) {
    return {.outcome = Unknown("PayBy does not serve this verb")};
  }
  Outcome outcome = ReadReply(account, operation, reply);
  const bool is_query = operation.verb == Verb::kQueryOrder || operation.verb == Verb::kQueryRefund;
  if (is_query) outcome.query_now = false;  // Its schedule asks again; at once would be a loop.
  return {.outcome = std::move(outcome)};
}

}  // namespace sluice::payby
