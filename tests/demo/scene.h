// A scene of the demo: a short story with one provider, in a file of its own.
//
// To add one: write scene_<provider>_<what>.cc, declare its Scene below, and name it in AllScenes.
// A scene runs when its provider is in the capability matrix of the server. The simulators keep
// their state in memory, so a scene leaves nothing unfinished that the next server would ask about.
//
// Threads: scenes run one after the other.
// Ownership: Scenes are constants.

#pragma once

#include <vector>

#include "absl/status/status.h"
#include "tests/demo/world.h"

namespace sluice::demo {

struct Scene {
  const char* provider;  // "payby"
  const char* title;
  bool after_restart;  // Played by the server that was started again.
  // Before the stream is resumed, for scenes after the restart: what happens while nobody watches.
  // May be null.
  absl::Status (*unwatched)(World& world);
  absl::Status (*play)(World& world);
};

extern const Scene kPayByWallet;
extern const Scene kPayByRevoke;
extern const Scene kPayByQr;
extern const Scene kNicePayOvo;
extern const Scene kNicePayDana;
extern const Scene kNicePayAstraPay;
extern const Scene kEpaySuccess;
extern const Scene kEpayFeeKept;
extern const Scene kEpayLost;

inline std::vector<const Scene*> AllScenes() {
  return {&kPayByWallet,     &kPayByRevoke, &kPayByQr,     &kNicePayOvo, &kNicePayDana,
          &kNicePayAstraPay, &kEpaySuccess, &kEpayFeeKept, &kEpayLost};
}

}  // namespace sluice::demo
