#include "server/core/fingerprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/core/error.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Order MakeOrder() {
  Order order;
  order.merchant = "shop";
  order.id = "A-1";
  order.provider_account = "main";
  order.wallet = "botim";
  order.presentation = Presentation::kQrCode;
  order.amount = {"AED", 1234};
  order.description = "Two books";
  order.return_url = "https://shop.example/back";
  order.account_link = "merchants/shop/accountLinks/L";
  order.customer = {.display_name = "Aisha", .phone = "+971501234567"};
  order.line_items = {{.display_name = "Book", .unit_price = {"AED", 617}, .quantity = 2}};
  order.labels = {{"cart", "7"}};
  order.expire_time = absl::FromUnixSeconds(1'767'225'600);
  return order;
}

// What differs when `change` is made to the order.
template <typename Change>
std::vector<std::string> After(Change change) {
  Order order = MakeOrder();
  change(order);
  return DifferingFields(Fingerprint(MakeOrder()), Fingerprint(order));
}

TEST(FingerprintTest, NamesEachGivenField) {
  EXPECT_THAT(After([](Order&) {}), IsEmpty());
  EXPECT_THAT(After([](Order& o) { o.id = "A-2"; }), ElementsAre("order_id"));
  EXPECT_THAT(After([](Order& o) { o.wallet = "payby"; }), ElementsAre("order.wallet"));
  EXPECT_THAT(After([](Order& o) { o.provider_account = ""; }),
              ElementsAre("order.provider_account"));
  EXPECT_THAT(After([](Order& o) { o.presentation = Presentation::kPush; }),
              ElementsAre("order.presentation"));
  EXPECT_THAT(After([](Order& o) { ++o.amount.minor_units; }),
              ElementsAre("order.amount.minor_units"));
  EXPECT_THAT(After([](Order& o) {
                o.amount = {"USD", 1};
              }),
              ElementsAre("order.amount.currency_code", "order.amount.minor_units"));
  EXPECT_THAT(After([](Order& o) { o.description = ""; }), ElementsAre("order.description"));
  EXPECT_THAT(After([](Order& o) { o.return_url += "x"; }), ElementsAre("order.return_url"));
  EXPECT_THAT(After([](Order& o) { o.account_link = ""; }), ElementsAre("order.account_link"));
  EXPECT_THAT(After([](Order& o) { o.customer.phone = "1"; }), ElementsAre("order.customer.phone"));
  EXPECT_THAT(After([](Order& o) { o.customer.email = "a@b"; }),
              ElementsAre("order.customer.email"));
  EXPECT_THAT(After([](Order& o) { o.line_items[0].quantity = 3; }),
              ElementsAre("order.line_items[0]"));
  EXPECT_THAT(After([](Order& o) { o.line_items.emplace_back(); }),
              ElementsAre("order.line_items[1]"));
  EXPECT_THAT(After([](Order& o) { o.labels["cart"] = ""; }), ElementsAre("order.labels.cart"));
  EXPECT_THAT(After([](Order& o) { o.labels["x"] = ""; }), ElementsAre("order.labels.x"));
  EXPECT_THAT(After([](Order& o) { *o.expire_time += absl::Microseconds(1); }),
              ElementsAre("order.expire_time"));
  EXPECT_THAT(After([](Order& o) { o.expire_time.reset(); }), ElementsAre("order.expire_time"));
}

TEST(FingerprintTest, IgnoresWhatTheEngineFillsIn) {
  EXPECT_THAT(After([](Order& o) {
                o.provider = "payby";
                o.state = OrderState::kPaid;
                o.revision = 3;
                o.create_time = absl::FromUnixSeconds(5);
                o.paid = o.amount;
                o.attempts.emplace_back();
                o.next_action.url = "https://wallet.example";
                o.traceparent = "00-1";
                o.provider_data["x"] = "y";
              }),
              IsEmpty());
}

TEST(FingerprintTest, OfTheOtherResources) {
  Refund refund;
  refund.order_id = "A-1";
  refund.id = "R-1";
  refund.amount = {"AED", 5};
  EXPECT_THAT(DifferingFields("", Fingerprint(refund)),
              ElementsAre("parent", "refund.amount.currency_code", "refund.amount.minor_units",
                          "refund_id"));
  Payout payout;
  payout.id = "P-1";
  payout.receiver_account = "U123456789012";
  EXPECT_THAT(DifferingFields("", Fingerprint(payout)),
              ElementsAre("payout.receiver_account", "payout_id"));
  AccountLink link;
  link.id = "L-1";
  link.customer.phone = "123456";
  link.expire_time = absl::FromUnixSeconds(5);  // Set by the provider, not given.
  EXPECT_THAT(DifferingFields("", Fingerprint(link)),
              ElementsAre("account_link.customer.phone", "account_link_id"));
}

TEST(FingerprintTest, HoldsNoValue) {
  const std::string text = Fingerprint(MakeOrder());
  for (const char* value : {"A-1", "Aisha", "97150", "1234", "Two books", "shop.example", "Book"}) {
    EXPECT_THAT(text, Not(HasSubstr(value)));
  }
}

TEST(FingerprintTest, EqualValuesOfTwoFieldsDoNotShow) {
  const std::string text = Fingerprint(FieldValues{{"a", "same"}, {"b", "same"}});
  const size_t line = text.find('\n') + 1;
  EXPECT_NE(text.substr(2, line - 2), text.substr(line + 2));
}

TEST(FingerprintTest, NeverChanges) {
  // Request ids are kept as long as the resource: the text of a field must stay as it is.
  EXPECT_EQ(Fingerprint(FieldValues{{"name", "merchants/shop/orders/A-1"}}),
            "name=PkXCGWW6qF7GfRy5Av4oiw\n");
}

TEST(FingerprintTest, OfPairsInAnyOrder) {
  EXPECT_EQ(Fingerprint(FieldValues{{"a", "1"}, {"b", "2"}}),
            Fingerprint(FieldValues{{"b", "2"}, {"a", "1"}, {"c", ""}}));
  EXPECT_THAT(DifferingFields(Fingerprint(FieldValues{{"a", "1"}, {"b", "2"}}),
                              Fingerprint(FieldValues{{"a", "2"}, {"c", "2"}})),
              ElementsAre("a", "b", "c"));
  EXPECT_EQ(Fingerprint(FieldValues{}), "");
}

TEST(FingerprintTest, OddLabelKeysStayOneLine) {
  Order order;
  order.labels = {{"a=b\nc", "1"}};
  const std::string one = Fingerprint(order);
  EXPECT_THAT(DifferingFields("", one), ElementsAre("order.labels.a?b?c"));
  order.labels = {{"a?b?c", "1"}};
  EXPECT_THAT(DifferingFields(one, Fingerprint(order)), ElementsAre("order.labels.a?b?c"));
}

TEST(FingerprintTest, CheckNamesTheFields) {
  Order order = MakeOrder();
  EXPECT_TRUE(CheckFingerprint(Fingerprint(order), Fingerprint(order)).ok());
  order.amount.minor_units = 99;
  order.customer.phone = "+971509999999";
  const absl::Status status = CheckFingerprint(Fingerprint(MakeOrder()), Fingerprint(order));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const auto details = GetErrorDetails(status);
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ(details->reason, reason::kRequestIdReused);
  EXPECT_FALSE(details->side_effect_possible);
  ASSERT_EQ(details->fields.size(), 2u);
  EXPECT_EQ(details->fields[0].field, "order.amount.minor_units");
  EXPECT_EQ(details->fields[1].field, "order.customer.phone");
  EXPECT_THAT(status.ToString(), Not(HasSubstr("9999")));
}

TEST(FingerprintTest, CheckNamesAtMostSixteenFields) {
  Order order;
  for (int i = 0; i < 100; ++i) order.labels["k" + std::to_string(i)] = "v";
  const absl::Status status = CheckFingerprint("", Fingerprint(order));
  EXPECT_EQ(GetErrorDetails(status)->fields.size(), 16u);
}

TEST(FingerprintTest, ReadsTextOfAnotherVersion) {
  EXPECT_THAT(DifferingFields("something else", Fingerprint(FieldValues{{"a", "1"}})),
              ElementsAre("a", "something else"));
  EXPECT_THAT(DifferingFields("\n\n", ""), IsEmpty());
}

}  // namespace
}  // namespace sluice
