// What was measured beside what is to be reached: a table for the terminal, a dated file to keep.
//
// Threads: used by one thread.
// Ownership: values.

#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/load/statistics.h"

namespace sluice::bench {

struct Row {
  std::string what;
  std::string floor, excellent;  // Of the design; empty: none is set.
  std::string seen;              // "0.93 (0.91 to 0.95)"
  std::string note;              // What it is made of: "21,300 / 22,900 calls per second".
};

// "0.93 (0.91 to 0.95)" with so many digits after the point, and a unit.
std::string Show(const Spread& spread, int digits, const std::string& unit = "");
// "1,234,567"
std::string WithCommas(double number);

// For the terminal.
std::string Table(const std::vector<Row>& rows);

// A Markdown file. `path` may be a folder: the file is then named by `date` (YYYY-MM-DD). Returns
// where it was written; UNAVAILABLE.
absl::Status WriteReport(const std::string& path, const std::string& date,
                         const std::string& machine, const std::vector<Row>& rows,
                         std::string* written);

}  // namespace sluice::bench
