#include "providers/simulation/page.h"

#include "absl/strings/ascii.h"
#include "server/base/encoding.h"
#include "server/base/strings.h"
#include "server/crypto/constant_time.h"
#include "server/crypto/hmac.h"

namespace sluice::simulation {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fff;--back:#eef1f5;
--line:#d5dbe3;--main:#0b5cad;--on-main:#fff;--good:#0a6b3d;--bad:#a32020}
@media(prefers-color-scheme:dark){:root{--ink:#eef1f5;--soft:#a9b4c2;--paper:#1d242e;--back:#12171e;
--line:#3a4553;--main:#7db7f0;--on-main:#0c1420;--good:#6fd3a0;--bad:#f29a9a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:16px;
background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:420px;background:var(--paper);border:1px solid var(--line);
border-radius:12px;padding:24px}
.provider{margin:0;color:var(--soft);font-size:14px}
h1{margin:4px 0 8px;font-size:20px;overflow-wrap:anywhere}
.amount{margin:0 0 16px;font-size:36px;font-weight:700}
dl{margin:0 0 16px;border-top:1px solid var(--line)}
dl div{display:flex;justify-content:space-between;gap:16px;padding:8px 0;
border-bottom:1px solid var(--line)}
dt{color:var(--soft)}dd{margin:0;text-align:right;overflow-wrap:anywhere}
.notice{margin:0 0 16px;padding:12px;border-left:4px solid var(--line);background:var(--back)}
.good{border-color:var(--good)}.bad{border-color:var(--bad)}
form{margin:0 0 12px}
button{width:100%;min-height:48px;border:1px solid var(--line);border-radius:8px;
background:transparent;color:var(--ink);font:inherit;cursor:pointer}
button.primary{background:var(--main);border-color:var(--main);color:var(--on-main);font-weight:600}
a{color:var(--main)}
button:focus-visible,a:focus-visible{outline:3px solid var(--main);outline-offset:2px}
)css";

// Nothing is loaded from anywhere and no script runs. Forms may go here and, by the redirect that
// follows, to the shop.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action *; base-uri 'none'; "
    "frame-ancestors 'none'";

bool IsWebUrl(std::string_view url) {
  for (char c : url) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return false;
  }
  return absl::StartsWithIgnoreCase(AbslView(url), "http://") ||
         absl::StartsWithIgnoreCase(AbslView(url), "https://");
}

std::string_view ToneClass(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "notice good";
    case Tone::kBad:
      return "notice bad";
    case Tone::kNeutral:
      break;
  }
  return "notice";
}

void AddDetails(const Page& page, std::string* html) {
  if (page.details.empty()) return;
  *html += "<dl>\n";
  for (const auto& [label, value] : page.details) {
    *html +=
        StrCat("<div><dt>", EscapeHtml(label), "</dt><dd>", EscapeHtml(value), "</dd></div>\n");
  }
  *html += "</dl>\n";
}

void AddButtons(const Page& page, std::string* html) {
  for (const PageButton& button : page.buttons) {
    *html +=
        StrCat("<form method=\"post\" action=\"", EscapeHtml(button.action),
               "\"><input type=\"hidden\" name=\"token\" value=\"", EscapeHtml(page.form_token),
               "\"><button type=\"submit\"", button.primary ? " class=\"primary\"" : "", ">",
               EscapeHtml(button.label), "</button></form>\n");
  }
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

HttpReply RenderPage(const Page& page, int status) {
  std::string html = StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n<title>",
      EscapeHtml(page.title), "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<main>\n",
      "<p class=\"provider\">", EscapeHtml(page.provider),
      " simulator &middot; no real money</p>\n", "<h1>", EscapeHtml(page.title), "</h1>\n");
  if (!page.amount.empty()) {
    html += StrCat("<p class=\"amount\">", EscapeHtml(page.amount), "</p>\n");
  }
  AddDetails(page, &html);
  if (!page.notice.empty()) {
    html += StrCat("<p class=\"", ToneClass(page.tone), "\" role=\"status\">",
                   EscapeHtml(page.notice), "</p>\n");
  }
  AddButtons(page, &html);
  if (IsWebUrl(page.link_url)) {
    html += StrCat("<p><a href=\"", EscapeHtml(page.link_url), "\" rel=\"noreferrer\">",
                   EscapeHtml(page.link_label), "</a></p>\n");
  }
  html += "</main>\n</body>\n</html>\n";

  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/html; charset=utf-8"},
                   {"Cache-Control", "no-store"},
                   {"Content-Security-Policy", std::string(kContentPolicy)},
                   {"X-Content-Type-Options", "nosniff"},
                   {"X-Frame-Options", "DENY"},
                   {"Referrer-Policy", "no-referrer"}};
  reply.body = std::move(html);
  return reply;
}

HttpReply RedirectTo(std::string_view url) {
  HttpReply reply;
  if (!IsWebUrl(url)) {
    reply.status = 400;
    reply.headers = {{"Content-Type", "text/plain"}};
    reply.body = "The return address is not a web address.\n";
    return reply;
  }
  reply.status = 303;
  reply.headers = {{"Location", std::string(url)},
                   {"Cache-Control", "no-store"},
                   {"Referrer-Policy", "no-referrer"}};
  return reply;
}

std::string FormTokens::For(std::string_view subject) const {
  return HexEncode(crypto::HmacSha256(secret_, subject));
}

bool FormTokens::Matches(std::string_view subject, std::string_view token) const {
  return crypto::ConstantTimeEqual(For(subject), token);
}

}  // namespace sluice::simulation
