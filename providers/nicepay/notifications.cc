#include "providers/nicepay/notifications.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "providers/nicepay/astrapay_link.h"
#include "providers/nicepay/calls.h"
#include "providers/nicepay/token.h"
#include "providers/nicepay/wallets.h"
#include "server/base/strings.h"
#include "server/crypto/constant_time.h"
#include "server/wire/form.h"

namespace sluice::nicepay {
namespace {

constexpr char kCurrency[] = "IDR";
constexpr size_t kMaxTxidLength = 30;
// The notification's own statuses: not those of the inquiry.
constexpr std::string_view kDeposit = "0", kReversal = "1";

absl::Status NotBelieved(const char* word) { return absl::UnauthenticatedError(word); }

absl::Status NotReadable() { return absl::InvalidArgumentError(notification_reason::kMalformed); }

std::string_view Field(const FormFields& fields, std::string_view name) {
  const std::string* const value = FindField(fields, name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

bool IsTxid(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTxidLength &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c); });
}

absl::StatusOr<Notification> ReadPayment(const Account& account, const FormFields& fields) {
  const std::string_view txid = Field(fields, "tXid");
  const std::string_view reference = Field(fields, "referenceNo");
  const std::string_view amount_text = Field(fields, "amt");
  const std::string_view status = Field(fields, "status");
  const std::string_view currency = Field(fields, "currency");
  const absl::StatusOr<Money> amount = ParseDecimal(amount_text, kCurrency);
  const bool whole = IsTxid(txid) && !reference.empty() &&
                     reference.size() <= kMaxReferenceLength && status.size() == 1 && amount.ok() &&
                     amount->minor_units > 0 && amount->minor_units <= kMaxAmountMinorUnits;
  if (!whole) return NotReadable();
  if (!currency.empty() && currency != kCurrency) {
    return NotBelieved(notification_reason::kCurrencyMismatch);
  }
  const std::string_view i_mid = Field(fields, "iMid");
  if (!i_mid.empty() && i_mid != account.i_mid) {
    return NotBelieved(notification_reason::kMerchantMismatch);
  }
  Notification notification;
  notification.kind = ResourceKind::kOrder;
  notification.provider_key = std::string(reference);
  notification.dedup_key = StrCat(txid, "/", status);
  notification.confirm_by_query = true;
  Facts& facts = notification.facts;
  facts.provider_number = std::string(txid);
  // It may be a number that was given up: then the inquiry is about these two.
  facts.provider_data = {{kTxidData, std::string(txid)}, {kReferenceData, std::string(reference)}};
  if (status == kDeposit) {
    facts.report = Report::kPaid;
    facts.amount = facts.paid = *amount;
    facts.pay_time = ReadTime(Field(fields, "transDt"), Field(fields, "transTm"));
  } else if (status == kReversal) {
    // It may be of a part, and another part may follow.
    facts.report = Report::kReturned;
    facts.returned = *amount;
    notification.dedup_key += StrCat("/", amount->minor_units);
  }
  return notification;
}

}  // namespace

absl::StatusOr<Notification> ReadNotificationOf(const Account& account, const RawRequest& request) {
  const absl::StatusOr<FormFields> fields = ParseForm(request.body);
  if (!fields.ok()) return NotReadable();
  if (IsLinkNotification(account, *fields)) return ReadLinkNotification(account, *fields);
  const std::string_view token = Field(*fields, "merchantToken");
  if (token.empty()) return NotBelieved(notification_reason::kSignatureMissing);
  const std::string expected =
      NotificationToken(account, Field(*fields, "tXid"), Field(*fields, "amt"));
  if (!crypto::ConstantTimeEqual(token, expected)) {
    return NotBelieved(notification_reason::kSignatureInvalid);
  }
  return ReadPayment(account, *fields);
}

HttpReply AcknowledgeNotification(NotificationResult result) {
  constexpr int kOk = 200, kUnauthorized = 401, kUnavailable = 503;
  HttpReply reply;
  switch (result) {
    case NotificationResult::kAccepted:
      reply.status = kOk;
      reply.headers = {{"Content-Type", "text/plain"}};
      reply.body = "OK";
      break;
    case NotificationResult::kRefused:
      reply.status = kUnauthorized;
      reply.headers = {{"Content-Type", "application/json"}};
      reply.body = R"({"resultCd":"401","resultMsg":"refused"})";
      break;
    case NotificationResult::kTryLater:
      reply.status = kUnavailable;
      reply.headers = {{"Content-Type", "application/json"}};
      reply.body = R"({"resultCd":"503","resultMsg":"try later"})";
      break;
  }
  return reply;
}

}  // namespace sluice::nicepay
