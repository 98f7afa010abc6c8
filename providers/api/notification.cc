#include "providers/api/notification.h"

#include "absl/strings/cord.h"

namespace sluice {
namespace {

constexpr char kPayload[] = "sluice/notification_hint";

// The kinds that a provider can notify of, each with the byte that stands for it in the payload.
constexpr std::pair<ResourceKind, char> kKinds[] = {
    {ResourceKind::kOrder, 'o'},
    {ResourceKind::kRefund, 'r'},
    {ResourceKind::kPayout, 'p'},
    {ResourceKind::kAccountLink, 'l'},
};

}  // namespace

absl::Status WithHint(absl::Status status, const NotificationHint& hint) {
  for (const auto& [kind, byte] : kKinds) {
    if (kind != hint.kind || hint.provider_key.empty()) continue;
    status.SetPayload(kPayload, absl::Cord(byte + hint.provider_key));
  }
  return status;
}

std::optional<NotificationHint> HintOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  const std::string text(*payload);
  for (const auto& [kind, byte] : kKinds) {
    if (!text.empty() && text.front() == byte) return NotificationHint{kind, text.substr(1)};
  }
  return std::nullopt;
}

}  // namespace sluice
