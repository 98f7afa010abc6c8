#include "server/core/stable_hash.h"

#include <bit>
#include <cstddef>

namespace sluice {
namespace {

// "sluice: " and "stable 1". Never changed: stored fingerprints and the cursors that callers hold
// are made with it.
constexpr SipKey kKey = {0x736c756963653a20, 0x737461626c652031};

// Little-endian on every machine.
uint64_t LoadWord(const char* bytes, size_t count) {
  uint64_t word = 0;
  for (size_t i = 0; i < count; ++i) {
    word |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

class SipState {
 public:
  SipState(const SipKey& key, bool wide)
      : v0_(key[0] ^ 0x736f6d6570736575),
        v1_(key[1] ^ 0x646f72616e646f6d ^ (wide ? 0xee : 0)),
        v2_(key[0] ^ 0x6c7967656e657261),
        v3_(key[1] ^ 0x7465646279746573) {}

  void Absorb(std::string_view bytes) {
    const size_t whole = bytes.size() / 8 * 8;
    for (size_t i = 0; i < whole; i += 8) AbsorbWord(LoadWord(bytes.data() + i, 8));
    const uint64_t length = uint64_t{bytes.size()} << 56;
    AbsorbWord(length | LoadWord(bytes.data() + whole, bytes.size() - whole));
  }

  uint64_t Squeeze(uint64_t tweak_v2, uint64_t tweak_v1) {
    v2_ ^= tweak_v2;
    v1_ ^= tweak_v1;
    for (int i = 0; i < 4; ++i) Round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void AbsorbWord(uint64_t word) {
    v3_ ^= word;
    Round();
    Round();
    v0_ ^= word;
  }

  void Round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

uint64_t SipHash64(const SipKey& key, std::string_view bytes) {
  SipState state(key, /*wide=*/false);
  state.Absorb(bytes);
  return state.Squeeze(0xff, 0);
}

Hash128 SipHash128(const SipKey& key, std::string_view bytes) {
  SipState state(key, /*wide=*/true);
  state.Absorb(bytes);
  const uint64_t low = state.Squeeze(0xee, 0);
  return {low, state.Squeeze(0, 0xdd)};
}

uint64_t StableHash64(std::string_view bytes) { return SipHash64(kKey, bytes); }

Hash128 StableHash128(std::string_view bytes) { return SipHash128(kKey, bytes); }

}  // namespace sluice
