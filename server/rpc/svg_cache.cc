#include "server/rpc/svg_cache.h"

#include <utility>

#include "server/wire/qr_svg.h"

namespace sluice::rpc {

std::shared_ptr<const std::string> SvgCache::Draw(const std::string& payload) {
  {
    MutexLock lock(&mutex_);
    const auto found = drawn_.find(payload);
    if (found != drawn_.end()) return found->second;
  }
  absl::StatusOr<std::string> svg = QrSvg(payload);
  if (!svg.ok()) return nullptr;
  auto picture = std::make_shared<const std::string>(*std::move(svg));
  MutexLock lock(&mutex_);
  if (drawn_.emplace(payload, picture).second) oldest_first_.push_back(payload);
  if (oldest_first_.size() > capacity_) {
    drawn_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  return picture;
}

size_t SvgCache::size() const {
  MutexLock lock(&mutex_);
  return drawn_.size();
}

}  // namespace sluice::rpc
