// Keeps log lines for a test to look at, in place of standard error.
//
// Threads: safe from any thread. At most one capture lives at a time.
// Ownership: restores standard error and the level on destruction.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/log.h"

namespace sluice {

class LogCapture {
 public:
  // Captures from `level` up.
  explicit LogCapture(LogLevel level = LogLevel::kDebug);
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  // The lines so far, without line ends.
  std::vector<std::string> lines() const;

  // Whether any line holds `text`.
  bool Contains(std::string_view text) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
