// What the simulated EPAY keeps: accounts, payouts, and the chart of order statuses.
//
// Amounts are cents of USD: payouts settle in nothing else here.
//
// Threads: plain values. Ownership: values.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "providers/simulation/virtual_clock.h"

namespace sluice::epay::simulator {

inline constexpr char kCurrency[] = "USD";
inline constexpr int kDecimals = 2;
// Ten billion and more is refused; a fee in permille of less still fits 64 bits.
inline constexpr int kMaxIntegerDigits = 10;
inline constexpr char kRate[] = "1.000000";  // Of a currency to itself.

struct Account {
  std::string epay_account;
  std::string api_key;
  std::vector<std::string> allowed_ips;  // Empty: any.
};
using AccountPtr = std::shared_ptr<const Account>;

inline constexpr int kConfirm = 1;
inline constexpr int kCancel = 5;
inline constexpr int kFail = 6;
inline constexpr int kPaid = 7;
inline constexpr int kClose = 8;
inline constexpr int kFeeKept = 20;

// What of amount and fee the merchant's balance is without, in a status.
enum class Withheld { kNothing, kFee, kAmountAndFee };

struct Status {
  int number = 0;
  bool final = false;
  bool called_back = false;
  Withheld withheld = Withheld::kAmountAndFee;
  std::string_view ledger_word = "move";
};

// The chart's statuses by number, or nullptr.
const Status* FindStatus(int number);

// param of createEwalletTransaction, checked.
struct PayoutTerms {
  std::string merchant_order_no;
  std::string currency, channel_code;
  int64_t amount = 0;
  std::string notify_url;     // Empty: nobody is told.
  std::string extend_fields;  // As JSON text; empty: none.
  std::string account_no, remark;
};

struct Payout {
  PayoutTerms terms;
  std::string epay_account, order_no;
  int status = kConfirm;
  int64_t fee = 0;
  std::string failure_text;  // Of the statuses in which the receiver gets nothing.
  simulation::EventId next_event = 0;
};

// What the balance is without because of `payout`, were it in `status`.
int64_t WithheldAmount(const Payout& payout, const Status& status);

}  // namespace sluice::epay::simulator
