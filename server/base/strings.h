// std::string_view beside Abseil: where Abseil is built for C++14 (as Debian's is),
// absl::string_view is a type of its own that std::string_view does not turn into. Sluice's
// interfaces speak std::string_view; a call into Abseil with one goes through here. With a newer
// Abseil, where both are the same type, these cost nothing.
//
// Threads: pure functions.
// Ownership: none.

#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sluice {

// For arguments of Abseil functions, and for lookups in maps of Abseil with std::string keys.
inline absl::string_view AbslView(std::string_view text) { return {text.data(), text.size()}; }

// The other way, for example of absl::Status::message().
inline std::string_view StdView(absl::string_view text) { return {text.data(), text.size()}; }

// absl::StrCat that also takes std::string_view.
template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  const auto adapt = [](const auto& part) -> decltype(auto) {
    using Part = std::decay_t<decltype(part)>;
    if constexpr (std::is_same_v<Part, std::string_view>) {
      return AbslView(part);
    } else {
      return (part);
    }
  };
  return absl::StrCat(adapt(parts)...);
}

// ASCII only.
inline bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(AbslView(a), AbslView(b));
}

}  // namespace sluice
