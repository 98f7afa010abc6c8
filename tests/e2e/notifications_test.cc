// Notifications that the test writes and signs itself: what is true is taken once, everything else
// changes nothing and can be looked into.

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "providers/payby/register.h"
#include "tests/e2e/fixture.h"
#include "tests/e2e/payby_notice.h"

namespace sluice::e2e {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Property;
using ::testing::SizeIs;

constexpr int kOk = 200, kUnauthorized = 401;

class NotificationsTest : public ServerFixture {
 protected:
  void SetUp() override {
    ServerFixture::SetUp();
    // What the test says must not be overtaken by what we find out by asking.
    Stop();
    options_.settings.query_schedule = {absl::Hours(1)};
    Start();
    side_.emplace(ReadPayBySide(options_.settings.data_dir));
  }

  HttpReply Deliver(const std::string& body, const HttpHeaders& headers,
                    const std::string& path = kNotifyPath) {
    return Http("POST", server_->addresses().notify, path, headers, body);
  }
  HttpReply DeliverTrue(const Notice& notice) {
    return Deliver(notice.Body(), SignedBy(side_->key, notice.Body()));
  }

  std::vector<v1::Notification> Notifications(const std::string& merchant = kMerchant) {
    v1::ListNotificationsRequest request;
    request.set_parent(merchant);
    const auto list =
        Call(notifications_, &v1::NotificationService::Stub::ListNotifications, request);
    EXPECT_TRUE(list.ok()) << list.problem();
    return {list->notifications().begin(), list->notifications().end()};
  }

  v1::DiagnoseNotificationResponse Diagnose(const std::string& name) {
    v1::DiagnoseNotificationRequest request;
    request.set_name(name);
    const auto told =
        Call(notifications_, &v1::NotificationService::Stub::DiagnoseNotification, request);
    EXPECT_TRUE(told.ok()) << told.problem();
    return *told;
  }

  Result<v1::Notification> Replay(const std::string& name) {
    v1::ReplayNotificationRequest request;
    request.set_name(name);
    return Call(notifications_, &v1::NotificationService::Stub::ReplayNotification, request);
  }

  // Nothing at all has changed since `before`, and the newest delivery was refused for `reason`.
  void ExpectRefused(const HttpReply& reply, const v1::Order& before, const std::string& reason) {
    EXPECT_EQ(reply.status, kUnauthorized) << reply.body;
    const auto now = GetOrder("N-1");
    EXPECT_EQ(now->state(), before.state());
    EXPECT_EQ(now->revision(), before.revision());
    const auto deliveries = Notifications();
    ASSERT_THAT(deliveries, Not(IsEmpty()));
    EXPECT_EQ(deliveries[0].state(), v1::Notification::STATE_REJECTED);
    EXPECT_EQ(deliveries[0].reason(), reason);
  }

  // Of an account of its own, with the same keys.
  absl::StatusOr<std::shared_ptr<const Provider>> GuardedPayBy() {
    return payby::Registration().make_provider(
        {.account = "guarded-payby",
         .settings = {{"base_url", "http://127.0.0.1:9"}, {"partner_id", side_->partner_id}},
         .secrets = {{"private_key_pem", Redacted(side_->merchant_private_pem)},
                     {"provider_public_key_pem", Redacted(side_->public_pem)}}});
  }

  std::optional<PayBySide> side_;
};

TEST_F(NotificationsTest, TrueOneIsTakenAndAcknowledgedExactly) {
  const v1::Order open = OpenOrder("N-1");
  const HttpReply reply = DeliverTrue(Notice::Of(open, *side_));
  EXPECT_EQ(reply.status, kOk);
  EXPECT_EQ(reply.body, R"({"response":"SUCCESS"})");
  // Acknowledged means durable: no waiting.
  EXPECT_EQ(GetOrder("N-1")->state(), v1::Order::STATE_PAID);
  const auto deliveries = Notifications();
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_EQ(deliveries[0].state(), v1::Notification::STATE_PROCESSED);
  EXPECT_EQ(deliveries[0].resource(), OrderName("N-1"));
  EXPECT_FALSE(deliveries[0].has_request()) << "personal data is not listed";
  v1::GetNotificationRequest get;
  get.set_name(deliveries[0].name());
  const auto whole = Call(notifications_, &v1::NotificationService::Stub::GetNotification, get);
  EXPECT_EQ(whole->request().body(), Notice::Of(open, *side_).Body()) << "the bytes as received";
}

TEST_F(NotificationsTest, ForgedOneIsRefused) {
  const v1::Order open = OpenOrder("N-1");
  const std::string body = Notice::Of(open, *side_).Body();
  ExpectRefused(Deliver(body, SignedBy(StrangersKey(), body)), open, "SIGNATURE_INVALID");
}

TEST_F(NotificationsTest, OneSignedWithOurOwnKeyIsRefused) {
  const v1::Order open = OpenOrder("N-1");
  const std::string body = Notice::Of(open, *side_).Body();
  const auto ours = crypto::RsaPrivateKey::FromPem(std::string_view(side_->merchant_private_pem));
  ExpectRefused(Deliver(body, SignedBy(*ours, body)), open, "SIGNATURE_INVALID");
  EXPECT_THAT(Diagnose(Notifications()[0].name()).summary(), HasSubstr("own"));
}

TEST_F(NotificationsTest, OneWithoutASignatureIsRefused) {
  const v1::Order open = OpenOrder("N-1");
  const std::string body = Notice::Of(open, *side_).Body();
  ExpectRefused(Deliver(body, {{"Content-Type", "application/json"}}), open, "SIGNATURE_MISSING");
}

TEST_F(NotificationsTest, AlteredOneIsRefused) {
  const v1::Order open = OpenOrder("N-1");
  std::string body = Notice::Of(open, *side_).Body();
  const HttpHeaders headers = SignedBy(side_->key, body);
  body.replace(body.find("12.34"), 5, "12.35");
  ExpectRefused(Deliver(body, headers), open, "SIGNATURE_INVALID");
  const auto told = Diagnose(Notifications()[0].name());
  EXPECT_FALSE(told.verified());
  EXPECT_THAT(told.summary(), Not(IsEmpty()));
}

TEST_F(NotificationsTest, OneThatAProxyReformattedIsRefusedAndExplained) {
  const v1::Order open = OpenOrder("N-1");
  const std::string body = Notice::Of(open, *side_).Body();
  ExpectRefused(Deliver(body + "\r\n", SignedBy(side_->key, body)), open, "SIGNATURE_INVALID");
  EXPECT_THAT(Diagnose(Notifications()[0].name()).details(), Not(IsEmpty()));
}

TEST_F(NotificationsTest, MalformedOnesAreRefusedAlthoughSigned) {
  const v1::Order open = OpenOrder("N-1");
  for (const char* body : {"", "{", "[]", "null", "{\"acquireOrder\":5}", "\xff\xfe", "<html/>",
                           "{\"acquireOrder\":{\"merchantOrderNo\":\"N-1\"}}"}) {
    ExpectRefused(Deliver(body, SignedBy(side_->key, body)), open, "MALFORMED");
  }
}

TEST_F(NotificationsTest, HugeOneIsRefusedByItsSize) {
  const v1::Order open = OpenOrder("N-1");
  const std::string body(4 << 20, ' ');
  const HttpReply reply = Deliver(body, {{"Content-Type", "application/json"}});
  EXPECT_THAT(reply.status, AnyOf(413, 0)) << "told, or cut off while it is still sending";
  EXPECT_EQ(GetOrder("N-1")->revision(), open.revision());
}

TEST_F(NotificationsTest, AnAmountOfMorePlacesThanItsCurrencyHasIsNeitherRoundedNorCut) {
  const v1::Order open = OpenOrder("N-1");
  for (const char* amount : {"12.345", "12.341", "12.3400000001"}) {
    Notice notice = Notice::Of(open, *side_);
    notice.amount = amount;
    const std::string body = notice.Body();
    ASSERT_THAT(body, HasSubstr(amount));
    ExpectRefused(Deliver(body, SignedBy(side_->key, body)), open, "MALFORMED");
  }
  EXPECT_EQ(GetOrder("N-1")->paid().minor_units(), 0);
  EXPECT_EQ(DeliverTrue(Notice::Of(open, *side_)).status, kOk) << "the true one still counts";
  EXPECT_EQ(GetOrder("N-1")->paid().minor_units(), 1234);
}

TEST_F(NotificationsTest, WrongAmountIsNotBelieved) {
  const v1::Order open = OpenOrder("N-1");
  Notice notice = Notice::Of(open, *side_);
  notice.amount = "12.33";
  EXPECT_EQ(DeliverTrue(notice).status, kUnauthorized);
  const auto order = GetOrder("N-1");
  EXPECT_EQ(order->state(), v1::Order::STATE_AWAITING_PAYER);
  EXPECT_EQ(order->paid().minor_units(), 0);
  EXPECT_THAT(order->attention(), Not(IsEmpty())) << "a person should look at it";
  EXPECT_EQ(Notifications()[0].reason(), "AMOUNT_MISMATCH");
}

TEST_F(NotificationsTest, WrongCurrencyIsNotBelieved) {
  const v1::Order open = OpenOrder("N-1");
  Notice notice = Notice::Of(open, *side_);
  notice.currency = "USD";
  EXPECT_NE(DeliverTrue(notice).status, kOk);
  EXPECT_EQ(GetOrder("N-1")->paid().minor_units(), 0);
  EXPECT_THAT(Notifications()[0].reason(), AnyOf("CURRENCY_MISMATCH", "MALFORMED"));
}

TEST_F(NotificationsTest, RepeatedOneIsTakenOnceAndAcknowledgedAgain) {
  const v1::Order open = OpenOrder("N-1");
  const Notice notice = Notice::Of(open, *side_);
  for (int i = 0; i < 3; ++i) {
    const HttpReply reply = DeliverTrue(notice);
    EXPECT_EQ(reply.status, kOk);
    EXPECT_EQ(reply.body, R"({"response":"SUCCESS"})");
  }
  EXPECT_THAT(EventTypes(), ElementsAre("order.created", "order.awaiting_payer", "order.paid"));
  const auto deliveries = Notifications();
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_EQ(deliveries[0].deliveries(), 3);
}

TEST_F(NotificationsTest, StaleOneDoesNotMoveAnOrderBack) {
  const v1::Order open = OpenOrder("N-1");
  const Notice paid = Notice::Of(open, *side_);
  EXPECT_EQ(DeliverTrue(paid).status, kOk);
  // Word from before the payment arrives after it.
  Notice stale = paid;
  stale.status = "CREATED";
  EXPECT_EQ(DeliverTrue(stale).status, kOk) << "nothing that the provider should send again";
  EXPECT_EQ(GetOrder("N-1")->state(), v1::Order::STATE_PAID);
  EXPECT_EQ(GetOrder("N-1")->paid().minor_units(), 1234);
}

TEST_F(NotificationsTest, PaidNoticeThatWasOvertakenByTheRevokeChangesNothing) {
  const v1::Order paid = PaidOrder("N-1");
  ASSERT_TRUE(RevokeOrder("N-1").ok());
  // The query that would show the revoke is far away in this test; ask now.
  ASSERT_TRUE(SyncOrder("N-1").ok());
  AwaitState("N-1", v1::Order::STATE_REVOKED);
  Notice late = Notice::Of(paid, *side_);
  late.order_no += "0";  // Not the same notice again.
  (void)DeliverTrue(late);
  EXPECT_EQ(GetOrder("N-1")->state(), v1::Order::STATE_REVOKED);
}

TEST_F(NotificationsTest, OneForAnUnknownOrderIsKeptAsUnmatched) {
  const v1::Order open = OpenOrder("N-1");
  Notice notice = Notice::Of(open, *side_);
  notice.order_id = "somebody-elses";
  EXPECT_EQ(DeliverTrue(notice).status, kOk) << "kept: to be sent again would help nobody";
  const auto deliveries = Notifications();
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_EQ(deliveries[0].state(), v1::Notification::STATE_UNMATCHED);
  EXPECT_EQ(deliveries[0].reason(), "UNKNOWN_RESOURCE");
  EXPECT_EQ(GetOrder("N-1")->revision(), open.revision());
}

TEST_F(NotificationsTest, UnknownAddressesAreNotFound) {
  for (const char* path : {"/notify/payby/nobody", "/notify/nobody/demo-payby", "/notify/payby",
                           "/notify/payby/demo-payby/more", "/", "/metrics"}) {
    EXPECT_EQ(Deliver("{}", {}, path).status, 404) << path;
  }
  EXPECT_EQ(Http("GET", server_->addresses().notify, kNotifyPath).status, 405);
  EXPECT_THAT(Notifications(), IsEmpty());
}

TEST_F(NotificationsTest, ReplayAfterATrueDeliveryAppliesNothingTwice) {
  const v1::Order open = OpenOrder("N-1");
  ASSERT_EQ(DeliverTrue(Notice::Of(open, *side_)).status, kOk);
  const std::string name = Notifications()[0].name();
  const auto replayed = Replay(name);
  ASSERT_TRUE(replayed.ok()) << replayed.problem();
  EXPECT_THAT(EventTypes(), Contains("order.paid").Times(1));
  EXPECT_EQ(GetOrder("N-1")->paid().minor_units(), 1234);
  EXPECT_TRUE(Diagnose(name).verified());
}

TEST_F(NotificationsTest, ReplayOfAForgedOneIsStillRefused) {
  const v1::Order open = OpenOrder("N-1");
  const std::string body = Notice::Of(open, *side_).Body();
  Deliver(body, SignedBy(StrangersKey(), body));
  const auto replayed = Replay(Notifications()[0].name());
  ASSERT_TRUE(replayed.ok()) << replayed.problem();
  EXPECT_EQ(replayed->state(), v1::Notification::STATE_REJECTED);
  EXPECT_EQ(GetOrder("N-1")->revision(), open.revision());
}

TEST_F(NotificationsTest, UnmatchedOneIsAppliedByAReplayOnceItsOrderExists) {
  // PayBy knows the order under our number before we have it back: for example after a restore.
  Notice notice{.order_no = "131767225600123456", .order_id = "N-1", .payee = side_->partner_id};
  ASSERT_EQ(DeliverTrue(notice).status, kOk);
  const std::string name = Notifications()[0].name();
  const v1::Order open = OpenOrder("N-1");
  ASSERT_EQ(open.attempts(0).provider_key(), "N-1");
  ASSERT_TRUE(Replay(name).ok());
  EXPECT_THAT(GetOrder("N-1")->state(),
              AnyOf(v1::Order::STATE_PAID, v1::Order::STATE_AWAITING_PAYER));
}

TEST_F(NotificationsTest, OneOfAnotherMerchantTouchesNobodysOrder) {
  auto other = payby::Registration().make_provider(
      {.account = "other-payby",
       .settings = {{"base_url", "http://127.0.0.1:9"}, {"partner_id", "200000999999"}},
       .secrets = {{"private_key_pem", Redacted(side_->merchant_private_pem)},
                   {"provider_public_key_pem", Redacted(side_->public_pem)}}});
  ASSERT_TRUE(other.ok()) << other.status();
  const std::shared_ptr<const Provider> provider = *std::move(other);
  Stop();
  options_.settings.merchants.push_back({.id = "other"});
  options_.settings.accounts.push_back(
      {.id = "other-payby", .merchant = "other", .provider = provider});
  Start();
  const v1::Order open = OpenOrder("N-1");
  const std::string ours = Notice::Of(open, *side_).Body();
  // The true notice of the demo merchant's order, at the other merchant's address.
  EXPECT_EQ(Deliver(ours, SignedBy(side_->key, ours), "/notify/payby/other-payby").status,
            kUnauthorized);
  ASSERT_THAT(Notifications("merchants/other"), SizeIs(1));
  EXPECT_EQ(Notifications("merchants/other")[0].reason(), "MERCHANT_MISMATCH");
  // The other merchant's own notice that names an order which is not theirs.
  Notice theirs = Notice::Of(open, *side_);
  theirs.payee = "200000999999";
  EXPECT_EQ(Deliver(theirs.Body(), SignedBy(side_->key, theirs.Body()), "/notify/payby/other-payby")
                .status,
            kOk);
  EXPECT_EQ(Notifications("merchants/other")[0].state(), v1::Notification::STATE_UNMATCHED);
  // And at the demo merchant's address, paid to somebody else.
  EXPECT_EQ(Deliver(theirs.Body(), SignedBy(side_->key, theirs.Body())).status, kUnauthorized);
  EXPECT_EQ(Notifications()[0].reason(), "MERCHANT_MISMATCH");
  EXPECT_EQ(GetOrder("N-1")->revision(), open.revision());
}

TEST_F(NotificationsTest, AddressesThatAreNotAllowedAreRefused) {
  auto guarded = GuardedPayBy();
  ASSERT_TRUE(guarded.ok()) << guarded.status();
  const std::shared_ptr<const Provider> provider = *std::move(guarded);
  Stop();
  options_.settings.accounts.push_back({.id = "guarded-payby",
                                        .merchant = "demo",
                                        .provider = provider,
                                        .notify_allow = {"203.0.113.0/24"}});
  options_.settings.accounts.push_back({.id = "open-payby",
                                        .merchant = "demo",
                                        .provider = provider,
                                        .notify_allow = {"127.0.0.0/8"}});
  Start();
  const std::string body =
      Notice{.order_no = "1", .order_id = "x", .payee = side_->partner_id}.Body();
  EXPECT_EQ(Deliver(body, SignedBy(side_->key, body), "/notify/payby/guarded-payby").status,
            kUnauthorized);
  EXPECT_EQ(Notifications()[0].reason(), "ADDRESS_NOT_ALLOWED");
  EXPECT_EQ(Deliver(body, SignedBy(side_->key, body), "/notify/payby/open-payby").status, kOk);
  EXPECT_EQ(Notifications()[0].remote_address(), "127.0.0.1");

  // Whom nobody trusts may say what he likes.
  HttpHeaders headers = SignedBy(side_->key, body);
  headers.emplace_back("X-Forwarded-For", "203.0.113.7");
  EXPECT_EQ(Deliver(body, headers, "/notify/payby/guarded-payby").status, kUnauthorized);
}

TEST_F(NotificationsTest, BehindATrustedProxyItsCallerCounts) {
  auto guarded = GuardedPayBy();
  ASSERT_TRUE(guarded.ok()) << guarded.status();
  Stop();
  options_.settings.notify_trusted_proxies = {"127.0.0.1/32", "10.0.0.0/8"};
  // The proxy itself is on the list, too: what cannot be read must not pass for it.
  options_.settings.accounts.push_back({.id = "guarded-payby",
                                        .merchant = "demo",
                                        .provider = *std::move(guarded),
                                        .notify_allow = {"203.0.113.0/24", "127.0.0.1"}});
  Start();
  const std::string body =
      Notice{.order_no = "1", .order_id = "x", .payee = side_->partner_id}.Body();
  struct Case {
    std::string forwarded, address;
    int status;
  };
  for (const Case& c :
       std::vector<Case>{{"203.0.113.7", "203.0.113.7", kOk},
                         {"198.51.100.1", "198.51.100.1", kUnauthorized},
                         {"203.0.113.7, 198.51.100.1", "198.51.100.1", kUnauthorized},
                         {"198.51.100.1, 203.0.113.8, 10.0.0.2", "203.0.113.8", kOk},
                         {"203.0.113.7, garbage", "127.0.0.1", kUnauthorized},
                         {"", "127.0.0.1", kUnauthorized}}) {
    HttpHeaders headers = SignedBy(side_->key, body);
    headers.emplace_back("X-Forwarded-For", c.forwarded);
    EXPECT_EQ(Deliver(body, headers, "/notify/payby/guarded-payby").status, c.status)
        << c.forwarded;
    if (c.status == kOk) continue;
    EXPECT_EQ(Notifications()[0].remote_address(), c.address) << c.forwarded;
    EXPECT_EQ(Notifications()[0].reason(), "ADDRESS_NOT_ALLOWED") << c.forwarded;
  }
  EXPECT_THAT(Notifications(),
              Contains(Property(&v1::Notification::remote_address, "203.0.113.7")));
}

}  // namespace
}  // namespace sluice::e2e
