#include "providers/epay/replies.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "providers/epay/requests.h"
#include "providers/epay/signing.h"
#include "providers/epay/transactions.h"
#include "server/base/strings.h"
#include "server/core/mask.h"
#include "server/wire/json.h"

namespace sluice::epay {
namespace {

constexpr int kHttpOk = 200;  // EPAY's refusals come with it, too.
constexpr std::string_view kSuccessCode = "1";

Outcome Unknown(std::string_view message) {
  return {.verdict = Verdict::kUnknown,
          .failure = {.reason = FailureReason::kOther, .message = std::string(message)}};
}

std::string TextIn(const Json& envelope, std::string_view name) {
  const Json* const value = envelope.Find(name);
  return value != nullptr && (value->is_string() || value->is_number()) ? value->text() : "";
}

bool IsWholeNumber(std::string_view text) {
  if (text.substr(0, 1) == "-") text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Whether it is EPAY that answers, and to this merchant: a gateway's own `code` and `message` are
// no refusal of EPAY's.
bool IsEnvelope(const Account& account, const Json& envelope) {
  const Json* const message = envelope.Find("message");
  const std::string epay_account = TextIn(envelope, "epayAccount");
  const bool ours = epay_account == account.epay_account ||
                    (epay_account.empty() && !TextIn(envelope, "version").empty());
  return IsWholeNumber(TextIn(envelope, "code")) && message != nullptr && message->is_string() &&
         ours;
}

Failure RefusalOf(const Operation& operation, const Json& envelope) {
  const std::string_view receiver =
      operation.payout == nullptr ? std::string_view() : operation.payout->receiver_account;
  return {.reason = FailureReason::kDeclinedByProvider,
          .message = "EPAY refused the request",
          .provider_code = CleanProviderText(TextIn(envelope, "code")),
          .provider_message = ShownText(TextIn(envelope, "message"), receiver)};
}

// How EPAY says that it does not know an order is not documented, and neither is any other code.
// Assumed: a refused query about a payout that EPAY has never confirmed to us says "not found";
// about one that it has, the query itself had a trouble, and nothing is learned.
//
// Neither ends a payout: a lost create is asked about until the horizon, whatever is not found
// (Resend::kNever); only a create that was itself refused ends here, when it is still not
// found after the grace.
Outcome ReadQueryRefusal(const Operation& operation, const Json& envelope) {
  const Payout& payout = *operation.payout;
  const bool confirmed = !payout.provider_number.empty() || payout.state == PayoutState::kPending ||
                         IsFinal(payout.state);
  if (confirmed) {
    return {.verdict = Verdict::kUnknown, .failure = RefusalOf(operation, envelope)};
  }
  Outcome outcome{.verdict = Verdict::kAccepted};
  outcome.facts.report = Report::kNotFound;
  return outcome;
}

bool HasResult(const Json& envelope) {
  const Json* const data = envelope.Find("data");
  if (data == nullptr) return false;
  return data->Find("status") != nullptr || data->Find("singleMin") != nullptr ||
         data->Find("singleMax") != nullptr;
}

Outcome ReadRefusal(const Operation& operation, const Json& envelope) {
  // A refusal with a result contradicts itself (or its code was changed on the way).
  if (HasResult(envelope)) return Unknown("the reply is a refusal and has a result");
  if (operation.verb == Verb::kQueryPayout) return ReadQueryRefusal(operation, envelope);
  return {.verdict = Verdict::kDeclined,
          .failure = RefusalOf(operation, envelope),
          // The code is not signed and its meaning not documented: money may have moved.
          .query_now = operation.verb == Verb::kCreatePayout};
}

// Whose account the order pays, from a query's `receiveInfo`: an object, or JSON text of one.
// Empty: not said, or with stars in it.
std::string ReceiverIn(const Json& data) {
  const Json* info = data.Find("receiveInfo");
  if (info == nullptr) return "";
  absl::StatusOr<Json> read;
  if (info->is_string()) {
    read = Json::Parse(info->text());
    if (!read.ok()) return "";
    info = &*read;
  }
  const std::string account = TextIn(*info, "accountNo");
  return account.find('*') == std::string::npos ? account : "";
}

Outcome ReadOrder(const Payout& payout, const Json& data) {
  absl::StatusOr<Transaction> read = ReadTransaction(data);
  if (!read.ok()) return Unknown(StdView(read.status().message()));
  if (read->merchant_order_no != payout.id) return Unknown("the reply is about another order");
  if (!read->category.empty() && read->category != kCategory) {
    return Unknown("the reply is about an order that is no wallet payout");
  }
  if (!payout.provider_number.empty() && read->epay_order_no != payout.provider_number) {
    return Unknown("the reply has another order number of EPAY's");
  }
  if (!IsOfAmount(*read, payout.amount)) {
    return Unknown("the reply has another amount or currency");
  }
  Outcome outcome{.verdict = Verdict::kAccepted, .facts = std::move(read->facts)};
  outcome.facts.amount = payout.amount;
  // Compared by the engine: the number may have been used by somebody else.
  outcome.facts.receiver_account = ReceiverIn(data);
  Failure& failure = outcome.facts.failure;
  failure.provider_message = ShownText(failure.provider_message, payout.receiver_account);
  return outcome;
}

// A bound that cannot be read is unknown, which is better than one that is wrong.
std::optional<Money> ReadBound(const Json& data, std::string_view name,
                               const std::string& currency_code) {
  const absl::StatusOr<Money> bound = ParseDecimal(TextIn(data, name), currency_code);
  if (!bound.ok() || bound->minor_units < 0) return std::nullopt;
  return *bound;
}

Step ReadLimits(const Operation& operation, const Json& data) {
  PayoutLimits limits{.minimum = ReadBound(data, "singleMin", operation.currency_code),
                      .maximum = ReadBound(data, "singleMax", operation.currency_code)};
  // An amount is at least one cent.
  const int64_t least = limits.minimum.has_value() ? limits.minimum->minor_units : 0;
  if (limits.maximum.has_value() && limits.maximum->minor_units < std::max<int64_t>(least, 1)) {
    return {.outcome = Unknown("the reply's limits exclude every amount")};
  }
  if (!limits.minimum.has_value() && !limits.maximum.has_value()) {
    return {.outcome = Unknown("the reply has no limits")};
  }
  return {.outcome = {.verdict = Verdict::kAccepted}, .limits = std::move(limits)};
}

Step ReadSuccess(const Account& account, const Operation& operation, const Json& envelope) {
  const Json* const data = envelope.Find("data");
  if (data == nullptr || !data->is_object()) return {.outcome = Unknown("the reply has no data")};
  const std::string sign = TextIn(envelope, "sign");
  if (sign.empty()) return {.outcome = Unknown("the reply is not signed")};
  if (!Verify(*data, sign, account.nested_style, account.api_key).has_value()) {
    return {.outcome = Unknown("the reply's signature does not verify")};
  }
  if (operation.verb == Verb::kGetPayoutLimits) return ReadLimits(operation, *data);
  return {.outcome = ReadOrder(*operation.payout, *data)};
}

Step ReadReply(const Account& account, const Operation& operation, const HttpReply& reply) {
  if (reply.transport == Transport::kNotSent) {
    return {.outcome = {.verdict = Verdict::kNotProcessed,
                        .failure = {.reason = FailureReason::kNotSubmitted,
                                    .message = "EPAY could not be reached"}}};
  }
  if (reply.transport != Transport::kReplied) {
    return {.outcome = Unknown(StrCat("no complete answer: ", TransportName(reply.transport)))};
  }
  if (reply.status != kHttpOk) {
    return {.outcome = Unknown(StrCat("EPAY answered HTTP ", reply.status))};
  }
  const absl::StatusOr<Json> envelope = Json::Parse(reply.body);
  if (!envelope.ok()) return {.outcome = Unknown("the reply is not JSON")};
  if (!IsEnvelope(account, *envelope)) {
    return {.outcome = Unknown("the reply is not one of EPAY's to this account")};
  }
  if (TextIn(*envelope, "code") == kSuccessCode) {
    return ReadSuccess(account, operation, *envelope);
  }
  return {.outcome = ReadRefusal(operation, *envelope)};
}

}  // namespace

Step InterpretReply(const Account& account, const Operation& operation, const HttpReply& reply) {
  const bool served = operation.verb == Verb::kGetPayoutLimits ||
                      operation.verb == Verb::kCreatePayout || operation.verb == Verb::kQueryPayout;
  if (!served || (operation.verb != Verb::kGetPayoutLimits && operation.payout == nullptr)) {
    return {.outcome = Unknown("EPAY does not serve this verb")};
  }
  Step step = ReadReply(account, operation, reply);
  // Whatever EPAY did say, it has dealt with the request: there is something to ask about.
  if (operation.verb == Verb::kCreatePayout && step.outcome.verdict == Verdict::kUnknown) {
    step.outcome.query_now = reply.transport == Transport::kReplied;
  }
  return step;
}

}  // namespace sluice::epay
