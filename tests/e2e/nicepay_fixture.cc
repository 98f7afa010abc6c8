#include "tests/e2e/nicepay_fixture.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "server/base/encoding.h"
#include "server/crypto/hmac.h"
#include "server/crypto/seal.h"
#include "server/crypto/sha256.h"
#include "server/main/private_file.h"
#include "server/wire/json.h"
#include "server/wire/uri.h"

namespace sluice::e2e {
namespace {

// How long it is until ten o'clock in Jakarta.
absl::Duration UntilMorning(absl::Time now) {
  const absl::TimeZone jakarta = absl::FixedTimeZone(7 * 3600);
  const absl::CivilDay tomorrow = absl::ToCivilDay(now, jakarta) + 1;
  return absl::FromCivil(tomorrow, jakarta) + absl::Hours(10) - now;
}

constexpr char kSandboxFile[] = "/sandbox.json";

Json ReadJson(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return Json::Parse(text).value();
}

NicePaySide ReadSide(const std::string& data_dir) {
  const Json json = ReadJson(data_dir + kSandboxFile);
  return {json.GetString("nicepay.simulator.i_mid").value(),
          json.GetString("nicepay.simulator.merchant_key").value()};
}

// What stands between `before` and `after`, the first time.
std::string Between(const std::string& text, const std::string& before, const std::string& after) {
  const size_t begin = text.find(before);
  if (begin == text.npos) return "";
  const size_t start = begin + before.size();
  return text.substr(start, text.find(after, start) - start);
}

}  // namespace

std::string LinkName(const std::string& id) {
  return absl::StrCat(kMerchant, "/accountLinks/", id);
}

v1::Money Rupiah(int64_t amount) {
  v1::Money money;
  money.set_currency_code("IDR");
  money.set_minor_units(amount);
  return money;
}

v1::Customer Payer(const std::string& phone) {
  v1::Customer payer;
  payer.set_display_name("Budi Demo");
  payer.set_phone(phone);
  payer.set_email("budi@example.com");
  payer.set_address("Jalan Contoh 1");
  payer.set_city("Jakarta");
  payer.set_state("DKI Jakarta");
  payer.set_postal_code("12345");
  payer.set_country("ID");
  payer.set_ip_address("192.0.2.10");
  return payer;
}

v1::Order WalletOrder(const std::string& wallet) {
  v1::Order order;
  order.set_wallet(wallet);
  *order.mutable_amount() = Rupiah(25000);
  order.set_description("Kopi");
  order.set_return_url(kShop);
  *order.mutable_customer() = Payer();
  return order;
}

NicePayNotice NicePayNotice::Of(const v1::Order& order) {
  return {.tx_id = order.provider_number(),
          .reference_no = order.attempts(order.attempts_size() - 1).provider_key(),
          .amount = absl::StrCat(order.amount().minor_units())};
}

std::string NicePayNotice::Body(const NicePaySide& side) const {
  const std::string token =
      crypto::Sha256HexLower(absl::StrCat(side.i_mid, tx_id, amount, side.key));
  return BuildForm({{"tXid", tx_id},
                    {"merchantToken", token},
                    {"referenceNo", reference_no},
                    {"goodsNm", "Kopi"},
                    {"mitraCd", mitra_cd},
                    {"transDt", "20260115"},
                    {"transTm", "103042"},
                    {"amt", amount},
                    {"billingNm", "Budi Demo"},
                    {"matchCl", "1"},
                    {"payMethod", "05"},
                    {"currency", "IDR"},
                    {"status", status}});
}

void NicePayFixture::Prepare() {
  clock_.Shift(UntilMorning(clock_.Now()));
  // Answers show how the call ended, also on a machine that is busy with other things.
  options_.settings.provider_wait = absl::Seconds(15);
}

void NicePayFixture::SetUp() {
  ServerFixture::SetUp();
  SetNicePaySwitch("ovo_blocking", "200ms");
  side_ = ReadSide(options_.settings.data_dir);
}

v1::Order NicePayFixture::OpenWallet(const std::string& wallet, const std::string& id) {
  return OpenWallet(WalletOrder(wallet), id);
}

v1::Order NicePayFixture::OpenWallet(const v1::Order& order, const std::string& id) {
  const size_t pushes = Ledger("open").size();
  const auto created = CreateOrder(id, order);
  EXPECT_TRUE(created.ok()) << created.problem();
  v1::Order open = AwaitState(id, v1::Order::STATE_AWAITING_PAYER);
  // The push is behind the answer.
  if (order.wallet() == "ovo") AwaitLedger("open", pushes + 1);
  return open;
}

v1::Order NicePayFixture::PaidWallet(const std::string& wallet, const std::string& id) {
  OpenWallet(wallet, id);
  const grpc::Status paid = Pay(OrderName(id));
  EXPECT_TRUE(paid.ok()) << paid.error_message();
  return AwaitState(id, v1::Order::STATE_PAID);
}

v1::Order NicePayFixture::Asked(const std::string& id) {
  const auto asked = SyncOrder(id);
  EXPECT_TRUE(asked.ok()) << asked.problem();
  return *asked;
}

Result<v1::Refund> NicePayFixture::Refund(const std::string& order, const std::string& id,
                                          int64_t rupiah) {
  v1::CreateRefundRequest request;
  request.set_parent(OrderName(order));
  request.set_refund_id(id);
  *request.mutable_refund()->mutable_amount() = Rupiah(rupiah);
  return Call(refunds_, &v1::RefundService::Stub::CreateRefund, request);
}

std::string NicePayFixture::RefundCode(const std::string& order, const std::string& id,
                                       int64_t rupiah) {
  const auto refund = Refund(order, id, rupiah);
  if (!refund.ok()) return refund.problem().reason;
  if (refund->state() == v1::Refund::STATE_SUCCEEDED) return "";
  EXPECT_EQ(refund->state(), v1::Refund::STATE_FAILED) << refund->ShortDebugString();
  return refund->failure().provider_code();
}

Result<v1::AccountLink> NicePayFixture::CreateLink(const std::string& id,
                                                   const v1::Customer& payer) {
  v1::CreateAccountLinkRequest request;
  request.set_parent(kMerchant);
  request.set_account_link_id(id);
  request.mutable_account_link()->set_wallet("astrapay");
  request.mutable_account_link()->set_return_url("https://shop.example/linked");
  *request.mutable_account_link()->mutable_customer() = payer;
  return Call(links_, &v1::AccountLinkService::Stub::CreateAccountLink, request);
}

v1::AccountLink NicePayFixture::GetLink(const std::string& id) {
  v1::GetAccountLinkRequest request;
  request.set_name(LinkName(id));
  const auto link = Call(links_, &v1::AccountLinkService::Stub::GetAccountLink, request);
  EXPECT_TRUE(link.ok()) << link.problem();
  return *link;
}

v1::AccountLink NicePayFixture::AwaitLink(const std::string& id, v1::AccountLink::State state) {
  v1::WatchAccountLinkRequest request;
  request.set_name(LinkName(id));
  StreamReader<v1::WatchAccountLinkResponse> watch(
      [&](grpc::ClientContext* context) { return links_->WatchAccountLink(context, request); },
      api_key_);
  v1::AccountLink found;
  EXPECT_TRUE(watch.WaitUntil([&](const auto& messages) {
    for (const auto& message : messages) {
      if (message.account_link().state() == state) found = message.account_link();
    }
    return found.state() == state;
  })) << "the link never was as wanted; last seen: "
      << GetLink(id).ShortDebugString();
  return found;
}

v1::AccountLink NicePayFixture::ActiveLink(const std::string& id, const v1::Customer& payer) {
  const auto created = CreateLink(id, payer);
  EXPECT_TRUE(created.ok()) << created.problem();
  AwaitLink(id, v1::AccountLink::STATE_AWAITING_PAYER);
  const grpc::Status confirmed = ConfirmLink(id);
  EXPECT_TRUE(confirmed.ok()) << confirmed.error_message();
  return AwaitLink(id, v1::AccountLink::STATE_ACTIVE);
}

grpc::Status NicePayFixture::ConfirmLink(const std::string& id) {
  sim::ConfirmLinkRequest request;
  request.mutable_target()->set_name(LinkName(id));
  return Call(simulator_, &sim::SimulatorService::Stub::ConfirmLink, request).status;
}

void NicePayFixture::PutNicePayFault(sim::FaultKind kind, const std::string& operation, int count,
                                     absl::Duration delay) {
  sim::PutFaultRequest request;
  request.set_provider("nicepay");
  *request.mutable_fault() = MakeFault(kind, operation, count, delay);
  const auto put = Call(simulator_, &sim::SimulatorService::Stub::PutFault, request);
  ASSERT_TRUE(put.ok()) << put.problem();
}

void NicePayFixture::SetNicePaySwitch(const std::string& name, const std::string& value) {
  sim::SetSwitchRequest request;
  request.set_provider("nicepay");
  request.set_name(name);
  request.set_value(value);
  const auto set = Call(simulator_, &sim::SimulatorService::Stub::SetSwitch, request);
  ASSERT_TRUE(set.ok()) << set.problem();
}

void NicePayFixture::RestartWith(const std::string& setting, const std::string& value) {
  Stop();
  const std::string path = options_.settings.data_dir + kSandboxFile;
  Json all = ReadJson(path);
  Json nicepay = *all.Find("nicepay");
  Json settings = *nicepay.Find("settings");
  settings.Set(setting, value);
  nicepay.Set("settings", std::move(settings));
  all.Set("nicepay", std::move(nicepay));
  ASSERT_TRUE(WritePrivateFile(path, all.Write()).ok());
  Start();
}

grpc::Status NicePayFixture::PayKey(const std::string& key) {
  sim::PayRequest request;
  request.mutable_target()->set_provider("nicepay");
  request.mutable_target()->set_key(key);
  return Call(simulator_, &sim::SimulatorService::Stub::Pay, request).status;
}

void NicePayFixture::AwaitLedger(const std::string& operation, size_t entries) {
  const absl::Time end = absl::Now() + kPatience;
  size_t seen = 0;
  while (seen < entries && absl::Now() < end) seen = Ledger(operation).size();
  ASSERT_GE(seen, entries) << operation;
}

HttpReply NicePayFixture::Browse(const std::string& url) {
  const absl::StatusOr<Url> parsed = ParseUrl(url);
  if (!parsed.ok()) {
    ADD_FAILURE() << "not a URL: " << url;
    return {};
  }
  const std::string query = parsed->query.empty() ? "" : absl::StrCat("?", parsed->query);
  return Http("GET", absl::StrCat(parsed->host, ":", parsed->port),
              absl::StrCat(parsed->path, query));
}

HttpReply NicePayFixture::Press(const HttpReply& page, const std::string& action) {
  // <form method="post" action="http://.../pay"><input type="hidden" name="token" value="...">
  const size_t form = page.body.find(absl::StrCat("/", action, "\""));
  if (form == page.body.npos) {
    ADD_FAILURE() << "no such button: " << action << " in " << page.body;
    return {};
  }
  const size_t begin = page.body.rfind("action=\"", form);
  const std::string url = Between(page.body.substr(begin), "action=\"", "\"");
  const std::string token = Between(page.body.substr(form), "name=\"token\" value=\"", "\"");
  const absl::StatusOr<Url> parsed = ParseUrl(url);
  EXPECT_TRUE(parsed.ok()) << url;
  return Http("POST", absl::StrCat(parsed->host, ":", parsed->port), parsed->path,
              {{"Content-Type", "application/x-www-form-urlencoded"}},
              BuildForm({{"token", token}}));
}

std::string NicePayFixture::Location(const HttpReply& reply) {
  const std::string* const location = FindHeader(reply.headers, "Location");
  return location == nullptr ? "" : *location;
}

std::string NicePayFixture::ReturnPage(const std::string& kind_and_id) {
  const auto kept = ReadPrivateFile(options_.settings.data_dir + "/seal.key");
  if (!kept.ok() || !kept->has_value()) return "(no seal.key)";
  const auto key = HexDecode((*kept)->substr(0, 2 * crypto::kSealKeyBytes));
  if (!key.ok()) return "(no key)";
  const std::string path = "/return/demo-nicepay/" + kind_and_id;
  const std::string mark_key = crypto::HmacSha256(*key, "sluice return page mark 1");
  return absl::StrCat(path, "/", Base64UrlEncode(crypto::HmacSha256(mark_key, path).substr(0, 12)));
}

HttpReply NicePayFixture::Deliver(const std::string& body, const std::string& path) {
  return Http("POST", server_->addresses().notify, path,
              {{"Content-Type", "application/x-www-form-urlencoded"}}, body);
}

std::vector<v1::Notification> NicePayFixture::Notifications() {
  v1::ListNotificationsRequest request;
  request.set_parent(kMerchant);
  const auto list =
      Call(notifications_, &v1::NotificationService::Stub::ListNotifications, request);
  EXPECT_TRUE(list.ok()) << list.problem();
  return {list->notifications().begin(), list->notifications().end()};
}

}  // namespace sluice::e2e
