// Notifications: believed only when verified, matched and durable; the answer says which.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "server/app/notification_intake.h"
#include "server/base/strings.h"
#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using store::NotificationRow;
using store::NotificationState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class NotificationsTest : public ::testing::Test, public EngineHarness {
 protected:
  void StartWithOrder() {
    Start();
    http->Script(Said("accepted report=open number=P1"));
    ASSERT_TRUE(Create(MakeOrder())->ok());
  }
  const NotificationRow& LastRow() const { return store.notifications().back(); }
  HttpReply Return(const std::string& kind, const std::string& id) {
    return Return(kind, id, sealer.Mark(StrCat("/return/demo/", kind, "/", id)));
  }
  HttpReply Return(const std::string& kind, const std::string& id, const std::string& mark) {
    HttpReply result;
    engine().notifications().ReturnPage("demo", kind, id, mark,
                                        [&result](HttpReply reply) { result = std::move(reply); });
    Drive();
    return result;
  }
  static constexpr char kPaid[] = "kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED";
};

TEST_F(NotificationsTest, IsDurableBeforeItIsAcknowledged) {
  StartWithOrder();
  probes.clear();
  EXPECT_EQ(Notify(kPaid), 200);
  EXPECT_THAT(probes, ElementsAre("notification.committed", "ack.before"));
  EXPECT_EQ(LastRow().state, NotificationState::kProcessed);
  EXPECT_EQ(LastRow().resource_name, "merchants/m/orders/o-1");
  EXPECT_EQ(LastRow().body, kPaid);
  EXPECT_EQ(LastRow().headers, "Content-Type: text/plain\n");
}

TEST_F(NotificationsTest, ARepeatIsAcceptedAndCounted) {
  StartWithOrder();
  EXPECT_EQ(Notify(kPaid), 200);
  const size_t events = store.events().size();
  EXPECT_EQ(Notify(kPaid), 200);
  EXPECT_EQ(Notify(kPaid), 200);
  EXPECT_EQ(store.notifications().size(), 1u);
  EXPECT_EQ(LastRow().deliveries, 3);
  EXPECT_EQ(store.events().size(), events);
}

TEST_F(NotificationsTest, AnyOrderOfNewsEndsTheSame) {
  StartWithOrder();
  Notify(kPaid);
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d0 sign=ok report=open amount=1234.AED"), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  // A closed notice against a payment is asked about, and the provider's answer stands.
  http->Script(Said("accepted report=paid amount=1234.AED"));
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d2 sign=ok report=closed amount=1234.AED"), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").attention, "");
  EXPECT_EQ(CountSent("verb=query_order"), 1);
}

TEST_F(NotificationsTest, FasterThanTheAnswerToTheCreate) {
  Start();
  const auto created = Create(MakeOrder());
  EXPECT_EQ(Notify(kPaid), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  http->Complete(Said("accepted report=open number=P1 url=https://w.example"));
  Drive();
  ASSERT_TRUE(created->ok());
  EXPECT_EQ((*created)->state, OrderState::kPaid);
  EXPECT_EQ((*created)->provider_number, "P1");
  EXPECT_EQ((*created)->next_action.kind, NextAction::Kind::kNone);
}

TEST_F(NotificationsTest, AForgedOneChangesNothingAndIsKept) {
  StartWithOrder();
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d1 sign=bad report=paid amount=1234.AED"), 401);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(LastRow().state, NotificationState::kRejected);
  EXPECT_EQ(LastRow().reason, "SIGNATURE_INVALID");
  EXPECT_EQ(Notify(""), 401);
  EXPECT_EQ(LastRow().reason, "MALFORMED");
  // The genuine one still counts, although the forger used its key.
  EXPECT_EQ(Notify(kPaid), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(NotificationsTest, WhatIsNotBelievedIsAskedAboutAndTheAnswerDecides) {
  StartWithOrder();
  const std::string unsigned_news =
      "kind=order key=o-1 dedup=d1 sign=bad hint report=paid amount=1234.AED";
  EXPECT_EQ(Notify(unsigned_news), 401);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer) << "asked, not answered yet";
  EXPECT_EQ(LastRow().state, NotificationState::kRejected);
  EXPECT_EQ(LastRow().resource_name, "") << "what is not believed belongs to nothing";
  EXPECT_EQ(CountSent("verb=query_order key=o-1"), 1);
  http->Complete(Said("accepted report=open amount=1234.AED"));  // It was a forger's.
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);

  EXPECT_EQ(Notify(unsigned_news), 401);
  http->Complete(Said("accepted report=paid amount=1234.AED"));  // It was true.
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(LastRow().state, NotificationState::kRejected);
}

TEST_F(NotificationsTest, AForgerDoesNotMakeUsFloodTheProvider) {
  StartWithOrder();
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open"); });
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Notify("kind=order key=o-1 sign=bad hint report=paid"), 401);
    EXPECT_EQ(Notify("kind=order key=nobody sign=bad hint report=paid"), 401);
    EXPECT_EQ(Notify("kind=payout key=o-1 sign=bad hint report=succeeded"), 401);
  }
  const int asked = CountSent("verb=query_order");
  EXPECT_GT(asked, 0);
  EXPECT_LE(asked, app::kMaxRejectedRowsPerMinute);
  EXPECT_EQ(CountSent("verb=query"), asked) << "only what is ours is asked about";
  EXPECT_EQ(store.notifications().size(), size_t{app::kMaxRejectedRowsPerMinute});
}

TEST_F(NotificationsTest, OneQuestionUnderWayIsEnough) {
  StartWithOrder();
  for (int i = 0; i < 3; ++i) Notify("kind=order key=o-1 sign=bad hint report=paid");
  EXPECT_EQ(CountSent("verb=query_order"), 1);
  http->Complete(Said("accepted report=open"));
  Drive();
  EXPECT_EQ(CountSent("verb=query_order"), 1);
}

TEST_F(NotificationsTest, NothingIsAskedOfOneThatCouldNotBeKeptOrIsReplayed) {
  StartWithOrder();
  store.RefuseCommits(1, absl::UnavailableError("disk full"));
  EXPECT_EQ(Notify("kind=order key=o-1 sign=bad hint report=paid"), 401);
  EXPECT_EQ(CountSent("verb=query_order"), 0);
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open"); });
  EXPECT_EQ(Notify("kind=order key=o-1 sign=bad hint report=paid"), 401);
  EXPECT_EQ(CountSent("verb=query_order"), 1);
  auto box = std::make_shared<Box<NotificationRow>>();
  engine().notifications().Replay(MakeCall(), LastRow().id, Into(box));
  Drive();
  EXPECT_EQ((*box)->state, NotificationState::kRejected);
  EXPECT_EQ(CountSent("verb=query_order"), 1);
}

TEST_F(NotificationsTest, AForgerDoesNotFillTheDisk) {
  StartWithOrder();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Notify("sign=bad"), 401);
  EXPECT_EQ(store.notifications().size(), 20u);
  Advance(absl::Minutes(1));
  Notify("sign=bad");
  EXPECT_EQ(store.notifications().size(), 21u);
}

TEST_F(NotificationsTest, AWrongAmountOrCurrencyIsRefused) {
  StartWithOrder();
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1.AED"), 401);
  EXPECT_EQ(LastRow().reason, "AMOUNT_MISMATCH");
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d2 sign=ok report=paid amount=1234.IDR"), 401);
  EXPECT_EQ(LastRow().reason, "CURRENCY_MISMATCH");
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_NE(Get("o-1").attention, "");
}

TEST_F(NotificationsTest, AVerifiedOneWithAWrongAmountMakesUsAskNow) {
  StartWithOrder();
  int asked = 0;
  for (const std::string kind : {"", "confirm"}) {
    SCOPED_TRACE(kind);
    Notify("kind=order key=o-1 dedup=d" + kind + " sign=ok report=paid amount=1.AED " + kind);
    EXPECT_EQ(CountSent("verb=query_order"), ++asked);
    EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer) << "asked, not answered yet";
    http->Complete(Said("accepted report=open amount=1234.AED"));
    Drive();
    EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  }
  Notify("kind=order key=o-1 dedup=d3 sign=ok report=paid amount=2.AED");
  http->Complete(Said("accepted report=paid amount=1234.AED"));  // Something was true in it.
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(LastRow().state, NotificationState::kRejected);
}

TEST_F(NotificationsTest, AnotherNumberOfTheProvidersIsAskedAboutFirst) {
  StartWithOrder();
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d2 sign=ok report=paid number=P2 amount=1234.AED"),
            200);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(LastRow().state, NotificationState::kReceived);
  http->Complete(Said("accepted report=open number=P1 amount=1234.AED"));  // About ours,
  Drive();
  EXPECT_EQ(CountSent("verb=query_order"), 2);
  http->Complete(Said("unknown"));  // and about that one.
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(Get("o-1").provider_number, "P1");
  EXPECT_EQ(LastRow().state, NotificationState::kReceived);
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d3 sign=ok report=paid number=P1 amount=1234.AED"),
            200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(NotificationsTest, ARefundOfAnotherOrderIsAskedAboutFirst) {
  Start();
  MakePaid();
  http->Script(Said("accepted report=open number=R1"));
  ASSERT_TRUE(CreateRefund("o-1", "r-1", 100)->ok());
  const std::string done = "kind=refund key=o-1.r-1 sign=ok report=succeeded amount=100.AED ";
  EXPECT_EQ(Notify(done + "dedup=r1 order=o-2"), 200);
  EXPECT_EQ(GetRefund("o-1", "r-1").state, RefundState::kPending);
  EXPECT_EQ(CountSent("verb=query_refund"), 1);
  http->Complete(Said("accepted report=open number=R1 amount=100.AED"));
  Drive();
  EXPECT_EQ(GetRefund("o-1", "r-1").state, RefundState::kPending);
  EXPECT_EQ(Notify(done + "dedup=r2 order=o-1"), 200);
  EXPECT_EQ(GetRefund("o-1", "r-1").state, RefundState::kSucceeded);
}

TEST_F(NotificationsTest, AnUnmatchedOneIsKeptAndCanBeReplayed) {
  Start();
  EXPECT_EQ(Notify(kPaid), 200);
  EXPECT_EQ(LastRow().state, NotificationState::kUnmatched);
  EXPECT_EQ(LastRow().reason, "UNKNOWN_RESOURCE");
  EXPECT_EQ(Notify(kPaid), 200);
  EXPECT_EQ(store.notifications().size(), 1u);
  http->Script(Said("accepted report=open"));
  Create(MakeOrder());
  auto box = std::make_shared<Box<NotificationRow>>();
  engine().notifications().Replay(MakeCall(), LastRow().id, Into(box));
  Drive();
  ASSERT_TRUE(box->ok()) << box->status();
  EXPECT_EQ((*box)->state, NotificationState::kProcessed);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(store.notifications().size(), 1u);
}

TEST_F(NotificationsTest, AnUnmatchedOneThatComesAgainIsMatchedAgain) {
  Start();
  for (const char* kind : {"", " confirm"}) {
    SCOPED_TRACE(kind);
    const std::string id = StrCat("o-", std::string(kind).size());
    const std::string paid = StrCat("kind=order key=", id, " dedup=d-", id,
                                    " sign=ok report=paid amount=1234.AED", kind);
    EXPECT_EQ(Notify(paid), 200);
    EXPECT_EQ(Notify(paid), 200);
    EXPECT_EQ(LastRow().state, NotificationState::kUnmatched);
    EXPECT_EQ(LastRow().deliveries, 2) << "counted while nothing has that number";
    const size_t rows = store.notifications().size();
    http->Script(Said("accepted report=open"));
    Create(MakeOrder(id));
    if (*kind != 0) http->Script(Said("accepted report=paid amount=1234.AED"));
    EXPECT_EQ(Notify(paid), 200);
    EXPECT_EQ(Get(id).state, OrderState::kPaid);
    EXPECT_EQ(LastRow().state, NotificationState::kProcessed);
    EXPECT_EQ(Notify(paid), 200);
    EXPECT_EQ(LastRow().deliveries, 2) << "and as a repeat since";
    EXPECT_EQ(store.notifications().size(), rows + 1);
  }
}

TEST_F(NotificationsTest, OfAnotherAccountOrProviderIsNotFound) {
  StartWithOrder();
  int status = 0;
  RawRequest request;
  request.body = kPaid;
  engine().notifications().Receive("fake", "other", request,
                                   [&](HttpReply reply) { status = reply.status; });
  Drive();
  EXPECT_EQ(status, 404);
  engine().notifications().Receive("payby", "demo", request,
                                   [&](HttpReply reply) { status = reply.status; });
  Drive();
  EXPECT_EQ(status, 404);
}

TEST_F(NotificationsTest, OnlyAllowedAddressesMaySend) {
  account->notify_allow = {"192.0.2.1"};
  StartWithOrder();
  EXPECT_EQ(Notify(kPaid, "203.0.113.9"), 401);
  EXPECT_EQ(LastRow().reason, "ADDRESS_NOT_ALLOWED");
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(Notify(kPaid, "192.0.2.1"), 200);
}

TEST_F(NotificationsTest, WhatIsNotDurableIsNotAcknowledged) {
  StartWithOrder();
  store.RefuseCommits(1, absl::UnavailableError("disk full"));
  EXPECT_EQ(Notify(kPaid), 503);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_TRUE(store.notifications().empty());
  EXPECT_EQ(Notify(kPaid), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(NotificationsTest, AWeakSignatureIsConfirmedByAQuery) {
  StartWithOrder();
  const std::string weak =
      "kind=order key=o-1 dedup=d1 sign=ok confirm report=paid amount=1234.AED";
  EXPECT_EQ(Notify(weak), 200);  // Durable, so acknowledged; not believed yet.
  EXPECT_EQ(LastRow().state, NotificationState::kReceived);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  http->Complete(Said("accepted report=paid amount=1234.AED"));
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(LastRow().state, NotificationState::kProcessed);
}

TEST_F(NotificationsTest, AForgedStateUnderAWeakSignatureDoesNothing) {
  StartWithOrder();
  http->Script(Said("accepted report=open amount=1234.AED"));
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d1 sign=ok confirm report=paid amount=1234.AED"), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(LastRow().state, NotificationState::kProcessed);
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d2 sign=ok confirm report=paid amount=9.AED"), 401);
  EXPECT_EQ(CountSent("verb=query_order"), 2) << "asked about in either case";
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
}

TEST_F(NotificationsTest, ARepeatOfWhatWasNotBorneOutIsAskedAboutAgain) {
  StartWithOrder();
  const std::string weak =
      "kind=order key=o-1 dedup=d1 sign=ok confirm report=paid amount=1234.AED";
  http->Script(Said("accepted report=open amount=1234.AED"));
  EXPECT_EQ(Notify(weak), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  http->Script(Failed(Transport::kTimedOut));
  EXPECT_EQ(Notify(weak), 200);
  http->Script(Said("accepted report=paid amount=1234.AED"));
  EXPECT_EQ(Notify(weak), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(CountSent("verb=query_order"), 3);
  EXPECT_EQ(store.notifications().size(), 1u);
  EXPECT_EQ(Notify(weak), 200);
  EXPECT_EQ(CountSent("verb=query_order"), 3) << "there is nothing left to ask";
}

TEST_F(NotificationsTest, AQueryFromBeforeTheNoticeDoesNotConfirmIt) {
  StartWithOrder();
  Sync("o-1");  // On the wire.
  Notify("kind=order key=o-1 dedup=d1 sign=ok confirm report=paid amount=1234.AED");
  http->Complete(Said("accepted report=open amount=1234.AED"));
  Drive();
  EXPECT_EQ(LastRow().state, NotificationState::kReceived);
  EXPECT_EQ(CountSent("verb=query_order"), 2);  // Asked anew.
  http->Complete(Said("accepted report=paid amount=1234.AED"));
  Drive();
  EXPECT_EQ(LastRow().state, NotificationState::kProcessed);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(NotificationsTest, AConfirmationOutlivesARestart) {
  StartWithOrder();
  Notify("kind=order key=o-1 dedup=d1 sign=ok confirm report=paid amount=1234.AED");
  Restart();
  http->Complete(Said("accepted report=paid amount=1234.AED"));
  Drive();
  EXPECT_EQ(LastRow().state, NotificationState::kProcessed);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(NotificationsTest, OneThatBringsASecretIsKeptSealedAndCanBeReplayed) {
  Start();
  const std::string words =
      "kind=account_link key=l-1 dedup=d1 sign=ok report=succeeded data.mandate=M-77";
  EXPECT_EQ(Notify(words), 200);  // Of a link that is not known yet.
  EXPECT_THAT(LastRow().body, HasSubstr("sealed:merchants/m/notifications/"));
  EXPECT_THAT(LastRow().body, HasSubstr("M-77")) << "this sealer hides nothing";
  auto row = std::make_shared<Box<NotificationRow>>();
  engine().notifications().Get("m", LastRow().id, Into(row));
  auto diagnosis = std::make_shared<Box<Diagnosis>>();
  engine().notifications().Diagnose("m", LastRow().id, Into(diagnosis));
  Drive();
  EXPECT_THAT((*row)->body, Not(HasSubstr("M-77")));
  EXPECT_TRUE((*diagnosis)->verified);

  AccountLink link;
  link.id = "l-1";
  link.wallet = "fake";
  http->Script(Said("accepted report=open"));
  engine().account_links().Create(MakeCall(), link, [](absl::StatusOr<AccountLink>) {});
  Drive();
  auto replayed = std::make_shared<Box<NotificationRow>>();
  engine().notifications().Replay(MakeCall(), LastRow().id, Into(replayed));
  auto linked = std::make_shared<Box<AccountLink>>();
  Drive();
  engine().account_links().Get("merchants/m/accountLinks/l-1", Into(linked));
  Drive();
  EXPECT_EQ((*linked)->state, AccountLinkState::kActive);
  EXPECT_THAT((*replayed)->body, Not(HasSubstr("M-77")));
  EXPECT_THAT(LastRow().body, HasSubstr("sealed:"));
  // A stranger's bytes that only look like it are no trouble.
  Notify("\x01sealed\x01 kind=order");
  EXPECT_EQ(LastRow().reason, "SIGNATURE_INVALID");
}

TEST_F(NotificationsTest, ReplayDiagnoseGetAndList) {
  StartWithOrder();
  Notify("kind=order key=o-1 dedup=d1 sign=bad report=paid amount=1234.AED");
  const std::string id = LastRow().id;
  auto diagnosis = std::make_shared<Box<Diagnosis>>();
  engine().notifications().Diagnose("m", id, Into(diagnosis));
  auto row = std::make_shared<Box<NotificationRow>>();
  engine().notifications().Get("m", id, Into(row));
  auto foreign = std::make_shared<Box<NotificationRow>>();
  engine().notifications().Get("other", id, Into(foreign));
  auto replayed = std::make_shared<Box<NotificationRow>>();
  engine().notifications().Replay(MakeCall(), id, Into(replayed));
  auto page = std::make_shared<Box<app::Page<NotificationRow>>>();
  engine().notifications().List({"m", "", {}, 10, ""}, Into(page));
  Drive();
  ASSERT_TRUE(diagnosis->ok());
  EXPECT_FALSE((*diagnosis)->verified);
  EXPECT_EQ((*row)->id, id);
  EXPECT_TRUE(absl::IsNotFound(foreign->status()));
  EXPECT_EQ((*replayed)->state, NotificationState::kRejected);
  EXPECT_EQ((*page)->items.size(), 1u);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
}

TEST_F(NotificationsTest, AReturningPayerIsSentOnAndNothingIsBelieved) {
  StartWithOrder();
  http->Script(Said("accepted report=paid amount=1234.AED"));
  const HttpReply reply = Return("order", "o-1");
  EXPECT_EQ(reply.status, 303);
  ASSERT_NE(FindHeader(reply.headers, "location"), nullptr);
  EXPECT_EQ(*FindHeader(reply.headers, "location"), "https://shop.example/done");
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(CountSent("verb=query_order"), 1);
  // Paid: nothing to ask.
  EXPECT_EQ(Return("order", "o-1").status, 303);
  EXPECT_EQ(CountSent("verb=query_order"), 1);
  EXPECT_EQ(Return("order", "nobody").status, 404);
  EXPECT_EQ(Return("refund", "o-1").status, 404);
  EXPECT_EQ(Return("order", "../o-1").status, 404);
}

TEST_F(NotificationsTest, AReturnPageIsServedUnderItsMarkOnly) {
  StartWithOrder();
  const std::string genuine = sealer.Mark("/return/demo/order/o-1");
  const size_t asked = Sent().size();
  for (const std::string& mark :
       {std::string(), std::string("mark-"), genuine + "0", genuine.substr(0, genuine.size() - 1),
        sealer.Mark("/return/demo/order/o-2"), sealer.Mark("/return/demo/account_link/o-1"),
        sealer.Mark("/return/other/order/o-1")}) {
    const HttpReply guessed = Return("order", "o-1", mark);
    const HttpReply nobody = Return("order", "nobody", mark);
    EXPECT_EQ(guessed.status, 404) << mark;
    EXPECT_EQ(guessed.body, nobody.body) << mark;
    EXPECT_EQ(guessed.headers, nobody.headers) << mark;
  }
  EXPECT_EQ(Sent().size(), asked) << "nobody was asked";
  http->Script(Said("accepted report=open amount=1234.AED"));
  EXPECT_EQ(Return("order", "o-1", genuine).status, 303);
}

TEST_F(NotificationsTest, TheProviderIsToldTheSameReturnPageEachTime) {
  Start();
  http->Script(Failed(Transport::kTimedOut));
  Create(MakeOrder());
  Advance(absl::Minutes(1));
  Restart();
  Sync("o-1");
  std::set<std::string> pages;
  for (const HttpRequest& request : http->requests()) {
    const std::string* const page = FindHeader(request.headers, "return-page");
    if (page != nullptr) pages.insert(*page);
  }
  const std::string path = "/return/demo/order/o-1";
  EXPECT_THAT(pages, ElementsAre(StrCat("https://pay.example", path, "/", sealer.Mark(path))));
}

TEST_F(NotificationsTest, AReturningPayerDoesNotWaitForADeadProvider) {
  StartWithOrder();
  HttpReply result;
  engine().notifications().ReturnPage("demo", "order", "o-1", sealer.Mark("/return/demo/order/o-1"),
                                      [&](HttpReply reply) { result = std::move(reply); });
  Drive();
  EXPECT_EQ(http->held(), 1u);
  Advance(absl::Seconds(2));
  EXPECT_EQ(result.status, 303);
}

}  // namespace
}  // namespace sluice
