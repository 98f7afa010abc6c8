// AstraPay: an account is linked once, by its owner, and then pays orders.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "server/crypto/sha256.h"
#include "tests/e2e/nicepay_fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kMandate[] = "MANDATE7777777777777";

class NicePayLinksTest : public NicePayFixture {
 protected:
  static v1::Order OrderBy(const std::string& link) {
    v1::Order order = WalletOrder("astrapay");
    order.set_account_link(LinkName(link));
    return order;
  }
  Result<v1::AccountLink> RevokeLink(const std::string& id) {
    v1::RevokeAccountLinkRequest request;
    request.set_name(LinkName(id));
    return Call(links_, &v1::AccountLinkService::Stub::RevokeAccountLink, request);
  }
  // A link's notification, as NICEPAY signs it: the token covers number and phone.
  std::string LinkNotice(const std::string& reference_no, const std::string& phone) {
    const std::string token =
        crypto::Sha256HexLower(absl::StrCat(side().i_mid, reference_no, phone, side().key));
    return BuildForm({{"iMid", side().i_mid},
                      {"referenceNo", reference_no},
                      {"mitraCd", "ASTR"},
                      {"payMethod", "05"},
                      {"billingPhone", phone},
                      {"mandateID", kMandate},
                      {"status", "0"},
                      {"merchantToken", token}});
  }
  // Whether any file of the server's data holds the text.
  bool IsOnDisk(const std::string& text) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(options_.settings.data_dir)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string all{std::istreambuf_iterator<char>(file), {}};
      if (all.find(text) != all.npos) return true;
    }
    return false;
  }
};

TEST_F(NicePayLinksTest, AnAccountIsLinkedOnItsPageAndThenPays) {
  const auto created = CreateLink("L-1");
  ASSERT_TRUE(created.ok()) << created.problem();
  const v1::AccountLink waiting = AwaitLink("L-1", v1::AccountLink::STATE_AWAITING_PAYER);
  const HttpReply page = Browse(waiting.next_action().redirect().url());
  EXPECT_THAT(page.body, HasSubstr("Link your account"));
  const HttpReply approved = Press(page, "approve");
  ASSERT_EQ(approved.status, 303) << approved.body;
  EXPECT_THAT(Location(approved), HasSubstr(ReturnPage("account_link/L-1") + "?"));
  EXPECT_EQ(Location(Browse(Location(approved))), "https://shop.example/linked");
  const v1::AccountLink active = AwaitLink("L-1", v1::AccountLink::STATE_ACTIVE);
  EXPECT_TRUE(active.has_activate_time());
  EXPECT_FALSE(active.has_next_action());

  v1::Order order = WalletOrder("astrapay");
  EXPECT_THAT(CreateOrder("A-1", order).problem().fields, ElementsAre("order.account_link"));
  const v1::Order open = OpenWallet(OrderBy("L-1"), "A-1");
  const HttpReply wallet = Browse(open.next_action().redirect().url());
  EXPECT_THAT(wallet.body, HasSubstr("AstraPay"));
  const HttpReply paid = Press(wallet, "pay");
  EXPECT_THAT(Location(paid), HasSubstr(ReturnPage("order/A-1") + "?"));
  EXPECT_EQ(Location(Browse(Location(paid))), kShop);
  EXPECT_EQ(AwaitState("A-1", v1::Order::STATE_PAID).paid().minor_units(), 25000);
  EXPECT_EQ(LedgerSum("pay"), 25000);
  EXPECT_THAT(EventTypes(), ElementsAre("account_link.created", "account_link.awaiting_payer",
                                        "account_link.active", "order.created",
                                        "order.awaiting_payer", "order.paid"));
  // And pays again, without the page.
  OpenWallet(OrderBy("L-1"), "A-2");
  ASSERT_TRUE(Pay(OrderName("A-2")).ok());
  AwaitState("A-2", v1::Order::STATE_PAID);
}

TEST_F(NicePayLinksTest, LinksAndPaysWithinTheMinutesOfTheAccount) {
  for (const int minutes : {5, 30}) {
    SCOPED_TRACE(minutes);
    RestartWith("astrapay_minutes", absl::StrCat(minutes));
    const std::string link = absl::StrCat("L-", minutes), order = absl::StrCat("A-", minutes);
    const v1::AccountLink active = ActiveLink(link, Payer(absl::StrCat("+62812000001", minutes)));
    EXPECT_EQ(active.expire_time().seconds() - active.create_time().seconds(), minutes * 60);
    const v1::Order open = OpenWallet(OrderBy(link), order);
    EXPECT_EQ(open.expire_time().seconds() - open.create_time().seconds(), minutes * 60);
    ASSERT_TRUE(Pay(OrderName(order)).ok());
    AwaitState(order, v1::Order::STATE_PAID);
  }
}

TEST_F(NicePayLinksTest, AReturnFromTheLinkPageProvesNothing) {
  ASSERT_TRUE(CreateLink("L-1").ok());
  const HttpReply back =
      Http("GET", server_->addresses().notify, ReturnPage("account_link/L-1") + "?resultCd=0000");
  EXPECT_EQ(Location(back), "https://shop.example/linked");
  EXPECT_EQ(GetLink("L-1").state(), v1::AccountLink::STATE_AWAITING_PAYER);
}

TEST_F(NicePayLinksTest, TheMandateIsASecret) {
  ASSERT_TRUE(CreateLink("L-1").ok());
  const HttpReply taken = Deliver(LinkNotice("L-1.link", "081200000001"));
  ASSERT_EQ(taken.status, 200) << taken.body;
  const v1::AccountLink active = AwaitLink("L-1", v1::AccountLink::STATE_ACTIVE);
  EXPECT_THAT(active.ShortDebugString(), Not(HasSubstr(kMandate)));
  for (const v1::Event& event : ListEvents()) {
    EXPECT_THAT(event.ShortDebugString(), Not(HasSubstr(kMandate)));
  }
  v1::GetNotificationRequest get;
  get.set_name(Notifications()[0].name());
  const auto whole = Call(notifications_, &v1::NotificationService::Stub::GetNotification, get);
  EXPECT_THAT(whole->ShortDebugString(), Not(HasSubstr(kMandate)));
  EXPECT_TRUE(IsOnDisk("L-1.link")) << "the search would find it";
  EXPECT_FALSE(IsOnDisk(kMandate));
  Stop();
  EXPECT_FALSE(IsOnDisk(kMandate));
  Start();
  // It is read back, and sent: NICEPAY refuses it, because it never gave it.
  const auto order = CreateOrder("A-1", OrderBy("L-1"));
  ASSERT_TRUE(order.ok()) << order.problem();
  EXPECT_EQ(order->state(), v1::Order::STATE_FAILED);
  EXPECT_EQ(order->failure().reason(), v1::Failure::REASON_INVALID_ACCOUNT);
  EXPECT_EQ(order->failure().provider_code(), "9751");
}

TEST_F(NicePayLinksTest, AForgedLinkNotificationIsRefused) {
  ASSERT_TRUE(CreateLink("L-1").ok());
  std::string other = LinkNotice("L-1.link", "081200000001");
  other.replace(other.find("081200000001"), 12, "081200000002");
  EXPECT_EQ(Deliver(other).status, 401);
  EXPECT_EQ(GetLink("L-1").state(), v1::AccountLink::STATE_AWAITING_PAYER);
}

TEST_F(NicePayLinksTest, ALinkIsRefusedOrRunsOut) {
  const auto created = CreateLink("L-1");
  const HttpReply page = Browse(
      AwaitLink("L-1", v1::AccountLink::STATE_AWAITING_PAYER).next_action().redirect().url());
  EXPECT_EQ(Press(page, "refuse").status, 303);
  EXPECT_EQ(AwaitLink("L-1", v1::AccountLink::STATE_FAILED).failure().reason(),
            v1::Failure::REASON_DECLINED_BY_PAYER);
  ASSERT_TRUE(CreateLink("L-2").ok());
  AdvanceClock(absl::Minutes(16));
  EXPECT_EQ(AwaitLink("L-2", v1::AccountLink::STATE_EXPIRED).failure().reason(),
            v1::Failure::REASON_EXPIRED);
}

TEST_F(NicePayLinksTest, LinkingThePhoneAgainEndsTheLinkBefore) {
  // NICEPAY may or may not tell of the mandate that it retires.
  int number = 0;
  for (const char* told : {"false", "true"}) {
    SCOPED_TRACE(told);
    SetNicePaySwitch("notify_retired_link", told);
    const v1::Customer payer = Payer(absl::StrCat("+6281200000", 100 + number));
    const std::string first = absl::StrCat("L-", ++number), second = absl::StrCat("L-", ++number);
    ActiveLink(first, payer);
    ActiveLink(second, payer);
    EXPECT_TRUE(AwaitLink(first, v1::AccountLink::STATE_REVOKED).has_end_time());
    EXPECT_EQ(GetLink(second).state(), v1::AccountLink::STATE_ACTIVE);
    EXPECT_THAT(GetLink(first).attention(), IsEmpty());
    const auto refused = CreateOrder("A-0", OrderBy(first));
    EXPECT_EQ(refused.problem().code, grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(refused.problem().reason, "STATE_FORBIDS");
    EXPECT_THAT(refused.problem().fields, ElementsAre("order.account_link"));
    EXPECT_EQ(refused.problem().precondition, LinkName(first));
    OpenWallet(OrderBy(second), absl::StrCat("A-", number));
  }
  // Another phone's link stands.
  ActiveLink("L-9", Payer("+6281299999999"));
  EXPECT_EQ(GetLink("L-2").state(), v1::AccountLink::STATE_ACTIVE);
}

TEST_F(NicePayLinksTest, AnOrderNamesALinkThatFits) {
  ActiveLink("L-1");
  v1::Order order = OrderBy("nobody");
  EXPECT_EQ(CreateOrder("A-1", order).problem().code, grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(CreateOrder("A-1", order).problem().fields, ElementsAre("order.account_link"));
  order = WalletOrder("dana");
  order.set_account_link(LinkName("L-1"));
  EXPECT_THAT(CreateOrder("A-1", order).problem().fields, ElementsAre("order.account_link"));
  order = OrderBy("L-1");
  order.set_account_link("merchants/other/accountLinks/L-1");
  EXPECT_EQ(CreateOrder("A-1", order).problem().code, grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(CreateLink("L-2", Payer("+6281200000002")).ok());
  const auto waiting = CreateOrder("A-1", OrderBy("L-2"));
  EXPECT_EQ(waiting.problem().reason, "STATE_FORBIDS");
  EXPECT_THAT(waiting.problem().message, HasSubstr("AWAITING_PAYER"));
}

TEST_F(NicePayLinksTest, ALinkIsEndedByItsOwnerAndNotByUs) {
  ActiveLink("L-1");
  // NICEPAY has no such call outside of SNAP, and we do not pretend.
  EXPECT_EQ(RevokeLink("L-1").problem().reason, "CAPABILITY_MISSING");
  EXPECT_EQ(GetLink("L-1").state(), v1::AccountLink::STATE_ACTIVE);
  ASSERT_TRUE(SetState(LinkName("L-1"), "1").ok());
  AwaitLink("L-1", v1::AccountLink::STATE_REVOKED);
  EXPECT_EQ(CreateOrder("A-1", OrderBy("L-1")).problem().reason, "STATE_FORBIDS");
}

TEST_F(NicePayLinksTest, AstraPayGivesNothingBack) {
  ActiveLink("L-1");
  OpenWallet(OrderBy("L-1"), "A-1");
  ASSERT_TRUE(Pay(OrderName("A-1")).ok());
  AwaitState("A-1", v1::Order::STATE_PAID);
  EXPECT_EQ(RefundCode("A-1", "R-1", 25000), "CAPABILITY_MISSING");
  EXPECT_EQ(RevokeOrder("A-1").problem().reason, "CAPABILITY_MISSING");
}

TEST_F(NicePayLinksTest, AnOrderIsDeclinedAndRunsOut) {
  ActiveLink("L-1");
  OpenWallet(OrderBy("L-1"), "A-1");
  ASSERT_TRUE(Decline(OrderName("A-1")).ok());
  EXPECT_EQ(Asked("A-1").state(), v1::Order::STATE_FAILED);
  OpenWallet(OrderBy("L-1"), "A-2");
  clock_.Shift(absl::Minutes(16));
  EXPECT_EQ(Asked("A-2").state(), v1::Order::STATE_EXPIRED);
}

TEST_F(NicePayLinksTest, EveryAnswerThatIsAssumedIsUnderstood) {
  int number = 0;
  for (const char* answer :
       {"redirectUrl", "redirectURL", "redirectUrlHttp", "requestURL", "location"}) {
    SCOPED_TRACE(answer);
    SetNicePaySwitch("link_answer", answer);
    const std::string link = absl::StrCat("L-", ++number);
    ActiveLink(link, Payer(absl::StrCat("+6281200000", 100 + number)));
    const std::string order = absl::StrCat("A-", number);
    const auto created = CreateOrder(order, OrderBy(link));
    ASSERT_TRUE(created.ok()) << created.problem();
    // A redirect does not tell the number of a payment: it is known when NICEPAY says so.
    const bool known = std::string(answer) != "location";
    EXPECT_EQ(created->state(),
              known ? v1::Order::STATE_AWAITING_PAYER : v1::Order::STATE_SUBMITTING);
    ASSERT_TRUE(Pay(OrderName(order)).ok());
    AwaitState(order, v1::Order::STATE_PAID);
  }
}

TEST_F(NicePayLinksTest, ALostAnswerOfALinkIsTriedUnderANewNumber) {
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "link");
  const auto lost = CreateLink("L-1");
  ASSERT_TRUE(lost.ok()) << lost.problem();
  EXPECT_EQ(lost->state(), v1::AccountLink::STATE_SUBMITTING);
  // The payer has been shown the page after all: its notification is recognised.
  ASSERT_TRUE(ConfirmLink("L-1").ok());
  const v1::AccountLink active = AwaitLink("L-1", v1::AccountLink::STATE_ACTIVE);
  EXPECT_EQ(active.attempts_size(), 1);
  EXPECT_EQ(active.attempts(0).provider_key(), "L-1.link");
  OpenWallet(OrderBy("L-1"), "A-1");
}

TEST_F(NicePayLinksTest, ALostOrderOfALinkIsKnownByItsNotification) {
  ActiveLink("L-1");
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "link_pay");
  ASSERT_TRUE(CreateOrder("A-1", OrderBy("L-1")).ok());
  ASSERT_TRUE(PayKey("A-1").ok());
  EXPECT_THAT(AwaitState("A-1", v1::Order::STATE_PAID).attempts(), SizeIs(1));
  EXPECT_THAT(EventTypes(), Contains("order.outcome_unknown"));
}

}  // namespace
}  // namespace sluice::e2e
