#include "providers/epay/signing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "server/base/strings.h"
#include "server/crypto/constant_time.h"
#include "server/crypto/sha256.h"

namespace sluice::epay {
namespace {

// JSON text inside JSON text, and so on: the documents know one level.
constexpr int kMaxExpansions = 4;

// Text larger than this is no field of EPAY's: it is signed as the text it is.
constexpr JsonLimits kTextLimits = {.max_bytes = 64 << 10, .max_depth = 8, .max_values = 1000};

std::string_view Separator(NestedStyle style) {
  switch (style) {
    case NestedStyle::kComma:
      return ",";
    case NestedStyle::kAmp:
      return "&";
    case NestedStyle::kCommaSpace:
      break;
  }
  return ", ";
}

class Flattener {
 public:
  Flattener(NestedStyle style, JsonText json_text) : style_(style), json_text_(json_text) {}

  // The members that are left, sorted and joined.
  std::string Members(const Json& object, std::string_view separator, int expansions) const {
    std::vector<std::pair<std::string_view, std::string>> kept;
    for (const auto& [name, value] : object.members()) {
      std::optional<std::string> text = Value(name, value, expansions);
      if (text.has_value()) kept.emplace_back(name, *std::move(text));
    }
    std::sort(kept.begin(), kept.end());
    std::string joined;
    for (const auto& [name, text] : kept) {
      if (!joined.empty()) joined.append(separator);
      joined.append(name).append("=").append(text);
    }
    return joined;
  }

 private:
  // nullopt: dropped.
  std::optional<std::string> Value(std::string_view name, const Json& value, int expansions) const {
    switch (value.kind()) {
      case Json::Kind::kNull:
        return std::nullopt;
      case Json::Kind::kBool:
        return value.bool_value() ? "true" : "false";
      case Json::Kind::kNumber:
        return value.text();
      case Json::Kind::kString:
        return Text(name, value.text(), expansions);
      case Json::Kind::kArray:
        return List(value, expansions);
      case Json::Kind::kObject:
        return Nested(value, expansions);
    }
    return std::nullopt;
  }

  std::optional<std::string> Text(std::string_view name, const std::string& text,
                                  int expansions) const {
    if (text.empty() || (text == "null" && style_ != NestedStyle::kAmp)) return std::nullopt;
    const bool read = json_text_ == JsonText::kExpanded ||
                      (json_text_ == JsonText::kMessageOnly && name == "message");
    if (!read || expansions == kMaxExpansions || text.front() != '{') return text;
    const absl::StatusOr<Json> object = Json::Parse(text, kTextLimits);
    if (!object.ok() || !object->is_object()) return text;
    return Nested(*object, expansions + 1);
  }

  std::optional<std::string> Nested(const Json& object, int expansions) const {
    std::string inner = Members(object, Separator(style_), expansions);
    if (inner.empty() && style_ == NestedStyle::kAmp) return std::nullopt;
    return StrCat("{", inner, "}");
  }

  // None is documented for wallets; written as the Java demo's lists would be.
  std::string List(const Json& array, int expansions) const {
    std::string joined;
    for (const Json& item : array.items()) {
      if (!joined.empty()) joined.append(Separator(style_));
      joined.append(Value("", item, expansions).value_or("null"));
    }
    return StrCat("[", joined, "]");
  }

  const NestedStyle style_;
  const JsonText json_text_;
};

}  // namespace

std::optional<NestedStyle> ParseNestedStyle(std::string_view word) {
  for (const NestedStyle style :
       {NestedStyle::kCommaSpace, NestedStyle::kComma, NestedStyle::kAmp}) {
    if (word == NestedStyleName(style)) return style;
  }
  return std::nullopt;
}

std::string_view NestedStyleName(NestedStyle style) {
  switch (style) {
    case NestedStyle::kComma:
      return "comma";
    case NestedStyle::kAmp:
      return "amp";
    case NestedStyle::kCommaSpace:
      break;
  }
  return "comma-space";
}

std::string CanonicalText(const Json& object, NestedStyle style, JsonText json_text) {
  return Flattener(style, json_text).Members(object, "&", /*expansions=*/0);
}

std::string SignText(std::string_view canonical, const Redacted& key) {
  return crypto::Sha256HexUpper(StrCat(canonical, "&key=", key.Reveal()));
}

std::string Sign(const Json& object, NestedStyle style, const Redacted& key) {
  return SignText(CanonicalText(object, style, JsonText::kAsText), key);
}

std::optional<JsonText> Verify(const Json& object, std::string_view sign, NestedStyle style,
                               const Redacted& key) {
  const std::string given = absl::AsciiStrToUpper(AbslView(sign));
  std::optional<JsonText> fits;
  std::string last;
  for (const JsonText json_text : kJsonTextReadings) {
    std::string text = CanonicalText(object, style, json_text);
    if (text == last && !text.empty()) continue;  // Nearly always all readings are one.
    last = std::move(text);
    const bool equal = crypto::ConstantTimeEqual(given, SignText(last, key));
    if (equal && !fits.has_value()) fits = json_text;
  }
  return fits;
}

}  // namespace sluice::epay
