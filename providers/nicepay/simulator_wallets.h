// The wallets behind the simulated NICEPAY: how each is paid with, which states it knows, until
// when it can be paid and what may be cancelled when.
//
// Threads: constants and pure functions. Ownership: none.

#pragma once

#include <cstdint>
#include <string_view>

#include "absl/time/time.h"

namespace sluice::nicepay::simulator {

// Transaction status, in NICEPAY's digits.
inline constexpr std::string_view kPaid = "0";
inline constexpr std::string_view kVoid = "1";
inline constexpr std::string_view kRefund = "2";
inline constexpr std::string_view kUnpaid = "3";
inline constexpr std::string_view kProcessing = "4";
inline constexpr std::string_view kExpired = "5";
inline constexpr std::string_view kFailed = "8";
inline constexpr std::string_view kInitiated = "9";

// The word that an inquiry gives for a status; "" for none.
std::string_view StatusWord(std::string_view status);

// What a payment may be, in rupiah. Outside, the registration works and the payment fails.
inline constexpr int64_t kMinPayment = 1;
inline constexpr int64_t kMaxPayment = 20'000'000;  // The cap of a verified wallet.

enum class CancelRule { kSameDay, kDana, kLinkAja, kShopeePay, kNever };

struct Wallet {
  std::string_view mitra_cd;
  std::string_view name;
  absl::Duration validity;
  std::string_view statuses;  // The digits this wallet knows.
  CancelRule cancel_rule;
  bool push = false;    // Asks on the payer's phone, has no page.
  bool app = false;     // Its payment is opened by the merchant (JSON with links), not the payer.
  bool linked = false;  // Is paid from a linked account only.

  bool Has(std::string_view status) const {
    return statuses.find(status) != std::string_view::npos;
  }
  // Of a payment whose time is over.
  std::string_view expired() const { return Has(kExpired) ? kExpired : kFailed; }
  std::string_view opened() const { return Has(kUnpaid) ? kUnpaid : kInitiated; }
};

// Nullptr when it is no wallet of this API.
const Wallet* FindWallet(std::string_view mitra_cd);

// What becomes of a request to cancel: `status` on success (kVoid, kRefund), else the code.
struct CancelVerdict {
  std::string_view status;
  std::string_view refused;
};

// `paid` and `now` are instants; days are Jakarta's. With `dana_manual` DANA's refunds after 24
// hours are NICEPAY's staff's work.
CancelVerdict JudgeCancel(const Wallet& wallet, bool partial, absl::Time paid, absl::Time now,
                          bool dana_manual);

// NICEPAY's time zone: UTC+7 all the year.
absl::TimeZone Jakarta();

}  // namespace sluice::nicepay::simulator
