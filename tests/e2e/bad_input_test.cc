// Bad input: each is refused by name, says which field breaks which rule, and changes nothing.

#include <gmock/gmock.h>

#include <functional>
#include <ostream>
#include <string>
#include <utility>

#include "tests/e2e/fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct BadOrder {
  const char* name;
  std::string field;  // Named in BadRequest.
  std::function<void(v1::CreateOrderRequest&)> spoil;
};

void PrintTo(const BadOrder& bad, std::ostream* out) { *out << bad.name; }

class BadInputTest : public ServerFixture {
 protected:
  static v1::CreateOrderRequest GoodRequest() {
    v1::CreateOrderRequest request;
    request.set_parent(kMerchant);
    request.set_order_id("B-1");
    *request.mutable_order() = BotimOrder(1234);
    return request;
  }

  Result<v1::Order> Create(const v1::CreateOrderRequest& request) {
    return Call(orders_, &v1::OrderService::Stub::CreateOrder, request);
  }

  // No order, no event, nothing at the provider.
  void ExpectNothingHappened() {
    EXPECT_THAT(ListEvents(), IsEmpty());
    EXPECT_THAT(Ledger("place_order"), IsEmpty());
  }
};

class BadOrderTest : public BadInputTest, public ::testing::WithParamInterface<BadOrder> {};

TEST_P(BadOrderTest, IsRefusedWithItsFieldAndChangesNothing) {
  v1::CreateOrderRequest request = GoodRequest();
  GetParam().spoil(request);
  const Problem problem = Create(request).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT) << problem;
  EXPECT_EQ(problem.reason, "FIELD_INVALID");
  EXPECT_EQ(problem.domain, "sluice.v1");
  EXPECT_EQ(problem.side_effect(), "none");
  EXPECT_THAT(problem.fields, Contains(GetParam().field)) << problem;
  EXPECT_THAT(problem.message, Not(IsEmpty()));
  ExpectNothingHappened();
}

using Request = v1::CreateOrderRequest;

v1::Money& AmountIn(Request& request) { return *request.mutable_order()->mutable_amount(); }

INSTANTIATE_TEST_SUITE_P(
    All, BadOrderTest,
    ::testing::Values(
        BadOrder{"NegativeAmount", "order.amount.minor_units",
                 [](Request& r) { AmountIn(r).set_minor_units(-1); }},
        BadOrder{"ZeroAmount", "order.amount.minor_units",
                 [](Request& r) { AmountIn(r).set_minor_units(0); }},
        BadOrder{"AmountBeyondTheBound", "order.amount.minor_units",
                 [](Request& r) { AmountIn(r).set_minor_units(1'000'000'000'000'001); }},
        BadOrder{"NoAmount", "order.amount.currency_code",
                 [](Request& r) { r.mutable_order()->clear_amount(); }},
        BadOrder{"CurrencyThatDoesNotExist", "order.amount.currency_code",
                 [](Request& r) { AmountIn(r).set_currency_code("XYZ"); }},
        BadOrder{"CurrencyInLowerCase", "order.amount.currency_code",
                 [](Request& r) { AmountIn(r).set_currency_code("aed"); }},
        BadOrder{"NoWallet", "order.wallet", [](Request& r) { r.mutable_order()->clear_wallet(); }},
        BadOrder{"WalletWithBadCharacters", "order.wallet",
                 [](Request& r) { r.mutable_order()->set_wallet("Botim!"); }},
        BadOrder{"NoId", "order_id", [](Request& r) { r.clear_order_id(); }},
        BadOrder{"IdWithBadCharacters", "order_id", [](Request& r) { r.set_order_id("a b"); }},
        BadOrder{"IdWithASlash", "order_id", [](Request& r) { r.set_order_id("a/b"); }},
        BadOrder{"IdWithUmlaut", "order_id", [](Request& r) { r.set_order_id("\u00e4"); }},
        BadOrder{"IdOverLength", "order_id",
                 [](Request& r) { r.set_order_id(std::string(65, 'a')); }},
        BadOrder{"ParentThatIsNoMerchant", "parent",
                 [](Request& r) { r.set_parent("shops/demo"); }},
        BadOrder{"RequestIdOverLength", "request_id",
                 [](Request& r) { r.set_request_id(std::string(129, 'r')); }},
        BadOrder{"RequestIdWithControlCharacter", "request_id",
                 [](Request& r) { r.set_request_id("a\nb"); }},
        BadOrder{"DescriptionWithControlCharacter", "order.description",
                 [](Request& r) { r.mutable_order()->set_description("a\x01"); }},
        BadOrder{"ReturnUrlThatIsNoUrl", "order.return_url",
                 [](Request& r) { r.mutable_order()->set_return_url("javascript:alert(1)"); }},
        BadOrder{"ExpireTimeInThePast", "order.expire_time",
                 [](Request& r) { r.mutable_order()->mutable_expire_time()->set_seconds(1); }},
        BadOrder{"ExpireTimeTooFarAway", "order.expire_time",
                 [](Request& r) {
                   r.mutable_order()->mutable_expire_time()->set_seconds(
                       absl::ToUnixSeconds(absl::Now() + absl::Hours(24 * 30)));
                 }},
        BadOrder{"TooManyLabels", "order.labels",
                 [](Request& r) {
                   for (int i = 0; i < 17; ++i) {
                     (*r.mutable_order()->mutable_labels())["k" + std::to_string(i)] = "v";
                   }
                 }},
        BadOrder{"PresentationThatIsNoValue", "order.presentation",
                 [](Request& r) {
                   r.mutable_order()->set_presentation(static_cast<v1::Presentation>(99));
                 }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(BadInputTest, EveryBrokenRuleIsNamedAtOnce) {
  v1::CreateOrderRequest request = GoodRequest();
  AmountIn(request).set_minor_units(-5);
  request.mutable_order()->set_description("a\x01");
  const Problem problem = Create(request).problem();
  EXPECT_THAT(problem.fields, Contains("order.amount.minor_units"));
  EXPECT_THAT(problem.fields, Contains("order.description"));
}

TEST_F(BadInputTest, WalletThatNoProviderHasIsACapabilityThatIsMissing) {
  v1::CreateOrderRequest request = GoodRequest();
  request.mutable_order()->set_wallet("no-such-wallet");
  const Problem problem = Create(request).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::FAILED_PRECONDITION) << problem;
  EXPECT_EQ(problem.reason, "CAPABILITY_MISSING");
  EXPECT_EQ(problem.side_effect(), "none");
  ExpectNothingHappened();
}

TEST_F(BadInputTest, CurrencyThatTheWalletDoesNotTakeIsRefused) {
  v1::CreateOrderRequest request = GoodRequest();
  AmountIn(request).set_currency_code("USD");
  const Problem problem = Create(request).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::FAILED_PRECONDITION) << problem;
  EXPECT_EQ(problem.reason, "CAPABILITY_MISSING");
  EXPECT_THAT(problem.fields, Contains("order.amount.currency_code"));
  EXPECT_EQ(problem.side_effect(), "none");
  ExpectNothingHappened();
}

TEST_F(BadInputTest, AmountAboveTheProvidersMaximumIsRefused) {
  v1::CreateOrderRequest request = GoodRequest();
  AmountIn(request).set_minor_units(
      999'999'999'999'999);  // PayBy takes ten digits before the point.
  const Problem problem = Create(request).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT) << problem;
  EXPECT_THAT(problem.fields, Contains(HasSubstr("order.amount")));
  ExpectNothingHappened();
}

TEST_F(BadInputTest, MerchantThatDoesNotExistIsNotFound) {
  v1::CreateOrderRequest request = GoodRequest();
  request.set_parent("merchants/nobody");
  const Problem problem = Create(request).problem();
  EXPECT_THAT(problem.reason, AnyOf("NOT_FOUND", "CAPABILITY_MISSING")) << problem;
  EXPECT_EQ(problem.side_effect(), "none");
}

TEST_F(BadInputTest, UnknownOrderIsNotFoundByName) {
  for (const Problem& problem :
       {GetOrder("nothing").problem(), CancelOrder("nothing").problem(),
        RevokeOrder("nothing").problem(), SyncOrder("nothing").problem()}) {
    EXPECT_EQ(problem.code, grpc::StatusCode::NOT_FOUND) << problem;
    EXPECT_EQ(problem.reason, "NOT_FOUND");
    EXPECT_EQ(problem.resource, OrderName("nothing"));
    EXPECT_EQ(problem.side_effect(), "none");
  }
}

TEST_F(BadInputTest, MalformedNamesAreInvalid) {
  for (const char* name :
       {"", "orders/1", "merchants/demo/orders/", "merchants/demo/orders/a b",
        "merchants/demo/payouts/1", "merchants//orders/1", "merchants/demo/orders/1/refunds/2"}) {
    v1::GetOrderRequest request;
    request.set_name(name);
    const Problem problem = Call(orders_, &v1::OrderService::Stub::GetOrder, request).problem();
    EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT) << name << ": " << problem;
    EXPECT_THAT(problem.fields, Contains("name"));
  }
}

TEST_F(BadInputTest, SecondOrderOfTheSameNumberAlreadyExists) {
  ASSERT_TRUE(CreateOrder("B-1", BotimOrder(100)).ok());
  const Problem problem = CreateOrder("B-1", BotimOrder(100)).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(problem.reason, "ALREADY_EXISTS");
  EXPECT_EQ(problem.resource, OrderName("B-1"));
  EXPECT_EQ(problem.side_effect(), "none");
  AwaitState("B-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_EQ(Ledger("place_order").size(), 1U);
}

TEST_F(BadInputTest, OversizedMessageIsRefused) {
  v1::CreateOrderRequest request = GoodRequest();
  request.mutable_order()->set_description(std::string(2 << 20, 'x'));
  const Result<v1::Order> refused = Create(request);
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << refused.problem();
  ExpectNothingHappened();
  EXPECT_TRUE(Create(GoodRequest()).ok()) << "the connection goes on";
}

TEST_F(BadInputTest, BytesThatAreNoMessageAreRefused) {
  // A description that is no UTF-8 cannot be written by a client; raw bytes can.
  v1::GetOrderRequest request;
  request.set_name(OrderName("\xff\xfe"));
  const Result<v1::Order> refused = Call(orders_, &v1::OrderService::Stub::GetOrder, request);
  EXPECT_FALSE(refused.ok());
  EXPECT_TRUE(Create(GoodRequest()).ok());
}

TEST_F(BadInputTest, PageSizeAndPageTokenAreChecked) {
  v1::ListOrdersRequest request;
  request.set_parent(kMerchant);
  request.set_page_size(-1);
  EXPECT_THAT(Call(orders_, &v1::OrderService::Stub::ListOrders, request).problem().fields,
              Contains("page_size"));
  request.set_page_size(1);
  request.set_page_token("not ours");
  const Problem token = Call(orders_, &v1::OrderService::Stub::ListOrders, request).problem();
  EXPECT_EQ(token.code, grpc::StatusCode::INVALID_ARGUMENT) << token;
  EXPECT_THAT(token.reason, AnyOf("CURSOR_INVALID", "FIELD_INVALID"));

  for (const char* id : {"B-1", "B-2"}) OpenOrder(id);
  request.clear_page_token();
  const auto page = Call(orders_, &v1::OrderService::Stub::ListOrders, request);
  ASSERT_THAT(page->next_page_token(), Not(IsEmpty()));
  request.set_page_token(page->next_page_token());
  request.add_states(v1::Order::STATE_PAID);  // Another list.
  EXPECT_EQ(Call(orders_, &v1::OrderService::Stub::ListOrders, request).problem().code,
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(BadInputTest, VerbsThatNoProviderServesAreCapabilitiesThatAreMissing) {
  v1::CreatePayoutRequest payout;
  payout.set_parent(kMerchant);
  payout.set_payout_id("P-1");
  payout.mutable_payout()->set_wallet("botim");
  *payout.mutable_payout()->mutable_amount() = Aed(100);
  payout.mutable_payout()->set_receiver_account("someone");
  const Problem no_payout =
      Call(payouts_, &v1::PayoutService::Stub::CreatePayout, payout).problem();
  EXPECT_EQ(no_payout.code, grpc::StatusCode::FAILED_PRECONDITION) << no_payout;
  EXPECT_EQ(no_payout.reason, "CAPABILITY_MISSING");
  v1::CreateAccountLinkRequest link;
  link.set_parent(kMerchant);
  link.set_account_link_id("L-1");
  link.mutable_account_link()->set_wallet("botim");
  const Problem no_link =
      Call(links_, &v1::AccountLinkService::Stub::CreateAccountLink, link).problem();
  EXPECT_EQ(no_link.code, grpc::StatusCode::FAILED_PRECONDITION) << no_link;
  EXPECT_EQ(no_link.reason, "CAPABILITY_MISSING");
}

}  // namespace
}  // namespace sluice::e2e
