#include "server/wire/json.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Json MustParse(std::string_view text) {
  absl::StatusOr<Json> json = Json::Parse(text);
  EXPECT_TRUE(json.ok()) << json.status();
  return json.ok() ? *std::move(json) : Json();
}

TEST(JsonTest, KeepsTextOfNumbersAndOrderOfMembers) {
  for (const char* text :
       {R"({"z":12.30,"a":1e300,"m":-0,"b":0.10,"big":12345678901234567890123456789})",
        R"({"n":1E+2,"s":"a\"b\\c","u":"درهم/€","e":{},"l":[],"t":true,"f":false})",
        R"([1,2.0,[3.00,{"a":4.000}]])", R"("text")", "12.50", "null", "true"}) {
    EXPECT_EQ(MustParse(text).Write(), text);
  }
}

TEST(JsonTest, WhiteSpaceAndEscapesAreNormalised) {
  EXPECT_EQ(MustParse(" { \"a\" :\n[ 1 , \"\\u0041\\/\\ud83d\\ude00\\n\" ] }\t").Write(),
            "{\"a\":[1,\"A/\xf0\x9f\x98\x80\\n\"]}");
  EXPECT_EQ(MustParse(R"("\u0000")").text(), std::string(1, '\0'));
  EXPECT_EQ(MustParse(R"("\u0000")").Write(), R"("\u0000")");
}

TEST(JsonTest, RefusesWhatIsNotStrictJson) {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "}",
                          "[1,]",
                          "{\"a\":1,}",
                          "{a:1}",
                          "{'a':1}",
                          "01",
                          "+1",
                          "1.",
                          ".5",
                          "1e",
                          "NaN",
                          "Infinity",
                          "1e400",
                          "-",
                          "tru",
                          "{\"a\" 1}",
                          "[1] 2",
                          "1 2",
                          "/*c*/1",
                          "\"\x01\"",
                          "\"\\x\"",
                          "\"\\u12\"",
                          "\"open",
                          "\"\\ud800\"",
                          "\"\\udc00\"",
                          "\"\xff\"",
                          "\"\xc0\x80\"",
                          "\"\xed\xa0\x80\"",
                          "\xef\xbb\xbf{}",
                          "{\"\xff\":1}"}) {
    EXPECT_FALSE(Json::Parse(bad).ok()) << bad;
  }
  EXPECT_FALSE(Json::Parse(std::string_view("{}\0{}", 5)).ok());
  EXPECT_FALSE(Json::Parse(std::string_view("\"a\0b\"", 5)).ok());
}

TEST(JsonTest, RefusesRepeatedMemberNames) {
  EXPECT_FALSE(Json::Parse(R"({"amount":1,"amount":2})").ok());
  EXPECT_FALSE(Json::Parse(R"({"amount":1,"amoun\u0074":2})").ok());
  EXPECT_FALSE(Json::Parse(R"({"o":{"a":1,"b":2,"a":3}})").ok());
  EXPECT_TRUE(Json::Parse(R"({"a":{"a":1},"b":{"a":1},"A":1})").ok());
}

TEST(JsonTest, EnforcesLimits) {
  const JsonLimits limits{.max_bytes = 100, .max_depth = 3, .max_values = 10};
  EXPECT_TRUE(Json::Parse("[[[1]]]", limits).ok());
  EXPECT_FALSE(Json::Parse("[[[[1]]]]", limits).ok());
  EXPECT_FALSE(Json::Parse(R"([{"a":[{}]}])", limits).ok());
  EXPECT_TRUE(Json::Parse("[1,2,3,4,5,6,7,8,9]", limits).ok());
  EXPECT_FALSE(Json::Parse("[1,2,3,4,5,6,7,8,9,0]", limits).ok());
  EXPECT_FALSE(Json::Parse(std::string(101, ' '), limits).ok());
  // Far beyond any stack.
  EXPECT_FALSE(Json::Parse(std::string(1'000'000, '[')).ok());
}

TEST(JsonTest, ErrorsSayWhereAndNeverWhat) {
  const absl::Status status = Json::Parse(R"({"secret":"hunter2",})").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("byte 20"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("hunter2")));
}

TEST(JsonTest, EveryPrefixAndEveryFlippedByteIsHandled) {
  const std::string text = R"({"a":[1.50,"x\u00e9",{"b":null,"c":-2e3}],"d":true})";
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(Json::Parse(text.substr(0, length)).ok()) << length;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = text;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const absl::StatusOr<Json> json = Json::Parse(flipped);
      // What is accepted can be written and read again as the same value.
      if (json.ok()) EXPECT_EQ(MustParse(json->Write()), *json) << flipped;
    }
  }
}

TEST(JsonTest, Builders) {
  Json json = Json::Object({{"text", "x"},
                            {"amount", Json::Number("12.30")},
                            {"count", Json::Int(-5)},
                            {"flag", Json::Bool(true)},
                            {"none", Json::Null()},
                            {"list", Json::Array({Json::Int(1), "two"})}});
  EXPECT_EQ(json.Write(), R"({"text":"x","amount":12.30,"count":-5,"flag":true,"none":null,)"
                          R"("list":[1,"two"]})");
  json.Set("text", "y").Set("new", Json::Int(1));
  EXPECT_EQ(json.GetString("text").value(), "y");
  EXPECT_EQ(json.members().back().first, "new");
  Json list;
  list.Append("a").Append(Json::Null());
  EXPECT_EQ(list.Write(), R"(["a",null])");
  Json object;
  object.Set("a", "b");
  EXPECT_EQ(object.Write(), R"({"a":"b"})");
}

TEST(JsonTest, NumberText) {
  for (const char* good : {"0", "-0", "1", "12.30", "1e5", "1E-5", "-1.5e+10", "0.0"}) {
    EXPECT_TRUE(Json::IsNumberText(good)) << good;
  }
  for (const char* bad : {"", "-", "01", "+1", "1.", ".1", "1e", "1e+", "1 ", " 1", "0x1", "1,0",
                          "NaN", "1.2.3", "--1"}) {
    EXPECT_FALSE(Json::IsNumberText(bad)) << bad;
  }
  EXPECT_DEATH(Json::Number("1}"), "");
}

TEST(JsonTest, TypedGettersNameThePathAndTheRule) {
  const Json json = MustParse(
      R"({"body":{"s":"x","n":12.5,"i":7,"b":true,"z":null,"l":[1],"big":9223372036854775808}})");
  EXPECT_EQ(json.GetString("body.s").value(), "x");
  EXPECT_EQ(json.GetNumberText("body.n").value(), "12.5");
  EXPECT_EQ(json.GetText("body.n").value(), "12.5");
  EXPECT_EQ(json.GetText("body.s").value(), "x");
  EXPECT_EQ(json.GetInt("body.i").value(), 7);
  EXPECT_TRUE(json.GetBool("body.b").value());
  EXPECT_EQ(json.GetArray("body.l").value()->items().size(), 1u);
  EXPECT_EQ(json.GetObject("body").value()->members().size(), 7u);

  EXPECT_EQ(json.GetString("body.n").status().message(), "body.n: must be a string");
  EXPECT_EQ(json.GetString("body.missing").status().message(), "body.missing: missing");
  EXPECT_EQ(json.GetString("body.z").status().message(), "body.z: missing");
  EXPECT_EQ(json.GetString("body.s.deeper").status().message(), "body.s.deeper: missing");
  EXPECT_FALSE(json.GetInt("body.n").ok());
  EXPECT_FALSE(json.GetInt("body.big").ok());
  EXPECT_FALSE(json.GetInt("body.s").ok());
  EXPECT_FALSE(json.GetText("body.b").ok());
  EXPECT_FALSE(json.GetBool("body.i").ok());
  EXPECT_FALSE(json.GetArray("body").ok());
}

TEST(JsonTest, OptionalGetters) {
  const Json json = MustParse(R"({"s":"x","z":null,"n":5})");
  EXPECT_EQ(json.OptionalString("s").value(), "x");
  EXPECT_EQ(json.OptionalString("z").value(), std::nullopt);
  EXPECT_EQ(json.OptionalString("missing").value(), std::nullopt);
  EXPECT_FALSE(json.OptionalString("n").ok());
  EXPECT_EQ(json.OptionalText("n").value(), "5");
  EXPECT_EQ(json.OptionalInt("n").value(), 5);
  EXPECT_EQ(json.OptionalInt("z").value(), std::nullopt);
  EXPECT_FALSE(json.OptionalInt("s").ok());
}

TEST(JsonTest, Finds) {
  const Json json = MustParse(R"({"AmT":1,"amt":2,"a.b":3})");
  EXPECT_EQ(json.Find("amt")->text(), "2");
  EXPECT_EQ(json.FindIgnoreCase("AMT")->text(), "1");
  EXPECT_EQ(json.Find("a.b")->text(), "3");
  EXPECT_EQ(json.FindPath("a.b"), nullptr);
  EXPECT_EQ(Json().Find("a"), nullptr);
  EXPECT_EQ(Json("text").FindPath("a"), nullptr);
}

TEST(JsonTest, EqualityIsExact) {
  EXPECT_EQ(MustParse("[1.0,{\"a\":1}]"), MustParse("[1.0, {\"a\": 1}]"));
  EXPECT_FALSE(MustParse("1.0") == MustParse("1.00"));
  EXPECT_FALSE(MustParse("\"1\"") == MustParse("1"));
  EXPECT_FALSE(MustParse(R"({"a":1,"b":2})") == MustParse(R"({"b":2,"a":1})"));
}

}  // namespace
}  // namespace sluice
