// Signals as values, waited for by one thread.
//
// Threads: Block before any other thread is started, so that all inherit it; Wait in one thread.
// Ownership: none.

#pragma once

namespace sluice {

enum class Signal { kStop, kReload };

// SIGTERM, SIGINT and SIGHUP are kept for Wait; SIGPIPE is ignored.
void BlockSignals();

Signal WaitForSignal();

}  // namespace sluice
