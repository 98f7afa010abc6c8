#include "server/main/store_sealer.h"

#include <cstdlib>
#include <optional>

#include "absl/types/span.h"
#include "server/base/encoding.h"
#include "server/base/log.h"
#include "server/crypto/constant_time.h"
#include "server/crypto/hmac.h"
#include "server/main/private_file.h"

namespace sluice {
namespace {

constexpr char kKeyFile[] = "/seal.key";
// What the derived key is for. With another text, addresses that were given out lead nowhere.
constexpr char kMarkPurpose[] = "sluice return page mark 1";
// Guessed over the network, one at a time; and addresses are short at some providers.
constexpr size_t kMarkBytes = 12;

absl::StatusOr<Redacted> LoadOrMakeKey(const Settings& settings, Random* random) {
  if (settings.seal_key.has_value()) return *settings.seal_key;
  const std::string path = settings.data_dir + kKeyFile;
  absl::StatusOr<std::optional<std::string>> kept = ReadPrivateFile(path);
  if (!kept.ok()) return kept.status();
  if (!kept->has_value()) {
    const std::string key = random->Hex(crypto::kSealKeyBytes);
    const absl::Status written = WritePrivateFile(path, key + "\n");
    if (!written.ok()) return written;
    kept->emplace(key);
  }
  std::string text = **std::move(kept);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  absl::StatusOr<std::string> key = HexDecode(text);
  if (!key.ok() || key->size() != crypto::kSealKeyBytes) {
    return absl::InvalidArgumentError(path + " must hold 64 hexadecimal digits");
  }
  return Redacted(*std::move(key));
}

}  // namespace

absl::StatusOr<std::unique_ptr<StoreSealer>> StoreSealer::Make(const Settings& settings,
                                                               Random* random) {
  absl::StatusOr<Redacted> key = LoadOrMakeKey(settings, random);
  if (!key.ok()) return key.status();
  absl::StatusOr<crypto::Sealer> sealer = crypto::Sealer::FromKey(*key, random);
  if (!sealer.ok()) return sealer.status();
  Redacted mark_key(crypto::HmacSha256(key->Reveal(), kMarkPurpose));
  return std::unique_ptr<StoreSealer>(new StoreSealer(*std::move(sealer), std::move(mark_key)));
}

std::string StoreSealer::Seal(std::string_view plain, std::string_view context) const {
  absl::StatusOr<std::string> sealed = sealer_.Seal(plain, context);
  if (!sealed.ok()) {
    // The self-check at start has proven the cipher: the process is broken. Going on would store
    // the secret in the clear, or lose it; stopping loses nothing.
    LogError("seal_failed", {{"status", sealed.status()}});
    std::abort();
  }
  return Base64Encode(*sealed);
}

absl::StatusOr<std::string> StoreSealer::Open(std::string_view sealed,
                                              std::string_view context) const {
  absl::StatusOr<std::string> bytes = Base64Decode(sealed);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<Redacted> plain = sealer_.Open(*bytes, context);
  if (!plain.ok()) return plain.status();
  return plain->Reveal();
}

std::string StoreSealer::Mark(std::string_view text) const {
  return Base64UrlEncode(crypto::HmacSha256(mark_key_.Reveal(), text).substr(0, kMarkBytes));
}

bool StoreSealer::IsMark(std::string_view text, std::string_view mark) const {
  return crypto::ConstantTimeEqual(Mark(text), mark);
}

}  // namespace sluice
