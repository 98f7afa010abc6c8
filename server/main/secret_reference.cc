#include "server/main/secret_reference.h"

#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/base/environment.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

constexpr std::string_view kEnvironment = "env:", kFile = "file:";

absl::StatusOr<Redacted> ReadSecretFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(StrCat("cannot read the file ", path));
  std::string content(kMaxSecretBytes + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<size_t>(file.gcount()));
  if (content.size() > kMaxSecretBytes) {
    return absl::InvalidArgumentError(StrCat("the file ", path, " is too large for a secret"));
  }
  if (!content.empty() && content.back() == '\n') content.pop_back();
  if (!content.empty() && content.back() == '\r') content.pop_back();
  if (content.empty()) return absl::InvalidArgumentError(StrCat("the file ", path, " is empty"));
  return Redacted(std::move(content));
}

}  // namespace

absl::StatusOr<Redacted> ResolveSecret(std::string_view reference) {
  if (reference.substr(0, kEnvironment.size()) == kEnvironment) {
    const std::string name(reference.substr(kEnvironment.size()));
    std::optional<std::string> value = GetEnvironment(name);
    if (!value.has_value() || value->empty()) {
      return absl::InvalidArgumentError(
          StrCat("the environment variable '", name, "' is not set, or empty"));
    }
    return Redacted(*std::move(value));
  }
  if (reference.substr(0, kFile.size()) == kFile) {
    return ReadSecretFile(std::string(reference.substr(kFile.size())));
  }
  // What stands here may be the secret itself: it is not repeated.
  return absl::InvalidArgumentError("must be a reference: env:NAME or file:/path");
}

}  // namespace sluice
