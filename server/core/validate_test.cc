#include "server/core/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  if (const auto details = GetErrorDetails(status)) {
    for (const FieldViolation& violation : details->fields) fields.push_back(violation.field);
  }
  return fields;
}

TEST(ViolationsTest, GathersAll) {
  Violations violations;
  EXPECT_TRUE(violations.ok());
  EXPECT_TRUE(violations.ToStatus().ok());
  violations.Add(absl::OkStatus());
  EXPECT_TRUE(violations.ok());
  violations.Add(InvalidField("a", "x"));
  violations.Add("b", "y");
  violations.Add(InvalidFields({{"c", "z"}, {"d", "z"}}));
  EXPECT_FALSE(violations.ok());
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Fields(status), ElementsAre("a", "b", "c", "d"));
}

TEST(ViolationsTest, AnotherErrorWins) {
  Violations violations;
  violations.Add("a", "x");
  violations.Add(CapabilityMissing("no such wallet"));
  violations.Add(Internal("later"));
  EXPECT_FALSE(violations.ok());
  EXPECT_EQ(GetErrorDetails(violations.ToStatus())->reason, reason::kCapabilityMissing);
}

TEST(AmountTest, Rules) {
  EXPECT_TRUE(ValidateAmount({"AED", 1}, "a").ok());
  EXPECT_TRUE(ValidateAmount({"AED", kMaxMinorUnits}, "a").ok());
  EXPECT_THAT(Fields(ValidateAmount({"AED", 0}, "a")), ElementsAre("a.minor_units"));
  EXPECT_THAT(Fields(ValidateAmount({"AED", -1}, "a")), ElementsAre("a.minor_units"));
  EXPECT_THAT(Fields(ValidateAmount({"AED", kMaxMinorUnits + 1}, "a")),
              ElementsAre("a.minor_units"));
  EXPECT_THAT(Fields(ValidateAmount({"aed", 1}, "a")), ElementsAre("a.currency_code"));
  EXPECT_THAT(Fields(ValidateAmount({}, "a")), ElementsAre("a.currency_code", "a.minor_units"));
}

TEST(LabelsTest, Rules) {
  EXPECT_TRUE(ValidateLabels({}, "l").ok());
  EXPECT_TRUE(ValidateLabels({{"cart_1-b", "Größe 7"}, {"empty", ""}}, "l").ok());
  EXPECT_TRUE(ValidateLabels({{std::string(63, 'k'), std::string(63, 'v')}}, "l").ok());
  EXPECT_THAT(Fields(ValidateLabels({{std::string(64, 'k'), "v"}}, "l")), ElementsAre("l"));
  EXPECT_THAT(Fields(ValidateLabels({{"", "v"}}, "l")), ElementsAre("l"));
  EXPECT_THAT(Fields(ValidateLabels({{"Key", "v"}, {"a.b", "v"}}, "l")), ElementsAre("l", "l"));
  EXPECT_THAT(Fields(ValidateLabels({{"k", std::string(64, 'v')}}, "l")), ElementsAre("l.k"));
  EXPECT_THAT(Fields(ValidateLabels({{"k", "a\nb"}}, "l")), ElementsAre("l.k"));
  EXPECT_THAT(Fields(ValidateLabels({{"k", "\xff"}}, "l")), ElementsAre("l.k"));
  std::map<std::string, std::string> labels;
  for (int i = 0; i < kMaxLabels; ++i) labels["k" + std::to_string(i)] = "v";
  EXPECT_TRUE(ValidateLabels(labels, "l").ok());
  labels["one-more"] = "v";
  EXPECT_THAT(Fields(ValidateLabels(labels, "l")), ElementsAre("l"));
}

TEST(TextTest, Rules) {
  EXPECT_TRUE(ValidateDescription("", "d").ok());
  EXPECT_TRUE(ValidateDescription("Two books – 余额", "d").ok());
  EXPECT_TRUE(ValidateDescription(std::string(256, 'a'), "d").ok());
  EXPECT_FALSE(ValidateDescription(std::string(257, 'a'), "d").ok());
  EXPECT_FALSE(ValidateDescription(std::string(255, 'a') + "é", "d").ok());
  for (const std::string_view text :
       {std::string_view("a\nb"), std::string_view("a\0b", 3), std::string_view("\x7f"),
        std::string_view("\xc2\x85"), std::string_view("\xc2"), std::string_view("\xed\xa0\x80"),
        std::string_view("\xc0\xaf")}) {
    EXPECT_FALSE(ValidateDescription(text, "d").ok());
  }
  EXPECT_TRUE(ValidateText("\xc2\xa0", "t").ok());
  EXPECT_FALSE(ValidateText("abc", "t", 2).ok());
}

TEST(UrlTest, Accepts) {
  for (const char* url :
       {"", "https://shop.example", "https://shop.example/", "http://shop.example:8080/back?x=1#y",
        "HTTPS://Shop.Example/a%20b", "https://127.0.0.1:1/x", "http://[::1]:65535/",
        "http://[::1]", "https://shop.example?next=https://a@b",
        "https://a_b.example/~x/;k=v,(1)!*'", "https://shop.example/mail@me"}) {
    EXPECT_TRUE(ValidateUrl(url, "u").ok()) << url;
  }
  EXPECT_TRUE(ValidateUrl("https://a/" + std::string(kMaxFieldUrlBytes - 10, 'x'), "u").ok());
  EXPECT_TRUE(ValidateUrl("https://a", "u", UrlSchemes::kHttpsOnly).ok());
}

TEST(UrlTest, Refuses) {
  for (const char* url : {"shop.example",
                          "/back",
                          "//shop.example",
                          "ftp://shop.example",
                          "javascript:alert(1)",
                          "javascript://shop.example/%0aalert(1)",
                          "https:shop.example",
                          "https:/shop.example",
                          "https://",
                          "https:///path",
                          "https://?x",
                          "https://:80/",
                          "https://user@shop.example",
                          "https://user:pw@shop.example/",
                          "https://shop.example\\@evil.example/",
                          "https://shop.example:",
                          "https://shop.example:0",
                          "https://shop.example:65536",
                          "https://shop.example:123456",
                          "https://shop.example:8a",
                          "https://shop.example:-1",
                          "https://[::1",
                          "https://[zz]",
                          "https://[::1]x",
                          "https://[::1]80",
                          "https://[]",
                          "https://shop example/",
                          "https://shop.example/a b",
                          "https://shop.example/\n",
                          "https://shop.example/\xC3\xA9",
                          "https://sh\xC3\xB6p.example/",
                          "https://.example/",
                          "https://shop.example/<x>",
                          "https://shop.example/\"",
                          "https://sh%6Fp.example/",
                          "https://a,b/",
                          " https://shop.example"}) {
    EXPECT_FALSE(ValidateUrl(url, "u").ok()) << url;
  }
  EXPECT_FALSE(ValidateUrl("https://a/" + std::string(kMaxFieldUrlBytes - 9, 'x'), "u").ok());
  EXPECT_FALSE(ValidateUrl("http://a", "u", UrlSchemes::kHttpsOnly).ok());
}

TEST(PhoneTest, Rules) {
  for (const char* phone : {"", "+971501234567", "971501234567", "123456", "+123456789012345"}) {
    EXPECT_TRUE(ValidatePhone(phone, "p").ok()) << phone;
  }
  for (const char* phone : {"+", "12345", "1234567890123456", "++123456", "123 456", "123-456",
                            "123456+", "phone", "٠١٢٣٤٥٦"}) {
    const absl::Status status = ValidatePhone(phone, "p");
    EXPECT_THAT(Fields(status), ElementsAre("p")) << phone;
    EXPECT_THAT(status.ToString(), Not(HasSubstr("12345")));
  }
}

TEST(EmailTest, Rules) {
  for (const char* email : {"", "a@b", "first.last+tag@shop.example"}) {
    EXPECT_TRUE(ValidateEmail(email, "e").ok()) << email;
  }
  for (const std::string& email :
       {std::string("a"), std::string("@"), std::string("@b"), std::string("a@"),
        std::string("a@b@c"), std::string("a b@c"), std::string("a@b\n"), std::string("\xC3\xA9@b"),
        std::string(253, 'a') + "@b"}) {
    EXPECT_FALSE(ValidateEmail(email, "e").ok()) << email;
  }
}

TEST(IpAddressTest, Rules) {
  for (const char* address : {"", "192.0.2.1", "::1", "2001:db8::1"}) {
    EXPECT_TRUE(ValidateIpAddress(address, "i").ok()) << address;
  }
  for (const std::string_view address :
       {std::string_view("1.2.3"), std::string_view("256.1.1.1"), std::string_view("host"),
        std::string_view("1.2.3.4:80"), std::string_view("[::1]"), std::string_view("fe80::1%eth0"),
        std::string_view("1.2.3.4\0x", 9)}) {
    EXPECT_FALSE(ValidateIpAddress(address, "i").ok()) << address;
  }
}

TEST(CountryTest, Rules) {
  EXPECT_TRUE(ValidateCountry("", "c").ok());
  EXPECT_TRUE(ValidateCountry("AE", "c").ok());
  for (const char* country : {"ae", "A", "ARE", "A1", "  "}) {
    EXPECT_FALSE(ValidateCountry(country, "c").ok()) << country;
  }
}

TEST(RequiredTest, Rules) {
  EXPECT_TRUE(ValidateRequired("x", "f").ok());
  EXPECT_THAT(Fields(ValidateRequired("", "f")), ElementsAre("f"));
  EXPECT_TRUE(ValidateWallet("perfect-money", "w").ok());
  EXPECT_FALSE(ValidateWallet("", "w").ok());
  EXPECT_FALSE(ValidateWallet("OVO", "w").ok());
}

TEST(ExpireTimeTest, Rules) {
  const absl::Time now = absl::FromUnixSeconds(1'767'225'600);
  const absl::Duration hour = absl::Hours(1);
  EXPECT_TRUE(ValidateExpireTime(now + absl::Microseconds(1), now, hour, "t").ok());
  EXPECT_TRUE(ValidateExpireTime(now + hour, now, hour, "t").ok());
  EXPECT_FALSE(ValidateExpireTime(now + hour + absl::Microseconds(1), now, hour, "t").ok());
  EXPECT_FALSE(ValidateExpireTime(now, now, hour, "t").ok());
  EXPECT_FALSE(ValidateExpireTime(now - hour, now, hour, "t").ok());
  EXPECT_FALSE(ValidateExpireTime(absl::InfinitePast(), now, hour, "t").ok());
  EXPECT_FALSE(ValidateExpireTime(absl::InfiniteFuture(), now, hour, "t").ok());
  EXPECT_FALSE(ValidateExpireTime(now + hour, now, absl::ZeroDuration(), "t").ok());
}

TEST(CustomerTest, NamesEachWrongField) {
  EXPECT_TRUE(ValidateCustomer({}, "c").ok());
  const Customer wrong = {.display_name = "a\nb",
                          .email = "x",
                          .phone = "SECRET",
                          .address = std::string(257, 'a'),
                          .city = "\xff",
                          .state = "\x01",
                          .postal_code = "\x7f",
                          .country = "uae",
                          .ip_address = "here"};
  const absl::Status status = ValidateCustomer(wrong, "c");
  EXPECT_THAT(Fields(status),
              ElementsAre("c.display_name", "c.email", "c.phone", "c.address", "c.city", "c.state",
                          "c.postal_code", "c.country", "c.ip_address"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("SECRET")));
}

TEST(LineItemsTest, Rules) {
  const LineItem book = {.display_name = "Book", .unit_price = {"AED", 617}};
  const LineItem gift = {.display_name = "Gift", .unit_price = {"AED", 0}, .quantity = 1'000'000};
  EXPECT_TRUE(ValidateLineItems({}, "AED", "i").ok());
  EXPECT_TRUE(ValidateLineItems({book, gift}, "AED", "i").ok());
  const LineItem wrong = {.display_name = "",
                          .description = "\n",
                          .image_url = "x",
                          .unit_price = {"USD", -1},
                          .quantity = 0};
  EXPECT_THAT(
      Fields(ValidateLineItems({book, wrong}, "AED", "i")),
      ElementsAre("i[1].display_name", "i[1].description", "i[1].image_url",
                  "i[1].unit_price.currency_code", "i[1].unit_price.minor_units", "i[1].quantity"));
  const std::vector<LineItem> many(kMaxLineItems + 1, book);
  EXPECT_THAT(Fields(ValidateLineItems(many, "AED", "i")), ElementsAre("i"));
  EXPECT_THAT(Fields(ValidateLineItems({gift, gift}, "AED", "i")), IsEmpty());
}

}  // namespace
}  // namespace sluice
