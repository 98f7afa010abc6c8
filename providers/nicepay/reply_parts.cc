#include "providers/nicepay/reply_parts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "providers/nicepay/calls.h"
#include "server/base/address.h"
#include "server/wire/uri.h"

namespace sluice::nicepay {
namespace {

constexpr size_t kMaxTxidLength = 30;

}  // namespace

Step UnknownStep(const Operation& operation, std::string_view message) {
  // A query's schedule asks again; at once would be a loop.
  const Call call = CallOf(operation);
  const bool ask = call == Call::kCancel || (call == Call::kPayment && operation.attempt);
  return {.outcome = {.verdict = Verdict::kUnknown,
                      .failure = {.reason = FailureReason::kOther, .message = std::string(message)},
                      .query_now = ask}};
}

std::string Loose(const Json& reply, std::string_view member) {
  const Json* const value = reply.Find(member);
  if (value == nullptr || (!value->is_string() && !value->is_number())) return "";
  return value->text();
}

bool Agrees(const Json& reply, std::string_view member, std::string_view expected) {
  const std::string said = Loose(reply, member);
  return said.empty() || said == expected;
}

bool AmountIs(const Json& reply, const Money& expected) {
  const absl::StatusOr<Money> amount = ParseDecimal(Loose(reply, "amt"), "IDR");
  return amount.ok() && *amount == expected;
}

bool IsTxid(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTxidLength &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c); });
}

bool IsBrowserUrl(const std::string& link) {
  if (link.size() > kMaxLinkBytes) return false;
  const absl::StatusOr<Url> url = ParseUrl(link);
  return url.ok() && (url->scheme == "https" || IsLoopback(url->host));
}

NextAction Redirect(std::string url) {
  return {.kind = NextAction::Kind::kRedirect, .url = std::move(url)};
}

Facts NewTransaction(const Order& order, const std::string& txid, const std::string& reference) {
  Facts facts;
  facts.report = Report::kOpen;
  facts.provider_number = txid;
  facts.amount = order.amount;
  facts.provider_data = {{kTxidData, txid}, {kReferenceData, reference}};
  return facts;
}

}  // namespace sluice::nicepay
