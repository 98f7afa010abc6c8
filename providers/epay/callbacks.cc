#include "providers/epay/callbacks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "providers/epay/requests.h"
#include "providers/epay/signing.h"
#include "providers/epay/transactions.h"
#include "server/base/strings.h"

namespace sluice::epay {
namespace {

absl::Status NotReadable() { return absl::InvalidArgumentError(notification_reason::kMalformed); }

// Not believed; but the payout that it names may be asked about.
absl::Status NotBelieved(const char* word, const FormFields& fields) {
  const std::string* const number = FindField(fields, "merchantOrderNo");
  absl::Status status = absl::UnauthenticatedError(word);
  if (number == nullptr || !IsOrderNumber(*number)) return status;
  return WithHint(std::move(status), {ResourceKind::kPayout, *number});
}

// The signed text does not say where a field ends: of "remark=a&status=7" it could be made to look
// as if EPAY had sent two fields. So a callback in which that could have been done is asked about.
bool IsAmbiguous(const FormFields& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const auto& field) {
    return field.first.find_first_of("&=") != std::string::npos ||
           field.second.find('&') != std::string::npos;
  });
}

}  // namespace

Json SignedFields(const FormFields& fields) {
  Json::Members members;
  for (const auto& [name, value] : fields) {
    if (name == "sign" || name == "isForward" || name == "payUrl") continue;
    members.emplace_back(name, Json(value));
  }
  return Json::Object(std::move(members));
}

absl::StatusOr<Notification> ReadCallback(const Account& account, const RawRequest& request) {
  const absl::StatusOr<FormFields> form = ParseForm(request.body);
  if (!form.ok()) return NotReadable();
  const std::string* const sign = FindField(*form, "sign");
  if (sign == nullptr || sign->empty()) {
    return NotBelieved(notification_reason::kSignatureMissing, *form);
  }
  const Json fields = SignedFields(*form);
  if (!Verify(fields, *sign, account.nested_style, account.api_key).has_value()) {
    return NotBelieved(notification_reason::kSignatureInvalid, *form);
  }
  const std::string* const epay_account = FindField(*form, "epayAccount");
  if (epay_account == nullptr || *epay_account != account.epay_account) {
    return absl::UnauthenticatedError(notification_reason::kMerchantMismatch);
  }
  absl::StatusOr<Transaction> read = ReadTransaction(fields);
  if (!read.ok() || read->epay_order_no.empty()) return NotReadable();

  Notification notification;
  notification.kind = ResourceKind::kPayout;
  notification.provider_key = read->merchant_order_no;
  notification.dedup_key = StrCat("payout/", read->epay_order_no, "/", read->status);
  notification.facts = std::move(read->facts);
  notification.facts.amount_may_include_fee = true;  // As a reply's: see IsOfAmount.
  notification.confirm_by_query = IsAmbiguous(*form);
  return notification;
}

HttpReply AcknowledgeCallback(NotificationResult result) {
  constexpr int kOk = 200, kBadRequest = 400, kUnavailable = 503;
  HttpReply reply;
  reply.headers = {{"Content-Type", "text/plain"}};
  reply.body = "fail";  // The plugin's word; EPAY looks for `success` only.
  switch (result) {
    case NotificationResult::kAccepted:
      reply.status = kOk;
      reply.body = "success";
      break;
    case NotificationResult::kRefused:
      reply.status = kBadRequest;
      break;
    case NotificationResult::kTryLater:
      reply.status = kUnavailable;
      break;
  }
  return reply;
}

}  // namespace sluice::epay
