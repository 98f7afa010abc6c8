#include "server/core/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "server/base/strings.h"
#include "server/base/utf8.h"
#include "server/core/arbitrary.h"
#include "server/core/error.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// --- Every member of every struct is in its list of fields. ---

struct AnyValue {
  template <typename T>
  operator T&() const;  // NOLINT: stands for a value of any member's type.
};

template <typename T, size_t... i>
constexpr bool TakesMembers(std::index_sequence<i...>) {
  return requires { T{(static_cast<void>(i), AnyValue{})...}; };
}

// How many members (and bases) the aggregate T has.
template <typename T, size_t count = 40>
constexpr size_t MemberCount() {
  if constexpr (TakesMembers<T>(std::make_index_sequence<count>())) {
    return count;
  } else {
    return MemberCount<T, count - 1>();
  }
}

struct FieldCount {
  template <typename T>
  void operator()(std::string_view, const T&, FieldTraits) {
    ++count;
  }
  size_t count = 0;
};

template <typename T>
size_t ListedFields() {
  FieldCount counter;
  const T value;
  VisitFields(counter, value);
  return counter.count;
}

TEST(FieldListTest, HoldsEveryMember) {
  EXPECT_EQ(ListedFields<Money>(), MemberCount<Money>());
  EXPECT_EQ(ListedFields<Failure>(), MemberCount<Failure>());
  EXPECT_EQ(ListedFields<Resolution>(), MemberCount<Resolution>());
  EXPECT_EQ(ListedFields<Attempt>(), MemberCount<Attempt>());
  EXPECT_EQ(ListedFields<NextAction>(), MemberCount<NextAction>());
  EXPECT_EQ(ListedFields<Customer>(), MemberCount<Customer>());
  EXPECT_EQ(ListedFields<LineItem>(), MemberCount<LineItem>());
  EXPECT_EQ(ListedFields<FieldViolation>(), MemberCount<FieldViolation>());
  EXPECT_EQ(ListedFields<ErrorDetails>(), MemberCount<ErrorDetails>());
  const size_t base = ListedFields<ResourceBase>();
  // `version` is a column of the store, not of the body.
  EXPECT_EQ(base + 1, MemberCount<ResourceBase>());
  // The base itself counts as one member.
  EXPECT_EQ(ListedFields<Order>() - base, MemberCount<Order>() - 1);
  EXPECT_EQ(ListedFields<Refund>() - base, MemberCount<Refund>() - 1);
  EXPECT_EQ(ListedFields<Payout>() - base, MemberCount<Payout>() - 1);
  EXPECT_EQ(ListedFields<AccountLink>() - base, MemberCount<AccountLink>() - 1);
}

// --- The full form. ---

template <typename Resource>
class ResourceCodecTest : public ::testing::Test {};
using Resources = ::testing::Types<Order, Refund, Payout, AccountLink>;
TYPED_TEST_SUITE(ResourceCodecTest, Resources);

TYPED_TEST(ResourceCodecTest, RoundTripsWhateverTheFieldsHold) {
  const uint64_t seed = 20261121;
  SCOPED_TRACE(StrCat("seed ", seed));
  SeededRandom random(seed);
  for (int i = 0; i < 300; ++i) {
    const Density density = i % 3 == 0 ? Density::kAllSet : Density::kSometimesEmpty;
    const auto resource = Arbitrary<TypeParam>(random, density);
    const std::string body = EncodeBody(resource);
    const auto decoded = DecodeBody<TypeParam>(body);
    ASSERT_TRUE(decoded.ok()) << decoded.status() << "\n" << body;
    ASSERT_EQ(*decoded, resource) << body;
    ASSERT_EQ(EncodeBody(*decoded), body);
  }
}

TYPED_TEST(ResourceCodecTest, DefaultIsAnEmptyObject) {
  EXPECT_EQ(EncodeBody(TypeParam{}), "{}");
  EXPECT_EQ(EncodePublic(TypeParam{}), "{}");
  const auto decoded = DecodeBody<TypeParam>("{}");
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, TypeParam{});
}

TYPED_TEST(ResourceCodecTest, PublicFormIsUtf8AndDecodes) {
  const uint64_t seed = 20261121;
  SCOPED_TRACE(StrCat("seed ", seed));
  SeededRandom random(seed);
  for (int i = 0; i < 100; ++i) {
    auto resource = Arbitrary<TypeParam>(random, Density::kAllSet);
    resource.failure.provider_message = "caf\xe9 \xff";
    const std::string body = EncodePublic(resource);
    ASSERT_TRUE(IsValidUtf8(body));
    const auto decoded = DecodeBody<TypeParam>(body);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->id, resource.id);
    EXPECT_EQ(decoded->state, resource.state);
    EXPECT_EQ(decoded->revision, resource.revision);
    EXPECT_EQ(decoded->failure.provider_message, "caf\xEF\xBF\xBD \xEF\xBF\xBD");
    EXPECT_TRUE(decoded->provider_data.empty());
    EXPECT_FALSE(decoded->due_time.has_value());
    EXPECT_EQ(decoded->polls, 0);
    EXPECT_FALSE(decoded->doubt_time.has_value());
    EXPECT_EQ(decoded->attempts.size(), resource.attempts.size());
  }
}

TYPED_TEST(ResourceCodecTest, RefusesEveryTruncation) {
  SeededRandom random(7);
  const std::string body = EncodeBody(Arbitrary<TypeParam>(random, Density::kAllSet));
  for (size_t size = 0; size < body.size(); ++size) {
    ASSERT_FALSE(DecodeBody<TypeParam>(std::string_view(body).substr(0, size)).ok()) << size;
  }
}

TYPED_TEST(ResourceCodecTest, ChangedBytesAreReadOrRefused) {
  const uint64_t seed = 20261121;
  SCOPED_TRACE(StrCat("seed ", seed));
  SeededRandom random(seed);
  const std::string body = EncodeBody(Arbitrary<TypeParam>(random, Density::kAllSet));
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string changed = body;
    changed[random.Next() % changed.size()] = static_cast<char>(random.Next());
    const auto decoded = DecodeBody<TypeParam>(changed);
    // What was read can be written and read again.
    if (decoded.ok()) {
      ASSERT_EQ(*DecodeBody<TypeParam>(EncodeBody(*decoded)), *decoded);
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(CodecTest, WritesCompactTextInTheOrderOfTheList) {
  Order order;
  order.merchant = "shop";
  order.id = "A-1";
  order.create_time = absl::FromUnixMicros(1'767'225'600'000'001);
  order.labels = {{"cart", "7"}};
  order.amount = {"AED", 1234};
  order.state = OrderState::kAwaitingPayer;
  order.expire_time = absl::UnixEpoch();
  EXPECT_EQ(EncodeBody(order),
            R"({"merchant":"shop","id":"A-1","create_time":1767225600000001,)"
            R"("labels":{"cart":"7"},"amount":{"currency_code":"AED","minor_units":1234},)"
            R"("state":"AWAITING_PAYER","expire_time":0})");
}

TEST(CodecTest, KeepsTheExtremesOfNumbers) {
  for (const int64_t units : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                              int64_t{9'007'199'254'740'993},  // No double holds it.
                              std::numeric_limits<int64_t>::max()}) {
    Order order;
    order.amount = {"AED", units};
    const auto decoded = DecodeOrder(EncodeBody(order));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->amount.minor_units, units);
  }
}

TEST(CodecTest, AZeroQuantityIsNotTheDefault) {
  Order order;
  order.line_items = {LineItem{.quantity = 0}, LineItem{}};
  const auto decoded = DecodeOrder(EncodeBody(order));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->line_items, order.line_items);
}

TEST(CodecTest, KeepsBytesThatAreNoText) {
  Order order;
  order.provider_data["sealed"] = std::string("\x00\xff\xfe\x80", 4);
  const auto decoded = DecodeOrder(EncodeBody(order));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->provider_data, order.provider_data);
}

TEST(CodecTest, ToleratesOtherVersions) {
  // Unknown members, another order, white space, null.
  const auto decoded = DecodeOrder(
      R"({"new":{"deep":[1,{"x":2.5}]}, "state":"PAID", "id":"A-1", "attention":null,
          "amount":{"minor_units":5,"more":true,"currency_code":"AED"}, "merchant":"shop"})");
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->Name(), "merchants/shop/orders/A-1");
  EXPECT_EQ(decoded->state, OrderState::kPaid);
  EXPECT_EQ(decoded->amount, (Money{"AED", 5}));
}

TEST(CodecTest, AnUnknownReasonIsOther) {
  const auto decoded = DecodeOrder(R"({"failure":{"reason":"SOLAR_FLARE"}})");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->failure.reason, FailureReason::kOther);
}

TEST(CodecTest, RefusesWhatItWouldMisread) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"state":"HALF_PAID"})", "state"},
      {R"({"presentation":"HOLOGRAM"})", "presentation"},
      {R"({"attempts":[{"verb":"create_coin"}]})", "attempts.verb"},
      {R"({"attempts":[{"state":7}]})", "attempts.state"},
      {R"({"attempts":{}})", "attempts"},
      {R"({"amount":{"minor_units":12.5}})", "amount.minor_units"},
      {R"({"amount":{"minor_units":1e3}})", "amount.minor_units"},
      {R"({"amount":{"minor_units":"12"}})", "amount.minor_units"},
      {R"({"amount":{"minor_units":9223372036854775808}})", "amount.minor_units"},
      {R"({"amount":[]})", "amount"},
      {R"({"late":1})", "late"},
      {R"({"polls":2147483648})", "polls"},
      {R"({"labels":{"a":1}})", "labels"},
      {R"({"create_time":"now"})", "create_time"},
      {R"({"due_time":true})", "due_time"},
      {R"({"id":5})", "id"},
  };
  for (const auto& [body, path] : cases) {
    const auto decoded = DecodeOrder(body);
    ASSERT_FALSE(decoded.ok()) << body;
    EXPECT_EQ(decoded.status().code(), absl::StatusCode::kInternal);
    EXPECT_EQ(decoded.status().message(), StrCat("the stored order cannot be read at ", path));
    EXPECT_TRUE(GetErrorDetails(decoded.status()).has_value());
  }
}

TEST(CodecTest, RefusesWhatIsNoObject) {
  for (const std::string_view body :
       {std::string_view(""), std::string_view("null"), std::string_view("[]"),
        std::string_view("{}{}"), std::string_view("{} x"),
        std::string_view("{\"id\":\"a\"\0}", 11), std::string_view("{}\0", 3)}) {
    EXPECT_FALSE(DecodeOrder(body).ok()) << body;
  }
}

TEST(CodecTest, DeepNestingDoesNotUseUpTheStack) {
  constexpr size_t kDepth = 1'000'000;
  const std::string open(kDepth, '[');
  EXPECT_FALSE(DecodeOrder("{\"x\":" + open).ok());
  EXPECT_TRUE(DecodeOrder("{\"x\":" + open + std::string(kDepth, ']') + "}").ok());
}

TEST(CodecTest, ErrorsHoldNoValue) {
  const auto decoded = DecodeOrder(R"({"customer":{"phone":971501234567}})");
  ASSERT_FALSE(decoded.ok());
  EXPECT_THAT(decoded.status().ToString(), Not(HasSubstr("97150")));
}

// --- The public form. ---

// Puts the marker into every text of a struct.
struct MarkPersonal {
  void operator()(std::string_view name, std::string& field, FieldTraits) {
    field = StrCat("PERSONAL-", name);
  }
};

constexpr std::string_view kMarker = "PERSONAL";

TEST(PublicFormTest, NoPersonalDatumSurvives) {
  Order order;
  order.id = "A-1";
  MarkPersonal mark;
  VisitFields(mark, order.customer);
  EXPECT_EQ(order.customer.ip_address, "PERSONAL-ip_address");
  order.provider_data = {{"PERSONAL-key", "PERSONAL-value"}};
  order.attempts.push_back({.number = 1, .carry = {{"PERSONAL-key", "PERSONAL-value"}}});
  EXPECT_THAT(EncodeBody(order), HasSubstr(kMarker));
  const std::string body = EncodePublic(order);
  EXPECT_THAT(body, Not(HasSubstr(kMarker)));
  EXPECT_EQ(body, R"({"id":"A-1","attempts":[{"number":1}]})");

  AccountLink link;
  link.customer = order.customer;
  link.provider_data = {{"mandate", "PERSONAL-handle"}};
  link.attempts = order.attempts;
  EXPECT_THAT(EncodeBody(link), HasSubstr(kMarker));
  EXPECT_THAT(EncodePublic(link), Not(HasSubstr(kMarker)));

  Payout payout;
  payout.receiver_account = "U123456789012";
  payout.provider_data = order.provider_data;
  payout.attempts = order.attempts;
  EXPECT_THAT(EncodeBody(payout), HasSubstr(R"("receiver_account":"U123456789012")"));
  EXPECT_THAT(EncodePublic(payout), HasSubstr(R"("receiver_account":"U1*********12")"));
  EXPECT_THAT(EncodePublic(payout), Not(HasSubstr(kMarker)));

  Refund refund;
  refund.provider_data = order.provider_data;
  refund.attempts = order.attempts;
  EXPECT_THAT(EncodePublic(refund), Not(HasSubstr(kMarker)));
}

TEST(PublicFormTest, KeepsWhatSubscribersNeed) {
  SeededRandom random(11);
  Order order = Arbitrary<Order>(random, Density::kAllSet);
  const auto decoded = DecodeOrder(EncodePublic(order));
  ASSERT_TRUE(decoded.ok());
  // The same but for what is hidden.
  order.customer = {};
  order.provider_data.clear();
  order.due_time.reset();
  order.polls = 0;
  order.doubt_time.reset();
  for (Attempt& attempt : order.attempts) {
    attempt.carry.clear();
    attempt.step = 0;
  }
  EXPECT_EQ(*decoded, order);
}

}  // namespace
}  // namespace sluice
