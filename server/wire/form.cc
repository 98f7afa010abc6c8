#include "server/wire/form.h"

#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "server/base/strings.h"
#include "server/base/utf8.h"
#include "server/wire/percent.h"

namespace sluice {
namespace {

// What the form encoding leaves alone differs from a URL's by '*' and '~'.
constexpr std::string_view kUnreserved = "*-._";

absl::Status BadForm(size_t index, std::string_view rule) {
  return absl::InvalidArgumentError(StrCat("form field ", index + 1, ": ", rule));
}

}  // namespace

absl::StatusOr<FormFields> ParseForm(std::string_view body) {
  FormFields fields;
  absl::flat_hash_set<std::string> names;
  while (!body.empty()) {
    if (fields.size() == kMaxFormFields) {
      return absl::InvalidArgumentError(
          StrCat("a form must have at most ", kMaxFormFields, " fields"));
    }
    const size_t end = std::min(body.find('&'), body.size());
    const std::string_view piece = body.substr(0, end);
    const bool more = end < body.size();
    body.remove_prefix(more ? end + 1 : end);
    // A trailing '&' leaves an empty last field, which is one without a name.
    const size_t equals = std::min(piece.find('='), piece.size());
    const std::string_view rest = equals < piece.size() ? piece.substr(equals + 1) : "";
    std::optional<std::string> name =
        percent::Decode(piece.substr(0, equals), percent::Space::kPlus);
    std::optional<std::string> value = percent::Decode(rest, percent::Space::kPlus);
    if (!name || !value) return BadForm(fields.size(), "bad percent escape");
    if (name->empty() || (more && body.empty())) return BadForm(fields.size(), "empty name");
    if (!IsValidUtf8(*name) || !IsValidUtf8(*value)) return BadForm(fields.size(), "not UTF-8");
    if (!names.insert(*name).second) return BadForm(fields.size(), "name occurs twice");
    fields.emplace_back(*std::move(name), *std::move(value));
  }
  return fields;
}

std::string BuildForm(const FormFields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (!body.empty()) body.push_back('&');
    body.append(percent::Encode(name, kUnreserved, percent::Space::kPlus))
        .append("=")
        .append(percent::Encode(value, kUnreserved, percent::Space::kPlus));
  }
  return body;
}

const std::string* FindField(const FormFields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace sluice
