// The rules of text and numbers that callers give. Each function answers OK, or INVALID_ARGUMENT
// with one FieldViolation per broken rule: the field's path and the rule, never the value.
//
// Ids, names and request ids are in core/names.h.
//
// Threads: pure functions; Violations is a plain value. Ownership: values.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/core/error.h"
#include "server/core/money.h"
#include "server/core/resources.h"

namespace sluice {

// Gathers what is wrong with a request, so that a caller learns of all of it at once.
//   Violations violations;
//   violations.Add(ValidateAmount(order.amount, "order.amount"));
//   violations.Add(ValidateLabels(order.labels, "order.labels"));
//   if (!violations.ok()) return violations.ToStatus();
class Violations {
 public:
  // Takes over the violations of an InvalidField(s) status; OK adds nothing. A status of another
  // kind is kept and wins over all violations.
  void Add(const absl::Status& status);
  void Add(std::string_view field, std::string_view rule);

  bool ok() const { return other_.ok() && fields_.empty(); }
  absl::Status ToStatus() const;  // OK when there are none.

 private:
  std::vector<FieldViolation> fields_;
  absl::Status other_;
};

inline constexpr int kMaxLabels = 16;      // Bounds of what each event carries.
inline constexpr int kMaxLabelBytes = 63;  // Of a key and of a value, as elsewhere in clouds.
inline constexpr int kMaxDescriptionBytes = 256;  // The most any provider passes on.
inline constexpr int kMaxFieldUrlBytes = 1024;  // Providers store URLs in columns of 1 KiB or more.
inline constexpr int kMaxTextBytes = 256;       // Names, addresses.
inline constexpr int kMaxLineItems = 100;       // Bounds a request and the order's body.
inline constexpr int64_t kMaxQuantity = 1'000'000;

// Known currency, more than zero, at most kMaxMinorUnits.
absl::Status ValidateAmount(const Money& amount, std::string_view field);

// Up to kMaxLabels; keys of [a-z0-9_-]{1,63}, values of up to 63 bytes of printable UTF-8.
absl::Status ValidateLabels(const std::map<std::string, std::string>& labels,
                            std::string_view field);

// Up to `max_bytes` of UTF-8 without control characters. Empty is allowed.
absl::Status ValidateText(std::string_view text, std::string_view field,
                          size_t max_bytes = kMaxTextBytes);
absl::Status ValidateDescription(std::string_view text, std::string_view field);

// An absolute http or https URL with a host and without user information; printable ASCII
// (others percent-encoded). Empty is allowed: ask ValidateRequired first where it is not.
enum class UrlSchemes { kHttpsOnly, kHttpAndHttps };
absl::Status ValidateUrl(std::string_view url, std::string_view field,
                         UrlSchemes schemes = UrlSchemes::kHttpAndHttps);

// 6 to 15 digits after an optional '+' (E.164 allows 15). Empty is allowed.
absl::Status ValidatePhone(std::string_view phone, std::string_view field);

// One '@' with something on both sides, printable ASCII without spaces, up to 254 bytes. Whether
// it exists is for the provider to say. Empty is allowed.
absl::Status ValidateEmail(std::string_view email, std::string_view field);

// An IPv4 or IPv6 address. Empty is allowed.
absl::Status ValidateIpAddress(std::string_view address, std::string_view field);

// Two upper-case letters (ISO 3166-1). Empty is allowed.
absl::Status ValidateCountry(std::string_view country, std::string_view field);

// Not empty.
absl::Status ValidateRequired(std::string_view value, std::string_view field);

// A word such as a wallet or provider: 1 to 63 of a-z, 0-9 and '-', first a letter.
absl::Status ValidateWallet(std::string_view wallet, std::string_view field);

// `now` < expire_time <= now + maximum. A maximum of zero means it cannot be set.
absl::Status ValidateExpireTime(absl::Time expire_time, absl::Time now, absl::Duration maximum,
                                std::string_view field);

// Every field of it, each by the rules above.
absl::Status ValidateCustomer(const Customer& customer, std::string_view field);

// Up to kMaxLineItems, each with a name, a quantity of 1 to kMaxQuantity and a unit price in
// `currency_code` of zero or more. Sums are not compared with the amount: discounts exist.
absl::Status ValidateLineItems(const std::vector<LineItem>& items, std::string_view currency_code,
                               std::string_view field);

}  // namespace sluice
