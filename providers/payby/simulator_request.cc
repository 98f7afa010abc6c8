#include "providers/payby/simulator_request.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "providers/simulation/decimal.h"
#include "server/wire/uri.h"

namespace sluice::payby::simulator {
namespace {

constexpr size_t kMaxNumber = 64;         // Both sides' order numbers.
constexpr int kAmountIntegerDigits = 10;  // Decimal(12,2).
constexpr int64_t kMaxExpiryMs = 48LL * 3600 * 1000;

size_t Characters(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

bool IsMerchantNumber(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
}

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

// Reads members of one object, and remembers whether one broke its rule. An empty text and null
// count as absent.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) { valid_ = object.is_object(); }

  std::string Text(std::string_view name, size_t max_characters) {
    const Json* member = Present(name);
    if (member == nullptr) return "";
    if (!member->is_string() || Characters(member->text()) > max_characters) {
      valid_ = false;
      return "";
    }
    return member->text();
  }

  std::string RequiredText(std::string_view name, size_t max_characters) {
    std::string text = Text(name, max_characters);
    if (text.empty()) valid_ = false;
    return text;
  }

  std::string MerchantNumber(std::string_view name) {
    std::string text = Text(name, kMaxNumber);
    if (!IsMerchantNumber(text)) valid_ = false;
    return text;
  }

  std::string NotifyUrl() {
    std::string url = Text("notifyUrl", 200);
    if (!url.empty() && !ParseUrl(url).ok()) valid_ = false;
    return url;
  }

  // Money: AED, more than zero, at most two decimals; a JSON number or its text.
  int64_t Amount(std::string_view name) {
    const Json* money = Present(name);
    const Json* amount = money == nullptr ? nullptr : money->Find("amount");
    const Json* currency = money == nullptr ? nullptr : money->Find("currency");
    std::optional<int64_t> fils;
    if (amount != nullptr && (amount->is_number() || amount->is_string())) {
      fils = simulation::ParseMinorUnits(amount->text(), kDecimals, kAmountIntegerDigits);
    }
    const bool dirham =
        currency != nullptr && currency->is_string() && currency->text() == kCurrency;
    if (!fils || *fils <= 0 || !dirham) valid_ = false;
    return fils.value_or(0);
  }

  std::optional<int64_t> Int(std::string_view name) {
    if (Present(name) == nullptr) return std::nullopt;
    const absl::StatusOr<int64_t> value = Present(name)->is_number()
                                              ? object_.GetInt(name)
                                              : absl::InvalidArgumentError("not a number");
    if (!value.ok()) {
      valid_ = false;
      return std::nullopt;
    }
    return *value;
  }

  std::optional<bool> Bool(std::string_view name) {
    const Json* member = Present(name);
    if (member == nullptr) return std::nullopt;
    if (!member->is_bool()) valid_ = false;
    return member->bool_value();
  }

  // "true", "false" or absent; anything else is for the caller to refuse.
  bool IsSwitch(std::string_view name) {
    const Json* member = Present(name);
    return member == nullptr || member->text() == "true" || member->text() == "false";
  }

  void OneOf(std::string_view name, std::initializer_list<std::string_view> words) {
    const std::string text = Text(name, 20);
    if (!text.empty() && std::find(words.begin(), words.end(), text) == words.end()) {
      valid_ = false;
    }
  }

  // Present, and neither null, "" nor an empty object or list.
  const Json* Present(std::string_view name) const {
    const Json* member = object_.Find(name);
    if (member == nullptr || member->is_null()) return nullptr;
    const bool empty = (member->is_string() && member->text().empty()) ||
                       (member->is_array() && member->items().empty()) ||
                       (member->is_object() && member->members().empty());
    return empty ? nullptr : member;
  }

  void Refuse() { valid_ = false; }
  bool valid() const { return valid_; }

 private:
  const Json& object_;
  bool valid_ = true;
};

// The same parameters in another order, or the amount written in another way, are the same request.
Json Sorted(const Json& value) {
  if (value.is_object()) {
    Json::Members members = value.members();
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [name, member] : members) member = Sorted(member);
    return Json::Object(std::move(members));
  }
  if (!value.is_array()) return value;
  Json::Items items;
  for (const Json& item : value.items()) items.push_back(Sorted(item));
  return Json::Array(std::move(items));
}

std::string Fingerprint(Json biz_content, std::string_view amount_name, int64_t amount) {
  biz_content.Set(amount_name, Json::Int(amount));
  return Sorted(biz_content).Write();
}

// terminalDetail and its like: objects of texts of at most 200, or of numbers and money.
bool IsAccessory(const Json& content) {
  if (!content.is_object()) return false;
  for (const auto& [name, group] : content.members()) {
    if (group.is_null()) continue;
    if (!group.is_object()) return false;
    for (const auto& [field, value] : group.members()) {
      if (value.is_string() && Characters(value.text()) > 200) return false;
      if (value.is_array() || value.is_bool()) return false;
    }
  }
  return true;
}

ReturnCode ReadEWallet(Fields* params, OrderTerms* out) {
  const std::string code = params->Text("eWalletCode", 20);
  if (!params->valid()) return kInvalidParameter;
  if (code.empty()) return kMissingEWalletCode;
  if (code == "botim-pay") {
    out->wallet = EWallet::kBotimPay;
  } else if (code == "payby") {
    out->wallet = EWallet::kPayBy;
  } else if (code == "ALIPAYPLUS") {
    out->wallet = EWallet::kAlipayPlus;
    params->RequiredText("subEWalletCode", 20);
    params->OneOf("subEWalletCode", {"ALIPAYALL", "ALIPAYCN"});
  } else {
    return kInvalidEWalletCode;
  }
  params->OneOf("osType", {"IOS", "ANDROID"});
  params->OneOf("terminalType", {"WEB", "WAP", "APP"});
  return params->valid() ? kSuccess : kInvalidParameter;
}

ReturnCode ReadSceneParams(const Json& params, OrderTerms* out) {
  if (!params.is_object()) return kInvalidParameter;
  for (const auto& [name, value] : params.members()) {
    if (!value.is_string() && !value.is_null()) return kInvalidParameter;
  }
  Fields fields(params);
  if (!fields.IsSwitch("oneTimePayment")) return kInvalidOneTimePayment;
  if (!fields.IsSwitch("changePayer")) return kInvalidParameter;
  out->one_time_payment = fields.Text("oneTimePayment", 5) == "true";
  out->redirect_url = fields.Text("redirectUrl", 512);
  if (!fields.valid() || HasControls(out->redirect_url)) return kInvalidParameter;
  return out->scene == Scene::kEWallet ? ReadEWallet(&fields, out) : kSuccess;
}

// Scenes that exist at PayBy but that this merchant has not applied for: out of the simulator's
// scope.
bool IsOtherScene(std::string_view code) {
  constexpr std::string_view kOthers[] = {"PAYPAGE",   "INAPP",       "JSAPI",     "QRPAY",
                                          "AUTODEBIT", "DIRECTPAY",   "CASHTOPUP", "PAYANDSIGN",
                                          "PREAUTH",   "PREAUTHVOID", "CAPTURE"};
  return std::find(std::begin(kOthers), std::end(kOthers), code) != std::end(kOthers);
}

ReturnCode ReadScene(const Json& biz_content, Fields* fields, OrderTerms* out) {
  const std::string code = fields->Text("paySceneCode", 64);
  if (code.empty() || !fields->valid()) return kInvalidParameter;
  if (code == "EWALLET") {
    out->scene = Scene::kEWallet;
  } else if (code == "DYNQR") {
    out->scene = Scene::kDynQr;
  } else {
    return IsOtherScene(code) ? kProductNotApplied : kPaySceneCodeIllegal;
  }
  const Json* params = biz_content.Find("paySceneParams");
  return ReadSceneParams(params == nullptr || params->is_null() ? Json::Object() : *params, out);
}

ReturnCode CheckExpiry(const OrderTerms& terms, int64_t request_time_ms) {
  if (!terms.expired_time_ms) return kSuccess;
  if (*terms.expired_time_ms <= request_time_ms) return kExpiredTimeTooEarly;
  if (*terms.expired_time_ms - request_time_ms > kMaxExpiryMs) return kExpiredTimeTooLater;
  return kSuccess;
}

ReturnCode ReadPair(const Json& biz_content, std::string_view merchant_name, NumberPair* out) {
  Fields fields(biz_content);
  out->merchant_no = fields.Text(merchant_name, kMaxNumber);
  out->provider_no = fields.Text("orderNo", kMaxNumber);
  const bool one = out->merchant_no.empty() != out->provider_no.empty();
  return fields.valid() && one ? kSuccess : kInvalidParameter;
}

}  // namespace

ReturnCode ReadOrderTerms(const Json& biz_content, int64_t request_time_ms, OrderTerms* out) {
  Fields fields(biz_content);
  out->merchant_order_no = fields.MerchantNumber("merchantOrderNo");
  if (out->merchant_order_no.empty()) return kInvalidParameter;
  out->subject = fields.RequiredText("subject", 64);
  out->amount = fields.Amount("totalAmount");
  out->notify_url = fields.NotifyUrl();
  out->payee_mid = fields.Text("payeeMid", 20);
  out->subject_ar = fields.Text("subjectAr", 200);
  fields.Text("riskInfo", 512);
  out->reserved = fields.Text("reserved", 200);
  out->device_id = fields.Text("deviceId", 200);
  out->secondary_merchant_id = fields.Text("secondaryMerchantId", 64);
  out->expired_time_ms = fields.Int("expiredTime");
  if (!out->secondary_merchant_id.empty() && out->device_id.empty()) fields.Refuse();
  if (const Json* accessory = fields.Present("accessoryContent")) {
    if (!IsAccessory(*accessory)) fields.Refuse();
    out->accessory_content = *accessory;
  }
  if (!fields.valid()) return kInvalidParameter;
  if (!AllDigits(out->payee_mid)) return kInvalidPayeeMid;
  if (ReturnCode code = CheckExpiry(*out, request_time_ms); !code.ok()) return code;
  if (ReturnCode code = ReadScene(biz_content, &fields, out); !code.ok()) return code;
  for (std::string_view name :
       {"sharingParamList", "promotionInfoList", "agreementInfo", "accountFundingParameter"}) {
    if (fields.Present(name) != nullptr) return kProductNotApplied;
  }
  out->fingerprint = Fingerprint(biz_content, "totalAmount", out->amount);
  return kSuccess;
}

ReturnCode ReadRefundTerms(const Json& biz_content, RefundTerms* out) {
  Fields fields(biz_content);
  out->refund_no = fields.MerchantNumber("refundMerchantOrderNo");
  out->origin_merchant_order_no = fields.Text("originMerchantOrderNo", kMaxNumber);
  out->origin_order_no = fields.Text("originOrderNo", kMaxNumber);
  out->amount = fields.Amount("amount");
  out->notify_url = fields.NotifyUrl();
  out->operator_name = fields.Text("operatorName", 200);
  out->reason = fields.Text("reason", 64);
  out->reserved = fields.Text("reserved", 200);
  out->device_id = fields.Text("deviceId", 200);
  out->secondary_merchant_id = fields.Text("secondaryMerchantId", 200);
  out->refund_sharing_amount = fields.Bool("refundSharingAmount");
  const bool one_origin = out->origin_merchant_order_no.empty() != out->origin_order_no.empty();
  if (!fields.valid() || !one_origin || out->refund_no.empty()) return kInvalidParameter;
  if (fields.Present("sharingParamList") != nullptr) return kSharingMemberNotExist;
  out->fingerprint = Fingerprint(biz_content, "amount", out->amount);
  return kSuccess;
}

ReturnCode ReadOrderNumbers(const Json& biz_content, NumberPair* out) {
  return ReadPair(biz_content, "merchantOrderNo", out);
}

ReturnCode ReadRefundNumbers(const Json& biz_content, NumberPair* out) {
  return ReadPair(biz_content, "refundMerchantOrderNo", out);
}

}  // namespace sluice::payby::simulator
