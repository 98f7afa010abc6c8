#include "server/core/names.h"

#include <gtest/gtest.h>

#include <string>

#include "server/core/error.h"
#include "server/core/event.h"

namespace sluice {
namespace {

const std::string kId64(64, 'x');
const std::string kSlug63(63, 'm');

TEST(NameTest, RoundTripsEveryKind) {
  const ResourceName names[] = {
      {ResourceKind::kOrder, "shop", "", "A-1_b"},
      {ResourceKind::kRefund, "shop", "A-1", "R-1"},
      {ResourceKind::kPayout, "shop", "", "P-1"},
      {ResourceKind::kAccountLink, "shop", "", "L-1"},
      {ResourceKind::kEvent, "shop", "", "00000000000000000007"},
      {ResourceKind::kNotification, "shop", "", "n1"},
      {ResourceKind::kProviderAccount, "shop", "", "main-1"},
      {ResourceKind::kRefund, kSlug63, kId64, kId64},
  };
  for (const ResourceName& name : names) {
    const auto parsed = ParseName(name.ToString(), "name");
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, name);
    EXPECT_TRUE(ParseName(name.ToString(), name.kind, "name").ok());
  }
}

TEST(NameTest, AreAsPublished) {
  EXPECT_EQ(MerchantName("m"), "merchants/m");
  EXPECT_EQ(OrderName("m", "o"), "merchants/m/orders/o");
  EXPECT_EQ(RefundName("m", "o", "r"), "merchants/m/orders/o/refunds/r");
  EXPECT_EQ(PayoutName("m", "p"), "merchants/m/payouts/p");
  EXPECT_EQ(AccountLinkName("m", "l"), "merchants/m/accountLinks/l");
  EXPECT_EQ(EventName("m", "e"), "merchants/m/events/e");
  EXPECT_EQ(NotificationName("m", "n"), "merchants/m/notifications/n");
  EXPECT_EQ(ProviderAccountName("m", "a"), "merchants/m/providerAccounts/a");
  EXPECT_EQ(KindName(ResourceKind::kOrder), "order");
  EXPECT_EQ(KindName(ResourceKind::kAccountLink), "account_link");
  EXPECT_EQ(KindName(ResourceKind::kProviderAccount), "provider_account");
  EXPECT_EQ(KindType(ResourceKind::kRefund), "sluice.v1/Refund");
  EXPECT_EQ(KindType(ResourceKind::kEvent), "sluice.v1/Event");
}

TEST(NameTest, RefusesWhatIsNoName) {
  const std::string names[] = {
      "",
      "/",
      "merchants",
      "merchants/",
      "merchants/m",
      "merchants/m/orders",
      "merchants/m/orders/",
      "merchants/m/orders/o/",
      "/merchants/m/orders/o",
      "merchants//orders/o",
      "merchants/m/orders/o/refunds",
      "merchants/m/orders/o/refunds/",
      "merchants/m/orders/o/refunds/r/x",
      "merchants/m/orders/o/payouts/p",
      "merchants/m/payouts/p/refunds/r",
      "merchants/m/refunds/r",
      "merchants/m/coins/c",
      "merchants/m/Orders/o",
      "Merchants/m/orders/o",
      "merchants/-/orders/o",
      "merchants/M/orders/o",
      "merchants/1m/orders/o",
      "merchants/m_1/orders/o",
      "merchants/" + kSlug63 + "m/orders/o",
      "merchants/m/orders/" + kId64 + "x",
      "merchants/m/orders/a b",
      "merchants/m/orders/a.b",
      "merchants/m/orders/a%2Fb",
      "merchants/m/orders/\xC3\xA9",
      std::string("merchants/m/orders/a\0b", 22),
      "merchants/m/orders/o ",
      "merchants/m/providerAccounts/Main",
      "merchants/m/providerAccounts/1",
      std::string(100000, '/'),
  };
  for (const std::string& name : names) {
    const auto parsed = ParseName(name, "the.field");
    ASSERT_FALSE(parsed.ok()) << name;
    const auto details = GetErrorDetails(parsed.status());
    ASSERT_TRUE(details.has_value());
    EXPECT_EQ(details->fields[0].field, "the.field");
  }
}

TEST(NameTest, RefusesAnotherKind) {
  const auto parsed = ParseName("merchants/m/orders/o", ResourceKind::kRefund, "name");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(
      parsed.status().message(),
      "name: must be a name of the form merchants/{merchant}/orders/{order}/refunds/{refund}");
  EXPECT_FALSE(ParseName("merchants/m/orders/o/refunds/r", ResourceKind::kOrder, "name").ok());
}

TEST(MerchantNameTest, ReadsTheId) {
  EXPECT_EQ(*ParseMerchantName("merchants/shop", "parent"), "shop");
  EXPECT_EQ(*ParseMerchantName("merchants/-", "parent", true), "-");
  EXPECT_FALSE(ParseMerchantName("merchants/-", "parent").ok());
  for (const char* name : {"", "merchants", "merchants/", "merchants/a/", "merchants/a/b", "shop",
                           "merchants/Shop", "merchants/--"}) {
    EXPECT_FALSE(ParseMerchantName(name, "parent", true).ok()) << name;
  }
}

TEST(IdTest, Rules) {
  EXPECT_TRUE(ValidateId("A", "id").ok());
  EXPECT_TRUE(ValidateId(kId64, "id").ok());
  EXPECT_TRUE(ValidateId("-", "id").ok());
  EXPECT_FALSE(ValidateId(kId64 + "x", "id").ok());
  EXPECT_FALSE(ValidateId("", "id").ok());
  EXPECT_FALSE(ValidateId("a/b", "id").ok());
  EXPECT_TRUE(ValidateSlug("a-1", "slug").ok());
  EXPECT_TRUE(ValidateSlug(kSlug63, "slug").ok());
  EXPECT_FALSE(ValidateSlug(kSlug63 + "m", "slug").ok());
  EXPECT_FALSE(ValidateSlug("-a", "slug").ok());
  EXPECT_FALSE(ValidateSlug("", "slug").ok());
}

TEST(RequestIdTest, Rules) {
  EXPECT_TRUE(ValidateRequestId("", "request_id").ok());
  EXPECT_TRUE(ValidateRequestId("7b9c6a3e-3c7e-4ab1-9d4e-0f6a6a4f2b11", "request_id").ok());
  EXPECT_TRUE(ValidateRequestId(std::string(128, '~'), "request_id").ok());
  EXPECT_FALSE(ValidateRequestId(std::string(129, '~'), "request_id").ok());
  EXPECT_FALSE(ValidateRequestId("a\n", "request_id").ok());
  EXPECT_FALSE(ValidateRequestId("\xC3\xA9", "request_id").ok());
}

TEST(EventNameTest, SortsAsText) {
  Event event;
  event.merchant = "shop";
  event.sequence = 42;
  EXPECT_EQ(event.Id(), "00000000000000000042");
  EXPECT_EQ(event.Name(), "merchants/shop/events/00000000000000000042");
  Event later = event;
  later.sequence = 9'223'372'036'854'775'807;
  EXPECT_EQ(later.Id().size(), 20u);
  EXPECT_LT(event.Id(), later.Id());
  EXPECT_TRUE(ParseName(later.Name(), ResourceKind::kEvent, "name").ok());
}

}  // namespace
}  // namespace sluice
