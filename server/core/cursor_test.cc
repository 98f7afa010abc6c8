#include "server/core/cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "server/base/encoding.h"
#include "server/core/error.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;

const Cursor kCursor = {"6f1f0c1c5b9a4c5f", "shop", 0x8000000000000001, 1234567890123};

void ExpectInvalid(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const auto details = GetErrorDetails(status);
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ(details->reason, reason::kCursorInvalid);
  ASSERT_EQ(details->fields.size(), 1u);
  EXPECT_EQ(details->fields[0].field, "cursor");
}

TEST(CursorTest, RoundTrips) {
  for (const Cursor& cursor :
       {kCursor, Cursor{}, Cursor{"s", "-", std::numeric_limits<uint64_t>::max(), 0},
        Cursor{std::string(128, 's'), std::string(128, 'm'), 0,
               std::numeric_limits<int64_t>::max()},
        Cursor{std::string("\0\xff", 2), "m", 1, 2}}) {
    const std::string text = EncodeCursor(cursor);
    EXPECT_LE(text.size(), static_cast<size_t>(kMaxCursorLength));
    EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-_"),
              std::string::npos);
    const auto decoded = DecodeCursor(text);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, cursor);
  }
}

TEST(CursorTest, TextNeverChanges) {
  // Callers keep cursors for weeks: a new version must still read this one.
  const auto decoded = DecodeCursor("YgVzdG9yZQRzaG9wAAAAAAAAAAEAAAAAAAAAAic1rio");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, (Cursor{"store", "shop", 1, 2}));
  EXPECT_EQ(EncodeCursor({"store", "shop", 1, 2}), "YgVzdG9yZQRzaG9wAAAAAAAAAAEAAAAAAAAAAic1rio");
}

TEST(CursorTest, RefusesWhatWasNotEncoded) {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("AAAA"), std::string("not a cursor"),
        EncodeCursor(kCursor) + "A", EncodeCursor(kCursor) + "=", " " + EncodeCursor(kCursor),
        std::string(1 << 20, 'A')}) {
    ExpectInvalid(DecodeCursor(text).status());
  }
}

TEST(CursorTest, RefusesEverySingleChange) {
  const std::string text = EncodeCursor(kCursor);
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'A', 'b', '7', '-', '_', '/', '\0', '\xff'}) {
      if (text[i] == c) continue;
      std::string changed = text;
      changed[i] = c;
      ExpectInvalid(DecodeCursor(changed).status());
    }
    ExpectInvalid(DecodeCursor(text.substr(0, i)).status());
  }
}

TEST(CursorTest, RefusesWhatCannotBe) {
  ExpectInvalid(DecodeCursor(EncodeCursor({"store", "shop", 1, -1})).status());
  ExpectInvalid(DecodeCursor(EncodeCursor({std::string(129, 's'), "shop", 1, 1})).status());
  ExpectInvalid(DecodeCursor(EncodeCursor({"store", std::string(1000, 'm'), 1, 1})).status());
  ExpectInvalid(DecodeCursor(EncodePageToken("merchants/shop", 1)).status());
}

TEST(CursorTest, IsBound) {
  EXPECT_TRUE(CheckCursor(kCursor, kCursor.store_id, "shop", kCursor.filter_hash).ok());
  const absl::Status store = CheckCursor(kCursor, "other", "shop", kCursor.filter_hash);
  const absl::Status merchant = CheckCursor(kCursor, kCursor.store_id, "-", kCursor.filter_hash);
  const absl::Status filter = CheckCursor(kCursor, kCursor.store_id, "shop", 1);
  for (const absl::Status& status : {store, merchant, filter}) ExpectInvalid(status);
  EXPECT_THAT(store.ToString(), HasSubstr("store"));
  EXPECT_THAT(merchant.ToString(), HasSubstr("merchant"));
  EXPECT_THAT(filter.ToString(), HasSubstr("filter"));
}

TEST(CursorTest, ExpiredTellsTheOldest) {
  const absl::Status status = CursorExpired(kCursor);
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  const auto details = GetErrorDetails(status);
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ(details->reason, reason::kCursorExpired);
  const auto oldest = DecodeCursor(details->metadata.at("oldest_cursor"));
  ASSERT_TRUE(oldest.ok());
  EXPECT_EQ(*oldest, kCursor);
}

TEST(PageTokenTest, RoundTripsUnderTheSameHashOnly) {
  const std::string token = EncodePageToken("17:merchants/shop/orders/A", 5);
  EXPECT_EQ(*DecodePageToken(token, 5), "17:merchants/shop/orders/A");
  for (const auto& result :
       {DecodePageToken(token, 6), DecodePageToken(token + "A", 5),
        DecodePageToken(token.substr(1), 5), DecodePageToken("x", 5),
        DecodePageToken(EncodeCursor(kCursor), 5), DecodePageToken(std::string(5000, 'A'), 5)}) {
    ASSERT_FALSE(result.ok());
    const auto details = GetErrorDetails(result.status());
    ASSERT_TRUE(details.has_value());
    EXPECT_EQ(details->reason, reason::kFieldInvalid);
    EXPECT_EQ(details->fields[0].field, "page_token");
  }
}

TEST(PageTokenTest, EmptyMeansNoPage) {
  EXPECT_EQ(EncodePageToken("", 5), "");
  EXPECT_EQ(*DecodePageToken("", 5), "");
}

TEST(PageTokenTest, HashDependsOnEachParameter) {
  const uint64_t hash = PageRequestHash({"merchants/shop", "PAID", ""});
  EXPECT_EQ(hash, PageRequestHash({"merchants/shop", "PAID", ""}));
  EXPECT_NE(hash, PageRequestHash({"merchants/shop", "", "PAID"}));
  EXPECT_NE(hash, PageRequestHash({"merchants/shopP", "AID", ""}));
  EXPECT_NE(hash, PageRequestHash({"merchants/shop", "PAID"}));
}

}  // namespace
}  // namespace sluice
