#include "server/core/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/encoding.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/field_names.h"
#include "server/core/fields.h"
#include "server/core/stable_hash.h"

namespace sluice {
namespace {

// An error that names more fields than this helps nobody.
constexpr size_t kMaxNamedFields = 16;

// An ordinary fingerprint has a dozen lines of 40 bytes.
constexpr size_t kOrdinaryBytes = 512;

// A path is one line up to '='. Label keys come from the caller, perhaps before validation.
void AddCleanPath(std::string_view path, std::string& lines) {
  for (const char c : path) {
    lines.push_back(c == '=' || static_cast<unsigned char>(c) < 0x20 ? '?' : c);
  }
}

std::string HashText(std::string_view path, std::string_view value) {
  // With the path, so that equal values of two fields do not show as equal.
  std::string content;
  content.reserve(path.size() + 1 + value.size());
  content.append(path).push_back('\0');
  content.append(value);
  const Hash128 hash = StableHash128(content);
  std::array<char, 16> bytes;
  size_t size = 0;
  for (const uint64_t word : {hash.high, hash.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes[size++] = static_cast<char>(word >> shift);
  }
  return Base64UrlEncode({bytes.data(), size});
}

void AddLine(std::string_view path, std::string_view value, std::string& lines) {
  if (value.empty()) return;
  AddCleanPath(path, lines);
  lines.append("=").append(HashText(path, value)).append("\n");
}

class FingerprintVisitor {
 public:
  // `prefix` ends with '.' or is empty. Only with `given_only` do traits matter: inside of a given
  // struct everything is given.
  FingerprintVisitor(std::string prefix, bool given_only, std::string& lines)
      : prefix_(std::move(prefix)), given_only_(given_only), lines_(lines) {}

  // A field whose path in the request is not prefix + name.
  void Rename(std::string_view name, std::string_view path) { renamed_[name] = path; }

  template <typename T>
  void operator()(std::string_view name, const T& field, FieldTraits traits) {
    if (given_only_ && (traits & kGiven) == 0) return;
    const auto renamed = renamed_.find(name);
    Add(renamed == renamed_.end() ? StrCat(prefix_, name) : std::string(renamed->second), field);
  }

 private:
  template <typename T>
  void Add(const std::string& path, const T& value) {
    if constexpr (std::is_enum_v<T>) {
      if (value != T{}) AddLine(path, EnumName(value), lines_);
    } else if constexpr (std::is_integral_v<T>) {
      if (value != T{}) AddLine(path, std::to_string(value), lines_);
    } else {
      FingerprintVisitor nested(path + ".", false, lines_);
      VisitFields(nested, value);
    }
  }
  void Add(const std::string& path, const std::string& value) { AddLine(path, value, lines_); }
  void Add(const std::string& path, const absl::Time& time) {
    AddLine(path, std::to_string(absl::ToUnixMicros(time)), lines_);
  }
  template <typename T>
  void Add(const std::string& path, const std::optional<T>& value) {
    if (value.has_value()) Add(path, *value);
  }
  void Add(const std::string& path, const std::map<std::string, std::string>& map) {
    // A label with an empty value is not the same as no label.
    for (const auto& [key, value] : map) AddLine(StrCat(path, ".", key), "=" + value, lines_);
  }
  // One line per item, so that a long list stays short.
  template <typename T>
  void Add(const std::string& path, const std::vector<T>& items) {
    for (size_t i = 0; i < items.size(); ++i) {
      std::string content;
      FingerprintVisitor nested("", false, content);
      VisitFields(nested, items[i]);
      AddLine(StrCat(path, "[", i, "]"), "=" + content, lines_);
    }
  }

  const std::string prefix_;
  const bool given_only_;
  std::map<std::string_view, std::string_view> renamed_;
  std::string& lines_;
};

template <typename Resource>
std::string FingerprintOf(const Resource& resource, std::string_view kind) {
  std::string lines;
  lines.reserve(kOrdinaryBytes);
  FingerprintVisitor visitor(StrCat(kind, "."), true, lines);
  const std::string id_path = StrCat(kind, "_id");
  visitor.Rename("id", id_path);
  visitor.Rename("order_id", "parent");  // Of a refund; orders have no such field.
  VisitFields(visitor, resource);
  return lines;
}

std::set<std::string_view> Lines(std::string_view text) {
  std::set<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.insert(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string Fingerprint(const Order& as_given) { return FingerprintOf(as_given, "order"); }
std::string Fingerprint(const Refund& as_given) { return FingerprintOf(as_given, "refund"); }
std::string Fingerprint(const Payout& as_given) { return FingerprintOf(as_given, "payout"); }
std::string Fingerprint(const AccountLink& as_given) {
  return FingerprintOf(as_given, "account_link");
}

std::string Fingerprint(const FieldValues& fields) {
  FieldValues sorted = fields;
  std::sort(sorted.begin(), sorted.end());
  std::string lines;
  for (const auto& [path, value] : sorted) AddLine(path, value, lines);
  return lines;
}

std::vector<std::string> DifferingFields(std::string_view stored, std::string_view given) {
  const std::set<std::string_view> left = Lines(stored);
  const std::set<std::string_view> right = Lines(given);
  std::vector<std::string_view> differing;
  std::set_symmetric_difference(left.begin(), left.end(), right.begin(), right.end(),
                                std::back_inserter(differing));
  std::set<std::string> paths;
  for (const std::string_view line : differing) paths.emplace(line.substr(0, line.find('=')));
  return {paths.begin(), paths.end()};
}

absl::Status CheckFingerprint(std::string_view stored, std::string_view given) {
  if (stored == given) return absl::OkStatus();
  const std::vector<std::string> paths = DifferingFields(stored, given);
  if (paths.empty()) return absl::OkStatus();
  ErrorDetails details{.reason = std::string(reason::kRequestIdReused)};
  std::string names;
  for (size_t i = 0; i < paths.size() && i < kMaxNamedFields; ++i) {
    names += StrCat(i == 0 ? "" : ", ", paths[i]);
    details.fields.push_back({paths[i], "differs from the first request with this request_id"});
  }
  return MakeError(absl::StatusCode::kInvalidArgument,
                   StrCat("request_id was used before with other content: ", names),
                   std::move(details));
}

}  // namespace sluice
