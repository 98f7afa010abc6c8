// EPAY's signature, as its documents have it: the sorted text of an object, hashed with the key.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/wire/json.h"

namespace sluice::epay::simulator {

// How the members of an object inside the signed object are joined. The sources disagree.
enum class NestedStyle {
  kCommaSpace,  // k={a=1, b=2}: the provider's Java demo.
  kComma,       // k={a=1,b=2}: the documents as printed.
  kAmp,         // k={a=1&b=2}: the provider's PHP plugin.
};

// Whether a text that is itself a JSON object is signed as that object, or as it stands.
enum class JsonText { kExpanded, kPlain };

struct Reading {
  NestedStyle nested = NestedStyle::kCommaSpace;
  JsonText json_text = JsonText::kExpanded;
};

// All six, for those who take any.
std::vector<Reading> AllReadings();

// The text that is signed, without the key: names in ASCII order, "", null and what is missing left
// out, recursively. An object with nothing left is "{}"; kAmp leaves it out.
std::string SignedText(const Json& object, Reading reading);

// SHA-256 of "<text>&key=<api_key>", upper case hexadecimal.
std::string Sign(const Json& object, std::string_view api_key, Reading reading);

// Whether `sign` is right in one of the readings, exactly as written (upper case).
bool VerifySign(const Json& object, std::string_view sign, std::string_view api_key,
                const std::vector<Reading>& readings);

}  // namespace sluice::epay::simulator
