// Notices that are truly signed, but not for this account, this amount, this key or this time.
#include <gtest/gtest.h>

#include <string>

#include "tests/notices/world.h"

namespace sluice::notices {
namespace {

class ForeignTest : public ::testing::TestWithParam<const Desk* (*)()> {
 protected:
  const Desk& desk() const { return *GetParam()(); }

  void ExpectRefused(NoticeWorld& world, const NoticeWorld::Told& told) {
    EXPECT_FALSE(told.changed) << world.Snapshot();
    EXPECT_EQ(told.state, "REJECTED");
    EXPECT_NE(told.reason, "");
    EXPECT_EQ(told.counted_as_rejected, 1);
    EXPECT_GE(told.status, 400);
  }

  // One world per golden, with what it is about waiting for news.
  template <typename Visit>
  void ForEachGolden(Visit visit) {
    for (const Notice& golden : desk().Goldens()) {
      SCOPED_TRACE(golden.name);
      NoticeWorld world(desk(), desk().Waiting(golden));
      world.AddAccount("other-key", "n", desk().Backend(/*with_other_key=*/true));
      world.AddAccount("same-key", "n", desk().Backend(/*with_other_key=*/false));
      world.Start();
      desk().Create(world, golden);
      visit(golden, world);
    }
  }
};

TEST_P(ForeignTest, OfAnotherMerchantOfTheProvider) {
  ForEachGolden([this](const Notice& golden, NoticeWorld& world) {
    // Where a notice does not say whose it is, the merchant is part of what is signed, or the
    // number of the resource alone tells.
    const RawRequest request = desk().Resigned(golden, {}, Signer::kOtherMerchant);
    if (request.body == golden.request.body) return;
    if (golden.kind == ResourceKind::kRefund) return;  // PayBy's name no merchant.
    ExpectRefused(world, world.Deliver(request));
  });
}

TEST_P(ForeignTest, ToAnotherAccount) {
  ForEachGolden([this](const Notice& golden, NoticeWorld& world) {
    ExpectRefused(world, world.Deliver(golden.request, "other-key"));
    // Another account under the same contract: believed, but it knows no such number.
    const NoticeWorld::Told told = world.Deliver(golden.request, "same-key");
    EXPECT_FALSE(told.changed) << world.Snapshot();
    EXPECT_EQ(told.state, "UNMATCHED");
    const NoticeWorld::Told nobody = world.Deliver(golden.request, "nobody");
    EXPECT_EQ(nobody.status, 404);
    EXPECT_FALSE(nobody.changed);
  });
}

TEST_P(ForeignTest, OfAnotherAmountOrCurrency) {
  ForEachGolden([this](const Notice& golden, NoticeWorld& world) {
    for (const Replacements& replaced : {desk().OtherAmount(), desk().OtherCurrency()}) {
      const RawRequest request = desk().Resigned(golden, replaced, Signer::kProvider);
      if (request.body == golden.request.body) continue;  // It says no amount.
      const std::string states = world.States();
      const NoticeWorld::Told told = world.Deliver(request);
      // What is truly signed and wrong is shown to the operator: that alone may change.
      const std::string after = world.States();
      EXPECT_EQ(after.substr(0, after.find(" attention=")),
                states.substr(0, states.find(" attention=")));
      if (told.state == "RECEIVED" || told.state == "PROCESSED") {
        EXPECT_EQ(golden.name, "reversal");  // Of a part: asked about.
        continue;
      }
      EXPECT_EQ(told.state, "REJECTED") << told.reason;
      EXPECT_NE(told.reason, "");
      EXPECT_EQ(told.counted_as_rejected, 1);
      EXPECT_GE(told.status, 400);
    }
  });
}

TEST_P(ForeignTest, OfAKeyThatIsNoLongerOurs) {
  ForEachGolden([this](const Notice& golden, NoticeWorld& world) {
    ExpectRefused(world, world.Deliver(desk().Resigned(golden, {}, Signer::kOldKey)));
    // The other way round: the key is changed while the server runs; what was right is old now.
    app::EngineOptions changed = world.options;
    auto account = std::make_shared<app::ProviderAccount>(*world.account);
    account->provider = desk().Backend(/*with_other_key=*/true);
    changed.accounts = {account};
    ASSERT_TRUE(world.engine().Reconfigure(changed).ok());
    ExpectRefused(world, world.Deliver(golden.request));
  });
}

TEST_P(ForeignTest, ReplayedItIsCountedAndChangesNothing) {
  ForEachGolden([this](const Notice& golden, NoticeWorld& world) {
    EXPECT_EQ(world.Deliver(golden.request).status, 200);
    const size_t rows = world.store.notifications().size();
    for (int again = 0; again < 3; ++again) {
      world.clock.Advance(absl::Minutes(10));
      const NoticeWorld::Told told = world.Deliver(golden.request);
      EXPECT_EQ(told.status, 200);
      EXPECT_FALSE(told.changed) << world.Snapshot();
    }
    EXPECT_EQ(world.store.notifications().size(), rows);
    EXPECT_EQ(world.store.notifications().back().deliveries, 4);
  });
}

// An operator applies a refused delivery again: still refused.
TEST_P(ForeignTest, ARefusedOneStaysRefusedWhenItIsReplayed) {
  ForEachGolden([this](const Notice& golden, NoticeWorld& world) {
    ExpectRefused(world, world.Deliver(desk().Resigned(golden, {}, Signer::kOldKey)));
    const std::string before = world.Snapshot();
    auto box = std::make_shared<Box<store::NotificationRow>>();
    app::Call call = EngineHarness::MakeCall();
    world.engine().notifications().Replay(call, world.store.notifications().back().id, Into(box));
    world.Drive();
    ASSERT_TRUE(box->ok()) << box->status();
    EXPECT_EQ((*box)->state, store::NotificationState::kRejected);
    EXPECT_EQ(world.Snapshot(), before);
  });
}

INSTANTIATE_TEST_SUITE_P(Providers, ForeignTest,
                         ::testing::Values(
                             +[] { return &PaybyDesk(); }, +[] { return &NicepayDesk(); },
                             +[] { return &EpayDesk(); }),
                         [](const auto& info) { return info.param()->provider(); });

}  // namespace
}  // namespace sluice::notices
