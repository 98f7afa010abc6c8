#include "providers/epay/descriptor.h"

#include "providers/epay/requests.h"
#include "providers/epay/wallets.h"

namespace sluice::epay {
namespace {

// "Not found" proves nothing by itself here (Resend::kNever). Of a create that was refused it does
// after this time: codes mean nothing here, so the refusal of the create and that of the query may
// be one outage after the effect, which lasts minutes.
constexpr absl::Duration kNotFoundGrace = absl::Minutes(10);

// Callbacks are repeated for not quite five hours; an exception waits for EPAY's people, who have
// weekends.
constexpr absl::Duration kQueryHorizon = absl::Hours(72);

}  // namespace

Descriptor MakeDescriptor(const Account& account) {
  Descriptor descriptor;
  descriptor.provider = "epay";
  descriptor.display_name = "EPAY";
  descriptor.base_url = account.base_url;
  descriptor.identity = account.epay_account;
  for (const Wallet& wallet : kWallets) {
    descriptor.wallets.push_back({
        .wallet = std::string(wallet.wallet),
        .display_name = std::string(wallet.display_name),
        .verbs = {Verb::kCreatePayout, Verb::kQueryPayout, Verb::kGetPayoutLimits},
        .currency_codes = account.currencies,
    });
  }
  descriptor.max_id_length = kMaxNumberLength;
  // What a repeated merchantOrderNo does is not documented, and there is no other key.
  descriptor.resend_create_payout = Resend::kNever;
  descriptor.not_found_grace = kNotFoundGrace;
  descriptor.query_horizon = kQueryHorizon;
  descriptor.confirmed_horizon = kQueryHorizon;  // E-wallets take minutes: a person is needed.
  return descriptor;
}

}  // namespace sluice::epay
