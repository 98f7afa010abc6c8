// EPAY: the signature covers what the form's fields decode to, `isForward` and `payUrl` excepted,
// and JSON in a field as the object that it is. A field with an '&' in it is asked about, because
// the signed text does not say where it ends.
#include "absl/strings/str_replace.h"
#include "providers/epay/epay.h"
#include "providers/epay/test_account.h"
#include "tests/notices/form_bytes.h"
#include "tests/notices/world.h"

namespace sluice::notices {
namespace {

class EpayNotices final : public Desk {
 public:
  std::string provider() const override { return "epay"; }

  std::shared_ptr<const Provider> Backend(bool with_other_key) const override {
    ProviderAccountConfig config = epay::TestConfig();
    if (with_other_key) {
      config.secrets[epay::setting::kApiKeyPayout] = Redacted(epay::kForeignKey);
    }
    return std::make_shared<epay::Epay>(*epay::Account::Make(config));
  }

  std::vector<Notice> Goldens() const override {
    std::vector<Notice> notices;
    const auto add = [&notices](const std::string& name, RawRequest request) {
      notices.push_back({name, std::move(request), ResourceKind::kPayout});
    };
    for (const char* name : {"success", "success_unexpanded", "failure"}) {
      add(name, epay::CallbackOf(epay::ReadTestdata(std::string("callbacks/") + name + ".txt")));
    }
    for (const auto& [name, status] :
         {std::pair{"canceled", "5"}, {"closed", "8"}, {"fee kept", "20"}}) {
      FormFields fields = epay::FieldsOf("success");
      epay::SetField(fields, "status", status);
      add(name, epay::SignedCallback(fields));
    }
    return notices;
  }

  // The words are EPAY's states. Each life has one callback, at its end.
  std::vector<History> Histories() const override {
    return {{"succeeded", {"success", "success_unexpanded"}, {"7", ""}},
            {"canceled", {"canceled"}, {"5", ""}},
            {"closed", {"closed"}, {"8", ""}},
            {"failed, fee kept", {"fee kept"}, {"20", ""}}};
  }

  Truth Waiting(const Notice&) const override { return {"1", ""}; }

  void Create(NoticeWorld& world, const Notice& notice) const override {
    Payout payout = epay::TestScenario(Verb::kCreatePayout).payout;
    if (notice.name == "failure") {
      payout.id = "W-1002";
      payout.amount.minor_units = 4000;
    }
    world.CreatePayout(std::move(payout));
  }

  HttpReply Answer(const HttpRequest& request, const Truth& truth) const override {
    const bool second = request.body.find("W-1002") != std::string::npos;
    const bool creates = request.url.find("create") != std::string::npos;
    Json data = epay::DataOf("create_accepted");
    if (second) {
      data.Set("merchantOrderNo", "W-1002");
      data.Set("epayOrderNo", "231151598560704599180002");
      data.Set("amount", "40.00");
      data.Set("receiveAmount", "40.00");
      data.Set("payerFee", "0.80");
    }
    data.Set("status", creates ? "1" : truth.resource);
    return epay::SuccessOf(std::move(data));
  }

  RawRequest Resigned(const Notice& notice, const Replacements& replaced,
                      Signer signer) const override {
    std::string body = absl::StrReplaceAll(notice.request.body, replaced);
    if (signer == Signer::kOtherMerchant) {
      body = absl::StrReplaceAll(body, {{"epayAccount=merchant%40", "epayAccount=another%40"}});
    }
    FormFields fields = *ParseForm(body);
    fields.pop_back();  // sign
    return epay::SignedCallback(std::move(fields),
                                signer == Signer::kOldKey ? epay::kForeignKey : epay::kTestKey);
  }

  Replacements OtherAmount() const override { return {{"25.50", "25.51"}, {"40.00", "40.01"}}; }
  Replacements OtherCurrency() const override { return {{"USD", "EUR"}}; }

  Change ChangeOf(const Notice& golden, const std::string& body) const override {
    if (SameFields(golden.request.body, body, {"isForward", "payUrl"})) return Change::kHarmless;
    return body.find("%26") != std::string::npos ? Change::kWeak : Change::kCovered;
  }
};

}  // namespace

const Desk& EpayDesk() {
  static const auto* const kDesk = new EpayNotices();
  return *kDesk;
}

}  // namespace sluice::notices
