#include "server/wire/json.h"

#include <algorithm>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

absl::Status BadField(std::string_view path, std::string_view rule) {
  return absl::InvalidArgumentError(StrCat(path, ": ", rule));
}

// The value at `path`, neither missing nor null.
absl::StatusOr<const Json*> Require(const Json& json, std::string_view path) {
  const Json* const found = json.FindPath(path);
  if (found == nullptr || found->is_null()) return BadField(path, "missing");
  return found;
}

absl::StatusOr<const Json*> RequireKind(const Json& json, std::string_view path, Json::Kind kind,
                                        std::string_view rule) {
  absl::StatusOr<const Json*> found = Require(json, path);
  if (found.ok() && (*found)->kind() != kind) return BadField(path, rule);
  return found;
}

bool IsMissing(const Json& json, std::string_view path) {
  const Json* const found = json.FindPath(path);
  return found == nullptr || found->is_null();
}

template <typename T>
absl::StatusOr<std::optional<T>> AsOptional(absl::StatusOr<T> value) {
  if (!value.ok()) return value.status();
  return std::optional<T>(*std::move(value));
}

size_t CountDigits(std::string_view text) {
  return static_cast<size_t>(
      std::find_if_not(text.begin(), text.end(),
                       [](unsigned char c) { return absl::ascii_isdigit(c); }) -
      text.begin());
}

// Drops the digits that `text` starts with; false when there are none.
bool SkipDigits(std::string_view* text) {
  const size_t digits = CountDigits(*text);
  text->remove_prefix(digits);
  return digits > 0;
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void WriteString(std::string_view text, Writer* writer) {
  writer->String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void WriteValue(const Json& json, Writer* writer) {
  switch (json.kind()) {
    case Json::Kind::kNull:
      writer->Null();
      return;
    case Json::Kind::kBool:
      writer->Bool(json.bool_value());
      return;
    case Json::Kind::kNumber:
      writer->RawValue(json.text().data(), json.text().size(), rapidjson::kNumberType);
      return;
    case Json::Kind::kString:
      WriteString(json.text(), writer);
      return;
    case Json::Kind::kArray:
      writer->StartArray();
      for (const Json& item : json.items()) WriteValue(item, writer);
      writer->EndArray();
      return;
    case Json::Kind::kObject:
      writer->StartObject();
      for (const auto& [name, value] : json.members()) {
        WriteString(name, writer);
        WriteValue(value, writer);
      }
      writer->EndObject();
      return;
  }
}

}  // namespace

Json Json::Bool(bool value) {
  Json json;
  json.kind_ = Kind::kBool;
  json.bool_ = value;
  return json;
}

Json Json::Int(int64_t value) { return Number(StrCat(value)); }

Json Json::Number(std::string text) {
  if (!IsNumberText(text)) std::abort();
  Json json;
  json.kind_ = Kind::kNumber;
  json.text_ = std::move(text);
  return json;
}

bool Json::IsNumberText(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  // A leading zero stands alone.
  if (text.starts_with('0')) {
    text.remove_prefix(1);
  } else if (!SkipDigits(&text)) {
    return false;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!SkipDigits(&text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!SkipDigits(&text)) return false;
  }
  return text.empty();
}

Json Json::Object(Members members) {
  Json json;
  json.kind_ = Kind::kObject;
  json.members_ = std::move(members);
  return json;
}

Json Json::Array(Items items) {
  Json json;
  json.kind_ = Kind::kArray;
  json.items_ = std::move(items);
  return json;
}

const Json* Json::Find(std::string_view name) const {
  for (const auto& [key, value] : members_) {
    if (key == name) return &value;
  }
  return nullptr;
}

const Json* Json::FindIgnoreCase(std::string_view name) const {
  for (const auto& [key, value] : members_) {
    if (EqualsIgnoreCase(key, name)) return &value;
  }
  return nullptr;
}

const Json* Json::FindPath(std::string_view path) const {
  const Json* value = this;
  while (value != nullptr) {
    const size_t dot = path.find('.');
    value = value->Find(path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return value;
}

absl::StatusOr<std::string> Json::GetString(std::string_view path) const {
  const absl::StatusOr<const Json*> found =
      RequireKind(*this, path, Kind::kString, "must be a string");
  if (!found.ok()) return found.status();
  return (*found)->text();
}

absl::StatusOr<std::string> Json::GetNumberText(std::string_view path) const {
  const absl::StatusOr<const Json*> found =
      RequireKind(*this, path, Kind::kNumber, "must be a number");
  if (!found.ok()) return found.status();
  return (*found)->text();
}

absl::StatusOr<std::string> Json::GetText(std::string_view path) const {
  const absl::StatusOr<const Json*> found = Require(*this, path);
  if (!found.ok()) return found.status();
  if (!(*found)->is_string() && !(*found)->is_number()) {
    return BadField(path, "must be a string or a number");
  }
  return (*found)->text();
}

absl::StatusOr<int64_t> Json::GetInt(std::string_view path) const {
  const absl::StatusOr<const Json*> found =
      RequireKind(*this, path, Kind::kNumber, "must be a number");
  if (!found.ok()) return found.status();
  int64_t value = 0;
  // SimpleAtoi refuses fractions, exponents and overflow.
  if (!absl::SimpleAtoi((*found)->text(), &value)) {
    return BadField(path, "must be a whole number of at most 64 bits");
  }
  return value;
}

absl::StatusOr<bool> Json::GetBool(std::string_view path) const {
  const absl::StatusOr<const Json*> found =
      RequireKind(*this, path, Kind::kBool, "must be true or false");
  if (!found.ok()) return found.status();
  return (*found)->bool_value();
}

absl::StatusOr<const Json*> Json::GetObject(std::string_view path) const {
  return RequireKind(*this, path, Kind::kObject, "must be an object");
}

absl::StatusOr<const Json*> Json::GetArray(std::string_view path) const {
  return RequireKind(*this, path, Kind::kArray, "must be an array");
}

absl::StatusOr<std::optional<std::string>> Json::OptionalString(std::string_view path) const {
  if (IsMissing(*this, path)) return std::optional<std::string>();
  return AsOptional(GetString(path));
}

absl::StatusOr<std::optional<std::string>> Json::OptionalText(std::string_view path) const {
  if (IsMissing(*this, path)) return std::optional<std::string>();
  return AsOptional(GetText(path));
}

absl::StatusOr<std::optional<int64_t>> Json::OptionalInt(std::string_view path) const {
  if (IsMissing(*this, path)) return std::optional<int64_t>();
  return AsOptional(GetInt(path));
}

Json& Json::Set(std::string_view name, Json value) {
  if (kind_ != Kind::kObject) *this = Object();
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [name](const Member& member) { return member.first == name; });
  if (found != members_.end()) {
    found->second = std::move(value);
  } else {
    members_.emplace_back(std::string(name), std::move(value));
  }
  return *this;
}

Json& Json::Append(Json value) {
  if (kind_ != Kind::kArray) *this = Array();
  items_.push_back(std::move(value));
  return *this;
}

std::string Json::Write() const {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  WriteValue(*this, &writer);
  return std::string(buffer.GetString(), buffer.GetSize());
}

bool operator==(const Json& a, const Json& b) {
  return a.kind_ == b.kind_ && a.bool_ == b.bool_ && a.text_ == b.text_ && a.items_ == b.items_ &&
         a.members_ == b.members_;
}

}  // namespace sluice
