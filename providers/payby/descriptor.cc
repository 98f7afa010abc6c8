#include "providers/payby/descriptor.h"

#include "providers/payby/requests.h"

namespace sluice::payby {
namespace {

// PayBy answers within 30 s or we give up; twice that, and no request is under way any more.
constexpr absl::Duration kNotFoundGrace = absl::Minutes(1);

// An order may wait 48 hours for its payer; a day more covers PayBy's own retries.
constexpr absl::Duration kQueryHorizon = absl::Hours(72);

WalletCapability MakeWallet(std::string wallet, std::string display_name) {
  return {
      .wallet = std::move(wallet),
      .display_name = std::move(display_name),
      .verbs = {Verb::kCreateOrder, Verb::kQueryOrder, Verb::kCancelOrder, Verb::kRevokeOrder,
                Verb::kCreateRefund, Verb::kQueryRefund},
      .presentations = {Presentation::kRedirect, Presentation::kQrCode},
      .currency_codes = {"AED"},
      .minimum = Money{"AED", 1},
      .maximum = Money{"AED", kMaxAmountMinorUnits},
      .default_expiry = kDefaultExpiry,
      .maximum_expiry = kMaxExpiry,
      .partial_refunds = true,
      .multiple_refunds = true,
  };
}

}  // namespace

Descriptor MakeDescriptor(const Account& account) {
  return {
      .provider = "payby",
      .display_name = "PayBy (Botim Money)",
      .base_url = account.base_url,
      .identity = account.partner_id,
      .wallets = {MakeWallet("botim", "BOTIM"), MakeWallet("payby", "PayBy")},
      .max_id_length = kMaxNumberLength,
      // The merchant's number is PayBy's key: the same order again creates nothing (documented),
      // the same refund again neither (assumed; another refund under the number is refused).
      .resend_create_order = Resend::kSameKey,
      .resend_create_refund = Resend::kSameKey,
      // A repeated cancel says "ended already", a repeated revoke changes nothing.
      .resend_cancel = true,
      .not_found_grace = kNotFoundGrace,
      .query_horizon = kQueryHorizon,
      .reports_settlement = true,
      .notifies_refunds = true,
  };
}

}  // namespace sluice::payby
