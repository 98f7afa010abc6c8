#include "tests/load/process_stats.h"

#include <features.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>

namespace sluice::bench {
namespace {

int64_t Nanos(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// A counter per thread, so that counting costs next to nothing and no cache line is shared. More
// threads than slots share some, and their counts may be a little low.
constexpr size_t kSlots = 256;
struct alignas(64) Slot {
  std::atomic<int64_t> count{0};
};
std::array<Slot, kSlots> slots;
std::atomic<uint32_t> next_slot{0};
constinit thread_local Slot* slot = nullptr;

}  // namespace

// Called by the allocation functions below, so it must not allocate.
void CountAllocation() {
  if (slot == nullptr) slot = &slots[next_slot.fetch_add(1, std::memory_order_relaxed) % kSlots];
  slot->count.store(slot->count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

int64_t Allocations() {
  int64_t sum = 0;
  for (const Slot& each : slots) sum += each.count.load(std::memory_order_relaxed);
  return sum;
}

int64_t ResidentBytes() {
  int64_t total_pages = 0, resident_pages = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  const int read = std::fscanf(file, "%ld %ld", &total_pages, &resident_pages);
  std::fclose(file);
  return read == 2 ? resident_pages * sysconf(_SC_PAGESIZE) : 0;
}

int64_t WrittenBytes() {
  constexpr char kName[] = "write_bytes:";
  std::ifstream file("/proc/self/io");
  std::string name;
  for (int64_t value = 0; file >> name >> value;) {
    if (name == kName) return value;
  }
  return 0;
}

int64_t CpuMicros() { return Nanos(CLOCK_PROCESS_CPUTIME_ID) / 1000; }

int64_t MonotonicNanos() { return Nanos(CLOCK_MONOTONIC); }

}  // namespace sluice::bench

// The program's own malloc comes before the C library's, for all libraries of the process.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);

void* malloc(size_t size) {
  sluice::bench::CountAllocation();
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  sluice::bench::CountAllocation();
  return __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) {
  sluice::bench::CountAllocation();
  return __libc_realloc(memory, size);
}
}
#endif
