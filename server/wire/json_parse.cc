// Json::Parse: RapidJSON's reader drives a builder that checks what the reader does not.

#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"
#include "server/base/strings.h"
#include "server/base/utf8.h"
#include "server/wire/json.h"

namespace sluice {
namespace {

// Receives the reader's events. Each method is false to stop the reader; `error` says why then.
class Builder {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  bool Null() { return Add(Json()); }
  bool Bool(bool value) { return Add(Json::Bool(value)); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return Add(Json::Number(std::string(text, length)));
  }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    // The reader lets a lone low surrogate escape through.
    if (!IsValidUtf8(std::string_view(text, length))) return Fail("text is not UTF-8");
    return Add(Json::String(std::string(text, length)));
  }
  bool StartObject() { return Open(); }
  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    std::string name(text, length);
    if (!IsValidUtf8(name)) return Fail("a member name is not UTF-8");
    if (!open_.back().names.insert(name).second) return Fail("a member name occurs twice");
    open_.back().name = std::move(name);
    return true;
  }
  bool EndObject(rapidjson::SizeType /*count*/) {
    return Close(Json::Object(std::move(open_.back().members)));
  }
  bool StartArray() { return Open(); }
  bool EndArray(rapidjson::SizeType /*count*/) {
    return Close(Json::Array(std::move(open_.back().items)));
  }

  // Never called: numbers come as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

  std::string_view error() const { return error_; }
  Json TakeRoot() { return std::move(root_); }

 private:
  // An object or array that is not closed yet. In an object every value comes after its name.
  struct Level {
    Json::Items items;
    Json::Members members;
    std::optional<std::string> name;         // Of the member whose value comes next.
    absl::flat_hash_set<std::string> names;  // Of the members so far.
  };

  bool Fail(std::string_view error) {
    error_ = error;
    return false;
  }

  bool Count() { return ++values_ <= limits_.max_values || Fail("too many values"); }

  bool Open() {
    if (static_cast<int>(open_.size()) >= limits_.max_depth) return Fail("nested too deeply");
    if (!Count()) return false;
    open_.emplace_back();
    return true;
  }

  bool Close(Json value) {
    open_.pop_back();
    Place(std::move(value));
    return true;
  }

  bool Add(Json value) {
    if (!Count()) return false;
    Place(std::move(value));
    return true;
  }

  void Place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Level& level = open_.back();
    if (level.name) {
      level.members.emplace_back(*std::move(level.name), std::move(value));
      level.name.reset();
    } else {
      level.items.push_back(std::move(value));
    }
  }

  const JsonLimits limits_;
  size_t values_ = 0;
  std::vector<Level> open_;
  Json root_;
  std::string_view error_;
};

constexpr unsigned kFlags =
    rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;

absl::Status BadJson(std::string_view rule, size_t offset) {
  return absl::InvalidArgumentError(StrCat("not acceptable JSON at byte ", offset, ": ", rule));
}

}  // namespace

absl::StatusOr<Json> Json::Parse(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return BadJson(StrCat("longer than ", limits.max_bytes, " bytes"), limits.max_bytes);
  }
  // The reader takes a NUL for the end and would not see what follows.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return BadJson("NUL byte", nul);
  }
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Builder builder(limits);
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (result.IsError()) {
    const std::string_view rule = builder.error().empty()
                                      ? std::string_view(rapidjson::GetParseError_En(result.Code()))
                                      : builder.error();
    return BadJson(rule, result.Offset());
  }
  return builder.TakeRoot();
}

}  // namespace sluice
