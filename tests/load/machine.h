// The machine that the numbers are of, and what its disk takes for a durable write.
//
// Threads: blocking; used by one thread.
// Ownership: values.

#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "tests/load/statistics.h"

namespace sluice::bench {

// Lines of Markdown: processor, memory, kernel, file system of `folder`, compiler, load.
std::string DescribeMachine(const std::string& folder);

// True for file systems in memory, on which durable writes cost nothing.
bool IsInMemory(const std::string& folder);

// How long writing 4 KiB and fdatasync take together, `count` times. A file is overwritten, as the
// log of a store is once it has its size.
absl::StatusOr<Latencies> MeasureSync(const std::string& folder, int count);

std::string Today();  // YYYY-MM-DD, local time.

}  // namespace sluice::bench
