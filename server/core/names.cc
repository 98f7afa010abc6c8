#include "server/core/names.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "server/base/strings.h"
#include "server/core/error.h"

namespace sluice {
namespace {

constexpr size_t kMaxSlugLength = 63;        // As a DNS label: slugs appear in URLs.
constexpr size_t kMaxRequestIdLength = 128;  // A UUID has 36; bounds an index of the store.
constexpr std::string_view kMerchants = "merchants";
constexpr std::string_view kWildcard = "-";

struct Kind {
  ResourceKind kind;
  std::string_view name;
  std::string_view type;
  std::string_view collection;
};
constexpr std::array<Kind, 7> kKinds = {{
    {ResourceKind::kOrder, "order", "sluice.v1/Order", "orders"},
    {ResourceKind::kRefund, "refund", "sluice.v1/Refund", "refunds"},
    {ResourceKind::kPayout, "payout", "sluice.v1/Payout", "payouts"},
    {ResourceKind::kAccountLink, "account_link", "sluice.v1/AccountLink", "accountLinks"},
    {ResourceKind::kEvent, "event", "sluice.v1/Event", "events"},
    {ResourceKind::kNotification, "notification", "sluice.v1/Notification", "notifications"},
    {ResourceKind::kProviderAccount, "provider_account", "sluice.v1/ProviderAccount",
     "providerAccounts"},
}};

const Kind& Describe(ResourceKind kind) {
  const size_t index = static_cast<size_t>(kind) - 1;
  return kKinds[index < kKinds.size() ? index : 0];
}

constexpr bool KindsAreInOrder() {
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (static_cast<size_t>(kKinds[i].kind) != i + 1) return false;
  }
  return true;
}
static_assert(KindsAreInOrder(), "Describe() finds a kind by its number");

bool IsIdCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdLength &&
         std::all_of(id.begin(), id.end(), IsIdCharacter);
}

bool IsSlugCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-';
}

bool IsSlug(std::string_view slug) {
  return !slug.empty() && slug.size() <= kMaxSlugLength &&
         absl::ascii_islower(static_cast<unsigned char>(slug.front())) &&
         std::all_of(slug.begin(), slug.end(), IsSlugCharacter);
}

// The longest name has six segments; one more than that is enough to know it is none.
constexpr size_t kMaxSegments = 6;
struct Segments {
  std::array<std::string_view, kMaxSegments + 1> text;
  size_t count = 0;
};
Segments Split(std::string_view name) {
  Segments segments;
  while (segments.count <= kMaxSegments) {
    const size_t slash = name.find('/');
    segments.text[segments.count++] = name.substr(0, slash);
    if (slash == std::string_view::npos) break;
    name.remove_prefix(slash + 1);
  }
  return segments;
}

std::string Join(std::string_view merchant, ResourceKind kind, std::string_view id) {
  return StrCat(kMerchants, "/", merchant, "/", Describe(kind).collection, "/", id);
}

// The pattern that a name of `kind` has, for error messages.
std::string Pattern(ResourceKind kind) {
  if (kind == ResourceKind::kRefund) return "merchants/{merchant}/orders/{order}/refunds/{refund}";
  return StrCat("merchants/{merchant}/", Describe(kind).collection, "/{", Describe(kind).name, "}");
}

// A provider account's id is a slug; all others are the callers' own numbers or made like them.
bool IdFits(ResourceKind kind, std::string_view id) {
  return kind == ResourceKind::kProviderAccount ? IsSlug(id) : IsId(id);
}

bool ReadName(std::string_view text, ResourceName* name) {
  const Segments segments = Split(text);
  const auto& part = segments.text;
  const bool is_refund = segments.count == kMaxSegments;
  if ((segments.count != 4 && !is_refund) || part[0] != kMerchants || !IsSlug(part[1])) {
    return false;
  }
  if (is_refund) {
    if (part[2] != Describe(ResourceKind::kOrder).collection || !IsId(part[3]) ||
        part[4] != Describe(ResourceKind::kRefund).collection || !IsId(part[5])) {
      return false;
    }
    *name = {ResourceKind::kRefund, std::string(part[1]), std::string(part[3]),
             std::string(part[5])};
    return true;
  }
  for (const Kind& kind : kKinds) {
    if (kind.kind == ResourceKind::kRefund || part[2] != kind.collection) continue;
    if (!IdFits(kind.kind, part[3])) return false;
    *name = {kind.kind, std::string(part[1]), "", std::string(part[3])};
    return true;
  }
  return false;
}

}  // namespace

std::string_view KindName(ResourceKind kind) { return Describe(kind).name; }

std::string_view KindType(ResourceKind kind) { return Describe(kind).type; }

std::string ResourceName::ToString() const {
  if (kind == ResourceKind::kRefund) return RefundName(merchant, parent_id, id);
  return Join(merchant, kind, id);
}

std::string MerchantName(std::string_view merchant) { return StrCat(kMerchants, "/", merchant); }

std::string OrderName(std::string_view merchant, std::string_view order) {
  return Join(merchant, ResourceKind::kOrder, order);
}

std::string RefundName(std::string_view merchant, std::string_view order, std::string_view refund) {
  return StrCat(OrderName(merchant, order), "/", Describe(ResourceKind::kRefund).collection, "/",
                refund);
}

std::string PayoutName(std::string_view merchant, std::string_view payout) {
  return Join(merchant, ResourceKind::kPayout, payout);
}

std::string AccountLinkName(std::string_view merchant, std::string_view link) {
  return Join(merchant, ResourceKind::kAccountLink, link);
}

std::string EventName(std::string_view merchant, std::string_view event) {
  return Join(merchant, ResourceKind::kEvent, event);
}

std::string NotificationName(std::string_view merchant, std::string_view notification) {
  return Join(merchant, ResourceKind::kNotification, notification);
}

std::string ProviderAccountName(std::string_view merchant, std::string_view account) {
  return Join(merchant, ResourceKind::kProviderAccount, account);
}

absl::StatusOr<ResourceName> ParseName(std::string_view name, std::string_view field) {
  ResourceName result;
  if (!ReadName(name, &result)) {
    return InvalidField(field,
                        "must be a resource name such as merchants/{merchant}/orders/{order}");
  }
  return result;
}

absl::StatusOr<ResourceName> ParseName(std::string_view name, ResourceKind kind,
                                       std::string_view field) {
  ResourceName result;
  if (!ReadName(name, &result) || result.kind != kind) {
    return InvalidField(field, StrCat("must be a name of the form ", Pattern(kind)));
  }
  return result;
}

absl::StatusOr<std::string> ParseMerchantName(std::string_view name, std::string_view field,
                                              bool allow_wildcard) {
  const Segments segments = Split(name);
  if (segments.count == 2 && segments.text[0] == kMerchants) {
    const std::string_view merchant = segments.text[1];
    if (IsSlug(merchant) || (allow_wildcard && merchant == kWildcard)) {
      return std::string(merchant);
    }
  }
  return InvalidField(field, allow_wildcard
                                 ? "must be a name of the form merchants/{merchant} or merchants/-"
                                 : "must be a name of the form merchants/{merchant}");
}

absl::Status ValidateId(std::string_view id, std::string_view field) {
  if (IsId(id)) return absl::OkStatus();
  return InvalidField(field, "must be 1 to 64 letters, digits, '-' or '_'");
}

absl::Status ValidateSlug(std::string_view slug, std::string_view field) {
  if (IsSlug(slug)) return absl::OkStatus();
  return InvalidField(field, "must be 1 to 63 of a-z, 0-9 and '-', starting with a letter");
}

absl::Status ValidateRequestId(std::string_view request_id, std::string_view field) {
  const bool printable = std::all_of(request_id.begin(), request_id.end(),
                                     [](char c) { return c >= ' ' && c <= '~'; });
  if (request_id.size() <= kMaxRequestIdLength && printable) return absl::OkStatus();
  return InvalidField(field, "must be up to 128 printable ASCII characters");
}

}  // namespace sluice
