// Spoilt copies of messages. Reproducible: everything follows from the seed.
//
// Threads: pure functions; the random source is the caller's. Ownership: values.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/base/random.h"
#include "server/wire/http.h"

namespace sluice::conformance {

inline std::string RandomBytes(Random& random, size_t size) {
  std::string bytes(size, '\0');
  random.Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
  return bytes;
}

// Calls `visit` with each copy that has one bit turned.
template <typename Visit>
void ForEachFlip(const std::string& text, Visit visit) {
  constexpr int kBits = 8;
  for (size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < kBits; ++bit) {
      std::string flipped = text;
      flipped[at] = static_cast<char>(static_cast<unsigned char>(flipped[at]) ^ (1u << bit));
      visit(flipped, at);
    }
  }
}

// One random change; never the same text.
inline std::string Mutate(const std::string& text, Random& random) {
  std::string mutated = text;
  do {
    const size_t at = mutated.empty() ? 0 : random.Next() % mutated.size();
    const char byte = static_cast<char>(random.Next());
    switch (random.Next() % 6) {
      case 0:
        mutated.insert(mutated.begin() + at, byte);
        break;
      case 1:
        if (!mutated.empty()) mutated[at] = byte;
        break;
      case 2:
        if (!mutated.empty()) mutated.erase(at, 1 + random.Next() % 8);
        break;
      case 3:
        mutated.resize(at);
        break;
      case 4:
        mutated.insert(at, mutated.substr(at, 1 + random.Next() % 16));
        break;
      default:
        if (!mutated.empty()) std::swap(mutated[at], mutated[random.Next() % mutated.size()]);
        break;
    }
  } while (mutated == text);
  return mutated;
}

// Bodies that no provider sends.
inline std::vector<std::string> StrangeBodies() {
  constexpr size_t kHuge = 3 << 20;  // More than any limit on a message.
  constexpr size_t kDeep = 10000;    // More than any limit on nesting.
  return {
      "",
      " ",
      "null",
      "{}",
      "[]",
      "true",
      "\"text\"",
      "-",
      "{\"head\":null,\"body\":null}",
      "<html><body>502 Bad Gateway</body></html>",
      "\xEF\xBB\xBF{}",
      std::string("{\"a\":\"\0\"}", 9),
      "{\"a\":\"\xff\xfe\"}",
      "\xff\xff\xff\xff",
      "a=b&c=%zz",
      std::string(kHuge, 'x'),
      "{\"a\":\"" + std::string(kHuge, 'x') + "\"}",
      std::string(kDeep, '['),
      std::string(kDeep, '[') + std::string(kDeep, ']'),
  };
}

// The value of the header, to be changed; null when it is not there.
inline std::string* MutableHeader(HttpHeaders& headers, std::string_view name) {
  const std::string* const found = FindHeader(headers, name);
  for (auto& [each, value] : headers) {
    if (&value == found) return &value;
  }
  return nullptr;
}

}  // namespace sluice::conformance
