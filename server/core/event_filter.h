// Which events a reader wants.
//
// Threads: a plain value; const methods are safe from any thread. Ownership: values.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/event.h"

namespace sluice {

// A filter is compared with every event of every reader.
inline constexpr int kMaxFilterTypes = 64;

// Every condition must hold; an empty one always holds.
struct EventFilter {
  // Any of: a published type ("order.paid"), or all of a resource ("order.*").
  std::vector<std::string> types;
  // A resource and everything below it: "merchants/m/orders/o" is also its refunds, and not
  // "merchants/m/orders/o2". "merchants/m/payouts" is all payouts; a '/' at the end is ignored.
  std::string resource_prefix;
  std::string provider;  // "payby"

  bool empty() const { return types.empty() && resource_prefix.empty() && provider.empty(); }

  // INVALID_ARGUMENT naming each wrong field below `field`. A type that does not exist is refused:
  // it would wait for ever.
  absl::Status Validate(std::string_view field) const;

  bool Matches(const Event& event) const;

  // Stable; the same for filters that match the same events by the same words in another order.
  uint64_t Hash() const;
};

}  // namespace sluice
