#include "providers/nicepay/fields.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/nicepay/nicepay.h"
#include "providers/nicepay/test_account.h"
#include "server/core/error.h"
#include "server/wire/json.h"

namespace sluice::nicepay {
namespace {

using conformance::Scenario;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> WrongFields(const Scenario& scenario) {
  const absl::Status status = NicePay(TestAccount()).Validate(scenario.ToOperation());
  std::vector<std::string> fields;
  if (const auto details = GetErrorDetails(status); details) {
    for (const FieldViolation& violation : details->fields) fields.push_back(violation.field);
  }
  EXPECT_EQ(status.ok(), fields.empty()) << status;
  return fields;
}

std::vector<std::string> WrongAfter(const std::function<void(Order&)>& change,
                                    const std::string& wallet = "dana") {
  Scenario scenario = TestScenario(Verb::kCreateOrder, wallet);
  change(scenario.order);
  return WrongFields(scenario);
}

TEST(FieldsTest, EveryWalletsOrderIsFine) {
  for (const char* wallet : {"ovo", "dana", "linkaja", "shopeepay", "astrapay"}) {
    EXPECT_THAT(WrongFields(TestScenario(Verb::kCreateOrder, wallet)), IsEmpty()) << wallet;
  }
}

TEST(FieldsTest, EverythingThatNicePayRequiresIsNamedAtOnce) {
  EXPECT_THAT(
      WrongAfter([](Order& order) { order.customer = {}; }),
      UnorderedElementsAre("order.customer.display_name", "order.customer.phone",
                           "order.customer.email", "order.customer.address", "order.customer.city",
                           "order.customer.state", "order.customer.postal_code",
                           "order.customer.country", "order.customer.ip_address"));
  EXPECT_THAT(WrongAfter([](Order& order) { order.customer = {}; }, "astrapay"),
              UnorderedElementsAre("order.customer.display_name", "order.customer.phone",
                                   "order.customer.email"));
  Scenario link = TestScenario(Verb::kCreateAccountLink, "astrapay");
  link.account_link.customer = {};
  EXPECT_THAT(
      WrongFields(link),
      UnorderedElementsAre("account_link.customer.display_name", "account_link.customer.phone",
                           "account_link.customer.email", "account_link.customer.ip_address"));
}

TEST(FieldsTest, TheMatrixNamesTheSameFields) {
  const NicePay provider(TestAccount());
  for (const WalletCapability& wallet : provider.descriptor().wallets) {
    Scenario scenario = TestScenario(Verb::kCreateOrder, wallet.wallet);
    scenario.order.customer = {};
    std::vector<std::string> named;
    for (const std::string& field : wallet.required_fields) named.push_back("order." + field);
    EXPECT_THAT(WrongFields(scenario), ::testing::UnorderedElementsAreArray(named))
        << wallet.wallet;
  }
}

TEST(FieldsTest, LengthsAndCharactersAreNicePays) {
  struct Case {
    std::string Customer::*member;
    std::string good, bad, field;
  };
  const std::vector<Case> cases = {
      {&Customer::display_name, std::string(100, 'x'), std::string(101, 'x'), "display_name"},
      {&Customer::display_name, "Né O'Brien-Putri, S.H.", "Budi 2", "display_name"},
      {&Customer::display_name, "Siti (Ibu)", "a\nb", "display_name"},
      {&Customer::email, "a@" + std::string(34, 'x') + ".com", "a@" + std::string(35, 'x') + ".com",
       "email"},
      {&Customer::phone, "081234567890123", "12ab56", "phone"},
      {&Customer::address, "Jl. Sudirman No. 1/2 #3", std::string(101, 'x'), "address"},
      {&Customer::city, std::string(50, 'x'), std::string(51, 'x'), "city"},
      {&Customer::state, "DI Yogyakarta", "State 9", "state"},
      {&Customer::postal_code, "1234567890", "12345678901", "postal_code"},
      {&Customer::postal_code, "12345", "AB1 2CD", "postal_code"},
      {&Customer::country, "AE", "Indonesia", "country"},
      {&Customer::ip_address, "203.100.100.100", "2001:db8::1", "ip_address"},
      {&Customer::ip_address, "10.0.0.1", "300.0.0.1", "ip_address"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.field + ": " + each.bad);
    EXPECT_THAT(WrongAfter([&](Order& order) { order.customer.*each.member = each.good; }),
                IsEmpty());
    const std::vector<std::string> wrong =
        WrongAfter([&](Order& order) { order.customer.*each.member = each.bad; });
    ASSERT_FALSE(wrong.empty());
    EXPECT_THAT(wrong, ::testing::Each("order.customer." + each.field));
  }
}

TEST(FieldsTest, TheOrderItselfIsChecked) {
  EXPECT_THAT(WrongAfter([](Order& order) { order.id = std::string(41, 'x'); }),
              ElementsAre("order_id"));
  EXPECT_THAT(WrongAfter([](Order& order) {
                order.amount = {"IDR", 0};
              }),
              ElementsAre("order.amount"));
  EXPECT_THAT(WrongAfter([](Order& order) {
                order.amount = {"USD", 100};
              }),
              ElementsAre("order.amount"));
  EXPECT_THAT(WrongAfter([](Order& order) {
                order.amount = {"IDR", 1'000'000'000'000};
              }),
              ElementsAre("order.amount"));
  EXPECT_THAT(WrongAfter([](Order& order) { order.description = std::string(101, 'x'); }),
              ElementsAre("order.description"));
  EXPECT_THAT(WrongAfter([](Order& order) { order.presentation = Presentation::kQrCode; }),
              ElementsAre("order.presentation"));
  EXPECT_THAT(WrongAfter([](Order& order) { order.presentation = Presentation::kRedirect; }, "ovo"),
              ElementsAre("order.presentation"));
  EXPECT_THAT(WrongAfter([](Order& order) { order.account_link.clear(); }, "astrapay"),
              ElementsAre("order.account_link"));
  EXPECT_THAT(
      WrongAfter([](Order& order) { order.expire_time = order.create_time + absl::Hours(25); }),
      ElementsAre("order.expire_time"));
}

// No caller can set it there: what an order has is the account's time when it was created, which
// the account's settings may have changed since.
TEST(FieldsTest, AnAstraPayOrderHasTheTimeThatItsAccountHad) {
  for (const int minutes : {1, 5, 15, 30, 1440}) {
    const auto expire = [=](Order& order) {
      order.expire_time = order.create_time + absl::Minutes(minutes);
    };
    EXPECT_THAT(WrongAfter(expire, "astrapay"), IsEmpty()) << minutes;
  }
}

TEST(FieldsTest, PhonesAreWrittenTheWayNicePayWritesThem) {
  const auto phone = [](const char* text) { return BillingPhone({.phone = text}); };
  EXPECT_EQ(phone("+6281200000001"), "081200000001");
  EXPECT_EQ(phone("081200000001"), "081200000001");
  EXPECT_EQ(phone("6281200000001"), "6281200000001");
  EXPECT_EQ(phone("+971500000001"), "971500000001");
  EXPECT_EQ(BillingCountry({.country = "ID"}), "Indonesia");
  EXPECT_EQ(BillingCountry({.country = "SG"}), "SG");
}

// --- The cart

void Sell(Order& order, int64_t price, int64_t quantity) {
  order.line_items.push_back(
      {.display_name = "Tea", .unit_price = {"IDR", price}, .quantity = quantity});
}

struct CartLine {
  int64_t amount = 0, quantity = 0;
  std::string detail;
};

std::vector<CartLine> Cart(const Order& order, const char* wallet) {
  const auto json = Json::Parse(CartData(order, *FindWallet(wallet)));
  EXPECT_TRUE(json.ok());
  std::vector<CartLine> lines;
  for (const Json& item : (*json->GetArray("item"))->items()) {
    EXPECT_TRUE(item.GetString("img_url").ok());
    EXPECT_TRUE(item.GetString("goods_name").ok());
    lines.push_back({std::stoll(*item.GetString("goods_amt")),
                     std::stoll(*item.GetString("goods_quantity")),
                     *item.GetString("goods_detail")});
  }
  EXPECT_EQ(*json->GetString("count"), std::to_string(lines.size()));
  return lines;
}

TEST(CartTest, WithoutLineItemsIsOneOfTheWholeAmount) {
  Order order = TestScenario(Verb::kCreateOrder).order;
  for (const char* wallet : {"dana", "linkaja"}) {
    const std::vector<CartLine> cart = Cart(order, wallet);
    ASSERT_EQ(cart.size(), 1u);
    EXPECT_EQ(cart[0].amount, 15000);
    EXPECT_EQ(cart[0].quantity, 1);
  }
  order.description.clear();
  EXPECT_EQ(Cart(order, "dana")[0].detail, kTestOrder);
}

TEST(CartTest, SumsAsTheWalletsDocumentsSay) {
  Order order = TestScenario(Verb::kCreateOrder).order;
  Sell(order, 4000, 3);
  Sell(order, 3000, 1);
  EXPECT_THAT(WrongAfter([&](Order& changed) { changed.line_items = order.line_items; }),
              IsEmpty());
  const std::vector<CartLine> linkaja = Cart(order, "linkaja");
  EXPECT_EQ(linkaja[0].amount, 4000);
  EXPECT_EQ(linkaja[0].quantity, 3);
  const std::vector<CartLine> dana = Cart(order, "dana");
  EXPECT_EQ(dana[0].amount, 12000);
  EXPECT_EQ(dana[0].quantity, 1);
  EXPECT_EQ(dana[0].detail, "3 x Tea");
  for (const std::vector<CartLine>& cart : {linkaja, dana}) {
    int64_t sum = 0;
    for (const CartLine& line : cart) sum += line.amount * line.quantity;
    EXPECT_EQ(sum, 15000);
  }
}

TEST(CartTest, ItemsMustAddUp) {
  const auto wrong = [](int64_t price, int64_t quantity) {
    return WrongAfter([&](Order& order) { Sell(order, price, quantity); });
  };
  EXPECT_THAT(wrong(15000, 1), IsEmpty());
  EXPECT_THAT(wrong(14999, 1), ElementsAre("order.line_items"));
  EXPECT_THAT(wrong(15001, 1), ElementsAre("order.line_items"));
  // No sum that overflows is taken for the right one.
  EXPECT_THAT(wrong(1'000'000'000'000'000, 1'000'000), ElementsAre("order.line_items"));
  EXPECT_THAT(wrong(-15000, 1), ElementsAre("order.line_items[0].unit_price"));
  EXPECT_THAT(wrong(15000, 0), ElementsAre("order.line_items[0].quantity"));
  EXPECT_THAT(WrongAfter([](Order& order) {
                Sell(order, 15000, 1);
                order.line_items[0].unit_price.currency_code = "USD";
              }),
              ElementsAre("order.line_items[0].unit_price"));
}

TEST(CartTest, MustFit) {
  EXPECT_THAT(WrongAfter([](Order& order) {
                order.amount = {"IDR", 50};
                for (int i = 0; i < 50; ++i) Sell(order, 1, 1);
              }),
              ElementsAre("order.line_items"));
}

// --- Refunds

TEST(RefundFieldsTest, PartsOnlyWhereTheWalletGivesThemBack) {
  for (const auto& [wallet, allowed] :
       {std::pair{"ovo", false}, {"dana", true}, {"linkaja", false}, {"shopeepay", true}}) {
    Scenario scenario = TestScenario(Verb::kCreateRefund, wallet);
    const NicePay provider(TestAccount());
    EXPECT_EQ(provider.Validate(scenario.ToOperation()).ok(), allowed) << wallet;
    scenario.refund.amount = scenario.order.amount;
    EXPECT_TRUE(provider.Validate(scenario.ToOperation()).ok()) << wallet;
    scenario.refund.amount = {};
    EXPECT_TRUE(provider.Validate(scenario.ToOperation()).ok()) << wallet;
  }
}

// NICEPAY has no number of a refund: two at once could not be told apart.
TEST(RefundFieldsTest, OneAtATime) {
  const NicePay provider(TestAccount());
  Scenario scenario = TestScenario(Verb::kCreateRefund);
  scenario.order.refund_pending.minor_units = 1;
  const absl::Status status = provider.Validate(scenario.ToOperation());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetErrorDetails(status)->reason, reason::kStateForbids);
  // The one that has begun is itself among the pending ones when it is sent.
  EXPECT_TRUE(provider.Build(scenario.ToOperation(), scenario.context).ok());
}

TEST(RefundFieldsTest, NothingComesBackFromAstraPay) {
  const NicePay provider(TestAccount());
  for (const Verb verb : {Verb::kCreateRefund, Verb::kRevokeOrder, Verb::kCancelOrder}) {
    const Scenario scenario = TestScenario(verb, "astrapay");
    const absl::Status status = provider.Validate(scenario.ToOperation());
    EXPECT_EQ(GetErrorDetails(status)->reason, reason::kCapabilityMissing);
  }
}

}  // namespace
}  // namespace sluice::nicepay
