// The signature of the simulator against the published vectors and every rule of the signed text.

#include "providers/epay/simulator_signing.h"

#include <gtest/gtest.h>

#include <cctype>

namespace sluice::epay::simulator {
namespace {

constexpr char kKey[] = "TESTKEY0123456789ABCDEF00000001";
constexpr Reading kPlain{NestedStyle::kCommaSpace, JsonText::kPlain};

Json Read(std::string_view text) { return Json::Parse(text).value(); }

std::string Signed(std::string_view json, Reading reading = {}) {
  return Sign(Read(json), kKey, reading);
}
std::string Text(std::string_view json, NestedStyle style = NestedStyle::kCommaSpace,
                 JsonText json_text = JsonText::kExpanded) {
  return SignedText(Read(json), {style, json_text});
}

constexpr char kV1[] =
    R"({"epayAccount":"merchant@example.test","version":"V2.0.0","merchantOrderNo":"W-1001"})";

TEST(EpaySimulatorSigningTest, FlatRequests) {
  EXPECT_EQ(Signed(kV1), "5DAAEF0672E260920F362A89F9263AF97DED1924DC263E2A747119F29D8EFEDA");
  EXPECT_EQ(Signed(R"({"epayAccount":"merchant@example.test","category":"EWALLET",
                       "currency":"USD","channelCode":"12","type":"PAYMENT","version":"V2.0.0"})"),
            "EAE3FBAC27CFF71A401F760EEDB611E0195DC5127FF17D8607E195A26EF42377");
  EXPECT_EQ(Signed(R"({"singleMin":"10","singleMax":"5000"})"),
            "4DC7AB7B978AE5533CC749B34D60E31EED4508A4FB343FFE6027E9C76116F807");
}

std::string CreateWith(std::string_view receiver) {
  return std::string(R"({"epayAccount":"merchant@example.test","category":"EWALLET",
      "channelCode":"12","notifyUrl":"https://shop.example.test/epay/notify?x=1",
      "merchantOrderNo":"W-1001","amount":"25.50","currency":"USD","version":"V2.0.0",
      "extendFields":{"ref":"r-77"},"receiverInfo":)") +
         std::string(receiver) + "}";
}

TEST(EpaySimulatorSigningTest, NestedInThreeStyles) {
  const std::string three =
      CreateWith(R"({"remark":"order W-1001","accountNo":"U123456789012","memo":""})");
  EXPECT_EQ(Signed(three, {NestedStyle::kCommaSpace}),
            "CCCE2549BB922BB0D13F6EBAB5210F6D3A5058B461B61B5374B9F02FC43CE3CE");
  EXPECT_EQ(Signed(three, {NestedStyle::kComma}),
            "1A251CAD823F32583BA943FBCEE08F6BDC33C534D63F538E0ACFB1AB3491C468");
  EXPECT_EQ(Signed(three, {NestedStyle::kAmp}),
            "B0CDCB9A0CA2E416E94904A8B2D16D77B33747B01760E84849F3545FACADB2B6");
}

TEST(EpaySimulatorSigningTest, OneNestedKeyIsTheSameInEveryReading) {
  for (const Reading& reading : AllReadings()) {
    EXPECT_EQ(Signed(CreateWith(R"({"accountNo":"U123456789012"})"), reading),
              "E26D06CB7CC7B3256E9D9CB5164D41E248DD11B70870AC44F709BAF6742EC26A");
  }
  EXPECT_EQ(AllReadings().size(), 6u);
}

TEST(EpaySimulatorSigningTest, AnswersWithJsonText) {
  constexpr char kCreated[] =
      R"({"category":"EWALLET","merchantOrderNo":"W-1001","epayOrderNo":"231151598560704599180001",
          "status":"1","amount":"25.50","settlementCurrency":"USD","receiveAmount":"25.50",
          "receiveCurrency":"USD","rate":"1.000000","payerFee":"0.51",
          "extendFields":"{\"ref\":\"r-77\"}","rateMode":null})";
  EXPECT_EQ(Signed(kCreated), "D58F361178A44F1813C25023A7A76618FB4A8505A59BFABE17196A770C504A7A");
  EXPECT_EQ(Signed(kCreated, kPlain),
            "BEB4EF349A63120C990132026CCFF9E1D2AFD480B03381FFA993280A534B392E");
  EXPECT_EQ(Signed(R"({"category":"EWALLET","merchantOrderNo":"W-1001",
                 "epayOrderNo":"231151598560704599180001","pinCode":"","status":"7",
                 "amount":"25.50","currency":"USD","receiveAmount":"25.50","receiveCurrency":"USD",
                 "paymentAmount":"25.50","paymentCurrency":"USD","rate":"1.000000","fee":"0.51",
                 "extendFields":"{\"ref\":\"r-77\"}","rateMode":"0","senderInfo":null,
                 "receiveInfo":null,"orderDescription":null})"),
            "6F77BA1137EDED4937EE420B169D181B189DA21F24CBACE6799C0EF09BAE174E");
}

TEST(EpaySimulatorSigningTest, Callbacks) {
  constexpr char kPaid[] =
      R"({"epayAccount":"merchant@example.test","merchantOrderNo":"W-1001",
          "epayOrderNo":"231151598560704599180001","amount":"25.50","paymentAmount":"25.50",
          "receiveAmount":"25.50","settlementCurrency":"USD","paymentCurrency":"USD",
          "receiveCurrency":"USD","fee":"0.51","rate":"1.000000","status":"7","remark":"",
          "extendFields":"{\"ref\":\"r-77\"}"})";
  EXPECT_EQ(Signed(kPaid), "C57E34BBB167897E7BF74F2D57FA48B3B433236C8B3D6F227DC2045176B46223");
  EXPECT_EQ(Signed(kPaid, kPlain),
            "B6BFD1592BF40E4E996F243820A261F6CA4E495E3915C2C51C33ED514BC01617");
  EXPECT_EQ(Signed(R"({"epayAccount":"merchant@example.test","merchantOrderNo":"W-1002",
                       "epayOrderNo":"231151598560704599180002","amount":"40.00",
                       "paymentAmount":"40.00","receiveAmount":"40.00","settlementCurrency":"USD",
                       "paymentCurrency":"USD","receiveCurrency":"USD","fee":"0.80",
                       "rate":"1.000000","status":"6","remark":"receiver account rejected"})"),
            "241291CF074886A65D242EAF37C7A2BD6499733F4CC1CF70B5DA08CD5563F72E");
}

TEST(EpaySimulatorSigningTest, WhatIsLeftOutAndWhatStays) {
  EXPECT_EQ(Text(R"({"b":"0","a":null,"B":"x y&=é","c":"","d":0,"e":1.50,"f":false,"g":"null"})"),
            "B=x y&=é&b=0&d=0&e=1.50&f=false&g=null");
  EXPECT_EQ(Text("{}"), "");
}

TEST(EpaySimulatorSigningTest, NestingGoesOn) {
  constexpr char kDeep[] = R"({"k":{"z":{"y":"2","x":"1","n":null},"a":"0"},"l":["p",{"q":"r"}]})";
  EXPECT_EQ(Text(kDeep), "k={a=0, z={x=1, y=2}}&l=[p, {q=r}]");
  EXPECT_EQ(Text(kDeep, NestedStyle::kComma), "k={a=0,z={x=1,y=2}}&l=[p,{q=r}]");
  EXPECT_EQ(Text(kDeep, NestedStyle::kAmp), "k={a=0&z={x=1&y=2}}&l=[p,{q=r}]");
}

TEST(EpaySimulatorSigningTest, AnObjectWithNothingLeft) {
  constexpr char kHollow[] = R"({"a":"1","k":{"x":"","y":null}})";
  EXPECT_EQ(Text(kHollow), "a=1&k={}");
  EXPECT_EQ(Text(kHollow, NestedStyle::kComma), "a=1&k={}");
  EXPECT_EQ(Text(kHollow, NestedStyle::kAmp), "a=1");
}

TEST(EpaySimulatorSigningTest, JsonTextIsExpandedOnlyWhenItIsAnObject) {
  EXPECT_EQ(Text(R"({"a":"{\"z\":\"1\",\"b\":\"\"}","b":"{no json}","c":"[1]","d":"\"{}\""})"),
            R"(a={z=1}&b={no json}&c=[1]&d="{}")");
  EXPECT_EQ(Text(R"({"a":"{\"z\":\"1\"}"})", NestedStyle::kCommaSpace, JsonText::kPlain),
            R"(a={"z":"1"})");
  EXPECT_EQ(Text(R"({"k":{"a":"{\"z\":\"{\\\"y\\\":1}\"}"}})"), "k={a={z={y=1}}}");
}

TEST(EpaySimulatorSigningTest, VerifiesExactlyWhatIsAccepted) {
  const Json object = Read(R"({"r":{"a":"1","b":"2"}})");
  const std::string comma = Sign(object, kKey, {NestedStyle::kComma});
  EXPECT_TRUE(VerifySign(object, comma, kKey, AllReadings()));
  EXPECT_TRUE(VerifySign(object, comma, kKey, {{NestedStyle::kComma}}));
  EXPECT_FALSE(VerifySign(object, comma, kKey, {{NestedStyle::kAmp}}));
  EXPECT_FALSE(VerifySign(object, comma, "other", AllReadings()));
  EXPECT_FALSE(VerifySign(object, "", kKey, AllReadings()));
  std::string lower = comma;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  EXPECT_FALSE(VerifySign(object, lower, kKey, AllReadings()));
}

}  // namespace
}  // namespace sluice::epay::simulator
