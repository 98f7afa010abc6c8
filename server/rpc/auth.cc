#include "server/rpc/auth.h"

#include <utility>

#include "server/base/strings.h"
#include "server/core/error.h"

namespace sluice::rpc {
namespace {

constexpr std::string_view kScheme = "Bearer ";

void AddProperties(const grpc::AuthContext& auth, const std::string& property,
                   std::vector<std::string>* out) {
  for (const grpc::string_ref& value : auth.FindPropertyValues(property)) {
    out->emplace_back(value.data(), value.size());
  }
}

}  // namespace

absl::Status Unauthenticated(std::string_view message) {
  return MakeError(absl::StatusCode::kUnauthenticated, message,
                   {.reason = std::string(reason::kUnauthenticated)});
}

absl::Status PermissionDenied(std::string_view message) {
  return MakeError(absl::StatusCode::kPermissionDenied, message,
                   {.reason = std::string(reason::kPermissionDenied)});
}

absl::StatusOr<Principal> Authenticate(const Authenticator& authenticator,
                                       const grpc::ServerContextBase& context) {
  Credentials credentials;
  const auto [begin, end] = context.client_metadata().equal_range("authorization");
  if (begin != end) {
    if (std::next(begin) != end) return Unauthenticated("more than one authorization header");
    const std::string_view value(begin->second.data(), begin->second.size());
    if (value.size() <= kScheme.size() ||
        !EqualsIgnoreCase(value.substr(0, kScheme.size()), kScheme)) {
      return Unauthenticated("the authorization header must be: Bearer <API key>");
    }
    credentials.api_key = value.substr(kScheme.size());
  }
  const auto auth = context.auth_context();
  if (auth != nullptr && auth->IsPeerAuthenticated()) {
    AddProperties(*auth, "x509_subject_alternative_name", &credentials.identities);
    AddProperties(*auth, "x509_common_name", &credentials.identities);
  }
  return authenticator.Authenticate(credentials);
}

absl::StatusOr<ResourceName> CallersName(const Principal& principal, std::string_view name,
                                         ResourceKind kind, std::string_view field) {
  absl::StatusOr<ResourceName> parsed = ParseName(name, kind, field);
  if (!parsed.ok()) return parsed;
  if (!principal.MayTouch(parsed->merchant)) {
    return PermissionDenied(StrCat(field, ": these credentials are of another merchant"));
  }
  return parsed;
}

absl::StatusOr<std::string> CallersMerchant(const Principal& principal, std::string_view name,
                                            bool allow_wildcard, std::string_view field) {
  absl::StatusOr<std::string> merchant = ParseMerchantName(name, field, allow_wildcard);
  if (!merchant.ok()) return merchant;
  if (!principal.MayTouch(*merchant)) {
    return PermissionDenied(StrCat(field, *merchant == kAllMerchants
                                              ? ": all merchants are for operators"
                                              : ": these credentials are of another merchant"));
  }
  return merchant;
}

}  // namespace sluice::rpc
