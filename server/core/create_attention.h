// `attention` that refunds, payouts and account links share: why a person is to look.
//
// Threads: constant. Ownership: static.

#pragma once

#include <string_view>

namespace sluice {

namespace create_attention {
inline constexpr std::string_view kAmount =
    "the provider reports another amount; nothing was changed by it";
inline constexpr std::string_view kCurrency =
    "the provider reports another currency; nothing was changed by it";
inline constexpr std::string_view kReceiver =
    "the provider has one for another receiver under this number; nothing was changed by it";
inline constexpr std::string_view kContradiction =
    "the provider's answer contradicts the final state";
inline constexpr std::string_view kUnknownThere = "the provider no longer knows it";
inline constexpr std::string_view kUnderAbandoned =
    "done under a number that had been given up for another";
inline constexpr std::string_view kException = "the provider flags it for a person";
inline constexpr std::string_view kNoSense = "the provider's report makes no sense here";
}  // namespace create_attention

}  // namespace sluice
