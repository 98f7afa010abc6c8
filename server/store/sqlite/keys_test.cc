// Request ids and references are found by a number made of their keys: they are told apart all the
// same, and those of an older version are still found.

#include <map>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sqlite/key_hash.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/store_fixture.h"

namespace sluice::store::sqlite {
namespace {

class KeysTest : public StoreFixture {
 protected:
  std::unique_ptr<Connection> OpenRaw() {
    auto connection = Connection::Open({.path = options_.path, .busy_timeout = absl::Seconds(1)});
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }
  std::optional<std::string> ResourceOf(const std::string& request_id) {
    const auto found = store_->FindRequest("acme", "CreateOrder", request_id);
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok() || !found->has_value()) return std::nullopt;
    return (*found)->resource_name;
  }
};

TEST(KeyHashTest, IsTheSameForEver) {
  EXPECT_EQ(KeyHash({"acme", "CreateOrder", "r-1"}), -7248062409457586625);
  EXPECT_EQ(KeyHash({"payby-main", "create_order:ORD-1"}), 3146299894088737615);
  EXPECT_EQ(KeyHash({}), -4925216623011061492);
}

TEST(KeyHashTest, PartsAreNotRunTogether) {
  EXPECT_NE(KeyHash({"ab", "c"}), KeyHash({"a", "bc"}));
  EXPECT_NE(KeyHash({"abc"}), KeyHash({"abc", ""}));
}

// Rows of other keys under the same number: neither found for ours nor in its way.
TEST_F(KeysTest, KeysOfTheSameNumberAreToldApart) {
  Open();
  {
    const auto raw = OpenRaw();
    const int64_t request = KeyHash({"acme", "CreateOrder", "request-o1"});
    const int64_t reference = KeyHash({"payby-main", "create_order:o1"});
    ASSERT_EQ(raw->Exec(absl::StrCat(
                  "INSERT INTO request_ids(key_hash, merchant, method, request_id, fingerprint, "
                  "resource_name) VALUES(",
                  request, ", 'acme', 'CreateOrder', 'another', 'f', 'other');",
                  "INSERT INTO resource_references(key_hash, provider_account, reference_key, "
                  "resource_name) VALUES(",
                  reference, ", 'payby-main', 'another', 'other');")),
              SQLITE_OK)
        << raw->ErrorText();
  }
  EXPECT_EQ(ResourceOf("request-o1"), std::nullopt);
  EXPECT_EQ(store_->FindReference("payby-main", "create_order:o1")->has_value(), false);
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  EXPECT_EQ(ResourceOf("request-o1"), OrderName("acme", "o1"));
  EXPECT_EQ(**store_->FindReference("payby-main", "create_order:o1"), OrderName("acme", "o1"));
  Transaction again = CreateOrder("o2");
  again.request->request_id = "request-o1";
  EXPECT_EQ(Commit(again).status.code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(KeysTest, AReferenceTwiceInOneTransactionIsOneOrRefused) {
  Open();
  Transaction same = CreateOrder("o1");
  same.references.push_back(same.references[0]);
  ASSERT_TRUE(Commit(same).status.ok());
  EXPECT_EQ(*OpenRaw()->QueryInt("SELECT count(*) FROM resource_references"), 1);
  Transaction torn = CreateOrder("o2");
  torn.references.push_back(torn.references[0]);
  torn.references[1].resource_name = "merchants/acme/orders/o1";
  EXPECT_EQ(Commit(torn).status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_FALSE(store_->Get(OrderName("acme", "o2"))->has_value());
}

TEST_F(KeysTest, ThoseOfVersion1AreFound) {
  SeededRandom random(1);
  {
    const auto old = OpenRaw();
    ASSERT_TRUE(PrepareSchema(*old, "p", Migrations().first(1), random).ok());
    ASSERT_EQ(old->Exec("INSERT INTO request_ids VALUES"
                        "('acme', 'CreateOrder', 'request-o1', 'f', 'merchants/acme/orders/o1');"
                        "INSERT INTO resource_references VALUES"
                        "('payby-main', 'create_order:o1', 'merchants/acme/orders/o1');"),
              SQLITE_OK)
        << old->ErrorText();
  }
  Open();
  EXPECT_EQ(ResourceOf("request-o1"), OrderName("acme", "o1"));
  EXPECT_EQ(**store_->FindReference("payby-main", "create_order:o1"), OrderName("acme", "o1"));
  EXPECT_EQ(Commit(CreateOrder("o1")).status.code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace sluice::store::sqlite
