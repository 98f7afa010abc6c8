#include "server/core/event_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/core/error.h"
#include "server/core/event_types.h"
#include "server/core/names.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;

Event MakeEvent(std::string type, std::string resource) {
  Event event;
  event.type = std::move(type);
  event.resource_name = std::move(resource);
  event.provider = "payby";
  return event;
}

const Event kPaid = MakeEvent("order.paid", "merchants/m/orders/o");

TEST(EventTypesTest, AreEachListedOnceUnderAResource) {
  std::set<std::string_view> seen;
  std::set<std::string_view> groups;
  for (const EventTypeInfo& info : AllEventTypes()) {
    EXPECT_TRUE(seen.insert(info.type).second) << info.type;
    EXPECT_TRUE(IsEventType(info.type));
    EXPECT_TRUE(info.description.ends_with('.')) << info.type;
    groups.insert(info.type.substr(0, info.type.find('.')));
  }
  EXPECT_EQ(seen.size(), 46u);
  const std::set<std::string_view> kinds = {
      KindName(ResourceKind::kOrder), KindName(ResourceKind::kRefund),
      KindName(ResourceKind::kPayout), KindName(ResourceKind::kAccountLink),
      KindName(ResourceKind::kProviderAccount)};
  EXPECT_EQ(groups, kinds);
  EXPECT_FALSE(IsEventType("order"));
  EXPECT_FALSE(IsEventType("order.*"));
  EXPECT_FALSE(IsEventType(""));
}

TEST(EventFilterTest, EmptyMatchesAll) {
  const EventFilter filter;
  EXPECT_TRUE(filter.empty());
  EXPECT_TRUE(filter.Matches(kPaid));
  EXPECT_TRUE(filter.Matches(Event{}));
  EXPECT_TRUE(filter.Validate("filter").ok());
}

TEST(EventFilterTest, MatchesTypes) {
  EXPECT_TRUE(EventFilter{.types = {"order.paid"}}.Matches(kPaid));
  EXPECT_TRUE(EventFilter{.types = {"order.*"}}.Matches(kPaid));
  EXPECT_TRUE((EventFilter{.types = {"refund.*", "order.paid"}}.Matches(kPaid)));
  EXPECT_FALSE(EventFilter{.types = {"order.paid_late"}}.Matches(kPaid));
  EXPECT_FALSE(EventFilter{.types = {"order.pai"}}.Matches(kPaid));
  EXPECT_FALSE(EventFilter{.types = {"refund.*"}}.Matches(kPaid));
  EXPECT_FALSE(EventFilter{.types = {"account_link.*"}}.Matches(
      MakeEvent("account_linking.started", "merchants/m/x/y")));
}

TEST(EventFilterTest, MatchesResourcesAtSegments) {
  const Event refund = MakeEvent("refund.succeeded", "merchants/m/orders/o/refunds/r");
  const Event other = MakeEvent("order.paid", "merchants/m/orders/o2");
  for (const char* prefix : {"merchants/m/orders/o", "merchants/m/orders/o/"}) {
    const EventFilter filter{.resource_prefix = prefix};
    EXPECT_TRUE(filter.Matches(kPaid));
    EXPECT_TRUE(filter.Matches(refund));
    EXPECT_FALSE(filter.Matches(other));
  }
  const EventFilter all{.resource_prefix = "merchants/m/orders"};
  EXPECT_TRUE(all.Matches(kPaid));
  EXPECT_TRUE(all.Matches(refund));
  EXPECT_TRUE(all.Matches(other));
  EXPECT_FALSE(all.Matches(MakeEvent("payout.created", "merchants/m/payouts/p")));
  EXPECT_FALSE(all.Matches(MakeEvent("order.paid", "merchants/m")));
}

TEST(EventFilterTest, AllConditionsMustHold) {
  EventFilter filter{
      .types = {"order.*"}, .resource_prefix = "merchants/m/orders/o", .provider = "payby"};
  EXPECT_TRUE(filter.Matches(kPaid));
  filter.provider = "epay";
  EXPECT_FALSE(filter.Matches(kPaid));
}

TEST(EventFilterTest, ValidateNamesEachWrongField) {
  const EventFilter filter{
      .types = {"order.paid", "order.payed", "*", "o.*", ".*", "order.*.*", ""},
      .resource_prefix = "orders/o",
      .provider = "Pay By"};
  const absl::Status status = filter.Validate("filter");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const auto details = GetErrorDetails(status);
  ASSERT_TRUE(details.has_value());
  std::vector<std::string> fields;
  for (const FieldViolation& violation : details->fields) {
    fields.push_back(violation.field);
  }
  EXPECT_THAT(fields, ElementsAre("filter.types[1]", "filter.types[2]", "filter.types[3]",
                                  "filter.types[4]", "filter.types[5]", "filter.types[6]",
                                  "filter.resource_prefix", "filter.provider"));
}

TEST(EventFilterTest, ValidateResourcePrefixes) {
  for (const char* prefix : {"merchants/m", "merchants/m/", "merchants/m/orders",
                             "merchants/m/orders/o/refunds/r", "merchants/-"}) {
    EXPECT_TRUE(EventFilter{.resource_prefix = prefix}.Validate("f").ok()) << prefix;
  }
  for (const std::string& prefix :
       {std::string("merchants"), std::string("merchants/"), std::string("merchants//"),
        std::string("/merchants/m"), std::string("merchants/m//orders"),
        std::string("merchants/m o"), std::string("merchants/m/\xC3\xA9"),
        "merchants/" + std::string(600, 'm')}) {
    EXPECT_FALSE(EventFilter{.resource_prefix = prefix}.Validate("f").ok()) << prefix;
  }
}

TEST(EventFilterTest, ValidateBoundsTheTypes) {
  EventFilter filter;
  filter.types.assign(kMaxFilterTypes, "order.paid");
  EXPECT_TRUE(filter.Validate("filter").ok());
  filter.types.push_back("order.paid");
  EXPECT_FALSE(filter.Validate("filter").ok());
}

TEST(EventFilterTest, EveryPublishedTypeIsValid) {
  for (const EventTypeInfo& info : AllEventTypes()) {
    EXPECT_TRUE(EventFilter{.types = {std::string(info.type)}}.Validate("f").ok());
  }
}

TEST(EventFilterTest, HashIsOfTheMeaning) {
  const EventFilter filter{.types = {"order.paid", "refund.*"},
                           .resource_prefix = "merchants/m/orders",
                           .provider = "payby"};
  const EventFilter same{.types = {"refund.*", "order.paid", "order.paid"},
                         .resource_prefix = "merchants/m/orders/",
                         .provider = "payby"};
  EXPECT_EQ(filter.Hash(), same.Hash());
  std::set<uint64_t> hashes = {filter.Hash(), EventFilter{}.Hash()};
  EventFilter other = filter;
  other.types.pop_back();
  EXPECT_TRUE(hashes.insert(other.Hash()).second);
  other = filter;
  other.provider = "";
  EXPECT_TRUE(hashes.insert(other.Hash()).second);
  other = filter;
  other.resource_prefix = "";
  EXPECT_TRUE(hashes.insert(other.Hash()).second);
  // Fields do not run into each other.
  EXPECT_NE((EventFilter{.resource_prefix = "ab", .provider = "c"}.Hash()),
            (EventFilter{.resource_prefix = "a", .provider = "bc"}.Hash()));
  EXPECT_NE((EventFilter{.types = {"a", "b"}}.Hash()), (EventFilter{.types = {"ab"}}.Hash()));
}

TEST(EventFilterTest, HashNeverChanges) {
  // Cursors hold it.
  EXPECT_EQ(EventFilter{}.Hash(), 0x2e0d1af92e0f19fau);
}

}  // namespace
}  // namespace sluice
