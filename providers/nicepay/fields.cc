#include "providers/nicepay/fields.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "providers/nicepay/calls.h"
#include "providers/nicepay/token.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/validate.h"
#include "server/wire/json.h"

namespace sluice::nicepay {
namespace {

constexpr std::string_view kCurrency = "IDR";
constexpr std::string_view kRequired = "is required by NICEPAY";

// As Java counts characters: UTF-16 units, never fewer than a person sees.
size_t Length(std::string_view text) {
  size_t length = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xC0) == 0x80;
    const bool beyond_16_bits = byte >= 0xF0;
    length += continues ? 0 : beyond_16_bits ? 2 : 1;
  }
  return length;
}

bool IsDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

// NICEPAY's type A: letters of any language and what stands between them in names.
bool IsLetters(std::string_view text) {
  constexpr std::string_view kBetween = " .,'-()/";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || absl::ascii_isalpha(byte) || kBetween.find(c) != std::string_view::npos;
  });
}

bool IsIpv4(std::string_view text) {
  return ValidateIpAddress(text, "").ok() && text.find(':') == std::string_view::npos;
}

enum class Characters { kAny, kLetters, kDigits };

struct FieldRule {
  std::string_view name;
  std::string Customer::*member;
  size_t max_length;
  Characters characters = Characters::kAny;
};

// Registration's table. The phone and the country are looked at as they are sent.
constexpr FieldRule kCustomerRules[] = {
    {"display_name", &Customer::display_name, 100, Characters::kLetters},
    {"email", &Customer::email, 40},
    {"address", &Customer::address, 100},
    {"city", &Customer::city, 50, Characters::kLetters},
    {"state", &Customer::state, 50, Characters::kLetters},
    {"postal_code", &Customer::postal_code, 10, Characters::kDigits},
};
constexpr size_t kMaxPhoneDigits = 15;
constexpr size_t kMaxCountryLength = 10;

bool IsRequired(const WalletFacts& wallet, Verb verb, std::string_view name) {
  // Linking an account, and initiating a payment from it, need only who it is. What is known of
  // linkEnable asks for the address as well; of linkInitiate it is not known.
  if (wallet.flow != Flow::kLinkedAccount) return true;
  if (name == "ip_address") return verb == Verb::kCreateAccountLink;
  return name == "display_name" || name == "email" || name == "phone";
}

void CheckCustomer(const Customer& customer, const WalletFacts& wallet, Verb verb,
                   Violations& violations) {
  const std::string_view resource = verb == Verb::kCreateOrder ? "order" : "account_link";
  const auto path = [&](std::string_view name) { return StrCat(resource, ".customer.", name); };
  const auto missing = [&](const std::string& value, std::string_view name) {
    if (!value.empty()) return false;
    if (IsRequired(wallet, verb, name)) violations.Add(path(name), kRequired);
    return true;
  };
  for (const FieldRule& rule : kCustomerRules) {
    const std::string& value = customer.*rule.member;
    if (missing(value, rule.name)) continue;
    violations.Add(ValidateText(value, path(rule.name), rule.max_length * 4));
    violations.Add(CheckLength(value, rule.max_length, path(rule.name)));
    if (rule.characters == Characters::kLetters && !IsLetters(value)) {
      violations.Add(path(rule.name), "must be letters, spaces and . , ' - ( ) /");
    } else if (rule.characters == Characters::kDigits && !IsDigits(value)) {
      violations.Add(path(rule.name), "must be digits");
    }
  }
  if (!missing(customer.phone, "phone")) {
    violations.Add(ValidatePhone(customer.phone, path("phone")));
    if (BillingPhone(customer).size() > kMaxPhoneDigits) {
      violations.Add(path("phone"), "must be at most 15 digits");
    }
  }
  if (!missing(customer.country, "country")) {
    violations.Add(ValidateCountry(customer.country, path("country")));
    violations.Add(CheckLength(BillingCountry(customer), kMaxCountryLength, path("country")));
  }
  if (!missing(customer.ip_address, "ip_address") && !IsIpv4(customer.ip_address)) {
    violations.Add(path("ip_address"), "must be an IPv4 address: NICEPAY takes 15 characters");
  }
}

absl::Status CheckAmount(const Money& amount, std::string_view field) {
  if (amount.currency_code != kCurrency) return InvalidField(field, "must be in IDR");
  if (amount.minor_units <= 0) return InvalidField(field, "must be greater than zero");
  if (amount.minor_units > kMaxAmountMinorUnits) {
    return InvalidField(field, "must be at most 12 digits");
  }
  return absl::OkStatus();
}

// INVALID_ARGUMENT unless the items add up to the amount. Every factor is bounded first.
absl::Status CheckLineItems(const Order& order) {
  constexpr std::string_view kField = "order.line_items";
  if (order.line_items.empty()) return absl::OkStatus();
  int64_t left = order.amount.minor_units;
  for (size_t i = 0; i < order.line_items.size(); ++i) {
    const LineItem& item = order.line_items[i];
    const std::string path = StrCat(kField, "[", i, "]");
    if (item.unit_price.currency_code != kCurrency) {
      return InvalidField(StrCat(path, ".unit_price"), "must be in IDR");
    }
    const int64_t price = item.unit_price.minor_units;
    if (price < 0) return InvalidField(StrCat(path, ".unit_price"), "must not be negative");
    if (item.quantity < 1) return InvalidField(StrCat(path, ".quantity"), "must be 1 or more");
    if (price > left / item.quantity) {
      return InvalidField(kField, "must add up to order.amount: they are more");
    }
    left -= price * item.quantity;
  }
  if (left != 0) return InvalidField(kField, "must add up to order.amount: they are less");
  return absl::OkStatus();
}

absl::Status CheckOrder(const Order& order, const WalletFacts& wallet) {
  Violations violations;
  violations.Add(CheckLength(order.id, kMaxReferenceLength, "order_id"));
  violations.Add(CheckAmount(order.amount, "order.amount"));
  violations.Add(ValidateText(order.description, "order.description"));
  violations.Add(CheckLength(order.description, kMaxGoodsNameLength, "order.description"));
  const Presentation offered =
      wallet.flow == Flow::kPush ? Presentation::kPush : Presentation::kRedirect;
  if (order.presentation != offered) {
    violations.Add("order.presentation",
                   wallet.flow == Flow::kPush ? "must be push" : "must be redirect");
  }
  // Counted from the creation, so that the order stays valid however often it is looked at. Where
  // no caller can set it, it is what the account's settings gave the order at its creation.
  const bool can_be_set = wallet.maximum_expiry > absl::ZeroDuration();
  if (can_be_set && order.expire_time && order.create_time != absl::Time()) {
    const bool is_default = *order.expire_time == order.create_time + wallet.default_expiry;
    if (!is_default) {
      violations.Add(ValidateExpireTime(*order.expire_time, order.create_time,
                                        wallet.maximum_expiry, "order.expire_time"));
    }
  }
  if (wallet.flow == Flow::kLinkedAccount && order.account_link.empty()) {
    violations.Add("order.account_link", "is required by this wallet");
  }
  CheckCustomer(order.customer, wallet, Verb::kCreateOrder, violations);
  const absl::Status items = CheckLineItems(order);
  violations.Add(items);
  if (items.ok() && Length(CartData(order, wallet)) > kMaxCartLength) {
    violations.Add("order.line_items", "are too long: NICEPAY takes 4000 characters of cart");
  }
  return violations.ToStatus();
}

absl::Status CheckRefund(const Operation& operation, const WalletFacts& wallet) {
  const Order& order = *operation.order;
  const Refund& refund = *operation.refund;
  Violations violations;
  // An empty amount stands for all that is left.
  if (!refund.amount.empty()) violations.Add(CheckAmount(refund.amount, "refund.amount"));
  violations.Add(ValidateText(refund.description, "refund.description"));
  violations.Add(CheckLength(refund.description, kMaxCancelMessageLength, "refund.description"));
  if (!violations.ok()) return violations.ToStatus();
  const bool whole = refund.amount.empty() ? order.refunded.minor_units == 0
                                           : refund.amount.minor_units == order.amount.minor_units;
  if (!whole && !wallet.partial_refunds) {
    return CapabilityMissing(StrCat(wallet.display_name, " gives back whole payments only"));
  }
  return absl::OkStatus();
}

absl::Status CheckLink(const AccountLink& link, const WalletFacts& wallet) {
  Violations violations;
  violations.Add(CheckLength(link.id, kMaxReferenceLength, "account_link_id"));
  CheckCustomer(link.customer, wallet, Verb::kCreateAccountLink, violations);
  return violations.ToStatus();
}

}  // namespace

absl::Status CheckLength(std::string_view text, size_t max_length, std::string_view field) {
  if (Length(text) <= max_length) return absl::OkStatus();
  return InvalidField(field, StrCat("must be at most ", max_length, " characters"));
}

absl::Status ValidateFields(const Operation& operation) {
  if (CallOf(operation) == Call::kNone) {
    return CapabilityMissing("NICEPAY does not offer this for the wallet");
  }
  const WalletFacts& wallet = *FindWallet(WalletOf(operation));
  switch (operation.verb) {
    case Verb::kCreateOrder:
      return CheckOrder(*operation.order, wallet);
    case Verb::kCreateRefund:
      return CheckRefund(operation, wallet);
    case Verb::kCreateAccountLink:
      return CheckLink(*operation.account_link, wallet);
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckNoOtherRefund(const Operation& operation) {
  if (operation.verb != Verb::kCreateRefund || operation.order == nullptr) return absl::OkStatus();
  if (operation.order->refund_pending.minor_units == 0) return absl::OkStatus();
  return StateForbids(operation.order->Name(),
                      "another refund of the order is under way, and NICEPAY has no numbers by "
                      "which two could be told apart");
}

std::string GoodsName(const Order& order) {
  return order.description.empty() ? order.id : order.description;
}

std::string BillingPhone(const Customer& customer) {
  constexpr std::string_view kIndonesia = "+62";
  const std::string_view phone = customer.phone;
  if (phone.substr(0, kIndonesia.size()) == kIndonesia) {
    return StrCat("0", phone.substr(kIndonesia.size()));
  }
  return std::string(phone.substr(phone.empty() || phone.front() != '+' ? 0 : 1));
}

std::string BillingCountry(const Customer& customer) {
  return customer.country == "ID" ? "Indonesia" : customer.country;
}

std::string CartData(const Order& order, const WalletFacts& wallet) {
  Json items = Json::Array();
  const auto add = [&](const std::string& name, const std::string& detail,
                       const std::string& image_url, int64_t amount, int64_t quantity) {
    items.Append(Json::Object({{"img_url", image_url},
                               {"goods_name", name},
                               {"goods_detail", detail},
                               {"goods_amt", AmountText({std::string(kCurrency), amount})},
                               {"goods_quantity", StrCat(quantity)}}));
  };
  for (const LineItem& item : order.line_items) {
    const std::string& detail = item.description.empty() ? item.display_name : item.description;
    const int64_t price = item.unit_price.minor_units;
    if (wallet.quantity_counts || item.quantity == 1) {
      add(item.display_name, detail, item.image_url, price, item.quantity);
    } else {
      // The sum is of the amounts alone: the line's total, and how many it is for as words.
      add(item.display_name, StrCat(item.quantity, " x ", detail), item.image_url,
          price * item.quantity, 1);
    }
  }
  if (order.line_items.empty()) {
    add(GoodsName(order), GoodsName(order), "", order.amount.minor_units, 1);
  }
  const std::string count = StrCat(items.items().size());
  return Json::Object({{"count", count}, {"item", std::move(items)}}).Write();
}

}  // namespace sluice::nicepay
