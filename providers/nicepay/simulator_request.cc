#include "providers/nicepay/simulator_request.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "providers/nicepay/simulator_codes.h"
#include "providers/simulation/decimal.h"
#include "server/base/strings.h"
#include "server/crypto/sha256.h"
#include "server/wire/form.h"
#include "server/wire/json.h"
#include "server/wire/uri.h"

namespace sluice::nicepay::simulator {
namespace {

constexpr int kAmountDigits = 12;

enum class Kind { kText, kDigits, kUrl };

// A row of a documented table. `missing` is empty when the field may be left out.
struct Rule {
  std::string_view name;
  size_t max_length;  // In characters.
  Kind kind;
  std::string_view missing;
};

constexpr Rule kBilling[] = {
    {"billingNm", 100, Kind::kText, kNoBillingName},
    {"billingPhone", 15, Kind::kDigits, kNoBillingPhone},
    {"billingEmail", 40, Kind::kText, kNoBillingEmail},
};

// The order is the table's: the first that is wrong is told.
constexpr Rule kRegistration[] = {
    {"billingAddr", 100, Kind::kText, kInvalidParameter},
    {"billingCity", 50, Kind::kText, kNoBillingCity},
    {"billingState", 50, Kind::kText, kNoBillingState},
    {"billingPostCd", 10, Kind::kDigits, kNoBillingPostCode},
    {"billingCountry", 10, Kind::kText, kNoBillingCountry},
    {"cartData", 4000, Kind::kText, kBadCart},
    {"userIP", 15, Kind::kText, kNoUserIp},
    {"dbProcessUrl", 255, Kind::kUrl, kNoNotificationUrl},
};

constexpr Rule kLinkedPayment[] = {
    {"mandateID", 40, Kind::kText, kInvalidParameter},
    {"goodsNm", 100, Kind::kText, ""},
    {"billingAddr", 100, Kind::kText, ""},
    {"billingCity", 50, Kind::kText, ""},
    {"billingState", 50, Kind::kText, ""},
    {"billingPostCd", 10, Kind::kDigits, ""},
    {"billingCountry", 10, Kind::kText, ""},
    {"cartData", 4000, Kind::kText, ""},
    {"userIP", 15, Kind::kText, ""},
    {"dbProcessUrl", 255, Kind::kUrl, kNoNotificationUrl},
    {"callBackUrl", 255, Kind::kUrl, kNoCallbackUrl},
};

constexpr Rule kLink[] = {
    {"dbProcessUrl", 255, Kind::kUrl, kNoNotificationUrl},
    {"callBackUrl", 255, Kind::kUrl, ""},
    {"userIP", 15, Kind::kText, kNoUserIp},
};

constexpr Rule kOptional[] = {
    {"deliveryNm", 30, Kind::kText, ""},      {"deliveryPhone", 15, Kind::kDigits, ""},
    {"deliveryAddr", 100, Kind::kText, ""},   {"deliveryCity", 50, Kind::kText, ""},
    {"deliveryState", 50, Kind::kText, ""},   {"deliveryPostCd", 10, Kind::kDigits, ""},
    {"deliveryCountry", 10, Kind::kText, ""}, {"vat", 12, Kind::kDigits, ""},
    {"fee", 12, Kind::kDigits, ""},           {"notaxAmt", 12, Kind::kDigits, ""},
    {"description", 100, Kind::kText, ""},    {"reqDt", 8, Kind::kDigits, ""},
    {"reqTm", 6, Kind::kDigits, ""},          {"reqDomain", 100, Kind::kText, ""},
    {"reqServerIP", 15, Kind::kText, ""},     {"reqClientVer", 50, Kind::kText, ""},
    {"userSessionID", 100, Kind::kText, ""},  {"userAgent", 100, Kind::kText, ""},
    {"payValidDt", 8, Kind::kDigits, ""},     {"payValidTm", 6, Kind::kDigits, ""},
};

bool IsDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Of UTF-8: every byte but those that continue a character.
size_t Characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

std::string_view CheckRule(const Fields& fields, const Rule& rule) {
  const std::string& value = Field(fields, rule.name);
  if (value.empty()) return rule.missing.empty() ? kSuccess : rule.missing;
  if (Characters(value) > rule.max_length) return kInvalidParameter;
  if (rule.kind == Kind::kDigits && !IsDigits(value)) return kInvalidParameter;
  if (rule.kind == Kind::kUrl && !ParseUrl(value).ok()) return kInvalidParameter;
  return kSuccess;
}

template <size_t N>
std::string_view CheckRules(const Fields& fields, const Rule (&rules)[N]) {
  for (const Rule& rule : rules) {
    const std::string_view code = CheckRule(fields, rule);
    if (code != kSuccess) return code;
  }
  return kSuccess;
}

std::string_view CheckMethod(const Fields& fields) {
  return Field(fields, "payMethod") == kEWalletMethod ? kSuccess : kMethodNotActive;
}

std::string_view CheckReference(const Fields& fields) {
  const std::string& reference = Field(fields, "referenceNo");
  if (reference.empty()) return kNoReference;
  return Characters(reference) > 40 ? kReferenceTooLong : kSuccess;
}

std::string_view CheckCurrency(const Fields& fields, bool required) {
  const std::string& currency = Field(fields, "currency");
  if (currency.empty()) return required ? kNoCurrency : kSuccess;
  return currency == kCurrency ? kSuccess : kInvalidParameter;
}

std::string_view ReadAmt(const Fields& fields, int64_t* amt) {
  const std::string& text = Field(fields, "amt");
  if (text.empty()) return kNoAmount;
  const std::optional<int64_t> amount = ReadAmount(text);
  if (!amount) return kBadAmount;
  *amt = *amount;
  return kSuccess;
}

std::optional<int64_t> ItemNumber(const Json& item, std::string_view name, int64_t absent) {
  const Json* member = item.Find(name);
  if (member == nullptr || member->is_null()) return absent;
  if (!member->is_string() && !member->is_number()) return std::nullopt;
  return simulation::ParseMinorUnits(member->text(), 0, kAmountDigits);
}

// Either sum may be what is to be paid: goods_quantity counts for one wallet only.
std::string_view CheckCart(const std::string& text, int64_t amt) {
  constexpr int64_t kMaxQuantity = 1'000'000;  // Keeps the product within 64 bits.
  const absl::StatusOr<Json> cart = Json::Parse(text);
  const Json* items = cart.ok() ? cart->Find("item") : nullptr;
  if (items == nullptr || !items->is_array() || items->items().empty()) return kBadCart;
  const int64_t lines = static_cast<int64_t>(items->items().size());
  if (ItemNumber(*cart, "count", -1) != lines) return kBadCart;
  int64_t plain = 0, multiplied = 0;
  for (const Json& item : items->items()) {
    const std::optional<int64_t> price = ItemNumber(item, "goods_amt", -1);
    const std::optional<int64_t> quantity = ItemNumber(item, "goods_quantity", 1);
    const Json* name = item.Find("goods_name");
    if (!price || *price < 0 || !quantity || *quantity > kMaxQuantity || name == nullptr) {
      return kBadCart;
    }
    plain += *price;
    multiplied += *price * *quantity;
    if (plain > amt && multiplied > amt) return kCartSum;  // Before it can overflow.
  }
  return plain == amt || multiplied == amt ? kSuccess : kCartSum;
}

std::string_view ReadValidity(const Fields& fields, absl::Time now, PaymentTerms* terms) {
  const std::string& date = Field(fields, "payValidDt");
  const std::string& time = Field(fields, "payValidTm");
  if (date.empty() && time.empty()) return kSuccess;
  absl::Time until;
  std::string error;
  const bool read =
      date.size() == 8 && time.size() == 6 &&
      absl::ParseTime("%E4Y%m%d%H%M%S", StrCat(date, time), Jakarta(), &until, &error);
  if (!read || until <= now) return kInvalidParameter;
  terms->valid_until = until;
  return kSuccess;
}

void CopyTexts(const Fields& fields, PaymentTerms* terms) {
  terms->reference_no = Field(fields, "referenceNo");
  terms->goods_nm = Field(fields, "goodsNm");
  terms->billing_nm = Field(fields, "billingNm");
  terms->billing_phone = Field(fields, "billingPhone");
  terms->description = Field(fields, "description");
  terms->db_process_url = Field(fields, "dbProcessUrl");
}

// Runs the steps in order until one does not succeed.
template <typename... Steps>
std::string_view FirstFailure(const Steps&... steps) {
  std::string_view code = kSuccess;
  (void)((code = steps(), code == kSuccess) && ...);
  return code;
}

std::string_view FindRegistrationWallet(const Fields& fields, const Wallet** wallet) {
  const std::string& mitra = Field(fields, "mitraCd");
  if (mitra.empty()) return kInvalidParameter;
  *wallet = FindWallet(mitra);
  if (*wallet == nullptr) return kMethodNotActive;
  return (*wallet)->linked ? kInvalidParameter : kSuccess;  // That one has an API of its own.
}

}  // namespace

const std::string& Field(const Fields& fields, std::string_view name) {
  static const std::string* const kNone = new std::string();
  const auto found = fields.find(name);
  return found == fields.end() ? *kNone : found->second;
}

std::optional<Fields> ReadJson(const RawRequest& request) {
  const std::string* type = FindHeader(request.headers, "Content-Type");
  if (type == nullptr || !absl::StartsWithIgnoreCase(*type, "application/json")) {
    return std::nullopt;
  }
  const absl::StatusOr<Json> json = Json::Parse(request.body);
  if (!json.ok() || !json->is_object()) return std::nullopt;
  Fields fields;
  for (const auto& [name, value] : json->members()) {
    if (value.is_null()) continue;
    if (!value.is_string() && !value.is_number()) return std::nullopt;
    fields[name] = value.text();
  }
  return fields;
}

std::optional<Fields> ReadForm(const RawRequest& request, bool json_too) {
  Fields fields;
  if (request.method == "GET") {
    const absl::StatusOr<QueryParams> query = ParseQuery(request.query);
    if (!query.ok()) return std::nullopt;
    for (const auto& [name, value] : *query) fields.emplace(name, value);
    return fields;
  }
  const std::string* type = FindHeader(request.headers, "Content-Type");
  if (type == nullptr) return std::nullopt;
  if (json_too && absl::StartsWithIgnoreCase(*type, "application/json")) return ReadJson(request);
  if (!absl::StartsWithIgnoreCase(*type, AbslView(kFormContentType))) return std::nullopt;
  const absl::StatusOr<FormFields> form = ParseForm(request.body);
  if (!form.ok()) return std::nullopt;
  for (const auto& [name, value] : *form) fields.emplace(name, value);
  return fields;
}

std::string_view CheckTimeStamp(const Fields& fields, absl::Time now, absl::Duration window) {
  const std::string& text = Field(fields, "timeStamp");
  if (text.size() != 14 || !IsDigits(text)) return kDateTimeCheck;
  if (window == absl::InfiniteDuration()) return kSuccess;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%E4Y%m%d%H%M%S", text, Jakarta(), &time, &error)) return kDateTimeCheck;
  return absl::AbsDuration(time - now) > window ? kDateTimeCheck : kSuccess;
}

std::optional<int64_t> ReadAmount(std::string_view text) {
  return simulation::ParseMinorUnits(text, 0, kAmountDigits);
}

std::string_view ReadRegistration(const Fields& fields, absl::Time now, PaymentTerms* terms) {
  CopyTexts(fields, terms);
  constexpr Rule kGoods{"goodsNm", 100, Kind::kText, kNoGoodsName};
  return FirstFailure(
      [&] { return CheckMethod(fields); }, [&] { return CheckCurrency(fields, true); },
      [&] { return ReadAmt(fields, &terms->amt); }, [&] { return CheckReference(fields); },
      [&] { return CheckRule(fields, kGoods); }, [&] { return CheckRules(fields, kBilling); },
      [&] { return CheckRules(fields, kRegistration); },
      [&] { return FindRegistrationWallet(fields, &terms->wallet); },
      [&] { return CheckRules(fields, kOptional); },
      [&] { return CheckCart(Field(fields, "cartData"), terms->amt); },
      [&] { return ReadValidity(fields, now, terms); });
}

std::string_view ReadLinkedPayment(const Fields& fields, PaymentTerms* terms) {
  CopyTexts(fields, terms);
  terms->wallet = FindWallet("ASTR");
  terms->mandate_id = Field(fields, "mandateID");
  terms->call_back_url = Field(fields, "callBackUrl");
  const std::string& cart = Field(fields, "cartData");
  const std::string& mitra = Field(fields, "mitraCd");
  return FirstFailure(
      [&] { return CheckMethod(fields); }, [&] { return CheckCurrency(fields, false); },
      [&] { return ReadAmt(fields, &terms->amt); }, [&] { return CheckReference(fields); },
      [&] { return CheckRules(fields, kBilling); },
      [&] { return CheckRules(fields, kLinkedPayment); },
      [&] { return mitra.empty() || mitra == "ASTR" ? kSuccess : kInvalidParameter; },
      [&] { return CheckRules(fields, kOptional); },
      [&] { return cart.empty() ? kSuccess : CheckCart(cart, terms->amt); });
}

std::string_view ReadLink(const Fields& fields, LinkTerms* terms) {
  terms->reference_no = Field(fields, "referenceNo");
  terms->billing_nm = Field(fields, "billingNm");
  terms->billing_phone = Field(fields, "billingPhone");
  terms->description = Field(fields, "description");
  terms->db_process_url = Field(fields, "dbProcessUrl");
  terms->call_back_url = Field(fields, "callBackUrl");
  const bool has_method = !Field(fields, "payMethod").empty();
  return FirstFailure(
      [&] { return has_method ? CheckMethod(fields) : kSuccess; },
      [&] { return CheckReference(fields); }, [&] { return CheckRules(fields, kBilling); },
      [&] { return Field(fields, "mitraCd") == "ASTR" ? kSuccess : kInvalidParameter; },
      [&] { return CheckRules(fields, kLink); }, [&] { return CheckRules(fields, kOptional); });
}

std::string_view ReadCancel(const Fields& fields, CancelTerms* terms) {
  const std::string& type = Field(fields, "cancelType");
  if (CheckMethod(fields) != kSuccess) return kMethodNotActive;
  if (type != "1" && type != "2") return kBadCancelType;
  const std::optional<int64_t> amount = ReadAmount(Field(fields, "amt"));
  if (!amount) return kBadCancelAmount;
  if (*amount == 0) return kCancelNotPositive;
  terms->partial = type == "2";
  terms->amt = *amount;
  return kSuccess;
}

std::string MerchantToken(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (std::string_view part : parts) text.append(part);
  return crypto::Sha256HexLower(text);
}

}  // namespace sluice::nicepay::simulator
