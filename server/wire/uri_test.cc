#include "server/wire/uri.h"

#include <string>

#include "gtest/gtest.h"
#include "server/wire/form.h"
#include "server/wire/http.h"

namespace sluice {
namespace {

std::string AllBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TEST(UriTest, PercentEncoding) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a b+c/%&="), "a%20b%2Bc%2F%25%26%3D");
  EXPECT_EQ(PercentEncode("\xc3\xa9"), "%C3%A9");
  EXPECT_EQ(*PercentDecode("a%20b+c%c3%A9"), "a b+c\xc3\xa9");
  EXPECT_EQ(*PercentDecode(PercentEncode(AllBytes())), AllBytes());
  for (const char* bad : {"%", "%2", "a%", "%zz", "%2g", "%%20"}) {
    EXPECT_FALSE(PercentDecode(bad).ok()) << bad;
  }
}

TEST(UriTest, Queries) {
  const QueryParams params = {{"a", "1"}, {"b c", "x&y=z"}, {"a", ""}};
  EXPECT_EQ(BuildQuery(params), "a=1&b%20c=x%26y%3Dz&a=");
  EXPECT_EQ(*ParseQuery(BuildQuery(params)), params);
  EXPECT_EQ(*ParseQuery("a+b=1+2&flag&&x==y&"),
            (QueryParams{{"a b", "1 2"}, {"flag", ""}, {"x", "=y"}}));
  EXPECT_EQ(ParseQuery("")->size(), 0u);
  EXPECT_FALSE(ParseQuery("a=%").ok());
  EXPECT_FALSE(ParseQuery("%g0=1").ok());
  EXPECT_EQ(*FindParam(params, "a"), "1");
  EXPECT_EQ(FindParam(params, "A"), nullptr);
}

TEST(UriTest, ParsesUrls) {
  const Url url = ParseUrl("HTTPS://Pay.Example:8443/a/b?x=1&y=?#top").value();
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "pay.example");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a/b");
  EXPECT_EQ(url.query, "x=1&y=?");
  EXPECT_EQ(url.fragment, "top");
  EXPECT_EQ(ParseUrl("http://a.example")->port, 80);
  EXPECT_EQ(ParseUrl("https://a.example?q")->port, 443);
  EXPECT_EQ(ParseUrl("https://a.example?q")->query, "q");
  EXPECT_EQ(ParseUrl("http://[::1]:81/")->host, "::1");
  EXPECT_EQ(ParseUrl("http://[::1]/")->port, 80);
  EXPECT_EQ(ParseUrl("http://a.example#x?y")->fragment, "x?y");
}

TEST(UriTest, RefusesOtherUrls) {
  for (const char* bad : {"",
                          "/path",
                          "a.example",
                          "ftp://a.example",
                          "javascript:alert(1)",
                          "http://",
                          "http:///x",
                          "http://user@a.example/",
                          "http://a:b@c/",
                          "http://a.example:0/",
                          "http://a.example:99999/",
                          "http://a.example:x/",
                          "http://a b/",
                          "http://a.example/ x",
                          "http://a.example/\n",
                          "http://a.example/%",
                          "http://a.example/\xc3\xa9",
                          "http://a.example/\"",
                          "http://[::1/",
                          "http://a.example/#a#b",
                          "http://a.example\\@b/"}) {
    EXPECT_FALSE(ParseUrl(bad).ok()) << bad;
  }
  EXPECT_FALSE(ParseUrl("http://a.example/" + std::string(kMaxUrlBytes, 'x')).ok());
}

TEST(UriTest, AddsParametersAndKeepsTheRest) {
  const QueryParams params = {{"order", "1&2"}};
  EXPECT_EQ(*AddQueryParams("https://a.example/x", params), "https://a.example/x?order=1%262");
  EXPECT_EQ(*AddQueryParams("https://a.example/x?a=%2f#f", params),
            "https://a.example/x?a=%2f&order=1%262#f");
  EXPECT_EQ(*AddQueryParams("https://a.example?", params), "https://a.example?order=1%262");
  EXPECT_EQ(*AddQueryParams("https://a.example/#f?", params), "https://a.example/?order=1%262#f?");
  EXPECT_EQ(*AddQueryParams("https://a.example/x", {}), "https://a.example/x");
  EXPECT_FALSE(AddQueryParams("a.example", params).ok());
}

TEST(UriTest, JoinsWithOneSlash) {
  EXPECT_EQ(JoinUrl("https://a.example", "/x"), "https://a.example/x");
  EXPECT_EQ(JoinUrl("https://a.example/v1/", "x"), "https://a.example/v1/x");
}

TEST(FormTest, BuildsAndParses) {
  const FormFields fields = {{"amt", "10000"}, {"goodsNm", "a b*c~d"}, {"empty", ""}};
  EXPECT_EQ(BuildForm(fields), "amt=10000&goodsNm=a+b*c%7Ed&empty=");
  EXPECT_EQ(*ParseForm(BuildForm(fields)), fields);
  EXPECT_EQ(*ParseForm("a=%2B+%20&b"), (FormFields{{"a", "+  "}, {"b", ""}}));
  EXPECT_EQ(ParseForm("")->size(), 0u);
  EXPECT_EQ(*FindField(fields, "amt"), "10000");
  EXPECT_EQ(FindField(fields, "Amt"), nullptr);
}

TEST(FormTest, IsStrict) {
  for (const char* bad : {"a=%", "a=%4", "a=%zz", "a=1&a=2", "a=1&%61=2", "=1", "a=1&", "a=1&&b=2",
                          "&", "a=%ff", "%c3=1"}) {
    EXPECT_FALSE(ParseForm(bad).ok()) << bad;
  }
  std::string many = "a0=";
  for (size_t i = 1; i < kMaxFormFields; ++i) many += "&a" + std::to_string(i) + "=";
  EXPECT_EQ(ParseForm(many)->size(), kMaxFormFields);
  EXPECT_FALSE(ParseForm(many + "&b=").ok());
}

TEST(HttpTest, FindsHeadersByAnyCase) {
  const HttpHeaders headers = {{"Content-Type", "a"}, {"content-type", "b"}};
  EXPECT_EQ(*FindHeader(headers, "CONTENT-TYPE"), "a");
  EXPECT_EQ(FindHeader(headers, "sign"), nullptr);
  EXPECT_EQ(TransportName(Transport::kNotSent), "not_sent");
}

}  // namespace
}  // namespace sluice
