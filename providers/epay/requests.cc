#include "providers/epay/requests.h"

#include <algorithm>
#include <string>
#include <utility>

#include "providers/epay/signing.h"
#include "providers/epay/wallets.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/validate.h"
#include "server/wire/json.h"
#include "server/wire/uri.h"

namespace sluice::epay {
namespace {

std::string_view PathOf(Verb verb) {
  switch (verb) {
    case Verb::kCreatePayout:
      return "/payoutApi/createEwalletTransaction";
    case Verb::kQueryPayout:
      return "/payoutApi/queryTransaction";
    case Verb::kGetPayoutLimits:
      return "/payoutApi/getLimit";
    default:
      return "";
  }
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Texts that one side may sign in another way than the other: EPAY's own code drops the word null,
// and reads the text of a JSON object as an object.
bool IsPlain(std::string_view text) {
  return text != "null" && (text.empty() || (text.front() != '{' && text.front() != '['));
}

void CheckReceiver(std::string_view receiver, Violations& violations) {
  constexpr std::string_view kField = "payout.receiver_account";
  if (receiver.empty()) {
    violations.Add(kField, "is required");
  } else if (receiver.size() > kMaxReceiverLength || !IsPrintable(receiver)) {
    violations.Add(kField, "must be at most 128 printable ASCII characters");
  } else if (receiver.front() == ' ' || receiver.back() == ' ') {
    violations.Add(kField, "must not begin or end with a space");
  } else if (!IsPlain(receiver)) {
    violations.Add(kField, "must be the account's number or name");
  }
}

void CheckCurrency(const Account& account, std::string_view currency_code, std::string_view field,
                   Violations& violations) {
  if (!account.HasCurrency(currency_code)) {
    violations.Add(field, "must be in a currency of this account");
  }
}

absl::Status CheckPayout(const Account& account, const Payout& payout) {
  Violations violations;
  if (!IsOrderNumber(payout.id) || !IsPlain(payout.id)) {
    violations.Add("payout_id", "must be 1 to 64 printable ASCII characters without spaces");
  }
  if (FindWallet(payout.wallet) == nullptr) {
    violations.Add("payout.wallet", "must be perfect-money, advcash, payeer or fasapay");
  }
  violations.Add(ValidateAmount(payout.amount, "payout.amount"));
  CheckCurrency(account, payout.amount.currency_code, "payout.amount", violations);
  CheckReceiver(payout.receiver_account, violations);
  if (account.send_remark) {
    violations.Add(ValidateDescription(payout.description, "payout.description"));
    if (!IsPlain(payout.description)) {
      violations.Add("payout.description", "must be plain text");
    }
  }
  return violations.ToStatus();
}

absl::Status CheckLimitsQuestion(const Account& account, const Operation& operation) {
  Violations violations;
  if (FindWallet(operation.wallet) == nullptr) {
    violations.Add("wallet", "must be perfect-money, advcash, payeer or fasapay");
  }
  CheckCurrency(account, operation.currency_code, "currency_code", violations);
  return violations.ToStatus();
}

Json CreateParam(const Account& account, const Payout& payout, const CallContext& context) {
  Json param = Json::Object({{"epayAccount", account.epay_account},
                             {"category", kCategory},
                             {"channelCode", FindWallet(payout.wallet)->channel_code}});
  if (!context.notify_url.empty()) param.Set("notifyUrl", context.notify_url);
  param.Set("merchantOrderNo", payout.id);
  param.Set("amount", FormatDecimal(payout.amount));
  param.Set("currency", payout.amount.currency_code);
  param.Set("version", kVersion);
  // One key, unless asked for: then every nested style signs the same text.
  Json receiver = Json::Object({{"accountNo", payout.receiver_account}});
  if (account.send_remark && !payout.description.empty()) {
    receiver.Set("remark", payout.description);
  }
  param.Set("receiverInfo", std::move(receiver));
  return param;
}

Json QueryParam(const Account& account, const Payout& payout) {
  return Json::Object({{"epayAccount", account.epay_account},
                       {"version", kVersion},
                       {"merchantOrderNo", payout.id}});
}

Json LimitsParam(const Account& account, const Operation& operation) {
  return Json::Object({{"epayAccount", account.epay_account},
                       {"category", kCategory},
                       {"currency", operation.currency_code},
                       {"channelCode", FindWallet(operation.wallet)->channel_code},
                       {"type", "PAYMENT"},
                       {"version", kVersion}});
}

Json ParamOf(const Account& account, const Operation& operation, const CallContext& context) {
  switch (operation.verb) {
    case Verb::kCreatePayout:
      return CreateParam(account, *operation.payout, context);
    case Verb::kQueryPayout:
      return QueryParam(account, *operation.payout);
    default:
      return LimitsParam(account, operation);
  }
}

}  // namespace

std::string_view NumberOf(const Operation& operation) {
  return operation.payout == nullptr ? std::string_view() : operation.payout->id;
}

bool IsOrderNumber(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNumberLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

absl::Status ValidateFields(const Account& account, const Operation& operation) {
  if (PathOf(operation.verb).empty()) return CapabilityMissing("EPAY does not serve this verb");
  if (operation.verb == Verb::kGetPayoutLimits) return CheckLimitsQuestion(account, operation);
  if (NumberOf(operation).empty()) return Internal("the operation has no payout");
  if (operation.verb == Verb::kCreatePayout) return CheckPayout(account, *operation.payout);
  return absl::OkStatus();
}

absl::StatusOr<HttpRequest> BuildRequest(const Account& account, const Operation& operation,
                                         const CallContext& context) {
  if (absl::Status status = ValidateFields(account, operation); !status.ok()) return status;
  Json param = ParamOf(account, operation, context);
  std::string sign = Sign(param, account.nested_style, account.api_key);

  HttpRequest request;
  request.method = "POST";
  request.url = JoinUrl(account.base_url, PathOf(operation.verb));
  request.headers = {{"Content-Type", "application/json"}};
  if (!context.traceparent.empty()) {
    request.headers.emplace_back("traceparent", context.traceparent);
  }
  request.body = Json::Object({{"param", std::move(param)}, {"sign", std::move(sign)}}).Write();
  // Nothing is known of what EPAY makes of a repeat, so there is none, not even a library's.
  request.at_most_once = operation.verb == Verb::kCreatePayout;
  return request;
}

}  // namespace sluice::epay
