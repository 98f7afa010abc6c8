// What this process has used: memory, CPU time, allocations.
//
// Threads: safe from any thread.
// Ownership: none.

#pragma once

#include <cstdint>

namespace sluice::bench {

int64_t ResidentBytes();
int64_t WrittenBytes();    // To the disk, by the pages of its cache that were changed.
int64_t CpuMicros();       // Of all threads, user and system.
int64_t MonotonicNanos();  // The machine's: comparable between its processes.

// Calls of malloc and its kin by all threads since the start; 0 where it cannot be counted (under a
// sanitizer, with another C library).
int64_t Allocations();

}  // namespace sluice::bench
