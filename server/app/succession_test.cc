// Links of one payer: the one that was activated last stands, whatever overtakes what. And what an
// order asks of the link that it names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/strings.h"
#include "server/core/error.h"
#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class SuccessionTest : public ::testing::Test, public EngineHarness {
 protected:
  // Waits for the payer.
  void Link(const std::string& id, const std::string& wallet = "fake") {
    AccountLink link;
    link.id = id;
    link.wallet = wallet;
    link.return_url = "https://shop.example/linked";
    auto box = std::make_shared<Box<AccountLink>>();
    http->Script(Said("accepted report=open url=https://w.example/link"));
    engine().account_links().Create(MakeCall(), link, Into(box));
    Drive();
    ASSERT_TRUE(box->ok()) << box->status();
  }
  // The provider's word that the payer approved, `second` seconds into the hour.
  void Approve(const std::string& id, const std::string& payer, int second = 0) {
    const std::string when =
        second == 0 ? "" : StrCat(" active=", absl::ToUnixSeconds(clock.Now()) - 100 + second);
    EXPECT_EQ(Notify(StrCat("kind=account_link key=", id, " dedup=", id,
                            " sign=ok report=succeeded data.mandate=M-", id,
                            payer.empty() ? "" : " payer=", payer, when)),
              200);
  }
  AccountLink GetLink(const std::string& id) {
    auto box = std::make_shared<Box<AccountLink>>();
    engine().account_links().Get(AccountLinkName("m", id), Into(box));
    Drive();
    return box->ok() ? **box : AccountLink{};
  }
  AccountLinkState StateOf(const std::string& id) { return GetLink(id).state; }
  static Order OrderBy(const std::string& link, const std::string& id = "o-1") {
    Order order = MakeOrder(id);
    order.account_link = AccountLinkName("m", link);
    return order;
  }
  static std::string FieldOf(const absl::Status& status) {
    const auto details = GetErrorDetails(status);
    return details.has_value() && !details->fields.empty() ? details->fields[0].field : "";
  }
};

TEST_F(SuccessionTest, ANewLinkOfTheSamePayerEndsTheOneBefore) {
  Start();
  Link("l-1");
  Approve("l-1", "anna");
  Link("l-2");
  EXPECT_EQ(StateOf("l-1"), AccountLinkState::kActive) << "until the new one is approved";
  Approve("l-2", "anna");
  EXPECT_EQ(StateOf("l-1"), AccountLinkState::kRevoked);
  EXPECT_TRUE(GetLink("l-1").end_time.has_value());
  EXPECT_EQ(StateOf("l-2"), AccountLinkState::kActive);
  EXPECT_FALSE(GetLink("l-2").succession_open);
  EXPECT_FALSE(GetLink("l-2").due_time.has_value());
  EXPECT_EQ(store.EventTypes().back(), "account_link.revoked");
  Link("l-3");
  Approve("l-3", "anna");
  EXPECT_EQ(StateOf("l-2"), AccountLinkState::kRevoked);
  EXPECT_EQ(StateOf("l-3"), AccountLinkState::kActive);
}

TEST_F(SuccessionTest, LinksOfOthersStand) {
  Start();
  for (const std::string id : {"l-1", "l-2", "l-3", "l-4"}) Link(id);
  Approve("l-1", "anna");
  Approve("l-2", "budi");
  // A provider that does not say whose they are keeps them side by side.
  Approve("l-3", "");
  Approve("l-4", "");
  for (const std::string id : {"l-1", "l-2", "l-3", "l-4"}) {
    EXPECT_EQ(StateOf(id), AccountLinkState::kActive) << id;
  }
}

TEST_F(SuccessionTest, ALinkThatStillWaitsIsNotEnded) {
  Start();
  Link("l-1");
  Link("l-2");
  Approve("l-2", "anna");
  EXPECT_EQ(StateOf("l-1"), AccountLinkState::kAwaitingPayer);
  Approve("l-1", "anna");
  EXPECT_EQ(StateOf("l-1"), AccountLinkState::kActive);
  EXPECT_EQ(StateOf("l-2"), AccountLinkState::kRevoked);
}

TEST_F(SuccessionTest, ANoticeThatWasOvertakenDoesNotEndTheNewerLink) {
  Start();
  Link("l-1");
  Link("l-2");
  Approve("l-2", "anna", 20);
  Approve("l-1", "anna", 10);
  EXPECT_EQ(StateOf("l-1"), AccountLinkState::kRevoked);
  EXPECT_EQ(StateOf("l-2"), AccountLinkState::kActive);
  Link("l-3");
  Approve("l-3", "anna", 30);
  EXPECT_EQ(StateOf("l-2"), AccountLinkState::kRevoked) << "it is still known which one stood";
}

TEST_F(SuccessionTest, TheProvidersOwnWordOnTheOldLinkIsNoContradiction) {
  Start();
  Link("l-1");
  Approve("l-1", "anna");
  Link("l-2");
  Notify("kind=account_link key=l-1 dedup=gone sign=ok report=canceled");
  Approve("l-2", "anna");
  EXPECT_EQ(StateOf("l-1"), AccountLinkState::kRevoked);
  EXPECT_EQ(StateOf("l-2"), AccountLinkState::kActive);
  Link("l-3");
  Approve("l-3", "anna");
  Notify("kind=account_link key=l-2 dedup=gone2 sign=ok report=canceled");
  EXPECT_EQ(StateOf("l-2"), AccountLinkState::kRevoked);
  EXPECT_EQ(GetLink("l-2").attention, "");
}

TEST_F(SuccessionTest, IsSettledAfterACrashAtAnyCommit) {
  Start();
  for (int commits = 0; commits < 3; ++commits) {
    SCOPED_TRACE(commits);
    const std::string first = StrCat("l-", commits, "-1"), second = StrCat("l-", commits, "-2");
    const std::string payer = StrCat("anna", commits);
    Link(first);
    Approve(first, payer);
    Link(second);
    // The activation is commit 0 of these; what ends the other link follows.
    store.RefuseCommitsAfter(1 + commits, absl::UnavailableError("dead"));
    Approve(second, payer);
    Restart();
    Advance(absl::Minutes(1));
    EXPECT_EQ(StateOf(first), AccountLinkState::kRevoked);
    EXPECT_EQ(StateOf(second), AccountLinkState::kActive);
    EXPECT_FALSE(GetLink(second).succession_open);
    EXPECT_FALSE(GetLink(second).due_time.has_value());
  }
}

TEST_F(SuccessionTest, AnOrderNamesAnActiveLinkOfItsWalletAndMerchant) {
  WalletCapability other = provider->wallet("fake");
  other.wallet = "other";
  provider->mutable_descriptor().wallets.push_back(other);
  Start();
  Link("l-1");
  Link("l-2", "other");
  Approve("l-2", "");
  const auto check = [this](Order order, absl::StatusCode code, const std::string& rule) {
    const auto box = Create(std::move(order));
    EXPECT_EQ(box->status().code(), code) << box->status();
    EXPECT_EQ(FieldOf(box->status()), "order.account_link");
    EXPECT_THAT(std::string(box->status().message()), HasSubstr(rule));
  };
  check(OrderBy("nobody"), absl::StatusCode::kNotFound, "does not exist");
  check(OrderBy("l-1"), absl::StatusCode::kFailedPrecondition, "AWAITING_PAYER");
  check(OrderBy("l-2"), absl::StatusCode::kInvalidArgument, "another wallet");
  Order order = OrderBy("l-1");
  order.account_link = "merchants/other/accountLinks/l-1";
  check(order, absl::StatusCode::kInvalidArgument, "same merchant");
  order.account_link = "l-1";
  check(order, absl::StatusCode::kInvalidArgument, "");
  Approve("l-1", "anna");
  Link("l-3");
  Approve("l-3", "anna");
  check(OrderBy("l-1"), absl::StatusCode::kFailedPrecondition, "REVOKED");
  EXPECT_EQ(CountSent("verb=create_order"), 0);
  http->Script(Said("accepted report=open"));
  EXPECT_TRUE(Create(OrderBy("l-3"))->ok());
  EXPECT_THAT(Sent(), Contains("verb=create_order key=o-1 step=0 mandate=M-l-3"));
}

// The order was accepted and could not be sent; meanwhile its link ended.
TEST_F(SuccessionTest, AnOrderWhoseLinkHasEndedBeforeItWasSentFails) {
  Start();
  Link("l-1");
  Approve("l-1", "anna");
  http->Script(Failed(Transport::kNotSent));
  ASSERT_TRUE(Create(OrderBy("l-1"))->ok());
  Notify("kind=account_link key=l-1 dedup=gone sign=ok report=canceled");
  Advance(absl::Seconds(5));
  const Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kFailed);
  EXPECT_EQ(order.failure.reason, FailureReason::kInvalidAccount);
  EXPECT_EQ(CountSent("verb=create_order"), 1);
}

}  // namespace
}  // namespace sluice
