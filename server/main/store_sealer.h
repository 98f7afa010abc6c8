// Seals secrets of resources before they are stored, and marks addresses that only we give out,
// with the server's own key.
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
#include "server/base/redacted.h"
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

  // 96 bits of an HMAC-SHA256, under a key that is derived from the sealing one.
  std::string Mark(std::string_view text) const override;
  bool IsMark(std::string_view text, std::string_view mark) const override;

 private:
  StoreSealer(crypto::Sealer sealer, Redacted mark_key)
      : sealer_(std::move(sealer)), mark_key_(std::move(mark_key)) {}

  const crypto::Sealer sealer_;
  const Redacted mark_key_;
};

}  // namespace sluice
