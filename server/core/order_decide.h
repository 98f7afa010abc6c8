// Decisions on orders. See decision.h.
//
// Threads: pure. Ownership: values.

#pragma once

#include "server/core/decision.h"

namespace sluice {

Decision DecideOrder(const Subject& before, const Input& input, const FlowPolicy& policy,
                     absl::Time now);

// Names of `attention` that operators meet on orders.
namespace order_attention {
inline constexpr std::string_view kAmount =
    "the provider reports another amount than the order's; nothing was changed by it";
inline constexpr std::string_view kCurrency =
    "the provider reports another currency than the order's; nothing was changed by it";
inline constexpr std::string_view kReturnedUnasked =
    "the provider has given the payment back without being asked here";
inline constexpr std::string_view kReturnedMore =
    "the provider has given back more than the refunds known here";
inline constexpr std::string_view kPaidAfterRevoked =
    "the provider reports a payment of an order that was revoked unpaid";
inline constexpr std::string_view kPaidUnderAbandoned =
    "paid under a number that had been given up for another";
inline constexpr std::string_view kPaidTwice =
    "paid more than once, under different numbers of the provider: give one payment back there";
inline constexpr std::string_view kContradiction =
    "the provider's answer contradicts the final state";
inline constexpr std::string_view kUnknownThere = "the provider no longer knows the order";
inline constexpr std::string_view kNoSense = "the provider's report makes no sense for an order";
}  // namespace order_attention

}  // namespace sluice
