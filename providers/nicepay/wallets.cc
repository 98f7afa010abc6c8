#include "providers/nicepay/wallets.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace sluice::nicepay {
namespace {

// How long an explicit expiry may be is not documented: DANA's own day is the longest that is.
constexpr absl::Duration kLongestExpiry = absl::Hours(24);

// Defaults and cancel rules: NICEPAY's testing and settlement pages. AstraPay's 15 minutes are
// assumed, and nothing says that they could be changed.
constexpr std::array<WalletFacts, 5> kWallets = {{
    {.wallet = "ovo",
     .display_name = "OVO",
     .mitra_code = "OVOE",
     .flow = Flow::kPush,
     .default_expiry = absl::Seconds(55),
     .maximum_expiry = absl::Seconds(55)},
    {.wallet = "dana",
     .display_name = "DANA",
     .mitra_code = "DANA",
     .flow = Flow::kPaymentUrl,
     .default_expiry = absl::Hours(24),
     .maximum_expiry = kLongestExpiry,
     .partial_refunds = true},
    {.wallet = "linkaja",
     .display_name = "LinkAja",
     .mitra_code = "LINK",
     .flow = Flow::kPaymentUrl,
     .default_expiry = absl::Minutes(5),
     .maximum_expiry = kLongestExpiry,
     .quantity_counts = true},
    {.wallet = "shopeepay",
     .display_name = "ShopeePay",
     .mitra_code = "ESHP",
     .flow = Flow::kPaymentLinks,
     .default_expiry = absl::Minutes(5),
     .maximum_expiry = kLongestExpiry,
     .partial_refunds = true},
    {.wallet = "astrapay",
     .display_name = "AstraPay",
     .mitra_code = "ASTR",
     .flow = Flow::kLinkedAccount,
     .default_expiry = absl::Minutes(15),
     .maximum_expiry = absl::ZeroDuration(),
     .gives_back = false},
}};

// What a verified wallet holds at most; a payment above it cannot succeed.
constexpr int64_t kWalletCapMinorUnits = 20'000'000;

// More than any time-out of ours here: after it no request is under way any more.
constexpr absl::Duration kNotFoundGrace = absl::Seconds(30);

// DANA's day, and one more for reports that come late.
constexpr absl::Duration kQueryHorizon = absl::Hours(48);

std::vector<std::string> RequiredFields(const WalletFacts& wallet) {
  std::vector<std::string> fields = {"customer.display_name", "customer.phone", "customer.email"};
  if (wallet.flow != Flow::kLinkedAccount) {
    for (const char* field : {"customer.address", "customer.city", "customer.state",
                              "customer.postal_code", "customer.country", "customer.ip_address"}) {
      fields.push_back(field);
    }
  }
  return fields;
}

WalletCapability MakeWallet(const WalletFacts& facts) {
  WalletCapability wallet;
  wallet.wallet = std::string(facts.wallet);
  wallet.display_name = std::string(facts.display_name);
  for (const Verb verb : {Verb::kCreateOrder, Verb::kQueryOrder, Verb::kRevokeOrder,
                          Verb::kCreateRefund, Verb::kQueryRefund, Verb::kCreateAccountLink}) {
    if (Serves(facts, verb)) wallet.verbs.push_back(verb);
  }
  wallet.presentations = {facts.flow == Flow::kPush ? Presentation::kPush
                                                    : Presentation::kRedirect};
  wallet.currency_codes = {"IDR"};
  wallet.minimum = Money{"IDR", 1};
  wallet.maximum = Money{"IDR", kWalletCapMinorUnits};
  wallet.default_expiry = facts.default_expiry;
  wallet.maximum_expiry = facts.maximum_expiry;
  wallet.partial_refunds = facts.partial_refunds;
  wallet.multiple_refunds = facts.partial_refunds;
  wallet.requires_account_link = facts.flow == Flow::kLinkedAccount;
  wallet.required_fields = RequiredFields(facts);
  return wallet;
}

}  // namespace

absl::Span<const WalletFacts> AllWallets() { return kWallets; }

const WalletFacts* FindWallet(std::string_view wallet) {
  const auto found = std::find_if(kWallets.begin(), kWallets.end(),
                                  [&](const WalletFacts& facts) { return facts.wallet == wallet; });
  return found == kWallets.end() ? nullptr : &*found;
}

bool Serves(const WalletFacts& wallet, Verb verb) {
  switch (verb) {
    case Verb::kCreateOrder:
    case Verb::kQueryOrder:
      return true;
    case Verb::kRevokeOrder:
    case Verb::kCreateRefund:
    case Verb::kQueryRefund:
      return wallet.gives_back;
    case Verb::kCreateAccountLink:
      return wallet.flow == Flow::kLinkedAccount;
    default:
      return false;
  }
}

Descriptor MakeDescriptor(const Account& account) {
  Descriptor descriptor;
  descriptor.provider = "nicepay";
  descriptor.display_name = "NICEPAY Indonesia";
  descriptor.base_url = account.base_url;
  descriptor.identity = account.i_mid;
  descriptor.default_notify_allow = {"103.20.51.0/24", "103.117.8.0/24"};
  for (const WalletFacts& facts : kWallets) {
    descriptor.wallets.push_back(MakeWallet(facts));
    if (facts.flow == Flow::kLinkedAccount) {
      descriptor.wallets.back().default_expiry = account.astrapay_time;
    }
  }
  descriptor.max_id_length = kMaxReferenceLength;
  // A registration without an answer leaves no transaction id to ask about, and a number is used
  // up by its first registration: the next takes a new one.
  descriptor.resend_create_order = Resend::kNewKey;
  descriptor.resend_create_account_link = Resend::kNewKey;
  // Refunds have no number at all at NICEPAY: a repeat could be a second refund.
  descriptor.resend_create_refund = Resend::kNever;
  // A push is of one transaction, which is paid once however often the payer is asked.
  descriptor.resend_push = account.push_again;
  descriptor.not_found_grace = kNotFoundGrace;
  descriptor.query_horizon = kQueryHorizon;
  descriptor.sealed_data = {"mandate"};
  return descriptor;
}

}  // namespace sluice::nicepay
