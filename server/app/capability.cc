#include "server/app/capability.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "server/app/exchange.h"
#include "server/base/address.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/names.h"
#include "server/core/validate.h"
#include "server/wire/uri.h"

namespace sluice::app {
namespace {

// Places come free as the provider answers; until it does, asking more often changes nothing.
constexpr absl::Duration kRetryWhenFull = absl::Seconds(2);

template <typename List, typename T>
bool Has(const List& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string Path(std::string_view resource, std::string_view field) {
  return resource.empty() ? std::string(field) : StrCat(resource, ".", field);
}

// A path is encoded once, by mistake twice; what is encoded more often is not looked through.
constexpr int kMaxEncodings = 4;

// One percent-encoding undone; what is none stays.
std::string DecodeOnce(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size();) {
    const size_t length = text[i] == '%' ? 3 : 1;
    const absl::StatusOr<std::string> byte = PercentDecode(text.substr(i, length));
    decoded += byte.ok() ? *byte : "%";
    i += byte.ok() ? length : 1;
  }
  return decoded;
}

// Whether a server or a browser may take this path for one further up: whether a segment of it is
// "." or "..", however encoded, also with a parameter ("..;x") or between backslashes.
bool HasDotSegment(std::string path) {
  for (int encodings = 0;; ++encodings) {
    std::string decoded = DecodeOnce(path);
    if (decoded == path) break;
    if (encodings == kMaxEncodings) return true;
    path = std::move(decoded);
  }
  for (const absl::string_view segment : absl::StrSplit(path, absl::ByAnyChar("/\\"))) {
    const absl::string_view name = segment.substr(0, segment.find(';'));
    if (name == "." || name == "..") return true;
  }
  return false;
}

// How far an account goes along with a need; the furthest of all says what is missing.
enum class Fit { kNoWallet, kNoVerb, kNoPresentation, kNoCurrency, kServes };

Fit FitOf(const Descriptor& descriptor, const Need& need) {
  const WalletCapability* wallet = descriptor.FindWallet(need.wallet);
  if (wallet == nullptr) return Fit::kNoWallet;
  if (!Has(wallet->verbs, need.verb)) return Fit::kNoVerb;
  if (need.presentation != Presentation::kUnspecified &&
      !Has(wallet->presentations, need.presentation)) {
    return Fit::kNoPresentation;
  }
  if (!need.currency_code.empty() && !Has(wallet->currency_codes, need.currency_code)) {
    return Fit::kNoCurrency;
  }
  return Fit::kServes;
}

absl::Status Misfit(Fit fit, const Need& need) {
  switch (fit) {
    case Fit::kNoCurrency:
      return CapabilityMissing("is not a currency of this wallet (see ListProviders)",
                               Path(need.field, need.currency_field));
    case Fit::kNoPresentation:
      return CapabilityMissing("this wallet does not offer it (see ListProviders)",
                               Path(need.field, "presentation"));
    case Fit::kNoVerb:
      return CapabilityMissing(StrCat("no provider account of this merchant serves ",
                                      VerbName(need.verb), " for this wallet"));
    default:
      return CapabilityMissing("no provider account of this merchant serves it",
                               Path(need.field, "wallet"));
  }
}

absl::Status CheckAmountBounds(const WalletCapability& wallet, const Money& amount,
                               std::string_view field) {
  if (wallet.minimum.has_value() && wallet.minimum->currency_code == amount.currency_code &&
      amount.minor_units < wallet.minimum->minor_units) {
    return InvalidField(field, StrCat("must be at least ", Describe(*wallet.minimum)));
  }
  if (wallet.maximum.has_value() && wallet.maximum->currency_code == amount.currency_code &&
      amount.minor_units > wallet.maximum->minor_units) {
    return InvalidField(field, StrCat("must be at most ", Describe(*wallet.maximum)));
  }
  return absl::OkStatus();
}

absl::Status CheckIdLength(const Descriptor& descriptor, const std::string& id,
                           std::string_view field) {
  if (static_cast<int>(id.size()) <= descriptor.max_id_length) return absl::OkStatus();
  return InvalidField(
      field, StrCat("must be at most ", descriptor.max_id_length, " characters for this provider"));
}

// Fields of the customer and others that a wallet cannot do without, by their paths.
std::string_view FieldValue(const Customer& customer, std::string_view path) {
  if (path == "customer.display_name") return customer.display_name;
  if (path == "customer.email") return customer.email;
  if (path == "customer.phone") return customer.phone;
  if (path == "customer.address") return customer.address;
  if (path == "customer.city") return customer.city;
  if (path == "customer.state") return customer.state;
  if (path == "customer.postal_code") return customer.postal_code;
  if (path == "customer.country") return customer.country;
  if (path == "customer.ip_address") return customer.ip_address;
  return "unchecked";  // The provider's own Validate looks at the others.
}

void RequireFields(const WalletCapability& wallet, const Customer& customer,
                   std::string_view return_url, std::string_view resource, Violations& violations) {
  for (const std::string& path : wallet.required_fields) {
    const std::string_view value = path == "return_url" ? return_url : FieldValue(customer, path);
    if (value.empty()) violations.Add(Path(resource, path), "is required by this wallet");
  }
}

// A pause keeps what is new away from the provider; what is there may still be taken back.
bool Undoes(Verb verb) {
  return verb == Verb::kCancelOrder || verb == Verb::kRevokeOrder ||
         verb == Verb::kRevokeAccountLink;
}

// The expiry as given, or the wallet's.
absl::Status SettleExpiry(const WalletCapability& wallet, absl::Time now, std::string_view field,
                          std::optional<absl::Time>& expire_time) {
  if (expire_time.has_value()) {
    return ValidateExpireTime(*expire_time, now, wallet.maximum_expiry, field);
  }
  if (wallet.default_expiry > absl::ZeroDuration()) expire_time = now + wallet.default_expiry;
  return absl::OkStatus();
}

Operation OperationOf(const Order& order) {
  Operation operation;
  operation.verb = Verb::kCreateOrder;
  operation.order = &order;
  return operation;
}

}  // namespace

absl::StatusOr<AccountPtr> ChooseAccount(const Catalog& catalog, const Need& need) {
  std::vector<AccountPtr> candidates;
  if (!need.provider_account.empty()) {
    AccountPtr account = catalog.FindOf(need.merchant, need.provider_account);
    if (account == nullptr) {
      return InvalidField(Path(need.field, "provider_account"),
                          "is not a provider account of this merchant");
    }
    candidates.push_back(std::move(account));
  } else {
    candidates = catalog.All(need.merchant);
  }
  Fit best = Fit::kNoWallet;
  AccountPtr paused;
  for (const AccountPtr& account : candidates) {
    const Fit fit = FitOf(account->descriptor(), need);
    best = std::max(best, fit);
    if (fit != Fit::kServes) continue;
    if (!account->config->paused) return account;
    if (paused == nullptr) paused = account;
  }
  if (paused != nullptr) return paused;  // CheckOpen says so.
  return Misfit(best, need);
}

absl::Status NoLongerConfigured() {
  return CapabilityMissing("the resource's provider account is no longer configured");
}

absl::Status NotOffered(Verb verb) {
  return CapabilityMissing(StrCat(VerbName(verb), " is not offered for this wallet"));
}

absl::Status QueueFull() {
  return Overloaded("too many calls wait for this provider account", kRetryWhenFull);
}

absl::Status CheckRoom(const Account& account) {
  if (!account.gate->HasRoom() || !account.push_gate->HasRoom()) return QueueFull();
  return absl::OkStatus();
}

absl::Status CheckOpen(const Account& account) {
  if (account.config->paused) {
    ErrorDetails details;
    details.reason = std::string(reason::kAccountPaused);
    details.precondition_subject =
        ProviderAccountName(account.config->merchant, account.config->account);
    return MakeError(absl::StatusCode::kFailedPrecondition, "the provider account is paused",
                     std::move(details));
  }
  return CheckRoom(account);
}

absl::StatusOr<AccountPtr> CheckServes(const Catalog& catalog, const ResourceBase& base,
                                       std::string_view wallet, Verb verb) {
  AccountPtr account = catalog.Find(base.provider_account);
  if (account == nullptr) {
    return NoLongerConfigured();
  }
  if (!Offers(account->descriptor(), wallet, verb)) {
    return NotOffered(verb);
  }
  const absl::Status open = Undoes(verb) ? CheckRoom(*account) : CheckOpen(*account);
  if (!open.ok()) return open;
  return account;
}

absl::Status CheckReturnUrl(const Catalog& catalog, const EngineOptions& options,
                            std::string_view merchant, std::string_view url,
                            std::string_view field) {
  if (url.empty()) return absl::OkStatus();
  if (absl::Status valid = ValidateUrl(url, field); !valid.ok()) return valid;
  const absl::StatusOr<Url> parsed = ParseUrl(url);
  if (!parsed.ok()) return InvalidField(field, "must be an absolute URL");
  // Else "https://shop.example/pay/../" begins with "https://shop.example/pay/".
  if (HasDotSegment(parsed->path)) {
    return InvalidField(field,
                        "must not have \".\" or \"..\" as a segment of its path, in any "
                        "encoding");
  }
  std::shared_ptr<const void> keep;
  const MerchantConfig* config = catalog.FindMerchant(merchant, &keep);
  const bool loopback = options.allow_loopback_return_urls && IsLoopback(parsed->host);
  if (loopback) return absl::OkStatus();
  if (config == nullptr || config->return_url_prefixes.empty()) {
    return InvalidField(field,
                        "is not allowed: the merchant has no return_url_prefixes in the server's "
                        "configuration");
  }
  for (const std::string& prefix : config->return_url_prefixes) {
    if (url.substr(0, prefix.size()) != prefix) continue;
    // A prefix without a path would else allow "https://shop.example.evil.test/".
    const absl::StatusOr<Url> allowed = ParseUrl(prefix);
    if (allowed.ok() && allowed->host == parsed->host && allowed->port == parsed->port &&
        allowed->scheme == parsed->scheme) {
      return absl::OkStatus();
    }
  }
  return InvalidField(field,
                      "must begin with one of the merchant's return_url_prefixes of the server's "
                      "configuration");
}

absl::StatusOr<AccountPtr> PrepareOrder(const Catalog& catalog, const EngineOptions& options,
                                        absl::Time now, Order& order) {
  Violations violations;
  violations.Add(ValidateId(order.id, "order_id"));
  violations.Add(ValidateWallet(order.wallet, "order.wallet"));
  violations.Add(ValidateAmount(order.amount, "order.amount"));
  violations.Add(ValidateDescription(order.description, "order.description"));
  violations.Add(ValidateLabels(order.labels, "order.labels"));
  violations.Add(ValidateCustomer(order.customer, "order.customer"));
  violations.Add(
      ValidateLineItems(order.line_items, order.amount.currency_code, "order.line_items"));
  violations.Add(
      CheckReturnUrl(catalog, options, order.merchant, order.return_url, "order.return_url"));
  if (!violations.ok()) return violations.ToStatus();

  Need need;
  need.verb = Verb::kCreateOrder;
  need.field = "order";
  need.merchant = order.merchant;
  need.provider_account = order.provider_account;
  need.wallet = order.wallet;
  need.currency_code = order.amount.currency_code;
  need.presentation = order.presentation;
  absl::StatusOr<AccountPtr> account = ChooseAccount(catalog, need);
  if (!account.ok()) return account.status();
  const Descriptor& descriptor = (*account)->descriptor();
  const WalletCapability& wallet = *descriptor.FindWallet(order.wallet);
  order.provider = descriptor.provider;
  order.provider_account = (*account)->config->account;
  if (order.presentation == Presentation::kUnspecified && !wallet.presentations.empty()) {
    order.presentation = wallet.presentations.front();
  }
  violations.Add(CheckIdLength(descriptor, order.id, "order_id"));
  violations.Add(CheckAmountBounds(wallet, order.amount, "order.amount"));
  violations.Add(SettleExpiry(wallet, now, "order.expire_time", order.expire_time));
  if (wallet.requires_account_link && order.account_link.empty()) {
    violations.Add("order.account_link", "is required by this wallet");
  }
  RequireFields(wallet, order.customer, order.return_url, "order", violations);
  if (!violations.ok()) return violations.ToStatus();
  if (absl::Status valid = (*account)->provider().Validate(OperationOf(order)); !valid.ok()) {
    return valid;
  }
  if (absl::Status open = CheckOpen(**account); !open.ok()) return open;
  return account;
}

absl::StatusOr<AccountPtr> PreparePayout(const Catalog& catalog, Payout& payout) {
  Violations violations;
  violations.Add(ValidateId(payout.id, "payout_id"));
  violations.Add(ValidateWallet(payout.wallet, "payout.wallet"));
  violations.Add(ValidateAmount(payout.amount, "payout.amount"));
  violations.Add(ValidateRequired(payout.receiver_account, "payout.receiver_account"));
  violations.Add(ValidateText(payout.receiver_account, "payout.receiver_account"));
  violations.Add(ValidateDescription(payout.description, "payout.description"));
  violations.Add(ValidateLabels(payout.labels, "payout.labels"));
  if (!violations.ok()) return violations.ToStatus();

  Need need;
  need.verb = Verb::kCreatePayout;
  need.field = "payout";
  need.merchant = payout.merchant;
  need.provider_account = payout.provider_account;
  need.wallet = payout.wallet;
  need.currency_code = payout.amount.currency_code;
  absl::StatusOr<AccountPtr> account = ChooseAccount(catalog, need);
  if (!account.ok()) return account.status();
  const Descriptor& descriptor = (*account)->descriptor();
  payout.provider = descriptor.provider;
  payout.provider_account = (*account)->config->account;
  violations.Add(CheckIdLength(descriptor, payout.id, "payout_id"));
  violations.Add(
      CheckAmountBounds(*descriptor.FindWallet(payout.wallet), payout.amount, "payout.amount"));
  if (!violations.ok()) return violations.ToStatus();
  Operation operation;
  operation.verb = Verb::kCreatePayout;
  operation.payout = &payout;
  if (absl::Status valid = (*account)->provider().Validate(operation); !valid.ok()) return valid;
  if (absl::Status open = CheckOpen(**account); !open.ok()) return open;
  return account;
}

absl::StatusOr<AccountPtr> PrepareAccountLink(const Catalog& catalog, const EngineOptions& options,
                                              absl::Time now, AccountLink& link) {
  Violations violations;
  violations.Add(ValidateId(link.id, "account_link_id"));
  violations.Add(ValidateWallet(link.wallet, "account_link.wallet"));
  violations.Add(ValidateLabels(link.labels, "account_link.labels"));
  violations.Add(ValidateCustomer(link.customer, "account_link.customer"));
  violations.Add(
      CheckReturnUrl(catalog, options, link.merchant, link.return_url, "account_link.return_url"));
  if (!violations.ok()) return violations.ToStatus();

  Need need;
  need.verb = Verb::kCreateAccountLink;
  need.field = "account_link";
  need.merchant = link.merchant;
  need.provider_account = link.provider_account;
  need.wallet = link.wallet;
  absl::StatusOr<AccountPtr> account = ChooseAccount(catalog, need);
  if (!account.ok()) return account.status();
  const Descriptor& descriptor = (*account)->descriptor();
  const WalletCapability& wallet = *descriptor.FindWallet(link.wallet);
  link.provider = descriptor.provider;
  link.provider_account = (*account)->config->account;
  if (!link.expire_time.has_value() && wallet.default_expiry > absl::ZeroDuration()) {
    link.expire_time = now + wallet.default_expiry;
  }
  violations.Add(CheckIdLength(descriptor, link.id, "account_link_id"));
  if (!violations.ok()) return violations.ToStatus();
  Operation operation;
  operation.verb = Verb::kCreateAccountLink;
  operation.account_link = &link;
  if (absl::Status valid = (*account)->provider().Validate(operation); !valid.ok()) return valid;
  if (absl::Status open = CheckOpen(**account); !open.ok()) return open;
  return account;
}

absl::StatusOr<AccountPtr> PrepareRefund(const Catalog& catalog, const Order& order,
                                         Refund& refund) {
  absl::StatusOr<AccountPtr> account =
      CheckServes(catalog, order, order.wallet, Verb::kCreateRefund);
  if (!account.ok()) return account.status();
  const Descriptor& descriptor = (*account)->descriptor();
  const WalletCapability& wallet = *descriptor.FindWallet(order.wallet);
  refund.provider = order.provider;
  refund.provider_account = order.provider_account;
  if (absl::Status fits = CheckIdLength(descriptor, refund.id, "refund_id"); !fits.ok()) {
    return fits;
  }
  const bool all = refund.amount.empty() || refund.amount.minor_units == order.paid.minor_units;
  if (!all && !wallet.partial_refunds) {
    return CapabilityMissing("this wallet refunds the whole amount only");
  }
  const int64_t others = order.refunded.minor_units + order.refund_pending.minor_units;
  if (others != 0 && !wallet.multiple_refunds) {
    return CapabilityMissing("this wallet allows one refund per order");
  }
  // Without an amount it is what is left, known when the refund begins: never more than the order.
  Refund whole = refund;
  if (whole.amount.empty()) whole.amount = order.amount;
  Operation operation;
  operation.verb = Verb::kCreateRefund;
  operation.order = &order;
  operation.refund = &whole;
  if (absl::Status valid = (*account)->provider().Validate(operation); !valid.ok()) return valid;
  return account;
}

}  // namespace sluice::app
