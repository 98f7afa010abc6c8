// PayBy: the signature is over every byte of the body.
#include <map>

#include "absl/strings/str_replace.h"
#include "providers/payby/payby.h"
#include "providers/payby/test_account.h"
#include "tests/notices/world.h"

namespace sluice::notices {
namespace {

using payby::TestKeys;

// The account as it is for other merchants of PayBy: their own numbers, keys on both sides.
ProviderAccountConfig ConfigWithKey(const crypto::RsaKeyPair& provider_key) {
  ProviderAccountConfig config = payby::TestConfig();
  config.secrets[payby::setting::kProviderPublicKey] = Redacted(provider_key.public_pem);
  return config;
}

class Payby final : public Desk {
 public:
  std::string provider() const override { return "payby"; }

  std::shared_ptr<const Provider> Backend(bool with_other_key) const override {
    const TestKeys& keys = TestKeys::Get();
    return std::make_shared<payby::PayBy>(
        *payby::Account::Make(ConfigWithKey(with_other_key ? keys.stranger : keys.provider)));
  }

  // Signed once: a signature takes longer than all the rest.
  std::vector<Notice> Goldens() const override {
    static const auto* const kGoldens = new std::vector<Notice>(Sign());
    return *kGoldens;
  }

  static std::vector<Notice> Sign() {
    std::vector<Notice> notices;
    for (const char* name : {"created", "paid", "settled", "settled_revoked", "failure", "revoked",
                             "refund_settled", "refund_success", "refund_failure"}) {
      Notice notice;
      notice.name = name;
      notice.kind =
          notice.name.rfind("refund", 0) == 0 ? ResourceKind::kRefund : ResourceKind::kOrder;
      notice.request = payby::SignedNotification(
          payby::ReadTestdata(std::string("notifications/") + name + ".json"));
      notices.push_back(std::move(notice));
    }
    return notices;
  }

  std::vector<History> Histories() const override {
    return {
        {"paid", {"created", "paid"}, {"order_paid", ""}},
        {"settled", {"created", "paid", "settled"}, {"order_settled", ""}},
        {"settled and revoked",
         {"created", "paid", "settled", "settled_revoked"},
         {"order_revoked_settled", ""}},
        {"revoked", {"created", "paid", "revoked"}, {"order_revoked_paid", ""}},
        {"failed", {"created", "failure"}, {"order_failed", ""}},
        {"refunded", {"refund_settled", "refund_success"}, {"order_paid", "refund_success"}},
        {"not refunded", {"refund_settled", "refund_failure"}, {"order_paid", "refund_failure"}}};
  }

  Truth Waiting(const Notice& notice) const override {
    return {notice.kind == ResourceKind::kRefund ? "order_paid" : "order_open", "refund_settled"};
  }

  void Create(NoticeWorld& world, const Notice& notice) const override {
    const auto scenario = payby::TestScenario(Verb::kCreateRefund);
    Order order = scenario.order;
    order.return_url = "https://shop.example/done";
    world.CreateOrder(std::move(order));
    if (notice.kind != ResourceKind::kRefund) return;
    for (const Notice& golden : Goldens()) {
      if (golden.name == "paid") world.Deliver(golden.request);
    }
    world.CreateRefundOf(scenario.refund);
  }

  HttpReply Answer(const HttpRequest& request, const Truth& truth) const override {
    const auto is = [&request](const char* path) {
      return request.url.find(path) != std::string::npos;
    };
    std::string file = truth.resource;
    if (is("/refund/placeOrder")) {
      file = "refund_created";
    } else if (is("/refund/getOrder")) {
      file = truth.refund;
    } else if (is("/placeOrder")) {
      file = "create_ewallet";
    }
    static auto* const kReplies = new std::map<std::string, HttpReply>();
    HttpReply& reply = (*kReplies)[file];
    if (reply.status == 0) {
      reply = payby::SignedReply(payby::ReadTestdata("replies/" + file + ".json"));
    }
    return reply;
  }

  RawRequest Resigned(const Notice& notice, const Replacements& replaced,
                      Signer signer) const override {
    std::string body = absl::StrReplaceAll(notice.request.body, replaced);
    if (signer == Signer::kOtherMerchant) {
      body = absl::StrReplaceAll(body, {{"200000999901", "200000999977"}});
    }
    RawRequest request = payby::SignedNotification(std::move(body));
    if (signer == Signer::kOldKey) {
      request.headers.back().second = payby::SignWith(TestKeys::Get().stranger, request.body);
    }
    return request;
  }

  Replacements OtherAmount() const override { return {{"12.34", "12.35"}, {":2.34", ":2.35"}}; }
  Replacements OtherCurrency() const override { return {{"AED", "USD"}}; }

  std::string_view signature_header() const override { return "sign"; }

  Change ChangeOf(const Notice&, const std::string&) const override { return Change::kCovered; }
};

}  // namespace

const Desk& PaybyDesk() {
  static const auto* const kDesk = new Payby();
  return *kDesk;
}

}  // namespace sluice::notices
