// QR codes that were drawn lately: drawing takes a hundred microseconds, and an order that awaits
// its payer is read again and again with the same payload.
//
// Threads: safe from any thread; draws without a lock held.
// Ownership: owns the pictures.

#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "server/base/mutex.h"

namespace sluice::rpc {

class SvgCache {
 public:
  // 512 pictures of some 5 KiB, as many as orders are looked at within their minutes of waiting.
  explicit SvgCache(size_t capacity = 512) : capacity_(capacity) {}

  // The picture; nullptr when no QR code holds the text.
  std::shared_ptr<const std::string> Draw(const std::string& payload);

  size_t size() const;

 private:
  const size_t capacity_;
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const std::string>> drawn_
      SLUICE_GUARDED_BY(mutex_);
  std::deque<std::string> oldest_first_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::rpc
