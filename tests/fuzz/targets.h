// The parsers of what comes from outside, each as a function of any bytes. A target ends the
// process when a promise is broken; what the sanitizers see ends it as well.
//
// One program holds all targets; which one runs is the end of the name it was started by
// ("fuzz_json"), so that the parsers are compiled and linked once.
//
// Threads: one. Ownership: none.

#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace sluice::fuzz {

// A promise of the code under test.
inline void Require(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "BROKEN PROMISE: %s\n", promise);
  std::abort();
}

// wire_targets.cc
void Form(std::string_view input);
void JsonText(std::string_view input);
void CursorText(std::string_view input);

// config_target.cc
void Config(std::string_view input);

// payby_targets.cc, nicepay_targets.cc, epay_targets.cc. The first letter says whether the message
// is signed for the target before it is read, or comes as it is; of replies, the second which call
// was made and the third the HTTP status.
void PaybyNotification(std::string_view input);
void PaybyReply(std::string_view input);
void NicepayNotification(std::string_view input);
void NicepayReply(std::string_view input);
void EpayNotification(std::string_view input);
void EpayReply(std::string_view input);

}  // namespace sluice::fuzz
