#include "providers/nicepay/calls.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "providers/nicepay/nicepay.h"
#include "providers/nicepay/test_account.h"
#include "providers/nicepay/wallets.h"

namespace sluice::nicepay {
namespace {

std::string Key(conformance::Scenario scenario, int abandoned) {
  return NicePay(TestAccount()).ProviderKey(scenario.ToOperation(), abandoned);
}

TEST(ReferenceTest, IsTheOrdersIdAndThenAnotherForEachThatWasGivenUp) {
  const conformance::Scenario scenario = TestScenario(Verb::kCreateOrder);
  EXPECT_EQ(Key(scenario, 0), "ORD-EW-0001");
  EXPECT_EQ(Key(scenario, 1), "ORD-EW-0001.r2");
  EXPECT_EQ(Key(scenario, 2), "ORD-EW-0001.r3");
}

TEST(ReferenceTest, IsUniqueOverOrdersLinksAndRefundsAndFits) {
  std::set<std::string> keys;
  int count = 0;
  const std::string longest(40, 'a');
  for (const std::string& id : {std::string("A"), std::string("A-r2"), std::string("A_link"),
                                longest, longest.substr(1), longest.substr(1) + "b"}) {
    for (const Verb verb : {Verb::kCreateOrder, Verb::kCreateRefund, Verb::kCreateAccountLink}) {
      conformance::Scenario scenario =
          TestScenario(verb, verb == Verb::kCreateAccountLink ? "astrapay" : "dana");
      scenario.order.id = scenario.refund.id = scenario.account_link.id = id;
      for (int abandoned = 0; abandoned < 12; ++abandoned) {
        const std::string key = Key(scenario, abandoned);
        EXPECT_LE(key.size(), 40u) << key;
        EXPECT_EQ(key, Key(scenario, abandoned));
        keys.insert(key);
        ++count;
      }
    }
  }
  EXPECT_EQ(keys.size(), static_cast<size_t>(count));
}

TEST(ReferenceTest, RefundsOfOneNumberOnTwoOrdersDiffer) {
  conformance::Scenario scenario = TestScenario(Verb::kCreateRefund);
  const std::string first = Key(scenario, 0);
  scenario.order.id = "ORD-EW-0002";
  EXPECT_NE(Key(scenario, 0), first);
}

TEST(ReferenceTest, OfARegisteredOrderIsWhatBelongsToItsTransaction) {
  Order order = TestScenario(Verb::kQueryOrder).order;
  EXPECT_EQ(OrderReference(order), kTestOrder);
  order.attempts = {
      {.number = 1, .verb = Verb::kCreateOrder, .provider_key = kTestOrder, .abandoned = true},
      {.number = 2, .verb = Verb::kCreateOrder, .provider_key = "ORD-EW-0001.r2"},
      {.number = 3, .verb = Verb::kRevokeOrder, .provider_key = kTestOrder}};
  EXPECT_EQ(OrderReference(order), "ORD-EW-0001.r2");
  // An answer that came late brought both its numbers.
  order.provider_data["reference_no"] = kTestOrder;
  EXPECT_EQ(OrderReference(order), kTestOrder);
}

TEST(WalletsTest, TheMatrixIsTheDocuments) {
  const Descriptor descriptor = MakeDescriptor(TestAccount());
  ASSERT_EQ(descriptor.wallets.size(), 5u);
  EXPECT_EQ(descriptor.default_notify_allow,
            (std::vector<std::string>{"103.20.51.0/24", "103.117.8.0/24"}));
  EXPECT_EQ(descriptor.FindWallet("ovo")->default_expiry, absl::Seconds(55));
  EXPECT_EQ(descriptor.FindWallet("dana")->default_expiry, absl::Hours(24));
  EXPECT_EQ(descriptor.FindWallet("linkaja")->default_expiry, absl::Minutes(5));
  EXPECT_EQ(descriptor.FindWallet("shopeepay")->default_expiry, absl::Minutes(5));
  EXPECT_EQ(descriptor.FindWallet("astrapay")->default_expiry, absl::Minutes(15));
  EXPECT_FALSE(descriptor.FindWallet("ovo")->partial_refunds);
  EXPECT_TRUE(descriptor.FindWallet("dana")->partial_refunds);
  EXPECT_FALSE(descriptor.FindWallet("linkaja")->partial_refunds);
  EXPECT_TRUE(descriptor.FindWallet("astrapay")->requires_account_link);
  EXPECT_EQ(descriptor.FindWallet("gopay"), nullptr);
  EXPECT_EQ(descriptor.max_id_length, 40);
  EXPECT_EQ(descriptor.resend_create_order, Resend::kNewKey);
  EXPECT_EQ(descriptor.resend_create_refund, Resend::kNever);
  EXPECT_FALSE(descriptor.resend_cancel);
}

TEST(WalletsTest, NothingThatIsUnpaidCanBeCanceledAndNothingComesBackFromAstraPay) {
  for (const WalletFacts& wallet : AllWallets()) {
    EXPECT_FALSE(Serves(wallet, Verb::kCancelOrder));
    EXPECT_FALSE(Serves(wallet, Verb::kRevokeAccountLink));
    EXPECT_EQ(Serves(wallet, Verb::kCreateRefund), wallet.wallet != "astrapay");
    EXPECT_EQ(Serves(wallet, Verb::kRevokeOrder), wallet.wallet != "astrapay");
    EXPECT_EQ(Serves(wallet, Verb::kCreateAccountLink), wallet.wallet == "astrapay");
  }
}

// A lost request is over before it is given up for another.
TEST(WalletsTest, NoRequestOutlivesTheGrace) {
  const NicePay provider(TestAccount());
  for (const auto& [verb, wallet] : {std::pair{Verb::kCreateOrder, "ovo"},
                                     {Verb::kCreateOrder, "astrapay"},
                                     {Verb::kRevokeOrder, "dana"},
                                     {Verb::kCreateRefund, "dana"},
                                     {Verb::kCreateAccountLink, "astrapay"}}) {
    const conformance::Scenario scenario = TestScenario(verb, wallet);
    const auto request = provider.Build(scenario.ToOperation(), scenario.context);
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_TRUE(request->at_most_once) << scenario.name;
    EXPECT_LT(request->total_timeout, provider.descriptor().not_found_grace) << scenario.name;
  }
}

}  // namespace
}  // namespace sluice::nicepay
