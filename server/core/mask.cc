#include "server/core/mask.h"

#include <vector>

#include "server/base/utf8.h"

namespace sluice {
namespace {

// Enough to find 256 bytes worth keeping; a hostile megabyte is not copied.
constexpr size_t kMaxBytesRead = 16 * kMaxProviderTextBytes;

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Where each character of valid UTF-8 starts, and the end.
std::vector<size_t> CharacterStarts(std::string_view text) {
  std::vector<size_t> starts;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsContinuation(text[i])) starts.push_back(i);
  }
  starts.push_back(text.size());
  return starts;
}

}  // namespace

std::string Mask(std::string_view text) {
  const std::string valid = ToValidUtf8(text, std::string::npos);
  const std::vector<size_t> starts = CharacterStarts(valid);
  const size_t characters = starts.size() - 1;
  const size_t shown = characters >= 9 ? 2 : characters >= 5 ? 1 : 0;
  std::string masked = valid.substr(0, starts[shown]);
  masked.append(characters - 2 * shown, '*');
  masked.append(valid, starts[characters - shown]);
  return masked;
}

std::string CleanProviderText(std::string_view text) {
  // Made valid first: dropping bytes from broken sequences could put new characters together.
  const std::string valid = ToValidUtf8(text.substr(0, kMaxBytesRead), std::string::npos);
  std::string kept;
  for (size_t i = 0; i < valid.size(); ++i) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    if (byte < 0x20 || byte == 0x7F) continue;
    // U+0080 to U+009F are C2 80 to C2 9F.
    if (byte == 0xC2 && static_cast<unsigned char>(valid[i + 1]) <= 0x9F) {
      ++i;
      continue;
    }
    kept.push_back(valid[i]);
  }
  return ToValidUtf8(kept, kMaxProviderTextBytes);
}

}  // namespace sluice
