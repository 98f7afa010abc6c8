#include "server/store/sqlite/write_gather.h"

namespace sluice::store::sqlite {

int WriteGather::Write(const void* data, int size, int64_t offset) {
  const auto bytes = static_cast<size_t>(size);
  const bool follows = offset == offset_ + static_cast<int64_t>(held_.size());
  if (!held_.empty() && (!follows || held_.size() + bytes > kMostBytes)) {
    const int code = Flush();
    if (code != SQLITE_OK) return code;
  }
  if (held_.empty()) offset_ = offset;
  held_.append(static_cast<const char*>(data), bytes);
  return SQLITE_OK;
}

int WriteGather::Flush() {
  if (held_.empty()) return SQLITE_OK;
  const int code =
      file_->pMethods->xWrite(file_, held_.data(), static_cast<int>(held_.size()), offset_);
  held_.clear();
  return code;
}

}  // namespace sluice::store::sqlite
