// What the simulated NICEPAY keeps: accounts, transactions and links of AstraPay accounts.
//
// Amounts are whole rupiah (IDR has no decimals here, and there is no other currency).
//
// Threads: plain values. Ownership: values.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "providers/nicepay/simulator_wallets.h"
#include "providers/simulation/virtual_clock.h"

namespace sluice::nicepay::simulator {

inline constexpr char kCurrency[] = "IDR";
inline constexpr char kEWalletMethod[] = "05";

struct Account {
  std::string i_mid;
  std::string merchant_key;
  std::string merchant_name;
  bool auto_paid = false;  // Its payments succeed by themselves.
};
using AccountPtr = std::shared_ptr<const Account>;

// What a registration or a linkInitiate asks for, checked.
struct PaymentTerms {
  const Wallet* wallet = nullptr;
  std::string reference_no, goods_nm, billing_nm, billing_phone, description;
  std::string db_process_url;
  int64_t amt = 0;
  std::optional<absl::Time> valid_until;  // payValidDt and payValidTm.
  std::string mandate_id, call_back_url;  // Of a linkInitiate.
};

struct Transaction {
  PaymentTerms terms;
  AccountPtr account;
  std::string t_xid;
  std::string page_token;
  std::string call_back_url;  // Given when the payment is opened.
  std::string_view status = kInitiated;
  bool opened = false;
  absl::Time request_time;
  absl::Time trans_time;  // Of the present status.
  std::optional<absl::Time> paid_time;
  int64_t cancelled = 0;
  simulation::EventId next_event = 0;  // Expiry, or the end of processing.

  bool open() const { return status == kInitiated || status == kUnpaid || status == kProcessing; }
  int64_t remaining() const { return paid_time ? terms.amt - cancelled : 0; }
};

struct CancelTerms {
  bool partial = false;
  int64_t amt = 0;
};

// Link status, in the digits agreed upon.
inline constexpr std::string_view kLinked = "0";
inline constexpr std::string_view kUnlinked = "1";
inline constexpr std::string_view kLinkPending = "3";
inline constexpr std::string_view kLinkExpired = "5";
inline constexpr std::string_view kLinkDeclined = "8";

struct LinkTerms {
  std::string reference_no, billing_nm, billing_phone, description;
  std::string db_process_url, call_back_url;
};

struct Link {
  LinkTerms terms;
  AccountPtr account;
  std::string t_xid;
  std::string mandate_id;
  std::string page_token;
  std::string_view status = kLinkPending;
  absl::Time request_time, trans_time;
  simulation::EventId next_event = 0;  // Expiry.
};

}  // namespace sluice::nicepay::simulator
