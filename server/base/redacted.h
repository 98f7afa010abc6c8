// A string that is never printed: keys, tokens, payer data.
//
// It has no conversion to a string: whoever needs the bytes says Reveal(), which a reader can find.
//
// Threads: a plain value.
// Ownership: owns its bytes.

#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

// What stands in the place of a redacted value in logs and messages.
inline constexpr std::string_view kRedactedText = "[redacted]";

class Redacted {
 public:
  Redacted() = default;
  explicit Redacted(std::string value) : value_(std::move(value)) {}

  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const Redacted&, const Redacted&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Redacted&) {
    return out << kRedactedText;
  }

 private:
  std::string value_;
};

}  // namespace sluice
