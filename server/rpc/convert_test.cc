#include "server/rpc/convert.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "server/base/random.h"
#include "server/core/codec.h"
#include "server/core/error.h"
#include "server/core/event_types.h"

namespace sluice::rpc {
namespace {

constexpr int kRounds = 200;

// Random values of every field that a caller may give.
class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(seed) {}

  bool Maybe() { return random_.Next() % 2 == 0; }
  std::string Text() { return Maybe() ? "" : "t-" + random_.Hex(4); }
  int64_t Number(int64_t most) { return static_cast<int64_t>(random_.Next() % most); }
  Money Amount() { return {Maybe() ? "AED" : "IDR", 1 + Number(1'000'000'000)}; }
  absl::Time Time() {
    return absl::FromUnixMicros(1'700'000'000'000'000 + Number(100'000'000'000'000));
  }
  std::optional<absl::Time> MaybeTime() {
    return Maybe() ? std::optional<absl::Time>(Time()) : std::nullopt;
  }
  Failure MakeFailure() {
    if (Maybe()) return {};
    return {static_cast<FailureReason>(1 + Number(12)), Text(), Text(), Text()};
  }
  Attempt MakeAttempt(int number) {
    Attempt attempt{.number = number,
                    .verb = static_cast<Verb>(1 + Number(12)),
                    .state = static_cast<AttemptState>(1 + Number(4)),
                    .provider_key = Text(),
                    .abandoned = Maybe(),
                    .sends = static_cast<int>(Number(3)),
                    .start_time = Time()};
    if (attempt.sends > 0) attempt.send_time = Time();
    attempt.end_time = MaybeTime();
    attempt.failure = MakeFailure();
    attempt.traceparent = Text();
    return attempt;
  }
  NextAction MakeNextAction() {
    switch (Number(4)) {
      case 0:
        return {};
      case 1:
        return {NextAction::Kind::kRedirect, "https://wallet.example/" + Text(), Text(), ""};
      case 2:
        return {NextAction::Kind::kQrCode, "", "", "payload" + Text()};
      default:
        return {.kind = NextAction::Kind::kAwaitPush};
    }
  }
  void Fill(ResourceBase* base) {
    base->merchant = "shop";
    base->id = "id-" + random_.Hex(3);
    base->provider = "payby";
    base->provider_account = Maybe() ? "" : "shop-payby";
    base->create_time = Time();
    base->update_time = Time();
    base->revision = 1 + Number(100);
    base->attention = Text();
    base->failure = MakeFailure();
    base->provider_number = Text();
    for (int i = 1; i <= Number(3); ++i) base->attempts.push_back(MakeAttempt(i));
    if (Maybe()) base->labels = {{"cart", Text()}, {"till", "7"}};
  }
  Customer MakeCustomer() {
    return {Text(), Text(), Text(), Text(), Text(), Text(), Text(), Text(), Text()};
  }
  Order MakeOrder() {
    Order order;
    Fill(&order);
    order.wallet = "botim";
    order.presentation = static_cast<Presentation>(Number(4));
    order.amount = Amount();
    order.paid = {order.amount.currency_code, Number(1000)};
    order.refunded = {order.amount.currency_code, Number(100)};
    order.refund_pending = {order.amount.currency_code, Number(100)};
    order.description = Text();
    order.return_url = Text();
    order.account_link = Maybe() ? "" : AccountLinkName("shop", "link-1");
    order.customer = MakeCustomer();
    if (Maybe()) order.line_items.push_back({"tea", Text(), Text(), Amount(), 1 + Number(9)});
    order.state = static_cast<OrderState>(1 + Number(9));
    order.late = Maybe();
    order.next_action = MakeNextAction();
    order.expire_time = MaybeTime();
    order.pay_time = MaybeTime();
    order.settle_time = MaybeTime();
    order.end_time = MaybeTime();
    return order;
  }

 private:
  SeededRandom random_;
};

// What comes back is what a caller may give; the rest is output-only.
TEST(ConvertTest, OrdersKeepWhatCallersGive) {
  Maker maker(20'260'115);
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    const Order order = maker.MakeOrder();
    v1::Order proto;
    ToProto(order, &proto);
    const absl::StatusOr<Order> back = OrderFromProto("shop", order.id, proto);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->Name(), order.Name());
    EXPECT_EQ(back->wallet, order.wallet);
    EXPECT_EQ(back->presentation, order.presentation);
    EXPECT_EQ(back->amount, order.amount);
    EXPECT_EQ(back->description, order.description);
    EXPECT_EQ(back->return_url, order.return_url);
    EXPECT_EQ(back->account_link, order.account_link);
    EXPECT_EQ(back->line_items, order.line_items);
    EXPECT_EQ(back->expire_time, order.expire_time);
    EXPECT_EQ(back->labels, order.labels);
    EXPECT_EQ(back->provider_account, order.provider_account);
    // Output-only fields are not taken from a caller.
    EXPECT_EQ(back->state, OrderState::kUnspecified);
    EXPECT_TRUE(back->attempts.empty());
    EXPECT_TRUE(back->paid.empty());
    EXPECT_FALSE(back->pay_time.has_value());
  }
}

// An event's JSON and the resource itself show the same order.
TEST(ConvertTest, EventsShowTheResourceAsTheApiDoes) {
  Maker maker(7);
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    const Order order = maker.MakeOrder();
    v1::Order direct;
    ToProto(order, &direct);

    Event event;
    event.type = std::string(event_type::kOrderPaid);
    event.kind = ResourceKind::kOrder;
    event.resource_name = order.Name();
    event.merchant = "shop";
    event.provider = "payby";
    event.body = EncodePublic(order);
    event.create_time = order.update_time;
    event.sequence = round + 1;
    v1::Event shown;
    ASSERT_TRUE(ToProto(event, &shown).ok());
    EXPECT_EQ(shown.order().DebugString(), direct.DebugString());
    EXPECT_EQ(shown.name(), event.Name());
    EXPECT_EQ(shown.sequence(), round + 1);
  }
}

TEST(ConvertTest, PersonalDataIsNeverShown) {
  Order order;
  order.merchant = "shop";
  order.id = "o";
  order.amount = {"AED", 1};
  order.customer = {
      .display_name = "Layla Secret", .email = "layla@secret.example", .phone = "+971501234567"};
  order.provider_data = {{"mandate", "sealed-secret"}};
  v1::Order shown;
  ToProto(order, &shown);
  EXPECT_EQ(shown.DebugString().find("ecret"), std::string::npos);
  EXPECT_EQ(shown.DebugString().find("97150"), std::string::npos);

  Payout payout;
  payout.merchant = "shop";
  payout.id = "p";
  payout.amount = {"USD", 100};
  payout.receiver_account = "U123456789012";
  v1::Payout paid;
  ToProto(payout, &paid);
  EXPECT_TRUE(paid.receiver_account().empty());
  EXPECT_EQ(paid.DebugString().find("3456789"), std::string::npos);
  EXPECT_EQ(paid.receiver_account_masked(), "U1*********12");
}

TEST(ConvertTest, WhatIsRefundableIsLessByRefundsUnderWay) {
  Order order;
  order.merchant = "shop";
  order.id = "o";
  order.state = OrderState::kPaid;
  order.amount = order.paid = {"AED", 1000};
  order.refunded = {"AED", 200};
  order.refund_pending = {"AED", 300};
  v1::Order shown;
  ToProto(order, &shown);
  EXPECT_EQ(shown.refundable().minor_units(), 500);
  EXPECT_EQ(shown.refundable().currency_code(), "AED");
}

TEST(ConvertTest, SumsAreZeroOfTheCurrencyBeforeAnythingIsPaid) {
  Order order;
  order.merchant = "shop";
  order.id = "o";
  order.amount = {"IDR", 15000};
  v1::Order shown;
  ToProto(order, &shown);
  EXPECT_EQ(shown.paid().currency_code(), "IDR");
  EXPECT_EQ(shown.refunded().currency_code(), "IDR");
  EXPECT_EQ(shown.refundable().currency_code(), "IDR");
  EXPECT_EQ(shown.paid().minor_units(), 0);
}

std::string FieldOf(const absl::Status& status) {
  const auto details = GetErrorDetails(status);
  return details.has_value() && !details->fields.empty() ? details->fields[0].field : "";
}

TEST(ConvertTest, UnknownEnumsAreRefusedWithTheirPath) {
  v1::Order order;
  order.set_presentation(static_cast<v1::Presentation>(42));
  const auto converted = OrderFromProto("shop", "o", order);
  EXPECT_EQ(converted.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FieldOf(converted.status()), "order.presentation");
}

TEST(ConvertTest, ImpossibleTimesAreRefusedWithTheirPath) {
  v1::Order order;
  order.mutable_expire_time()->set_nanos(-1);
  EXPECT_EQ(FieldOf(OrderFromProto("shop", "o", order).status()), "order.expire_time");
  order.mutable_expire_time()->set_nanos(0);
  order.mutable_expire_time()->set_seconds(253402300800);
  EXPECT_EQ(FieldOf(OrderFromProto("shop", "o", order).status()), "order.expire_time");
  order.mutable_expire_time()->set_seconds(253402300799);
  EXPECT_TRUE(OrderFromProto("shop", "o", order).ok());
}

TEST(ConvertTest, NamesOfOtherMerchantsAreDenied) {
  v1::Order order;
  order.set_provider_account("merchants/other/providerAccounts/a");
  EXPECT_EQ(OrderFromProto("shop", "o", order).status().code(),
            absl::StatusCode::kPermissionDenied);
  order.clear_provider_account();
  order.set_account_link("merchants/other/accountLinks/l");
  EXPECT_EQ(OrderFromProto("shop", "o", order).status().code(),
            absl::StatusCode::kPermissionDenied);
  order.set_account_link("accountLinks/l");
  EXPECT_EQ(FieldOf(OrderFromProto("shop", "o", order).status()), "order.account_link");
}

TEST(ConvertTest, DurationsAreChecked) {
  google::protobuf::Duration duration;
  duration.set_seconds(1);
  duration.set_nanos(-1);
  EXPECT_FALSE(DurationFromProto(duration, "d").ok());
  duration.set_nanos(500'000'000);
  EXPECT_EQ(*DurationFromProto(duration, "d"), absl::Milliseconds(1500));
  google::protobuf::Duration back;
  ToProto(absl::Milliseconds(-1500), &back);
  EXPECT_EQ(*DurationFromProto(back, "d"), absl::Milliseconds(-1500));
}

TEST(ConvertTest, ADamagedEventIsAnError) {
  Event event;
  event.kind = ResourceKind::kRefund;
  event.body = "{\"state\":";
  v1::Event shown;
  EXPECT_EQ(ToProto(event, &shown).code(), absl::StatusCode::kInternal);
}

TEST(ConvertTest, EventsOfAccountsSayWhyTheyWerePaused) {
  Event event;
  event.type = std::string(event_type::kProviderAccountPaused);
  event.kind = ResourceKind::kProviderAccount;
  event.resource_name = ProviderAccountName("shop", "shop-payby");
  event.merchant = "shop";
  event.provider = "payby";
  event.body =
      R"({"name":"merchants/shop/providerAccounts/shop-payby","paused":true,"pause_reason":"x"})";
  v1::Event shown;
  ASSERT_TRUE(ToProto(event, &shown).ok());
  EXPECT_TRUE(shown.provider_account().paused());
  EXPECT_EQ(shown.provider_account().pause_reason(), "x");
  EXPECT_EQ(shown.provider_account().provider(), "payby");
  event.body = "{";
  EXPECT_EQ(ToProto(event, &shown).code(), absl::StatusCode::kInternal);
}

TEST(ConvertTest, FiltersAreValidated) {
  v1::EventFilter filter;
  filter.add_types("order.paid");
  filter.add_types("no.such.type");
  EXPECT_EQ(FieldOf(FilterFromProto(filter, "filter").status()).substr(0, 12), "filter.types");
}

TEST(ConvertTest, RequestsOfNotificationsAreShownOnlyWhenAsked) {
  store::NotificationRow row;
  row.merchant = "shop";
  row.id = "n1";
  row.provider_account = "a";
  row.state = store::NotificationState::kRejected;
  row.reason = "SIGNATURE_INVALID";
  row.body = "name=Layla";
  v1::Notification brief, whole;
  ToProto(row, false, &brief);
  ToProto(row, true, &whole);
  EXPECT_FALSE(brief.has_request());
  EXPECT_EQ(whole.request().body(), "name=Layla");
  EXPECT_EQ(brief.state(), v1::Notification::STATE_REJECTED);
  EXPECT_EQ(brief.name(), "merchants/shop/notifications/n1");
}

}  // namespace
}  // namespace sluice::rpc
