// Percent encoding with a choice of what stays as it is: the common part of uri and form.
//
// Threads: pure functions.
// Ownership: none.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::percent {

enum class Space { kPercent, kPlus };  // "%20" or "+".

// Letters, digits and the characters of `unreserved` stay; everything else becomes %XX.
std::string Encode(std::string_view text, std::string_view unreserved, Space space);

// nullopt for '%' without two hexadecimal digits. '+' is a space for kPlus, itself for kPercent.
std::optional<std::string> Decode(std::string_view text, Space space);

}  // namespace sluice::percent
