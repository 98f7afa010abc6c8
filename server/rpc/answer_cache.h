// Answers to reads as bytes, of the resources read lately: a resource in memory never changes, so
// what was encoded once is right for as long as it is the one in memory. A read that finds its
// bytes here costs hardly more than an RPC that does nothing.
//
// Each resource has one place, by its address, and keeps it until another wants it.
//
// Threads: safe from any thread; encodes without a lock held.
// Ownership: owns the bytes and shares the resources, so that an address is not used again.

#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/base/mutex.h"

namespace sluice::rpc {

class AnswerCache {
 public:
  // As many orders as are looked at within the minutes that a payer takes; an ordinary answer has
  // one KiB, one with a picture six. Together at most 16 MiB.
  static constexpr size_t kPlaces = 2048;
  static constexpr size_t kMostBytes = 8 << 10;  // Larger ones are encoded each time.

  explicit AnswerCache(size_t places = kPlaces) : places_(places) {}

  // The bytes of `resource`, by `encode()` (a std::string) when they are not here.
  template <typename Encode>
  grpc::ByteBuffer Of(std::shared_ptr<const void> resource, const Encode& encode) {
    Place& place = places_[std::hash<const void*>{}(Spread(resource.get())) % places_.size()];
    {
      MutexLock lock(&place.mutex);
      if (place.resource == resource) return grpc::ByteBuffer(&place.bytes, 1);
    }
    const std::string text = encode();
    grpc::Slice bytes(text);
    grpc::ByteBuffer answer(&bytes, 1);
    if (text.size() > kMostBytes) return answer;
    MutexLock lock(&place.mutex);
    // What was here is let go of after the lock.
    place.resource.swap(resource);
    std::swap(place.bytes, bytes);
    return answer;
  }

 private:
  struct Place {
    Mutex mutex;
    std::shared_ptr<const void> resource SLUICE_GUARDED_BY(mutex);
    grpc::Slice bytes SLUICE_GUARDED_BY(mutex);
  };

  // Addresses of objects of one size are multiples of it.
  static const void* Spread(const void* address) {
    constexpr uintptr_t kOdd = 0x9E3779B97F4A7C15u;
    return reinterpret_cast<const void*>((reinterpret_cast<uintptr_t>(address) * kOdd) >> 20);
  }

  std::vector<Place> places_;
};

}  // namespace sluice::rpc
