#include "server/base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <random>

#include "server/base/encoding.h"
#include "server/base/mutex.h"

namespace sluice {

uint64_t Random::Next() {
  std::array<uint8_t, 8> bytes;
  Fill(absl::MakeSpan(bytes));
  uint64_t number = 0;
  for (const uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

std::string Random::Hex(int bytes) {
  std::string buffer(static_cast<size_t>(std::max(bytes, 0)), '\0');
  Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(buffer.data()), buffer.size()));
  return HexEncode(buffer);
}

void SystemRandom::Fill(absl::Span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got > 0) {
      out.remove_prefix(static_cast<size_t>(got));
    } else if (errno != EINTR) {
      // Going on with predictable bytes would be worse than ending.
      std::abort();
    }
  }
}

struct SeededRandom::State {
  explicit State(uint64_t seed) : engine(seed) {}
  Mutex mutex;
  std::mt19937_64 engine SLUICE_GUARDED_BY(mutex);  // Its output is fixed by the C++ standard.
};

SeededRandom::SeededRandom(uint64_t seed) : state_(new State(seed)) {}

SeededRandom::~SeededRandom() { delete state_; }

void SeededRandom::Fill(absl::Span<uint8_t> out) {
  MutexLock lock(&state_->mutex);
  for (size_t i = 0; i < out.size();) {
    uint64_t word = state_->engine();
    for (int byte = 0; byte < 8 && i < out.size(); ++byte, ++i) {
      out[i] = static_cast<uint8_t>(word);
      word >>= 8;
    }
  }
}

}  // namespace sluice
