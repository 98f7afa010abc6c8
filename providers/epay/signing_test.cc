#include "providers/epay/signing.h"

#include <string>

#include "absl/strings/ascii.h"
#include "gtest/gtest.h"
#include "providers/epay/test_account.h"

namespace sluice::epay {
namespace {

Json Parse(const std::string& text) {
  auto json = Json::Parse(text);
  EXPECT_TRUE(json.ok()) << json.status();
  return *std::move(json);
}

std::string Text(const std::string& json, NestedStyle style = NestedStyle::kCommaSpace,
                 JsonText json_text = JsonText::kExpanded) {
  return CanonicalText(Parse(json), style, json_text);
}

// V1 to V8 of the documents' companion, each style and each reading that is listed.
TEST(SigningTest, TheVectorsAreReproduced) {
  const Json vectors = Parse(ReadTestdata("vectors.json"));
  ASSERT_EQ(vectors.items().size(), 15u);
  const Redacted key(kTestKey);
  for (const Json& vector : vectors.items()) {
    SCOPED_TRACE(*vector.GetString("name"));
    const auto style = ParseNestedStyle(*vector.GetString("style"));
    ASSERT_TRUE(style.has_value());
    const JsonText reading =
        *vector.GetString("reading") == "expanded" ? JsonText::kExpanded : JsonText::kAsText;
    const Json& fields = *vector.Find("fields");
    const std::string text = CanonicalText(fields, *style, reading);
    EXPECT_EQ(text, *vector.GetString("text"));
    const std::string sign = *vector.GetString("sign");
    EXPECT_EQ(SignText(text, key), sign);
    EXPECT_TRUE(Verify(fields, sign, *style, key).has_value());
    EXPECT_TRUE(Verify(fields, absl::AsciiStrToLower(sign), *style, key).has_value());
    EXPECT_FALSE(Verify(fields, sign, *style, Redacted(kForeignKey)).has_value());
  }
}

TEST(SigningTest, AChangedSignatureNeverVerifies) {
  const Json data = DataOf("query_succeeded");
  const std::string sign = SignAsEpay(data);
  const Redacted key(kTestKey);
  for (size_t at = 0; at < sign.size(); ++at) {
    std::string wrong = sign;
    wrong[at] = wrong[at] == '0' ? '1' : '0';
    EXPECT_FALSE(Verify(data, wrong, NestedStyle::kCommaSpace, key).has_value()) << at;
    EXPECT_FALSE(Verify(data, sign.substr(0, at), NestedStyle::kCommaSpace, key).has_value()) << at;
  }
  EXPECT_FALSE(Verify(data, sign + "0", NestedStyle::kCommaSpace, key).has_value());
}

TEST(SigningTest, AReadingIsFoundAndNamed) {
  const Json fields = Parse(R"({"a":"{\"x\":\"1\"}","message":"{\"y\":\"2\"}"})");
  const Redacted key(kTestKey);
  for (const JsonText reading : kJsonTextReadings) {
    const std::string sign =
        SignText(CanonicalText(fields, NestedStyle::kCommaSpace, reading), key);
    EXPECT_EQ(Verify(fields, sign, NestedStyle::kCommaSpace, key), reading);
  }
  EXPECT_EQ(CanonicalText(fields, NestedStyle::kCommaSpace, JsonText::kMessageOnly),
            R"(a={"x":"1"}&message={y=2})");
}

TEST(CanonicalTextTest, NamesAreSortedByTheirBytesAtEveryLevel) {
  EXPECT_EQ(Text(R"({"b":"1","a":"2","B":"3","_":"4"})"), "B=3&_=4&a=2&b=1");
  EXPECT_EQ(Text(R"({"z":{"b":"1","a":{"d":"2","c":"3"}}})"), "z={a={c=3, d=2}, b=1}");
  EXPECT_EQ(Text(R"({"z":{"b":"1","a":"2"}})", NestedStyle::kComma), "z={a=2,b=1}");
  EXPECT_EQ(Text(R"({"z":{"b":"1","a":"2"}})", NestedStyle::kAmp), "z={a=2&b=1}");
}

TEST(CanonicalTextTest, EmptyAndNullAreDroppedAndZeroIsNot) {
  EXPECT_EQ(Text(R"({"a":"","b":null,"c":"0","d":0,"e":" "})"), "c=0&d=0&e= ");
  EXPECT_EQ(Text(R"({"a":{"b":"","c":"1","d":null}})"), "a={c=1}");
  EXPECT_EQ(Text("{}"), "");
}

// Where the sources' own code differs, a style does as the code that it was seen in.
TEST(CanonicalTextTest, TheWordNullAndObjectsWithNothingLeft) {
  const std::string json = R"({"a":"null","b":{"c":""},"d":"1"})";
  EXPECT_EQ(Text(json, NestedStyle::kCommaSpace), "b={}&d=1");
  EXPECT_EQ(Text(json, NestedStyle::kComma), "b={}&d=1");
  EXPECT_EQ(Text(json, NestedStyle::kAmp), "a=null&d=1");
}

TEST(CanonicalTextTest, ValuesAreRaw) {
  EXPECT_EQ(Text(R"({"a":" x&y=%20\"é\" ","b":10.0,"c":true})"), "a= x&y=%20\"é\" &b=10.0&c=true");
}

TEST(CanonicalTextTest, OnlyTextOfAnObjectIsExpanded) {
  EXPECT_EQ(Text(R"({"a":"{\"y\":\"2\",\"x\":\"1\"}"})"), "a={x=1, y=2}");
  EXPECT_EQ(Text(R"({"a":"[\"x\"]","b":"\"x\"","c":"{x","d":"12"})"), R"(a=["x"]&b="x"&c={x&d=12)");
  // Of two members of one name it is not known which counts.
  EXPECT_EQ(Text(R"({"a":"{\"x\":\"1\",\"x\":\"2\"}"})"), R"(a={"x":"1","x":"2"})");
  EXPECT_EQ(Text(R"({"a":["x",{"b":"1"}]})"), "a=[x, {b=1}]");
}

TEST(CanonicalTextTest, ExpansionEnds) {
  std::string text = "{}";
  for (int depth = 0; depth < 12; ++depth) text = Json::Object({{"a", text}}).Write();
  const std::string canonical = Text(text);
  EXPECT_EQ(canonical.substr(0, 15), "a={a={a={a={a={");
  EXPECT_NE(canonical.find('"'), std::string::npos);
}

TEST(NestedStyleTest, WordsAreExact) {
  for (const char* word : {"comma-space", "comma", "amp"}) {
    ASSERT_TRUE(ParseNestedStyle(word).has_value());
    EXPECT_EQ(NestedStyleName(*ParseNestedStyle(word)), word);
  }
  for (const char* word : {"", "any", "Comma", "comma "}) {
    EXPECT_FALSE(ParseNestedStyle(word).has_value()) << word;
  }
}

}  // namespace
}  // namespace sluice::epay
