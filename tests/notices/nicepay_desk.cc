// NICEPAY: the token covers iMid, tXid and amt of a payment; of a link iMid, referenceNo and
// billingPhone. What else a payment's notice says is believed only when the inquiry says the same;
// for links there is no inquiry.
#include <algorithm>
#include <set>

#include "absl/strings/str_replace.h"
#include "providers/nicepay/nicepay.h"
#include "providers/nicepay/test_account.h"
#include "providers/nicepay/token.h"
#include "server/wire/form.h"
#include "tests/notices/form_bytes.h"
#include "tests/notices/world.h"

namespace sluice::notices {
namespace {

constexpr char kOldKey[] = "old-merchant-key-0123456789abcdefgh";
constexpr char kOtherMid[] = "OTHEREWTES";

nicepay::Account AccountWith(const std::string& key, const std::string& mid) {
  ProviderAccountConfig config = nicepay::TestConfig();
  config.secrets[nicepay::setting::kMerchantKey] = Redacted(key);
  config.settings[nicepay::setting::kMerchantId] = mid;
  return *nicepay::Account::Make(config);
}

std::string FieldOf(const FormFields& fields, std::string_view name) {
  const std::string* const found = FindField(fields, name);
  return found == nullptr ? "" : *found;
}

class Nicepay final : public Desk {
 public:
  std::string provider() const override { return "nicepay"; }

  std::shared_ptr<const Provider> Backend(bool with_other_key) const override {
    return std::make_shared<nicepay::NicePay>(
        AccountWith(with_other_key ? kOldKey : nicepay::kTestKey, nicepay::kTestMid));
  }

  std::vector<Notice> Goldens() const override {
    std::vector<Notice> notices;
    for (const char* name : {"paid", "reversal", "linked"}) {
      Notice notice;
      notice.name = name;
      notice.kind = notice.name == "linked" ? ResourceKind::kAccountLink : ResourceKind::kOrder;
      notice.request = nicepay::FormNotification(
          nicepay::ReadTestdata(std::string("notifications/") + name + ".form"));
      notices.push_back(std::move(notice));
    }
    return notices;
  }

  // The words are the inquiry's states.
  std::vector<History> Histories() const override {
    return {{"paid", {"paid"}, {"0", ""}},
            {"paid and given back", {"paid", "reversal"}, {"1", ""}},
            {"linked", {"linked"}, {"", ""}}};
  }

  Truth Waiting(const Notice&) const override { return {"3", ""}; }

  void Create(NoticeWorld& world, const Notice& notice) const override {
    if (notice.kind == ResourceKind::kAccountLink) {
      AccountLink link = nicepay::TestLink();
      link.provider_data.clear();
      link.state = AccountLinkState::kSubmitting;
      world.CreateLink(std::move(link));
      return;
    }
    Order order = nicepay::TestScenario(Verb::kCreateOrder).order;
    order.paid = order.refunded = order.refund_pending = {};
    world.CreateOrder(std::move(order));
  }

  HttpReply Answer(const HttpRequest& request, const Truth& truth) const override {
    const auto is = [&request](const char* path) {
      return request.url.find(path) != std::string::npos;
    };
    if (is("/registration")) {
      return nicepay::JsonReply(nicepay::ReadTestdata("replies/registered.json"));
    }
    if (is("linkEnable")) return nicepay::JsonReply(nicepay::ReadTestdata("replies/linked.json"));
    return nicepay::InquiryReply(truth.resource);
  }

  RawRequest Resigned(const Notice& notice, const Replacements& replaced,
                      Signer signer) const override {
    const nicepay::Account account =
        AccountWith(signer == Signer::kOldKey ? kOldKey : nicepay::kTestKey,
                    signer == Signer::kOtherMerchant ? kOtherMid : nicepay::kTestMid);
    std::string body = absl::StrReplaceAll(notice.request.body, replaced);
    if (signer == Signer::kOtherMerchant) {
      body = absl::StrReplaceAll(body, {{"iMid=DEMOEWTEST&", "iMid=OTHEREWTES&"}});
    }
    FormFields fields = *ParseForm(body);
    const bool is_link = notice.kind == ResourceKind::kAccountLink;
    const std::string token = is_link ? nicepay::LinkToken(account, FieldOf(fields, "referenceNo"),
                                                           FieldOf(fields, "billingPhone"))
                                      : nicepay::NotificationToken(account, FieldOf(fields, "tXid"),
                                                                   FieldOf(fields, "amt"));
    for (auto& [name, value] : fields) {
      if (name == "merchantToken") value = token;
    }
    return nicepay::FormNotification(BuildForm(fields));
  }

  Replacements OtherAmount() const override { return {{"amt=15000", "amt=15001"}}; }
  Replacements OtherCurrency() const override { return {{"currency=IDR", "currency=USD"}}; }

  Change ChangeOf(const Notice& golden, const std::string& body) const override {
    static const auto* const kOfPayments =
        new std::set<std::string>{"tXid", "amt", "merchantToken"};
    static const auto* const kOfLinks =
        new std::set<std::string>{"referenceNo", "billingPhone", "merchantToken"};
    if (SameFields(golden.request.body, body, {})) return Change::kHarmless;
    const bool is_link = golden.kind == ResourceKind::kAccountLink;
    const auto& covered = is_link ? *kOfLinks : *kOfPayments;
    if (!KeepsFields(golden.request.body, body, covered)) return Change::kCovered;
    // It need not be there, but if it is it must be ours.
    const auto fields = FieldMap(body, {});
    const auto i_mid = fields->find("iMid");
    if (i_mid != fields->end() && i_mid->second != nicepay::kTestMid) return Change::kCovered;
    return is_link ? Change::kOpen : Change::kWeak;
  }
};

}  // namespace

const Desk& NicepayDesk() {
  static const auto* const kDesk = new Nicepay();
  return *kDesk;
}

}  // namespace sluice::notices
