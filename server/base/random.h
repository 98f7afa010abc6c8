// Randomness, as an argument.
//
// Threads: implementations are safe to call from any thread.
// Ownership: borrowed by its users; outlives them.

#pragma once

#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace sluice {

class Random {
 public:
  virtual ~Random() = default;

  // Fills `out` with random bytes. SystemRandom's are fit for keys and tokens.
  virtual void Fill(absl::Span<uint8_t> out) = 0;

  // A uniform 64-bit number.
  uint64_t Next();

  // `bytes` random bytes as lower-case hexadecimal text.
  std::string Hex(int bytes);
};

// The operating system's generator (getrandom).
class SystemRandom final : public Random {
 public:
  void Fill(absl::Span<uint8_t> out) override;
};

// Reproducible numbers from a seed: for tests, simulators and simulations, never for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed);
  ~SeededRandom() override;
  void Fill(absl::Span<uint8_t> out) override;

 private:
  struct State;
  State* const state_;
};

}  // namespace sluice
