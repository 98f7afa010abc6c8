// What libFuzzer calls: it brings main() itself.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/base/log.h"
#include "tests/fuzz/targets.h"

namespace sluice::fuzz {
namespace {

struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
};

constexpr Target kTargets[] = {
    {"form", Form},
    {"json", JsonText},
    {"cursor", CursorText},
    {"config", Config},
    {"payby_notification", PaybyNotification},
    {"payby_reply", PaybyReply},
    {"nicepay_notification", NicepayNotification},
    {"nicepay_reply", NicepayReply},
    {"epay_notification", EpayNotification},
    {"epay_reply", EpayReply},
};

const Target* chosen = nullptr;

void Choose(std::string_view program) {
  constexpr std::string_view kPrefix = "fuzz_";
  const size_t at = program.rfind(kPrefix);
  const std::string_view name =
      at == std::string_view::npos ? std::string_view() : program.substr(at + kPrefix.size());
  for (const Target& target : kTargets) {
    if (target.name == name) chosen = &target;
  }
  if (chosen != nullptr) return;
  std::fprintf(stderr, "start this program as fuzz_<target>, by a link; targets:");
  for (const Target& target : kTargets) std::fprintf(stderr, " %s", target.name.data());
  std::fprintf(stderr, "\n");
  std::exit(2);
}

}  // namespace
}  // namespace sluice::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char*** arguments) {
  sluice::SetLogLevel(sluice::LogLevel::kOff);
  sluice::fuzz::Choose((*arguments)[0]);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::fuzz::chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
