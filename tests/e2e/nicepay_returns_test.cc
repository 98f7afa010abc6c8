// What reaches us from NICEPAY's side without proof: browsers that come back, and notifications
// whose token does not cover what they say. Neither changes an order; both make us ask.

#include <gmock/gmock.h>

#include "providers/nicepay/register.h"
#include "tests/e2e/nicepay_fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class NicePayReturnsTest : public NicePayFixture {
 protected:
  void Prepare() override {
    NicePayFixture::Prepare();
    // What the test says must not be overtaken by what we find out by asking.
    options_.settings.query_schedule = {absl::Hours(1)};
  }
  template <typename Change>
  void Restart(Change change) {
    Stop();
    change();
    Start();
  }
  HttpReply Return(const std::string& kind_and_id, const std::string& query = "",
                   const std::string& method = "GET") {
    return Http(method, server_->addresses().notify, ReturnPage(kind_and_id) + query);
  }
};

constexpr int kOk = 200, kSeeOther = 303, kUnauthorized = 401, kNotFound = 404, kWrongMethod = 405;

// --- Return pages

TEST_F(NicePayReturnsTest, AForgedReturnChangesNothingAndLeadsToTheShopOnly) {
  const v1::Order open = OpenWallet("dana", "D-1");
  for (const char* query :
       {"", "?resultCd=0000&resultMsg=SUCCESS&referenceNo=D-1&amt=25000&status=0",
        "?callBackUrl=https://evil.example&return_url=https://evil.example&url=//evil.example",
        "?resultCd=%00%0d%0aLocation:%20https://evil.example"}) {
    const HttpReply reply = Return("order/D-1", query);
    EXPECT_EQ(reply.status, kSeeOther) << query;
    EXPECT_EQ(Location(reply), kShop) << query;
  }
  const auto now = GetOrder("D-1");
  EXPECT_EQ(now->state(), v1::Order::STATE_AWAITING_PAYER);
  EXPECT_EQ(now->paid().minor_units(), 0);
  EXPECT_THAT(Notifications(), IsEmpty());
}

TEST_F(NicePayReturnsTest, AReturnMakesUsAsk) {
  OpenWallet("dana", "D-1");
  PutNicePayFault(sim::FAULT_KIND_DROPPED_NOTIFICATION, "notification");
  ASSERT_TRUE(Pay(OrderName("D-1")).ok());
  EXPECT_EQ(GetOrder("D-1")->state(), v1::Order::STATE_AWAITING_PAYER) << "nobody told us";
  // It says that the payment failed, and is not believed either.
  EXPECT_EQ(Location(Return("order/D-1", "?resultCd=9752")), kShop);
  AwaitState("D-1", v1::Order::STATE_PAID);
}

TEST_F(NicePayReturnsTest, AFormThatIsPostedBackIsTakenToo) {
  OpenWallet("dana", "D-1");
  const HttpReply reply = Return("order/D-1", "?resultCd=0000", "POST");
  EXPECT_EQ(reply.status, kSeeOther);
  EXPECT_EQ(Location(reply), kShop);
  EXPECT_EQ(Return("order/D-1", "", "DELETE").status, kWrongMethod);
}

TEST_F(NicePayReturnsTest, WhatIsNotOursIsNotFound) {
  OpenWallet("dana", "D-1");
  for (const char* rest : {"order/nobody", "order/", "order/../D-1", "order/D-1/more", "link/D-1",
                           "account_link/D-1", "refund/D-1", "order/D-1%2f..", "order/%00"}) {
    const HttpReply reply = Return(rest);
    EXPECT_EQ(reply.status, kNotFound) << rest;
    EXPECT_THAT(Location(reply), IsEmpty()) << rest;
  }
  // Of another account than the order's.
  const std::string page = ReturnPage("order/D-1");
  const std::string mark = page.substr(page.rfind('/'));
  for (const std::string& path :
       {"/return/demo-payby/order/D-1" + mark, "/return/nobody/order/D-1" + mark}) {
    EXPECT_EQ(Http("GET", server_->addresses().notify, path).status, kNotFound) << path;
  }
}

TEST_F(NicePayReturnsTest, WhoGuessesANumberLearnsNothing) {
  OpenWallet("dana", "D-1");
  const std::string bare = "/return/demo-nicepay/order/D-1", page = ReturnPage("order/D-1");
  const auto get = [this](const std::string& path) {
    return Http("GET", server_->addresses().notify, path);
  };
  const HttpReply nobody = get("/return/demo-nicepay/order/nobody/AAAAAAAAAAAAAAAA");
  EXPECT_EQ(nobody.status, kNotFound);
  for (const std::string& mark :
       {std::string("AAAAAAAAAAAAAAAA"), std::string(),
        ReturnPage("order/D-2").substr(bare.size() + 1), page.substr(bare.size() + 2),
        page.substr(bare.size() + 1) + "A"}) {
    const HttpReply guessed = get(bare + "/" + mark);
    EXPECT_EQ(guessed.status, kNotFound) << mark;
    EXPECT_EQ(guessed.body, nobody.body) << mark;
  }
  EXPECT_EQ(get(bare).status, kNotFound);
  EXPECT_EQ(get(page).status, kSeeOther);
}

TEST_F(NicePayReturnsTest, WithoutAShopToGoToThePayerIsThanked) {
  v1::Order order = WalletOrder("dana");
  order.clear_return_url();
  OpenWallet(order, "D-1");
  const HttpReply reply = Return("order/D-1");
  EXPECT_EQ(reply.status, kOk);
  EXPECT_THAT(Location(reply), IsEmpty());
}

TEST_F(NicePayReturnsTest, ThePayerDoesNotWaitForASilentProvider) {
  OpenWallet("dana", "D-1");
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_BEFORE_EFFECT, "inquiry", 1, absl::Seconds(20));
  const absl::Time start = absl::Now();
  EXPECT_EQ(Location(Return("order/D-1")), kShop);
  EXPECT_LT(absl::Now() - start, absl::Seconds(15));
}

TEST_F(NicePayReturnsTest, OnlyUrlsThatAreAllowedForTheMerchantAreReturnedTo) {
  Restart([&] {
    options_.settings.merchants = {
        {.id = "demo", .return_url_prefixes = {"https://shop.example/"}}};
  });
  v1::Order order = WalletOrder("dana");
  for (const char* url : {"https://evil.example/", "https://shop.example.evil.test/",
                          "https://shop.example@evil.test/", "//evil.example",
                          "javascript:alert(1)", "http://shop.example/"}) {
    order.set_return_url(url);
    EXPECT_THAT(CreateOrder("D-1", order).problem().fields, ElementsAre("order.return_url")) << url;
  }
  order.set_return_url(kShop);
  OpenWallet(order, "D-1");
  EXPECT_EQ(Location(Return("order/D-1")), kShop);
}

// --- Notifications

TEST_F(NicePayReturnsTest, AForgedStateUnderAValidTokenDoesNotPayTheOrder) {
  const v1::Order open = OpenWallet("dana", "D-1");
  // Its token is right: it covers neither status nor time.
  const HttpReply reply = Deliver(NicePayNotice::Of(open).Body(side()));
  EXPECT_EQ(reply.status, kOk);
  EXPECT_EQ(reply.body, "OK");
  // The answer of the inquiry was taken, and it says that nobody has paid.
  ASSERT_TRUE(SyncOrder("D-1").ok());
  const auto now = GetOrder("D-1");
  EXPECT_EQ(now->state(), v1::Order::STATE_AWAITING_PAYER);
  EXPECT_EQ(now->paid().minor_units(), 0);
  EXPECT_THAT(now->attention(), IsEmpty());
  ASSERT_THAT(Notifications(), SizeIs(1));
  // The genuine one says the same, and is believed with the next answer.
  ASSERT_TRUE(Pay(OrderName("D-1")).ok());
  AwaitState("D-1", v1::Order::STATE_PAID);
  AwaitLedger("notification", 1);
  ASSERT_THAT(Notifications(), SizeIs(1));
  EXPECT_EQ(Notifications()[0].state(), v1::Notification::STATE_PROCESSED);
  EXPECT_EQ(Notifications()[0].deliveries(), 2);
}

TEST_F(NicePayReturnsTest, AForgedReversalTakesNothingBack) {
  const v1::Order paid = PaidWallet("dana", "D-1");
  NicePayNotice reversal = NicePayNotice::Of(paid);
  reversal.status = "1";
  EXPECT_EQ(Deliver(reversal.Body(side())).status, kOk);
  ASSERT_TRUE(SyncOrder("D-1").ok());
  const auto now = GetOrder("D-1");
  EXPECT_EQ(now->state(), v1::Order::STATE_PAID);
  EXPECT_EQ(now->refunded().minor_units(), 0);
}

TEST_F(NicePayReturnsTest, AWrongTokenIsRefusedAndExplained) {
  const v1::Order open = OpenWallet("dana", "D-1");
  NicePaySide stranger = side();
  stranger.key = "not-the-merchants-key-0123456789";
  EXPECT_EQ(Deliver(NicePayNotice::Of(open).Body(stranger)).status, kUnauthorized);
  std::string altered = NicePayNotice::Of(open).Body(side());
  altered.replace(altered.find("amt=25000"), 9, "amt=25001");
  EXPECT_EQ(Deliver(altered).status, kUnauthorized);
  const auto rows = Notifications();
  ASSERT_THAT(rows, SizeIs(2));
  for (const auto& row : rows) {
    EXPECT_EQ(row.state(), v1::Notification::STATE_REJECTED);
    EXPECT_EQ(row.reason(), "SIGNATURE_INVALID");
  }
  v1::DiagnoseNotificationRequest ask;
  ask.set_name(rows[0].name());
  const auto told = Call(notifications_, &v1::NotificationService::Stub::DiagnoseNotification, ask);
  ASSERT_TRUE(told.ok()) << told.problem();
  EXPECT_FALSE(told->verified());
  EXPECT_THAT(told->ShortDebugString(), Not(HasSubstr(side().key)));
  EXPECT_EQ(GetOrder("D-1")->revision(), open.revision());
}

TEST_F(NicePayReturnsTest, AnotherAmountUnderAValidTokenIsNotBelieved) {
  const v1::Order open = OpenWallet("dana", "D-1");
  NicePayNotice notice = NicePayNotice::Of(open);
  notice.amount = "1";
  EXPECT_EQ(Deliver(notice.Body(side())).status, kUnauthorized);
  EXPECT_EQ(Notifications()[0].reason(), "AMOUNT_MISMATCH");
  EXPECT_EQ(GetOrder("D-1")->paid().minor_units(), 0);
}

TEST_F(NicePayReturnsTest, RepeatsAreAcceptedAndChangeNothing) {
  const v1::Order paid = PaidWallet("dana", "D-1");
  AwaitLedger("notification", 1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(EmitNotification(OrderName("D-1")).ok());
    AwaitLedger("notification", 2 + i);
  }
  for (const auto& entry : Ledger("notification")) EXPECT_EQ(entry.state(), "accepted");
  ASSERT_THAT(Notifications(), SizeIs(1));
  EXPECT_EQ(Notifications()[0].deliveries(), 4);
  EXPECT_EQ(GetOrder("D-1")->revision(), paid.revision());
}

TEST_F(NicePayReturnsTest, ANotificationThatFailsIsSentAgain) {
  OpenWallet("dana", "D-1");
  PutNicePayFault(sim::FAULT_KIND_BAD_SIGNATURE, "notification");
  ASSERT_TRUE(Pay(OrderName("D-1")).ok());
  AwaitLedger("notification", 1);
  EXPECT_EQ(Ledger("notification")[0].state(), "failed");
  EXPECT_EQ(GetOrder("D-1")->state(), v1::Order::STATE_AWAITING_PAYER);
  AdvanceClock(absl::Minutes(1));
  AwaitState("D-1", v1::Order::STATE_PAID);
}

TEST_F(NicePayReturnsTest, OnlyTheAddressesOfTheListMaySend) {
  const auto make = [&] {
    auto provider = nicepay::Registration().make_provider(
        {.account = "guarded-nicepay",
         .settings = {{"base_url", "http://127.0.0.1:9"}, {"i_mid", side().i_mid}},
         .secrets = {{"merchant_key", Redacted(side().key)}}});
    EXPECT_TRUE(provider.ok()) << provider.status();
    return std::shared_ptr<const Provider>(*std::move(provider));
  };
  Restart([&] {
    options_.settings.accounts.push_back({.id = "guarded-nicepay",
                                          .merchant = "demo",
                                          .provider = make(),
                                          .notify_allow = {"103.20.51.0/24", "103.117.8.0/24"}});
    options_.settings.accounts.push_back({.id = "open-nicepay",
                                          .merchant = "demo",
                                          .provider = make(),
                                          .notify_allow = {"127.0.0.0/8"}});
  });
  const std::string body =
      NicePayNotice{.tx_id = "DEMOEWTEST05202601151030011234", .reference_no = "X-1"}.Body(side());
  EXPECT_EQ(Deliver(body, "/notify/nicepay/guarded-nicepay").status, kUnauthorized);
  EXPECT_EQ(Notifications()[0].reason(), "ADDRESS_NOT_ALLOWED");
  EXPECT_EQ(Deliver(body, "/notify/nicepay/open-nicepay").status, kOk);
  EXPECT_EQ(Notifications()[0].state(), v1::Notification::STATE_UNMATCHED);
}

}  // namespace
}  // namespace sluice::e2e
