// Structured logs: one JSON object a line on standard error.
//
//   LogInfo("order_created", {{"order", name}, {"provider", "payby"}, {"attempt", 1}});
//   {"time":"2026-01-15T10:30:00.123456Z","severity":"INFO","event":"order_created",...}
//
// The event is a fixed snake_case word; what varies goes into fields. A Redacted prints as
// "[redacted]". Text that is not UTF-8 is repaired, long text is cut (kMaxLogTextBytes).
//
// Threads: safe from any thread; a line is written whole.
// Ownership: fields are borrowed for the call.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/redacted.h"

namespace sluice {

// A longer text value is cut here: a log line is for reading, and may hold what a peer sent.
inline constexpr size_t kMaxLogTextBytes = 2048;

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

// "debug", "info", "warning", "error" or "off" to a level; false for anything else.
[[nodiscard]] bool ParseLogLevel(std::string_view text, LogLevel* level);

// From now on lines below `level` are dropped. kInfo at the start.
void SetLogLevel(LogLevel level);

// For callers whose fields are dear to compute.
bool LogEnabled(LogLevel level);

class LogValue {
 public:
  LogValue(const char* text) : value_(std::string_view(text)) {}  // NOLINT: implicit by design
  LogValue(std::string_view text) : value_(text) {}               // NOLINT
  LogValue(const std::string& text) : value_(std::string_view(text)) {}  // NOLINT
  LogValue(const Redacted&) : value_(kRedactedText) {}                   // NOLINT
  LogValue(const absl::Status& status) : value_(status.ToString()) {}    // NOLINT
  LogValue(absl::Duration duration);                                     // NOLINT: "1.5s"
  LogValue(absl::Time time);                                             // NOLINT: RFC 3339, UTC
  template <typename T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
  LogValue(T number) : value_(Widen(number)) {}  // NOLINT

 private:
  friend class LogLine;
  using Value = std::variant<std::string_view, std::string, bool, int64_t, uint64_t>;

  template <typename T>
  static Value Widen(T number) {
    if constexpr (std::is_same_v<T, bool>) {
      return number;
    } else if constexpr (std::is_signed_v<T>) {
      return static_cast<int64_t>(number);
    } else {
      return static_cast<uint64_t>(number);
    }
  }

  Value value_;
};

struct LogField {
  std::string_view key;
  LogValue value;
};

using LogFields = std::initializer_list<LogField>;

void Log(LogLevel level, std::string_view event, LogFields fields);

inline void LogDebug(std::string_view event, LogFields fields = {}) {
  Log(LogLevel::kDebug, event, fields);
}
inline void LogInfo(std::string_view event, LogFields fields = {}) {
  Log(LogLevel::kInfo, event, fields);
}
inline void LogWarning(std::string_view event, LogFields fields = {}) {
  Log(LogLevel::kWarning, event, fields);
}
inline void LogError(std::string_view event, LogFields fields = {}) {
  Log(LogLevel::kError, event, fields);
}

}  // namespace sluice
