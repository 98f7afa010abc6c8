// Notifications: what is told to the merchant's dbProcessUrl.

#include <memory>
#include <utility>

#include "providers/nicepay/simulator_render.h"
#include "providers/nicepay/simulator_server.h"

namespace sluice::nicepay::simulator {
namespace {

constexpr char kUserAgent[] = "Jakarta Commons-HttpClient/3.1";

FormFields NoticeFields(const Notice& notice, const simulation::DeliveryTry& delivery) {
  std::string token;
  if (notice.transaction) {
    const Transaction& transaction = *notice.transaction;
    token = MerchantToken({transaction.account->i_mid, transaction.t_xid,
                           absl::StrCat(transaction.terms.amt), transaction.account->merchant_key});
  } else {
    const Link& link = *notice.link;
    token = MerchantToken({link.account->i_mid, link.terms.reference_no, link.terms.billing_phone,
                           link.account->merchant_key});
  }
  if (delivery.bad_signature) token.front() = token.front() == '0' ? '1' : '0';
  if (delivery.missing_signature) token.clear();
  return notice.transaction ? NotificationFields(*notice.transaction, notice.status, token)
                            : NotificationFields(*notice.link, token);
}

}  // namespace

void Server::Deliver(Notice notice) {
  simulation::OutgoingNotification outgoing;
  if (notice.transaction) {
    outgoing.account = notice.transaction->account->i_mid;
    outgoing.provider_key = notice.transaction->terms.reference_no;
    outgoing.provider_number = notice.transaction->t_xid;
  } else {
    outgoing.account = notice.link->account->i_mid;
    outgoing.provider_key = notice.link->terms.reference_no;
    outgoing.provider_number = notice.link->t_xid;
  }
  auto shared = std::make_shared<const Notice>(std::move(notice));
  outgoing.build = [shared](const simulation::DeliveryTry& delivery) {
    return BuildNotification(*shared, delivery);
  };
  sender_.Deliver(std::move(outgoing));
}

// Every try says the same: the token covers no time.
HttpRequest Server::BuildNotification(const Notice& notice,
                                      const simulation::DeliveryTry& delivery) {
  HttpRequest request;
  request.url = notice.transaction ? notice.transaction->terms.db_process_url
                                   : notice.link->terms.db_process_url;
  request.headers = {{"Content-Type", std::string(kFormContentType)}, {"User-Agent", kUserAgent}};
  request.body = BuildForm(NoticeFields(notice, delivery));
  return request;
}

}  // namespace sluice::nicepay::simulator
