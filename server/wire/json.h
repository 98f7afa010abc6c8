// A JSON value that keeps what providers sign and what money needs: the text of numbers ("12.30"
// stays "12.30") and the order of members.
//
// Reading is strict (RFC 8259): one value, valid UTF-8, no comments, no repeated member names,
// bounded in bytes, depth and values. Writing is compact and deterministic.
//
// Threads: a plain value; const methods are safe from any thread.
// Ownership: owns its bytes; pointers and views into a value live as long as it is not changed.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace sluice {

struct JsonLimits {
  size_t max_bytes = 1 << 20;  // Provider messages are a few KiB.
  int max_depth = 32;          // Objects and arrays inside each other; providers use six.
  size_t max_values = 50'000;  // A value costs about 100 bytes: bounds memory at a few MiB.
};

class Json {
 public:
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  using Member = std::pair<std::string, Json>;
  using Members = std::vector<Member>;
  using Items = std::vector<Json>;

  Json() = default;                                                         // null
  Json(std::string text) : kind_(Kind::kString), text_(std::move(text)) {}  // NOLINT: for builders
  Json(std::string_view text) : Json(std::string(text)) {}                  // NOLINT
  Json(const char* text) : Json(std::string(text)) {}                       // NOLINT

  static Json Null() { return Json(); }
  static Json Bool(bool value);
  static Json Int(int64_t value);
  static Json String(std::string text) { return Json(std::move(text)); }

  // A number by its text, written as it stands. `text` must satisfy IsNumberText: anything else is
  // a mistake in the program and ends it.
  static Json Number(std::string text);
  static bool IsNumberText(std::string_view text);

  // Json::Object({{"a", "text"}, {"n", Json::Number("1.50")}}). Names must not repeat.
  static Json Object(Members members = {});
  static Json Array(Items items = {});

  // INVALID_ARGUMENT, with the byte offset but never the content, for anything but one value
  // within the limits. A number too large for a double (1e400) is refused as well.
  static absl::StatusOr<Json> Parse(std::string_view text, const JsonLimits& limits = {});

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // Empty or false for other kinds.
  bool bool_value() const { return bool_; }
  // Of a string (decoded) or a number (as written).
  const std::string& text() const { return text_; }
  const Items& items() const { return items_; }
  const Members& members() const { return members_; }

  // The member, or nullptr (also when this is no object).
  const Json* Find(std::string_view name) const;
  const Json* FindIgnoreCase(std::string_view name) const;  // ASCII; the first that matches.

  // Follows member names separated by dots ("body.acquireOrder.status"), or nullptr.
  const Json* FindPath(std::string_view path) const;

  // By dotted path. INVALID_ARGUMENT, naming the path and the rule, when it is missing, null, or of
  // another kind.
  absl::StatusOr<std::string> GetString(std::string_view path) const;
  absl::StatusOr<std::string> GetNumberText(std::string_view path) const;
  absl::StatusOr<std::string> GetText(std::string_view path) const;  // String or number.
  absl::StatusOr<int64_t> GetInt(std::string_view path) const;       // Like 12, not 12.0 or 1e1.
  absl::StatusOr<bool> GetBool(std::string_view path) const;
  absl::StatusOr<const Json*> GetObject(std::string_view path) const;
  absl::StatusOr<const Json*> GetArray(std::string_view path) const;

  // As above, but missing and null are nullopt; another kind is still an error.
  absl::StatusOr<std::optional<std::string>> OptionalString(std::string_view path) const;
  absl::StatusOr<std::optional<std::string>> OptionalText(std::string_view path) const;
  absl::StatusOr<std::optional<int64_t>> OptionalInt(std::string_view path) const;

  // Replaces the member or adds it at the end. Turns null into an object; on another kind the old
  // value is replaced by an object.
  Json& Set(std::string_view name, Json value);

  // Adds an item at the end; a value that is no array becomes one first.
  Json& Append(Json value);

  // Compact, members in order, numbers as they were, '/' and non-ASCII unescaped. The same value
  // always gives the same bytes.
  std::string Write() const;

  // Same kind, same number text, same members in the same order.
  friend bool operator==(const Json& a, const Json& b);

 private:
  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  std::string text_;
  Items items_;
  Members members_;
};

}  // namespace sluice
