// What the simulated PayBy keeps: accounts, orders, refunds.
//
// Amounts are fils (AED has two decimals, and no other currency exists here).
//
// Threads: plain values. Ownership: values.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "providers/simulation/virtual_clock.h"
#include "server/crypto/rsa.h"
#include "server/wire/json.h"

namespace sluice::payby::simulator {

inline constexpr char kCurrency[] = "AED";
inline constexpr int kDecimals = 2;

struct Account {
  std::string partner_id;
  std::string merchant_name;
  std::vector<std::string> allowed_ips;  // Empty: any.
  crypto::RsaPublicKey merchant_key;     // Verifies what the merchant sends.
  crypto::RsaPrivateKey provider_key;    // Signs what the merchant gets.
};
using AccountPtr = std::shared_ptr<const Account>;

// The word is what the wire says.
inline constexpr std::string_view kCreated = "CREATED";                   // Order and refund.
inline constexpr std::string_view kPaidSuccess = "PAID_SUCCESS";          // Order.
inline constexpr std::string_view kSettled = "SETTLED";                   // Order.
inline constexpr std::string_view kFailure = "FAILURE";                   // Order and refund.
inline constexpr std::string_view kRefundedSettled = "REFUNDED_SETTLED";  // Refund.
inline constexpr std::string_view kRefundSuccess = "SUCCESS";             // Refund.

enum class Scene { kEWallet, kDynQr };
enum class EWallet { kNone, kBotimPay, kPayBy, kAlipayPlus };

// bizContent of placeOrder, checked.
struct OrderTerms {
  std::string merchant_order_no;
  std::string subject, subject_ar, notify_url, payee_mid, reserved, device_id;
  std::string secondary_merchant_id;
  int64_t amount = 0;
  std::optional<int64_t> expired_time_ms;
  Scene scene = Scene::kDynQr;
  EWallet wallet = EWallet::kNone;
  std::string redirect_url;
  bool one_time_payment = false;
  Json accessory_content;   // Null: none.
  std::string fingerprint;  // Equal exactly for the same business parameters.
};

struct Payment {
  absl::Time paid_time;
  int64_t payee_fee = 0;
  int64_t settlement = 0;
};

struct Order {
  OrderTerms terms;
  std::string partner_id, merchant_name, order_no;
  std::string_view status = kCreated;
  bool revoked = false;
  int64_t request_time_ms = 0, expired_time_ms = 0;
  absl::Time create_time;
  std::optional<Payment> payment;
  std::string fail_code, fail_des;
  int declined_tries = 0;                         // By the payer, while more were allowed.
  int64_t refunded = 0;                           // Given back.
  int64_t refunding = 0;                          // In progress.
  simulation::EventId next_event = 0;             // Expiry, or settlement once paid.
  std::map<std::string, std::string> notify_ids;  // By status.

  int64_t remaining() const { return terms.amount - refunded - refunding; }
};

// bizContent of refund/placeOrder, checked.
struct RefundTerms {
  std::string refund_no;
  std::string origin_merchant_order_no, origin_order_no;  // One of them.
  int64_t amount = 0;
  std::string notify_url, operator_name, reason, reserved, device_id, secondary_merchant_id;
  std::optional<bool> refund_sharing_amount;
  std::string fingerprint;
};

struct Refund {
  RefundTerms terms;
  std::string partner_id, order_no;  // Its own number.
  std::string origin_merchant_order_no, origin_order_no;
  std::string_view status = kCreated;
  std::string fail_code, fail_des;
  int64_t acquire_amount = 0, remaining = 0;  // refundSummary, as of when it was read.
  simulation::EventId next_event = 0;
  std::map<std::string, std::string> notify_ids;
};

}  // namespace sluice::payby::simulator
