// The wallets that NICEPAY serves here, one row each: what its documents say of them, and from it
// the capability matrix.
//
// Threads: pure functions over a constant table. Ownership: results live as long as the process.

#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "providers/api/descriptor.h"
#include "providers/nicepay/account.h"

namespace sluice::nicepay {

// How a payer gets from the registered order to the wallet.
enum class Flow {
  kPush,           // A payment call of ours makes the wallet's app ask the payer, and blocks.
  kPaymentUrl,     // A URL of NICEPAY's that we compose leads the payer's browser to the wallet.
  kPaymentLinks,   // A payment call of ours answers with links into the wallet.
  kLinkedAccount,  // An account that was linked before; initiating answers with a URL.
};

struct WalletFacts {
  std::string_view wallet;        // "ovo"
  std::string_view display_name;  // "OVO"
  std::string_view mitra_code;    // NICEPAY's word: "OVOE"
  Flow flow = Flow::kPaymentUrl;
  absl::Duration default_expiry;
  absl::Duration maximum_expiry;  // Zero: cannot be set, and the account may have another default.
  bool gives_back = true;         // Revoke and refund are offered.
  bool partial_refunds = false;
  bool quantity_counts = false;  // The cart's sum is of price times quantity.
};

absl::Span<const WalletFacts> AllWallets();

// Or nullptr.
const WalletFacts* FindWallet(std::string_view wallet);

bool Serves(const WalletFacts& wallet, Verb verb);

// NICEPAY's documented lengths and bounds that others need.
inline constexpr int kMaxReferenceLength = 40;
inline constexpr int64_t kMaxAmountMinorUnits = 999'999'999'999;  // amt is N12.

Descriptor MakeDescriptor(const Account& account);

}  // namespace sluice::nicepay
