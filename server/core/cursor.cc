#include "server/core/cursor.h"

#include <optional>

#include "server/base/encoding.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/stable_hash.h"

namespace sluice {
namespace {

// The first byte of every token: what it is, and in which version. A page token is never taken for
// a cursor.
constexpr char kCursorVersion = 'c' ^ 1;
constexpr char kPageVersion = 'p' ^ 1;

constexpr size_t kMaxPartBytes = 128;
constexpr size_t kNumberBytes = 8;
constexpr size_t kChecksumBytes = 4;
// What a page token may hold of the store's position: a sort key and a resource name.
constexpr size_t kMaxPageTokenLength = 1024;

void PutNumber(uint64_t number, size_t bytes, std::string& out) {
  for (size_t i = bytes; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i)));
}

void PutText(std::string_view text, std::string& out) {
  const std::string_view kept = text.substr(0, kMaxPartBytes + 1);
  out.push_back(static_cast<char>(kept.size()));
  out.append(kept);
}

uint64_t ReadNumber(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// Takes parts off the front of a token; after the first one that is not there, ok() is false.
class Parts {
 public:
  explicit Parts(std::string_view rest) : rest_(rest) {}

  std::string_view Take(size_t bytes) {
    if (rest_.size() < bytes) {
      ok_ = false;
      return {};
    }
    const std::string_view part = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return part;
  }
  uint64_t TakeNumber() { return ReadNumber(Take(kNumberBytes)); }
  std::string_view TakeText() {
    const size_t size = ReadNumber(Take(1));
    if (size > kMaxPartBytes) ok_ = false;
    return Take(size);
  }
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

uint64_t Checksum(std::string_view bytes) { return StableHash64(bytes) & 0xffffffff; }

std::string Seal(std::string content) {
  PutNumber(Checksum(content), kChecksumBytes, content);
  return Base64UrlEncode(content);
}

// The content behind the version byte.
std::optional<std::string> Unseal(std::string_view text, char version, size_t max_length) {
  if (text.size() > max_length) return std::nullopt;
  const absl::StatusOr<std::string> bytes = Base64UrlDecode(text);
  if (!bytes.ok() || bytes->size() < 1 + kChecksumBytes || bytes->front() != version) {
    return std::nullopt;
  }
  const std::string_view content(bytes->data(), bytes->size() - kChecksumBytes);
  const std::string_view checksum = std::string_view(*bytes).substr(content.size());
  if (ReadNumber(checksum) != Checksum(content)) return std::nullopt;
  return std::string(content.substr(1));
}

absl::Status PageTokenInvalid() {
  return InvalidField("page_token",
                      "must be the next_page_token of the same request with the same parameters");
}

}  // namespace

std::string EncodeCursor(const Cursor& cursor) {
  std::string content(1, kCursorVersion);
  PutText(cursor.store_id, content);
  PutText(cursor.merchant, content);
  PutNumber(cursor.filter_hash, kNumberBytes, content);
  PutNumber(static_cast<uint64_t>(cursor.position), kNumberBytes, content);
  return Seal(std::move(content));
}

absl::StatusOr<Cursor> DecodeCursor(std::string_view text) {
  const std::optional<std::string> content = Unseal(text, kCursorVersion, kMaxCursorLength);
  if (!content.has_value()) return CursorInvalid("is not a cursor of this service");
  Parts parts(*content);
  Cursor cursor;
  cursor.store_id = parts.TakeText();
  cursor.merchant = parts.TakeText();
  cursor.filter_hash = parts.TakeNumber();
  cursor.position = static_cast<int64_t>(parts.TakeNumber());
  if (!parts.AtEnd() || cursor.position < 0) {
    return CursorInvalid("is not a cursor of this service");
  }
  return cursor;
}

absl::Status CheckCursor(const Cursor& cursor, std::string_view store_id, std::string_view merchant,
                         uint64_t filter_hash) {
  if (cursor.store_id != store_id) return CursorInvalid("belongs to another store");
  if (cursor.merchant != merchant) return CursorInvalid("belongs to another merchant");
  if (cursor.filter_hash != filter_hash) return CursorInvalid("belongs to another filter");
  return absl::OkStatus();
}

absl::Status CursorInvalid(std::string_view rule) {
  return MakeError(
      absl::StatusCode::kInvalidArgument, StrCat("cursor: ", rule),
      {.reason = std::string(reason::kCursorInvalid), .fields = {{"cursor", std::string(rule)}}});
}

absl::Status CursorExpired(const Cursor& oldest) {
  return MakeError(absl::StatusCode::kOutOfRange,
                   "cursor: events behind it are no longer kept; the oldest cursor that works is "
                   "in oldest_cursor",
                   {.reason = std::string(reason::kCursorExpired),
                    .metadata = {{"oldest_cursor", EncodeCursor(oldest)}}});
}

std::string EncodePageToken(std::string_view position, uint64_t request_hash) {
  if (position.empty()) return "";
  std::string content(1, kPageVersion);
  PutNumber(request_hash, kNumberBytes, content);
  content.append(position);
  return Seal(std::move(content));
}

absl::StatusOr<std::string> DecodePageToken(std::string_view text, uint64_t request_hash) {
  if (text.empty()) return "";
  const std::optional<std::string> content = Unseal(text, kPageVersion, kMaxPageTokenLength);
  if (!content.has_value() || content->size() <= kNumberBytes) return PageTokenInvalid();
  const std::string_view all = *content;
  if (ReadNumber(all.substr(0, kNumberBytes)) != request_hash) return PageTokenInvalid();
  return std::string(all.substr(kNumberBytes));
}

uint64_t PageRequestHash(const std::vector<std::string>& parameters) {
  // Each with its length, so that moving a character to the neighbour changes the hash.
  std::string content;
  for (const std::string& parameter : parameters) {
    PutNumber(parameter.size(), kNumberBytes, content);
    content.append(parameter);
  }
  return StableHash64(content);
}

}  // namespace sluice
