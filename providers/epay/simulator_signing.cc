#include "providers/epay/simulator_signing.h"

#include <map>
#include <optional>

#include "server/base/strings.h"
#include "server/crypto/constant_time.h"
#include "server/crypto/sha256.h"

namespace sluice::epay::simulator {
namespace {

std::string_view Separator(NestedStyle style) {
  switch (style) {
    case NestedStyle::kCommaSpace:
      return ", ";
    case NestedStyle::kComma:
      return ",";
    case NestedStyle::kAmp:
      return "&";
  }
  return "";
}

std::string Flatten(const Json& object, Reading reading, std::string_view separator);

std::optional<std::string> ObjectText(const Json& object, Reading reading) {
  const std::string inner = Flatten(object, reading, Separator(reading.nested));
  if (inner.empty() && reading.nested == NestedStyle::kAmp) return std::nullopt;
  return StrCat("{", inner, "}");
}

std::optional<std::string> ValueText(const Json& value, Reading reading);

std::string ArrayText(const Json& array, Reading reading) {
  // Lists do not occur in the wallet calls; the Java demo prints "[a, b]".
  const std::string_view separator = reading.nested == NestedStyle::kCommaSpace ? ", " : ",";
  std::string text = "[";
  for (const Json& item : array.items()) {
    if (text.size() > 1) text += separator;
    text += ValueText(item, reading).value_or("");
  }
  return text + "]";
}

std::optional<std::string> StringText(const std::string& text, Reading reading) {
  if (text.empty()) return std::nullopt;
  if (reading.json_text == JsonText::kExpanded && text.find('{') != std::string::npos) {
    // Ends by itself: what is parsed is shorter at every step.
    const absl::StatusOr<Json> inner = Json::Parse(text);
    if (inner.ok() && inner->is_object()) return ObjectText(*inner, reading);
  }
  return text;
}

std::optional<std::string> ValueText(const Json& value, Reading reading) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      return std::nullopt;
    case Json::Kind::kBool:
      return value.bool_value() ? "true" : "false";
    case Json::Kind::kNumber:
      return value.text();
    case Json::Kind::kString:
      return StringText(value.text(), reading);
    case Json::Kind::kArray:
      return ArrayText(value, reading);
    case Json::Kind::kObject:
      return ObjectText(value, reading);
  }
  return std::nullopt;
}

std::string Flatten(const Json& object, Reading reading, std::string_view separator) {
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : object.members()) {
    if (std::optional<std::string> text = ValueText(value, reading)) sorted[name] = *text;
  }
  std::string flat;
  for (const auto& [name, text] : sorted) {
    if (!flat.empty()) flat += separator;
    flat += StrCat(name, "=", text);
  }
  return flat;
}

}  // namespace

std::vector<Reading> AllReadings() {
  std::vector<Reading> readings;
  for (NestedStyle style : {NestedStyle::kCommaSpace, NestedStyle::kComma, NestedStyle::kAmp}) {
    for (JsonText json_text : {JsonText::kExpanded, JsonText::kPlain}) {
      readings.push_back({style, json_text});
    }
  }
  return readings;
}

std::string SignedText(const Json& object, Reading reading) {
  return Flatten(object, reading, "&");
}

std::string Sign(const Json& object, std::string_view api_key, Reading reading) {
  return crypto::Sha256HexUpper(StrCat(SignedText(object, reading), "&key=", api_key));
}

bool VerifySign(const Json& object, std::string_view sign, std::string_view api_key,
                const std::vector<Reading>& readings) {
  for (const Reading& reading : readings) {
    if (crypto::ConstantTimeEqual(Sign(object, api_key, reading), sign)) return true;
  }
  return false;
}

}  // namespace sluice::epay::simulator
