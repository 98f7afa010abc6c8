// EPAY's signature: the parameters as one line of text, the API key behind it, SHA-256 in upper
// case hexadecimal. The same rule for requests (over `param`), replies (over `data`) and callbacks
// (over the decoded form fields).
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/redacted.h"
#include "server/wire/json.h"

namespace sluice::epay {

// How an object inside the parameters is written. The sources disagree; with one key in it all
// styles give the same text. A style also stands for what is known of the code that it was seen in:
// the amp one keeps the text "null" and drops an object with nothing left, the others do the
// opposite.
enum class NestedStyle {
  kCommaSpace,  // {a=1, b=2}: the provider's Java demo.
  kComma,       // {a=1,b=2}: the documents as printed.
  kAmp,         // {a=1&b=2}: the provider's PHP plugin.
};

// "comma-space", "comma", "amp"; nullopt for another word.
std::optional<NestedStyle> ParseNestedStyle(std::string_view word);
std::string_view NestedStyleName(NestedStyle style);

// How a value that is itself the text of a JSON object (extendFields, message) is read.
enum class JsonText {
  kExpanded,     // As an object, as the Java demo does.
  kMessageOnly,  // Only the field `message` is, as the PHP plugin does.
  kAsText,       // As the text it is.
};
inline constexpr JsonText kJsonTextReadings[] = {JsonText::kExpanded, JsonText::kAsText,
                                                 JsonText::kMessageOnly};

// "a=1&b={c=2}": names sorted by their bytes, empty values and nulls dropped, values raw. Without
// the key. Empty when nothing is left, or when `object` is no object.
std::string CanonicalText(const Json& object, NestedStyle style, JsonText json_text);

// SHA-256 of `canonical` + "&key=" + `key`: 64 upper-case hexadecimal digits.
std::string SignText(std::string_view canonical, const Redacted& key);

// What we send has no value that is JSON text, so it has one reading.
std::string Sign(const Json& object, NestedStyle style, const Redacted& key);

// The reading under which `sign` (in either case) is that of `object`; nullopt when it is of none.
// Compares in constant time.
std::optional<JsonText> Verify(const Json& object, std::string_view sign, NestedStyle style,
                               const Redacted& key);

}  // namespace sluice::epay
