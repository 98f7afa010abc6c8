#include "providers/simulation/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::simulation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Page Sample() {
  Page page;
  page.provider = "PayBy";
  page.title = "Pay <Shop>";
  page.amount = "12.34 AED";
  page.details = {{"For", "\"a\" & 'b'<script>"}};
  page.notice = "note <b>";
  page.buttons = {{"Pay <now>", "http://h/pay/1\"x", true}, {"Decline", "/d", false}};
  page.form_token = "tok\"en";
  return page;
}

TEST(PageTest, EscapesEverythingShown) {
  const std::string html = RenderPage(Sample()).body;
  EXPECT_THAT(html, HasSubstr("Pay &lt;Shop&gt;"));
  EXPECT_THAT(html, HasSubstr("&quot;a&quot; &amp; &#39;b&#39;&lt;script&gt;"));
  EXPECT_THAT(html, HasSubstr("note &lt;b&gt;"));
  EXPECT_THAT(html, HasSubstr("action=\"http://h/pay/1&quot;x\""));
  EXPECT_THAT(html, HasSubstr("value=\"tok&quot;en\""));
  EXPECT_THAT(html, HasSubstr("Pay &lt;now&gt;</button>"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(PageTest, IsForPhonesScreenReadersAndNobodyElsesFrame) {
  const HttpReply reply = RenderPage(Sample());
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(reply.body, HasSubstr("name=\"viewport\""));
  EXPECT_THAT(reply.body, HasSubstr("role=\"status\""));
  EXPECT_THAT(reply.body, HasSubstr("<form method=\"post\""));
  EXPECT_EQ(*FindHeader(reply.headers, "cache-control"), "no-store");
  EXPECT_EQ(*FindHeader(reply.headers, "x-frame-options"), "DENY");
  EXPECT_THAT(*FindHeader(reply.headers, "content-security-policy"),
              HasSubstr("default-src 'none'"));
}

TEST(PageTest, LinksOnlyToWebAddresses) {
  Page page = Sample();
  page.link_label = "Back";
  page.link_url = "javascript:alert(1)";
  EXPECT_THAT(RenderPage(page).body, Not(HasSubstr("<a ")));
  page.link_url = "https://shop.example/?a=1&b=2";
  EXPECT_THAT(RenderPage(page).body, HasSubstr("href=\"https://shop.example/?a=1&amp;b=2\""));
}

TEST(RedirectToTest, GoesToWebAddressesOnly) {
  const HttpReply reply = RedirectTo("https://shop.example/done?ref=1");
  EXPECT_EQ(reply.status, 303);
  EXPECT_EQ(*FindHeader(reply.headers, "Location"), "https://shop.example/done?ref=1");
  for (const char* bad : {"", "shop://x", "javascript:1", "https://a\r\nX: 1", "https://a b"}) {
    EXPECT_EQ(RedirectTo(bad).status, 400) << bad;
    EXPECT_EQ(FindHeader(RedirectTo(bad).headers, "Location"), nullptr) << bad;
  }
}

TEST(FormTokensTest, AreBoundToSubjectAndSecret) {
  const FormTokens tokens("secret"), others("other");
  EXPECT_TRUE(tokens.Matches("order-1", tokens.For("order-1")));
  EXPECT_FALSE(tokens.Matches("order-2", tokens.For("order-1")));
  EXPECT_FALSE(others.Matches("order-1", tokens.For("order-1")));
  EXPECT_FALSE(tokens.Matches("order-1", ""));
}

}  // namespace
}  // namespace sluice::simulation
