#include "providers/payby/notifications.h"

#include <string>
#include <string_view>

#include "providers/payby/objects.h"
#include "providers/payby/signing.h"
#include "server/base/strings.h"
#include "server/wire/json.h"

namespace sluice::payby {
namespace {

absl::Status NotBelieved(const char* word) { return absl::UnauthenticatedError(word); }

absl::Status NotReadable() { return absl::InvalidArgumentError(notification_reason::kMalformed); }

absl::StatusOr<Notification> ReadPayment(const Account& account, const Json& object) {
  absl::StatusOr<AcquireOrder> order = ReadAcquireOrder(object);
  if (!order.ok()) return NotReadable();
  if (!order->payee_mid.empty() && order->payee_mid != account.merchant_mid) {
    return NotBelieved(notification_reason::kMerchantMismatch);
  }
  absl::StatusOr<Facts> facts = FactsOf(*order);
  if (!facts.ok()) return NotReadable();
  Notification notification;
  notification.kind = ResourceKind::kOrder;
  notification.provider_key = order->merchant_order_no;
  // A settled order that is revoked keeps its status, so the mark is part of the key.
  notification.dedup_key =
      StrCat("order/", order->order_no, "/", order->status, order->revoked ? "/revoked" : "");
  notification.facts = *std::move(facts);
  return notification;
}

absl::StatusOr<Notification> ReadRefundNotice(const Json& object) {
  absl::StatusOr<RefundOrder> refund = ReadRefundOrder(object);
  if (!refund.ok()) return NotReadable();
  Notification notification;
  notification.kind = ResourceKind::kRefund;
  notification.provider_key = refund->refund_merchant_order_no;
  notification.order_key = refund->origin_merchant_order_no;
  notification.dedup_key = StrCat("refund/", refund->order_no, "/", refund->status);
  notification.facts = FactsOf(*refund);
  return notification;
}

}  // namespace

absl::StatusOr<Notification> ReadNotificationOf(const Account& account, const RawRequest& request) {
  switch (CheckSignature(account.provider_public_key, request.headers, request.body)) {
    case SignatureCheck::kMissing:
      return NotBelieved(notification_reason::kSignatureMissing);
    case SignatureCheck::kInvalid:
      return NotBelieved(notification_reason::kSignatureInvalid);
    case SignatureCheck::kValid:
      break;
  }
  const absl::StatusOr<Json> json = Json::Parse(request.body);
  if (!json.ok()) return NotReadable();
  const Json* const order = json->Find("acquireOrder");
  const Json* const refund = json->Find("refundOrder");
  if ((order == nullptr) == (refund == nullptr)) return NotReadable();
  return order != nullptr ? ReadPayment(account, *order) : ReadRefundNotice(*refund);
}

HttpReply AcknowledgeNotification(NotificationResult result) {
  constexpr int kOk = 200, kUnauthorized = 401, kUnavailable = 503;
  HttpReply reply;
  reply.headers = {{"Content-Type", "application/json"}};
  switch (result) {
    case NotificationResult::kAccepted:
      reply.status = kOk;
      reply.body = R"({"response":"SUCCESS"})";
      break;
    case NotificationResult::kRefused:
      reply.status = kUnauthorized;
      reply.body = R"({"response":"REFUSED"})";
      break;
    case NotificationResult::kTryLater:
      reply.status = kUnavailable;
      reply.body = R"({"response":"TRY_LATER"})";
      break;
  }
  return reply;
}

}  // namespace sluice::payby
