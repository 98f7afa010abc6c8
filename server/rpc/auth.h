// Who is calling, and what they may touch.
//
// A caller shows an API key (`authorization: Bearer <key>`) or a client certificate. The key ring
// behind Authenticator is in server/main, because it compares digests and reads the configuration.
//
// Threads: safe from any thread.
// Ownership: values; the Authenticator outlives the services.

#pragma once

#include <grpcpp/server_context.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/names.h"

namespace sluice::rpc {

// The id that stands for all merchants.
inline constexpr std::string_view kAllMerchants = "-";

struct Principal {
  std::string merchant;    // Its id; kAllMerchants: an operator.
  std::string credential;  // For logs: the key's id, the certificate's name, or "open".

  bool is_operator() const { return merchant == kAllMerchants; }
  // Operators may touch every merchant; "-" as a merchant is for operators alone.
  bool MayTouch(std::string_view other) const { return is_operator() || merchant == other; }
};

struct Credentials {
  std::string_view api_key;             // Empty: none was shown.
  std::vector<std::string> identities;  // Names in the verified client certificate.
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // UNAUTHENTICATED without saying which part was wrong.
  virtual absl::StatusOr<Principal> Authenticate(const Credentials& credentials) const = 0;
  // Rises after the answers of Authenticate have changed: who holds one for long asks again.
  virtual uint64_t version() const = 0;
};

// Reads the credentials of a call and asks `authenticator`. UNAUTHENTICATED also for an
// authorization header that is repeated or of another scheme.
absl::StatusOr<Principal> Authenticate(const Authenticator& authenticator,
                                       const grpc::ServerContextBase& context);

absl::Status Unauthenticated(std::string_view message);
absl::Status PermissionDenied(std::string_view message);

// A name of the request: well-formed, of `kind` and of a merchant that the caller may touch.
absl::StatusOr<ResourceName> CallersName(const Principal& principal, std::string_view name,
                                         ResourceKind kind, std::string_view field = "name");

// "merchants/{merchant}" to its id; "merchants/-" only where allowed, and only for operators.
absl::StatusOr<std::string> CallersMerchant(const Principal& principal, std::string_view name,
                                            bool allow_wildcard = false,
                                            std::string_view field = "parent");

}  // namespace sluice::rpc
