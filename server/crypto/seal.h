// Seals secrets for storage: AES-256-GCM with a random nonce.
//
// Associated data (for example the resource name) is bound, not stored: a sealed value moved to
// another place does not open. One key may seal 2^32 values.
//
// Threads: immutable; every method is safe from any thread.
// Ownership: borrows the randomness, which must be fit for keys; copies share the key schedule.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/random.h"
#include "server/base/redacted.h"

namespace sluice::crypto {

inline constexpr size_t kSealKeyBytes = 32;

class Sealer {
 public:
  // INVALID_ARGUMENT unless the key has kSealKeyBytes bytes.
  static absl::StatusOr<Sealer> FromKey(const Redacted& key, Random* random);

  // A format byte, the nonce, the ciphertext and the tag: 29 bytes more than `plaintext`. INTERNAL
  // when the library fails.
  absl::StatusOr<std::string> Seal(std::string_view plaintext,
                                   std::string_view associated_data) const;

  // DATA_LOSS when the value was altered, cut, or sealed with another key or associated data.
  absl::StatusOr<Redacted> Open(std::string_view sealed, std::string_view associated_data) const;

 private:
  struct Impl;
  explicit Sealer(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace sluice::crypto
