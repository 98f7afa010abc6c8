// Cursors of the event log and page tokens of lists: opaque text for callers.
//
// A cursor says "everything up to this position has been seen" and is bound to the store, the
// merchant and the filter it was made under. Both carry a version and a checksum against slips, not
// against forgery: they grant nothing, since the caller's rights are checked on every call.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sluice {

struct Cursor {
  std::string store_id;      // Store::StoreId().
  std::string merchant;      // Id, or "-" for all merchants.
  uint64_t filter_hash = 0;  // EventFilter::Hash().
  int64_t position = 0;      // Event::position of the last event seen; 0: none.

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

// The longest text that is looked at; longer is refused unread.
inline constexpr int kMaxCursorLength = 512;

// URL-safe text of A-Z a-z 0-9 - _. `store_id` and `merchant` must be at most 128 bytes each (they
// are ids of ours); what is longer gives text that DecodeCursor refuses.
std::string EncodeCursor(const Cursor& cursor);

// INVALID_ARGUMENT CURSOR_INVALID for text that EncodeCursor did not make.
absl::StatusOr<Cursor> DecodeCursor(std::string_view text);

// INVALID_ARGUMENT CURSOR_INVALID, saying which binding does not hold: another store (for example
// after a restore from nothing), merchant or filter. The position is for the caller to check
// against the log: see CursorInvalid and CursorExpired.
absl::Status CheckCursor(const Cursor& cursor, std::string_view store_id, std::string_view merchant,
                         uint64_t filter_hash);

// INVALID_ARGUMENT CURSOR_INVALID with `rule`, e.g. "is from the future".
absl::Status CursorInvalid(std::string_view rule);

// OUT_OF_RANGE CURSOR_EXPIRED; metadata "oldest_cursor" is the oldest that still works.
absl::Status CursorExpired(const Cursor& oldest);

// A page token: the store's `position` (ListPage::next) bound to the request's other parameters.
// An empty position gives an empty token: no more pages.
std::string EncodePageToken(std::string_view position, uint64_t request_hash);

// The position; empty text gives an empty position (the first page). INVALID_ARGUMENT on
// "page_token" when the text was not made by EncodePageToken under the same hash.
absl::StatusOr<std::string> DecodePageToken(std::string_view text, uint64_t request_hash);

// The hash of a list request's parameters, in the order given, without page size and token.
uint64_t PageRequestHash(const std::vector<std::string>& parameters);

}  // namespace sluice
