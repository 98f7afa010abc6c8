#include "server/rpc/list.h"

#include <algorithm>

#include "absl/strings/numbers.h"

namespace sluice::rpc {

absl::StatusOr<int> PageSize(int32_t page_size) {
  if (page_size < 0) return InvalidField("page_size", "must not be less than 0");
  if (page_size == 0) return kDefaultPageSize;
  return std::min<int>(page_size, kMaxPageSize);
}

absl::StatusOr<Slice> SliceOf(size_t total, int32_t page_size, std::string_view page_token,
                              uint64_t hash) {
  absl::StatusOr<int> limit = PageSize(page_size);
  if (!limit.ok()) return limit.status();
  absl::StatusOr<std::string> position = DecodePageToken(page_token, hash);
  if (!position.ok()) return position.status();
  Slice slice;
  if (!position->empty() && !absl::SimpleAtoi(*position, &slice.begin)) {
    return CursorInvalid("is not a page token of this list");
  }
  slice.begin = std::min(slice.begin, total);
  slice.end = std::min(total, slice.begin + static_cast<size_t>(*limit));
  if (slice.end < total) slice.next_page_token = EncodePageToken(StrCat(slice.end), hash);
  return slice;
}

}  // namespace sluice::rpc
