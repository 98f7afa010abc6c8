// Personal data and providers' text, made fit to be shown.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

// Enough to recognise, too little to use: "U123456789012" becomes "U1*********12". Two characters
// are left at each end of nine or more, one at each end of five to eight, none of less.
std::string Mask(std::string_view text);

// What is kept of a provider's message.
inline constexpr size_t kMaxProviderTextBytes = 256;

// `text` as valid UTF-8 without control characters, cut at a character to at most
// kMaxProviderTextBytes. For Failure::provider_message, provider codes and log lines.
std::string CleanProviderText(std::string_view text);

}  // namespace sluice
