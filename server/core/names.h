// Resource names and the rules of ids.
//
//   merchants/{merchant}/orders/{order}               merchants/{merchant}/events/{event}
//   merchants/{merchant}/orders/{order}/refunds/{refund}
//   merchants/{merchant}/payouts/{payout}             merchants/{merchant}/accountLinks/{link}
//   merchants/{merchant}/notifications/{notification}
//   merchants/{merchant}/providerAccounts/{account}
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sluice {

enum class ResourceKind {
  kOrder = 1,
  kRefund = 2,
  kPayout = 3,
  kAccountLink = 4,
  kEvent = 5,
  kNotification = 6,
  kProviderAccount = 7,
};

// "order", "refund", "payout", "account_link", "event", "notification", "provider_account".
std::string_view KindName(ResourceKind kind);

// "sluice.v1/Order", ... for ResourceInfo.
std::string_view KindType(ResourceKind kind);

// The parts of a name. `parent_id` is the order's id of a refund, else empty.
struct ResourceName {
  ResourceKind kind = ResourceKind::kOrder;
  std::string merchant;
  std::string parent_id;
  std::string id;

  std::string ToString() const;
  friend bool operator==(const ResourceName&, const ResourceName&) = default;
};

std::string MerchantName(std::string_view merchant);                       // merchants/m
std::string OrderName(std::string_view merchant, std::string_view order);  // merchants/m/orders/o
std::string RefundName(std::string_view merchant, std::string_view order, std::string_view refund);
std::string PayoutName(std::string_view merchant, std::string_view payout);
std::string AccountLinkName(std::string_view merchant, std::string_view link);
std::string EventName(std::string_view merchant, std::string_view event);
std::string NotificationName(std::string_view merchant, std::string_view notification);
std::string ProviderAccountName(std::string_view merchant, std::string_view account);

// Reads any of the names above; INVALID_ARGUMENT with the rule when malformed. `field` is the path
// named in the error.
absl::StatusOr<ResourceName> ParseName(std::string_view name, std::string_view field);

// As ParseName, and the kind must be `kind`.
absl::StatusOr<ResourceName> ParseName(std::string_view name, ResourceKind kind,
                                       std::string_view field);

// "merchants/{merchant}" to its id; with `allow_wildcard` also "merchants/-" (id "-").
absl::StatusOr<std::string> ParseMerchantName(std::string_view name, std::string_view field,
                                              bool allow_wildcard = false);

// The merchant's own numbers: 1 to 64 of letters, digits, '-' and '_'. A provider may allow less.
inline constexpr int kMaxIdLength = 64;
absl::Status ValidateId(std::string_view id, std::string_view field);

// Merchants and provider accounts: 1 to 63 of a-z, 0-9 and '-', first a letter.
absl::Status ValidateSlug(std::string_view slug, std::string_view field);

// Request ids: 1 to 128 printable ASCII characters (a UUID is usual). Empty means none.
absl::Status ValidateRequestId(std::string_view request_id, std::string_view field);

}  // namespace sluice
