// JSON text of any struct listed in core/fields.h: WriteJson and ReadJson.
//
// Only .cc files of core/ include this: it brings RapidJSON.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/time/time.h"
#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "server/core/field_names.h"
#include "server/core/fields.h"
#include "server/core/mask.h"

namespace sluice {

// Whether every field holds zero, so that a member can be left out.
class ZeroCheck {
 public:
  template <typename T>
  void operator()(std::string_view, const T& field, FieldTraits) {
    zero_ = zero_ && IsZero(field);
  }
  bool zero() const { return zero_; }

  static bool IsZero(const std::string& text) { return text.empty(); }
  static bool IsZero(absl::Time time) { return time == absl::UnixEpoch(); }
  template <typename T>
  static bool IsZero(const std::vector<T>& items) {
    return items.empty();
  }
  static bool IsZero(const std::map<std::string, std::string>& map) { return map.empty(); }
  template <typename T>
  static bool IsZero(const std::optional<T>& value) {
    return !value.has_value();
  }
  template <typename T>
  static bool IsZero(const T& value) {
    if constexpr (std::is_class_v<T>) {
      ZeroCheck check;
      VisitFields(check, value);
      return check.zero();
    } else {
      return value == T{};  // Integers, enums, bool.
    }
  }

 private:
  bool zero_ = true;
};

enum class Form { kFull, kPublic };

template <typename Writer>
class FieldWriter {
 public:
  FieldWriter(Writer& writer, Form form) : writer_(writer), form_(form) {}

  template <typename T>
  void operator()(std::string_view name, const T& field, FieldTraits traits) {
    if (form_ == Form::kPublic && (traits & kHidden) != 0) return;
    if ((traits & kAlways) == 0 && ZeroCheck::IsZero(field)) return;
    WriteText(name);  // RapidJSON takes the first of each pair as the name.
    if constexpr (std::is_same_v<T, std::string>) {
      if (form_ == Form::kPublic && (traits & kMasked) != 0) {
        WriteText(Mask(field));
        return;
      }
    }
    Write(field);
  }

  template <typename T>
  void Write(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      WriteText(EnumName(value));
    } else if constexpr (std::is_same_v<T, bool>) {
      writer_.Bool(value);
    } else if constexpr (std::is_integral_v<T>) {
      writer_.Int64(value);
    } else {
      writer_.StartObject();
      VisitFields(*this, value);
      writer_.EndObject();
    }
  }
  void Write(const std::string& text) { WriteText(text); }
  void Write(const absl::Time& time) { writer_.Int64(absl::ToUnixMicros(time)); }
  void Write(const absl::Duration& duration) { writer_.Int64(absl::ToInt64Microseconds(duration)); }
  template <typename T>
  void Write(const std::optional<T>& value) {
    Write(*value);
  }  // Absent ones are left out.
  template <typename T>
  void Write(const std::vector<T>& items) {
    writer_.StartArray();
    for (const T& item : items) Write(item);
    writer_.EndArray();
  }
  void Write(const std::map<std::string, std::string>& map) {
    writer_.StartObject();
    for (const auto& [key, value] : map) {
      WriteText(key);
      WriteText(value);
    }
    writer_.EndObject();
  }

 private:
  void WriteText(std::string_view text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }

  Writer& writer_;
  const Form form_;
};

// Where a thread writes its texts, one after the other: every change writes two, and an allocation
// of this size costs more than the writing.
struct JsonScratch {
  static constexpr size_t kOrdinaryBytes = 4096;   // Saves growing for nearly all resources.
  static constexpr size_t kMostKeptBytes = 65536;  // What a large one needed is given back.

  rapidjson::StringBuffer buffer{nullptr, kOrdinaryBytes};
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
};

template <typename Struct>
std::string WriteJson(const Struct& value, Form form) {
  thread_local auto scratch = std::make_unique<JsonScratch>();
  scratch->buffer.Clear();
  scratch->writer.Reset(scratch->buffer);
  FieldWriter<decltype(scratch->writer)>(scratch->writer, form).Write(value);
  std::string text(scratch->buffer.GetString(), scratch->buffer.GetSize());
  if (text.size() > JsonScratch::kMostKeptBytes) scratch = std::make_unique<JsonScratch>();
  return text;
}

// Reads one object. Our own text has the members in the order of the list, so that the next field
// is nearly always the next member; only where that does not use up all members (text of another
// version) is each field looked up.
class FieldReader {
 public:
  // `problem` gets the path of the first member that could not be read.
  template <typename Struct>
  static void ReadObject(const rapidjson::Value& object, Struct& out, std::string& problem) {
    FieldReader in_order(object, true, problem);
    VisitFields(in_order, out);
    if (in_order.next_ == object.MemberEnd() || !problem.empty()) return;
    FieldReader by_name(object, false, problem);
    VisitFields(by_name, out);
  }

  template <typename T>
  void operator()(std::string_view name, T& field, FieldTraits) {
    if (!problem_.empty()) return;
    const rapidjson::Value* value = Find(name);
    if (value == nullptr || value->IsNull() || Read(*value, field)) return;
    problem_ = problem_.empty() ? std::string(name) : std::string(name) + "." + problem_;
  }

 private:
  using Value = rapidjson::Value;

  FieldReader(const Value& object, bool in_order, std::string& problem)
      : object_(object), next_(object.MemberBegin()), in_order_(in_order), problem_(problem) {}

  const Value* Find(std::string_view name) {
    if (in_order_) {
      if (next_ == object_.MemberEnd() || !IsNamed(next_->name, name)) return nullptr;
      return &(next_++)->value;
    }
    for (auto member = object_.MemberBegin(); member != object_.MemberEnd(); ++member) {
      if (IsNamed(member->name, name)) return &member->value;
    }
    return nullptr;
  }

  static bool IsNamed(const Value& name, std::string_view wanted) {
    return name.GetStringLength() == wanted.size() &&
           std::memcmp(name.GetString(), wanted.data(), wanted.size()) == 0;
  }

  // False: not of the type. A nested object reports its own member in problem_.
  template <typename T>
  bool Read(const Value& value, T& out) {
    if constexpr (std::is_enum_v<T>) {
      if (!value.IsString()) return false;
      const std::string_view name(value.GetString(), value.GetStringLength());
      ParseEnum(name, out);
      return kMayBeUnknown<T> || EnumName(out) == name;
    } else {
      if (!value.IsObject()) return false;
      ReadObject(value, out, problem_);
      return problem_.empty();
    }
  }
  bool Read(const Value& value, std::string& out) {
    if (!value.IsString()) return false;
    out.assign(value.GetString(), value.GetStringLength());
    return true;
  }
  bool Read(const Value& value, bool& out) {
    if (!value.IsBool()) return false;
    out = value.GetBool();
    return true;
  }
  bool Read(const Value& value, int& out) {
    if (!value.IsInt()) return false;
    out = value.GetInt();
    return true;
  }
  bool Read(const Value& value, int64_t& out) {
    if (!value.IsInt64()) return false;
    out = value.GetInt64();
    return true;
  }
  bool Read(const Value& value, absl::Time& out) {
    if (!value.IsInt64()) return false;
    out = absl::FromUnixMicros(value.GetInt64());
    return true;
  }
  bool Read(const Value& value, absl::Duration& out) {
    if (!value.IsInt64()) return false;
    out = absl::Microseconds(value.GetInt64());
    return true;
  }
  template <typename T>
  bool Read(const Value& value, std::optional<T>& out) {
    return Read(value, out.emplace());
  }
  template <typename T>
  bool Read(const Value& value, std::vector<T>& out) {
    if (!value.IsArray()) return false;
    out.clear();
    out.reserve(value.Size());
    for (const Value& item : value.GetArray()) {
      if (!Read(item, out.emplace_back())) return false;
    }
    return true;
  }
  bool Read(const Value& value, std::map<std::string, std::string>& out) {
    if (!value.IsObject()) return false;
    out.clear();
    for (const auto& member : value.GetObject()) {
      if (!member.value.IsString()) return false;
      out.emplace_hint(out.end(),
                       std::string(member.name.GetString(), member.name.GetStringLength()),
                       std::string(member.value.GetString(), member.value.GetStringLength()));
    }
    return true;
  }

  const Value& object_;
  Value::ConstMemberIterator next_;
  const bool in_order_;
  std::string& problem_;
};

// Reads `text` into `out`. Empty when all is well, else what is wrong, without any value.
template <typename Struct>
std::string ReadJson(std::string_view text, Struct& out) {
  // In-situ reading ends at a zero byte, which JSON never holds.
  if (text.find('\0') != std::string_view::npos) return "is not JSON";
  std::string copy(text);
  char values[16 * 1024];  // Holds the values of nearly all resources: no allocation for them.
  char stack[4 * 1024];
  using Allocator = rapidjson::MemoryPoolAllocator<>;
  Allocator value_allocator(values, sizeof values);
  Allocator stack_allocator(stack, sizeof stack);
  rapidjson::GenericDocument<rapidjson::UTF8<>, Allocator, Allocator> document(
      &value_allocator, sizeof stack / 2, &stack_allocator);
  // Iterative: nesting must not be able to use up the thread's stack.
  document.ParseInsitu<rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag>(copy.data());
  if (document.HasParseError() || !document.IsObject()) return "is not a JSON object";
  std::string problem;
  FieldReader::ReadObject(document, out, problem);
  if (problem.empty()) return "";
  return "cannot be read at " + problem;
}

}  // namespace sluice
