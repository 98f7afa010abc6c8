// Resources with arbitrary content, for property tests: every field is sometimes set, and text has
// quotes, control characters, zero bytes and multi-byte characters. Only tests include this.
//
//   SeededRandom random(seed);
//   const Order order = Arbitrary<Order>(random);
//
// Threads: pure but for `random`. Ownership: values.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/time/time.h"
#include "server/base/random.h"
#include "server/core/field_names.h"
#include "server/core/fields.h"

namespace sluice {

// How often a field keeps its default.
enum class Density { kSometimesEmpty, kAllSet };

class ArbitraryFields {
 public:
  ArbitraryFields(Random& random, Density density) : random_(random), density_(density) {}

  template <typename T>
  void operator()(std::string_view, T& field, FieldTraits) {
    if (density_ == Density::kSometimesEmpty && random_.Next() % 4 == 0) return;
    Fill(field);
  }

  template <typename T>
  void Fill(T& value) {
    if constexpr (std::is_enum_v<T>) {
      do {
        value = static_cast<T>(1 + random_.Next() % 12);
      } while (EnumName(value) == EnumName(T{}));  // Beyond the list.
    } else if constexpr (std::is_same_v<T, bool>) {
      value = true;
    } else if constexpr (std::is_integral_v<T>) {
      do {
        value = static_cast<T>(random_.Next() >> random_.Next() % 64);
      } while (value == 0);
    } else {
      VisitFields(*this, value);
    }
  }
  void Fill(std::string& text) {
    static constexpr std::string_view kPieces[] = {
        "a",    "Z9", "-", "\"",         "\\", "/", "\n", "\x01",
        "\x7f", "é",  "€", "\U0001F600", " ",  "{", "]",  std::string_view("\0", 1)};
    for (uint64_t left = 1 + random_.Next() % 40; left > 0; --left) {
      text.append(kPieces[random_.Next() % std::size(kPieces)]);
    }
  }
  void Fill(absl::Time& time) {
    time = absl::FromUnixMicros(static_cast<int64_t>(1 + random_.Next() % 4'000'000'000'000'000));
  }
  template <typename T>
  void Fill(std::optional<T>& value) {
    Fill(value.emplace());
  }
  template <typename T>
  void Fill(std::vector<T>& items) {
    for (uint64_t left = 1 + random_.Next() % 3; left > 0; --left) Fill(items.emplace_back());
  }
  void Fill(std::map<std::string, std::string>& map) {
    for (uint64_t left = 1 + random_.Next() % 3; left > 0; --left) {
      std::string key;
      Fill(key);
      Fill(map[key]);
    }
  }

 private:
  Random& random_;
  const Density density_;
};

template <typename Struct>
Struct Arbitrary(Random& random, Density density = Density::kSometimesEmpty) {
  Struct value;
  ArbitraryFields(random, density).Fill(value);
  return value;
}

}  // namespace sluice
