#include "tests/crash/requests.h"

#include "absl/strings/str_cat.h"
#include "server/core/stable_hash.h"
#include "tests/crash/world.h"

namespace sluice::crash {
namespace {

// One telephone for each link and order: linking a telephone again retires the link before.
v1::Customer Budi(const std::string& id) {
  v1::Customer customer;
  customer.set_display_name("Budi Demo");
  customer.set_email("budi@example.com");
  constexpr uint64_t kPhones = 100'000'000;
  customer.set_phone(absl::StrCat("+62812", kPhones + StableHash64(id) % kPhones));
  customer.set_address("Jalan Contoh 1");
  customer.set_city("Jakarta");
  customer.set_state("DKI Jakarta");
  customer.set_postal_code("12345");
  customer.set_country("ID");
  customer.set_ip_address("192.0.2.10");
  return customer;
}

v1::Money MakeMoney(const std::string& currency_code, int64_t minor_units) {
  v1::Money money;
  money.set_currency_code(currency_code);
  money.set_minor_units(minor_units);
  return money;
}

constexpr char kReturnUrl[] = "https://shop.example/done";

}  // namespace

std::string OrderName(const std::string& id) { return absl::StrCat(kMerchant, "/orders/", id); }
std::string RefundName(const std::string& order, const std::string& id) {
  return absl::StrCat(OrderName(order), "/refunds/", id);
}
std::string PayoutName(const std::string& id) { return absl::StrCat(kMerchant, "/payouts/", id); }
std::string LinkName(const std::string& id) {
  return absl::StrCat(kMerchant, "/accountLinks/", id);
}

v1::CreateOrderRequest MakeOrder(const std::string& id, const std::string& wallet,
                                 int64_t minor_units, const std::string& link) {
  v1::CreateOrderRequest create;
  create.set_parent(kMerchant);
  create.set_order_id(id);
  create.set_request_id("create-" + id);
  v1::Order& order = *create.mutable_order();
  order.set_wallet(wallet);
  order.set_description("a crash test");
  const bool dirhams = wallet == "botim";
  *order.mutable_amount() = MakeMoney(dirhams ? "AED" : "IDR", minor_units);
  if (dirhams) return create;
  *order.mutable_customer() = Budi(id);
  if (wallet != "ovo") order.set_return_url(kReturnUrl);
  order.set_account_link(link);
  return create;
}

v1::CreateRefundRequest MakeRefund(const std::string& order, const std::string& id,
                                   const std::string& currency_code, int64_t minor_units) {
  v1::CreateRefundRequest create;
  create.set_parent(OrderName(order));
  create.set_refund_id(id);
  create.set_request_id("create-" + id);
  *create.mutable_refund()->mutable_amount() = MakeMoney(currency_code, minor_units);
  return create;
}

v1::CreatePayoutRequest MakePayout(const std::string& id, int64_t minor_units) {
  v1::CreatePayoutRequest create;
  create.set_parent(kMerchant);
  create.set_payout_id(id);
  create.set_request_id("create-" + id);
  create.mutable_payout()->set_wallet("advcash");
  create.mutable_payout()->set_receiver_account("U123456789012");
  *create.mutable_payout()->mutable_amount() = MakeMoney("USD", minor_units);
  return create;
}

v1::CreateAccountLinkRequest MakeLink(const std::string& id) {
  v1::CreateAccountLinkRequest create;
  create.set_parent(kMerchant);
  create.set_account_link_id(id);
  create.set_request_id("create-" + id);
  create.mutable_account_link()->set_wallet("astrapay");
  create.mutable_account_link()->set_return_url(kReturnUrl);
  *create.mutable_account_link()->mutable_customer() = Budi(id);
  return create;
}

}  // namespace sluice::crash
