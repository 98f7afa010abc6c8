// Seals secrets of resources before they are stored, with the server's own key.
//
// Threads: immutable; safe from any thread.
// Ownership: borrows the randomness.

#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/app/engine.h"
#include "server/base/random.h"
#include "server/crypto/seal.h"
#include "server/main/settings.h"

namespace sluice {

class StoreSealer final : public app::Sealer {
 public:
  // The key of the settings, or the one kept in the data directory, which is made when missing.
  static absl::StatusOr<std::unique_ptr<StoreSealer>> Make(const Settings& settings,
                                                           Random* random);

  // Base64: what is stored is text.
  std::string Seal(std::string_view plain, std::string_view context) const override;
  absl::StatusOr<std::string> Open(std::string_view sealed,
                                   std::string_view context) const override;

 private:
  explicit StoreSealer(crypto::Sealer sealer) : sealer_(std::move(sealer)) {}
  const crypto::Sealer sealer_;
};

}  // namespace sluice
