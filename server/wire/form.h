// application/x-www-form-urlencoded bodies.
//
// Threads: pure functions and plain values.
// Ownership: values own their bytes.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace sluice {

// In the order written; names are unique after ParseForm.
using FormFields = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kFormContentType = "application/x-www-form-urlencoded";

// More fields than this are refused: the widest provider message has about fifty.
inline constexpr size_t kMaxFormFields = 512;

// INVALID_ARGUMENT for a bad escape, a name that occurs twice (of two amounts, which was signed?),
// an empty name, a value that is not UTF-8, or more than kMaxFormFields. A name without '=' has an
// empty value. An empty body has no fields.
absl::StatusOr<FormFields> ParseForm(std::string_view body);

// A space becomes '+', everything but letters, digits and "*-._" becomes %XX.
std::string BuildForm(const FormFields& fields);

// The value of `name`, or nullptr.
const std::string* FindField(const FormFields& fields, std::string_view name);

}  // namespace sluice
