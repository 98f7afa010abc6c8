#include "providers/nicepay/replies.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "providers/nicepay/astrapay_link.h"
#include "providers/nicepay/calls.h"
#include "providers/nicepay/codes.h"
#include "providers/nicepay/inquiry.h"
#include "providers/nicepay/reply_parts.h"
#include "providers/nicepay/requests.h"
#include "providers/nicepay/token.h"
#include "providers/nicepay/wallets.h"
#include "server/base/strings.h"
#include "server/core/mask.h"
#include "server/wire/json.h"

namespace sluice::nicepay {
namespace {

constexpr int kHttpOk = 200;  // Also of refusals; anything else is a fault on the way.

// --- Links for the payer

// A link that opens an app: any scheme but those that a browser would run.
bool IsAppLink(const std::string& link) {
  const size_t colon = link.find(':');
  if (link.size() > kMaxLinkBytes || colon == std::string::npos || colon == 0) return false;
  const bool printable =
      std::all_of(link.begin(), link.end(), [](unsigned char c) { return absl::ascii_isgraph(c); });
  const std::string scheme = absl::AsciiStrToLower(link.substr(0, colon));
  const bool plain = absl::ascii_isalpha(static_cast<unsigned char>(scheme.front())) &&
                     std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
                       return absl::ascii_isalnum(c) || c == '+' || c == '-' || c == '.';
                     });
  if (!printable || !plain) return false;
  if (scheme == "http" || scheme == "https") return IsBrowserUrl(link);
  constexpr std::string_view kRefused[] = {"javascript", "data", "vbscript", "file", "blob"};
  return std::find(std::begin(kRefused), std::end(kRefused), scheme) == std::end(kRefused);
}

std::optional<NextAction> ReadLinks(const Json& reply) {
  NextAction action = Redirect(Loose(reply, "redirectUrlHttp"));
  action.app_deep_link = Loose(reply, "redirectUrlApp");
  if (!IsBrowserUrl(action.url)) action.url.clear();
  if (!IsAppLink(action.app_deep_link)) action.app_deep_link.clear();
  if (action.url.empty() && IsBrowserUrl(action.app_deep_link)) action.url = action.app_deep_link;
  if (action.url.empty() && action.app_deep_link.empty()) return std::nullopt;
  return action;
}

// --- Refusals

Step ReadError(const Operation& operation, const Json& reply, const std::string& code) {
  const CodeMeaning meaning = MeaningOf(code, CallOf(operation));
  Step step;
  Outcome& outcome = step.outcome;
  outcome.verdict = meaning.verdict;
  outcome.query_now = meaning.query_now && operation.attempt != nullptr;
  if (meaning.not_found) {
    // Of a refund it says nothing: what is not known is its payment.
    if (operation.verb == Verb::kQueryOrder) {
      outcome.facts.report = Report::kNotFound;
      return step;
    }
    outcome.verdict = Verdict::kUnknown;
  }
  const bool named = meaning.reason != FailureReason::kNone;
  outcome.failure = {.reason = named ? meaning.reason : FailureReason::kOther,
                     .message = std::string(meaning.message),
                     .provider_code = CleanProviderText(code),
                     .provider_message = CleanProviderText(Loose(reply, "resultMsg"))};
  return step;
}

// --- Successes

Step ReadRegistration(const Account& account, const Operation& operation,
                      const CallContext& context, const Json& reply) {
  const Order& order = *operation.order;
  const WalletFacts& wallet = *FindWallet(order.wallet);
  const std::string reference = AttemptReference(operation);
  const std::string txid = Loose(reply, "tXid");
  if (!IsTxid(txid)) return UnknownStep(operation, "the reply has no transaction id");
  if (Loose(reply, "referenceNo") != reference) {
    return UnknownStep(operation, "the reply is about another order");
  }
  if (!AmountIs(reply, order.amount)) {
    return UnknownStep(operation, "the reply has another amount");
  }
  if (!Agrees(reply, "mitraCd", wallet.mitra_code)) {
    return UnknownStep(operation, "the reply is about another wallet");
  }
  const Payment payment{
      .txid = txid, .reference_no = reference, .amount = AmountText(order.amount)};
  Step step;
  step.outcome = {.verdict = Verdict::kAccepted, .facts = NewTransaction(order, txid, reference)};
  Facts& facts = step.outcome.facts;
  switch (wallet.flow) {
    case Flow::kPush: {
      facts.next_action = NextAction{.kind = NextAction::Kind::kAwaitPush};
      // The wallet's time runs from the push, not from our record of the order.
      const bool is_default =
          !order.expire_time || *order.expire_time == order.create_time + wallet.default_expiry;
      if (is_default) facts.expire_time = context.now + wallet.default_expiry;
      step.next = NextRequest{PaymentRequest(account, payment, order, context, /*as_json=*/false),
                              /*in_background=*/true};
      break;
    }
    case Flow::kPaymentUrl:
      facts.next_action = Redirect(PaymentUrl(account, payment, order, context));
      break;
    case Flow::kPaymentLinks:
      step.next = NextRequest{PaymentRequest(account, payment, order, context, /*as_json=*/true)};
      break;
    case Flow::kLinkedAccount:
      break;
  }
  return step;
}

Step ReadPaymentLinks(const Operation& operation, const Json& reply) {
  const Order& order = *operation.order;
  if (!Agrees(reply, "tXid", OrderTxid(order)) ||
      !Agrees(reply, "referenceNo", OrderReference(order))) {
    return UnknownStep(operation, "the reply is about another order");
  }
  std::optional<NextAction> links = ReadLinks(reply);
  if (!links) return UnknownStep(operation, "the reply has no link that could be opened");
  Step step;
  step.outcome.verdict = Verdict::kAccepted;
  // Of a query, the inquiry before it has said what the order is.
  if (operation.verb == Verb::kCreateOrder) step.outcome.facts.report = Report::kOpen;
  step.outcome.facts.next_action = std::move(links);
  return step;
}

Step ReadInquiryReply(const Account& account, const Operation& operation,
                      const CallContext& context, const Json& reply) {
  const Order& order = *operation.order;
  const absl::StatusOr<Inquiry> inquiry = ReadInquiry(reply);
  if (!inquiry.ok()) return UnknownStep(operation, StdView(inquiry.status().message()));
  if (absl::Status status = CheckIsAbout(account, order, *inquiry); !status.ok()) {
    return UnknownStep(operation, StdView(status.message()));
  }
  Step step;
  if (operation.verb == Verb::kQueryRefund) {
    step.outcome = RefundOutcome(order, *operation.refund, *inquiry);
    return step;
  }
  step.outcome = OrderOutcome(order, *inquiry, context.now);
  // The answer that would have told the payer where to go may have been lost.
  const bool waits =
      order.state == OrderState::kSubmitting || order.state == OrderState::kAwaitingPayer;
  const bool astray = step.outcome.facts.report == Report::kOpen && waits &&
                      order.next_action.kind == NextAction::Kind::kNone &&
                      !CallBackUrl(order, context).empty();
  if (!astray) return step;
  const Flow flow = FindWallet(order.wallet)->flow;
  if (flow == Flow::kPaymentUrl) {
    step.outcome.facts.next_action =
        Redirect(PaymentUrl(account, PaymentOf(order), order, context));
  } else if (flow == Flow::kPaymentLinks) {
    step.next =
        NextRequest{PaymentRequest(account, PaymentOf(order), order, context, /*as_json=*/true)};
  }
  return step;
}

Step ReadCancel(const Operation& operation, const Json& reply) {
  const Order& order = *operation.order;
  const bool is_refund = operation.verb == Verb::kCreateRefund;
  const Money& amount = is_refund ? operation.refund->amount : order.amount;
  if (!Agrees(reply, "tXid", OrderTxid(order)) ||
      !Agrees(reply, "referenceNo", OrderReference(order))) {
    return UnknownStep(operation, "the reply is about another payment");
  }
  if (!Loose(reply, "amt").empty() && !AmountIs(reply, amount)) {
    return UnknownStep(operation, "the reply has another amount");
  }
  const std::string cancel_txid = Loose(reply, "canceltXid");
  if (!cancel_txid.empty() && !IsTxid(cancel_txid)) {
    return UnknownStep(operation, "the reply's number of the cancel cannot be read");
  }
  Step step;
  step.outcome.verdict = Verdict::kAccepted;
  Facts& facts = step.outcome.facts;
  facts.amount = amount;
  if (is_refund) {
    facts.report = Report::kSucceeded;
    facts.provider_number = cancel_txid;
  } else {
    facts.report = Report::kReturned;
    facts.paid = facts.returned = amount;
    if (!cancel_txid.empty()) facts.provider_data = {{"cancel_txid", cancel_txid}};
  }
  return step;
}

Step ReadJson(const Account& account, const Operation& operation, const CallContext& context,
              const Json& reply) {
  const absl::StatusOr<std::string> code = reply.GetText("resultCd");
  if (!code.ok()) return UnknownStep(operation, "the reply has no result code");
  if (*code != kSuccessCode) return ReadError(operation, reply, *code);
  switch (CallOf(operation)) {
    case Call::kRegistration:
      return ReadRegistration(account, operation, context, reply);
    case Call::kPayment:
      return ReadPaymentLinks(operation, reply);
    case Call::kInquiry:
      return ReadInquiryReply(account, operation, context, reply);
    case Call::kCancel:
      return ReadCancel(operation, reply);
    case Call::kLinkEnable:
    case Call::kLinkInitiate:
      return ReadLinkReply(account, operation, reply);
    case Call::kNone:
      break;
  }
  return UnknownStep(operation, "NICEPAY does not offer this for the wallet");
}

}  // namespace

Step InterpretReply(const Account& account, const Operation& operation, const CallContext& context,
                    const HttpReply& reply) {
  const Call call = CallOf(operation);
  if (call == Call::kNone) {
    return UnknownStep(operation, "NICEPAY does not offer this for the wallet");
  }
  if (reply.transport == Transport::kNotSent && operation.step == 0) {
    return {.outcome = {.verdict = Verdict::kNotProcessed,
                        .failure = {.reason = FailureReason::kNotSubmitted,
                                    .message = "NICEPAY could not be reached"}}};
  }
  if (reply.transport != Transport::kReplied) {
    return UnknownStep(operation, StrCat("no complete answer: ", TransportName(reply.transport)));
  }
  const Flow flow = FindWallet(WalletOf(operation))->flow;
  const bool is_push = call == Call::kPayment && flow == Flow::kPush;
  if (is_push) {
    // Its answer is a page whose form is not documented: only the inquiry says what came of it.
    return UnknownStep(operation, "the payer has answered, or the push is over");
  }
  if (call == Call::kLinkEnable || call == Call::kLinkInitiate) {
    const std::optional<Json> redirect = ReadRedirect(account, reply);
    if (redirect) return ReadLinkReply(account, operation, *redirect);
  }
  if (reply.status != kHttpOk) {
    return UnknownStep(operation, StrCat("NICEPAY answered HTTP ", reply.status));
  }
  const absl::StatusOr<Json> json = Json::Parse(reply.body);
  if (!json.ok()) return UnknownStep(operation, "the reply is not JSON");
  return ReadJson(account, operation, context, *json);
}

}  // namespace sluice::nicepay
