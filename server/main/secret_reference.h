// Secrets by reference: "env:NAME" or "file:/path".
//
// Threads: safe while nobody changes the environment.
// Ownership: values.

#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/redacted.h"

namespace sluice {

// The largest file that is read as a secret: a certificate chain is some KiB.
inline constexpr size_t kMaxSecretBytes = 256 << 10;

// The value of the variable, or the file's content without its last line end. INVALID_ARGUMENT with
// the rule that is broken, never the value.
absl::StatusOr<Redacted> ResolveSecret(std::string_view reference);

}  // namespace sluice
