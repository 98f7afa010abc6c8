#include "server/main/signals.h"

#include <pthread.h>

#include <csignal>

namespace sluice {
namespace {

sigset_t Awaited() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = Awaited();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Signal WaitForSignal() {
  const sigset_t set = Awaited();
  for (;;) {
    int number = 0;
    if (sigwait(&set, &number) == 0) return number == SIGHUP ? Signal::kReload : Signal::kStop;
  }
}

}  // namespace sluice
