// Forms, JSON, cursors and page tokens: read again what was written, the same comes back.
#include <algorithm>
#include <string>

#include "server/core/cursor.h"
#include "server/wire/form.h"
#include "server/wire/json.h"
#include "tests/fuzz/targets.h"

namespace sluice::fuzz {

void Form(std::string_view input) {
  const auto fields = ParseForm(input);
  if (!fields.ok()) return;
  Require(fields->size() <= kMaxFormFields, "a form has no more fields than it may");
  const auto again = ParseForm(BuildForm(*fields));
  Require(again.ok() && *again == *fields, "a form that was read can be written and read again");
  for (const auto& [name, value] : *fields) {
    const std::string* const found = FindField(*fields, name);
    Require(found != nullptr, "a field that is there is found");
  }
}

void JsonText(std::string_view input) {
  const auto json = Json::Parse(input);
  if (!json.ok()) return;
  const std::string written = json->Write();
  const auto again = Json::Parse(written);
  Require(again.ok() && *again == *json, "JSON that was read can be written and read again");
  Require(again->Write() == written, "the same value gives the same bytes");
  const std::string path(input.substr(0, 16));
  (void)json->FindPath(path);
  (void)json->GetText("a.b");
  (void)json->OptionalInt("a");
  for (const auto& [name, member] : json->members()) {
    Require(json->Find(name) != nullptr, "a member that is there is found");
    (void)json->GetInt(name);
    (void)member.text();
  }
}

namespace {

// Cursors of any content: the checksum keeps random text from ever being one.
void AnyCursor(std::string_view input) {
  if (input.size() < 9) return;
  Cursor cursor;
  for (int i = 0; i < 8; ++i) {
    cursor.filter_hash = (cursor.filter_hash << 8) | static_cast<unsigned char>(input[i]);
  }
  cursor.position = static_cast<int64_t>(cursor.filter_hash >> 1);
  const size_t split = static_cast<unsigned char>(input[8]) % (input.size() - 8);
  cursor.store_id = std::string(input.substr(9, split));
  cursor.merchant = std::string(input.substr(9 + std::min(split, input.size() - 9)));
  const auto read = DecodeCursor(EncodeCursor(cursor));
  Require(!read.ok() || *read == cursor, "a cursor is read as it was written, or not at all");
}

}  // namespace

void CursorText(std::string_view input) {
  AnyCursor(input);
  if (const auto cursor = DecodeCursor(input); cursor.ok()) {
    Require(cursor->position >= 0, "a cursor's position is not negative");
    Require(input.size() <= kMaxCursorLength, "a cursor is no longer than it may be");
    const auto again = DecodeCursor(EncodeCursor(*cursor));
    Require(again.ok() && *again == *cursor, "a cursor that was read can be written and read");
    Require(CheckCursor(*cursor, cursor->store_id, cursor->merchant, cursor->filter_hash).ok(),
            "a cursor fits what it was made for");
    Require(
        !CheckCursor(*cursor, cursor->store_id + "x", cursor->merchant, cursor->filter_hash).ok(),
        "a cursor of another store is refused");
    Require(!CheckCursor(*cursor, cursor->store_id, cursor->merchant, cursor->filter_hash + 1).ok(),
            "a cursor of another filter is refused");
  }
  constexpr uint64_t kRequest = 7;
  const auto position = DecodePageToken(input, kRequest);
  if (!position.ok() || position->empty()) return;
  const auto again = DecodePageToken(EncodePageToken(*position, kRequest), kRequest);
  Require(again.ok() && *again == *position, "a page token that was read can be written and read");
  Require(!DecodePageToken(input, kRequest + 1).ok(), "another request's page token is refused");
}

}  // namespace sluice::fuzz
