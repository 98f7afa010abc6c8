// Notifications: what is told to the merchant's notifyUrl, signed anew for every try.

#include <memory>
#include <utility>

#include "providers/payby/simulator_server.h"
#include "server/base/encoding.h"

namespace sluice::payby::simulator {

void Server::Deliver(Notice notice) {
  simulation::OutgoingNotification outgoing;
  if (notice.order) {
    outgoing.account = notice.order->partner_id;
    outgoing.provider_key = notice.order->terms.merchant_order_no;
    outgoing.provider_number = notice.order->order_no;
  } else {
    outgoing.account = notice.refund->partner_id;
    outgoing.provider_key = notice.refund->terms.refund_no;
    outgoing.provider_number = notice.refund->order_no;
  }
  auto shared = std::make_shared<const Notice>(std::move(notice));
  outgoing.build = [this, shared](const simulation::DeliveryTry& delivery) {
    return BuildNotification(*shared, delivery);
  };
  sender_.Deliver(std::move(outgoing));
}

absl::StatusOr<HttpRequest> Server::BuildNotification(
    const Notice& notice, const simulation::DeliveryTry& delivery) const {
  HttpRequest request;
  AccountPtr account;
  if (notice.order) {
    account = FindAccount(notice.order->partner_id);
    request.url = notice.order->terms.notify_url;
    request.body = NotificationBody(notice.notify_id, delivery.time, "acquireOrder",
                                    AcquireOrder(*notice.order, For::kNotification, amount_text()));
  } else {
    account = FindAccount(notice.refund->partner_id);
    request.url = notice.refund->terms.notify_url;
    request.body = NotificationBody(notice.notify_id, delivery.time, "refundOrder",
                                    RefundOrder(*notice.refund, amount_text()));
  }
  request.headers = {{"Content-Type", "application/json"}};
  if (delivery.missing_signature) return request;
  absl::StatusOr<std::string> signature = account->provider_key.SignSha256(request.body);
  if (!signature.ok()) return signature.status();
  if (delivery.bad_signature) signature->front() ^= 1;
  request.headers.emplace_back("sign", Base64Encode(*signature));
  return request;
}

}  // namespace sluice::payby::simulator
