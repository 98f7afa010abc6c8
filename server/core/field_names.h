// Enums by name, under one name for all types: for visitors of core/fields.h.
//
// Threads: pure functions. Ownership: none.

#pragma once

#include <string_view>

#include "server/core/resources.h"

namespace sluice {

inline std::string_view EnumName(OrderState value) { return StateName(value); }
inline std::string_view EnumName(RefundState value) { return StateName(value); }
inline std::string_view EnumName(PayoutState value) { return StateName(value); }
inline std::string_view EnumName(AccountLinkState value) { return StateName(value); }
inline std::string_view EnumName(AttemptState value) { return StateName(value); }
inline std::string_view EnumName(Verb value) { return VerbName(value); }
inline std::string_view EnumName(Presentation value) { return PresentationName(value); }
inline std::string_view EnumName(FailureReason value) { return FailureReasonName(value); }
inline std::string_view EnumName(NextAction::Kind value) { return NextActionName(value); }

inline void ParseEnum(std::string_view name, OrderState& out) { out = ParseOrderState(name); }
inline void ParseEnum(std::string_view name, RefundState& out) { out = ParseRefundState(name); }
inline void ParseEnum(std::string_view name, PayoutState& out) { out = ParsePayoutState(name); }
inline void ParseEnum(std::string_view name, AccountLinkState& out) {
  out = ParseAccountLinkState(name);
}
inline void ParseEnum(std::string_view name, AttemptState& out) { out = ParseAttemptState(name); }
inline void ParseEnum(std::string_view name, Verb& out) { out = ParseVerb(name); }
inline void ParseEnum(std::string_view name, Presentation& out) { out = ParsePresentation(name); }
inline void ParseEnum(std::string_view name, FailureReason& out) { out = ParseFailureReason(name); }
inline void ParseEnum(std::string_view name, NextAction::Kind& out) {
  out = ParseNextActionKind(name);
}

// These describe; the others decide what is done with money, so that a name this build does not
// know must stop the reading.
template <typename Enum>
inline constexpr bool kMayBeUnknown = false;
template <>
inline constexpr bool kMayBeUnknown<FailureReason> = true;
template <>
inline constexpr bool kMayBeUnknown<NextAction::Kind> = true;

}  // namespace sluice
