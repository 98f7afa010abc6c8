// A notification from a provider, verified and read.
//
// Threads: plain values. Ownership: values.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/core/facts.h"
#include "server/core/names.h"

namespace sluice {

struct Notification {
  ResourceKind kind = ResourceKind::kOrder;
  std::string provider_key;  // The number under which we made it known (Provider::ProviderKey).
  // Of a refund: the order's number in the same sense. Empty: not said.
  std::string order_key;
  std::string dedup_key;    // The same notice again has the same key.
  Facts facts;              // facts.amount is compared with ours before anything is believed.
  std::string merchant_id;  // The merchant as the provider knows it; already checked when empty.
  // The signature does not cover the state: change nothing by it, ask the provider.
  bool confirm_by_query = false;
};

// Why a notification was not believed: payload-free words for ReadNotification's error, also the
// `reason` of a rejected one in the API.
namespace notification_reason {
inline constexpr char kMalformed[] = "MALFORMED";
inline constexpr char kSignatureMissing[] = "SIGNATURE_MISSING";
inline constexpr char kSignatureInvalid[] = "SIGNATURE_INVALID";
inline constexpr char kMerchantMismatch[] = "MERCHANT_MISMATCH";
inline constexpr char kAmountMismatch[] = "AMOUNT_MISMATCH";
inline constexpr char kCurrencyMismatch[] = "CURRENCY_MISMATCH";
inline constexpr char kAddressNotAllowed[] = "ADDRESS_NOT_ALLOWED";
inline constexpr char kUnknownResource[] = "UNKNOWN_RESOURCE";
inline constexpr char kStale[] = "STALE";
}  // namespace notification_reason

// What a notification that is not believed claims to be about. It changes nothing and is not
// acknowledged; but as the claim may be true, the provider may be asked about that resource, as
// often as the engine's own bounds allow.
struct NotificationHint {
  ResourceKind kind = ResourceKind::kOrder;
  std::string provider_key;
};

// ReadNotification's error with a hint, and the hint of an error; nullopt when it carries none.
absl::Status WithHint(absl::Status status, const NotificationHint& hint);
std::optional<NotificationHint> HintOf(const absl::Status& status);

// What became of a notification, from which the provider's exact answer is made.
enum class NotificationResult {
  kAccepted,  // Durable (also a repeat).
  kRefused,   // Not believed; nothing changed.
  kTryLater,  // Believed, but we could not make it durable now.
};

// What DiagnoseNotification shows. Values are masked by the provider: no secret, no personal data.
struct Diagnosis {
  bool verified = false;
  std::string summary;  // "the signature does not match the body"
  // e.g. {"canonical string", "amount=…&key=[key]"}
  std::vector<std::pair<std::string, std::string>> details;
};

}  // namespace sluice
