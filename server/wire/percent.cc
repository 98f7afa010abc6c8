#include "server/wire/percent.h"

#include "absl/strings/ascii.h"

namespace sluice::percent {
namespace {

// The value of a hexadecimal digit, or -1.
int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string Encode(std::string_view text, std::string_view unreserved, Space space) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || unreserved.find(c) != std::string_view::npos) {
      result.push_back(c);
    } else if (c == ' ' && space == Space::kPlus) {
      result.push_back('+');
    } else {
      result.push_back('%');
      result.push_back(kDigits[byte >> 4]);
      result.push_back(kDigits[byte & 15]);
    }
  }
  return result;
}

std::optional<std::string> Decode(std::string_view text, Space space) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && space == Space::kPlus) {
      result.push_back(' ');
    } else if (text[i] != '%') {
      result.push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = DigitValue(text[i + 1]);
      const int low = DigitValue(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      result.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    }
  }
  return result;
}

}  // namespace sluice::percent
