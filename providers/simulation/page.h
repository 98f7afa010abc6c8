// The page that a simulated wallet shows a person: what is to be paid, and buttons to decide.
//
// Plain HTML with inline style and no script; everything shown is escaped. Buttons are POST forms
// that carry a token, so that a foreign page cannot press them.
//
// Threads: pure functions; FormTokens is immutable. Ownership: values.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/wire/http.h"

namespace sluice::simulation {

enum class Tone { kNeutral, kGood, kBad };

struct PageButton {
  std::string label;     // "Pay 12.34 AED"
  std::string action;    // Path or URL of the POST.
  bool primary = false;  // At most one: the first choice.
};

struct Page {
  std::string provider;  // "PayBy": the page says that it is simulated.
  std::string title;     // "Pay Demo Shop"
  std::string amount;    // "12.34 AED"; empty: none.
  std::vector<std::pair<std::string, std::string>> details;  // Label and value.
  std::string notice;  // What happened or what to know; empty: none.
  Tone tone = Tone::kNeutral;
  std::vector<PageButton> buttons;
  std::string form_token;  // Sent by every button as field "token".
  // A link below the buttons; left out unless the URL is http or https.
  std::string link_label, link_url;
};

std::string EscapeHtml(std::string_view text);

// The page with `status`, never cached, never framed.
HttpReply RenderPage(const Page& page, int status = 200);

// 303 to `url` (a GET follows the POST). A `url` with control characters or spaces, or of another
// scheme than http and https, is answered with 400.
HttpReply RedirectTo(std::string_view url);

// Tokens of forms: bound to `subject` (the thing decided on) and to this simulator's secret.
class FormTokens {
 public:
  explicit FormTokens(std::string secret) : secret_(std::move(secret)) {}
  std::string For(std::string_view subject) const;
  bool Matches(std::string_view subject, std::string_view token) const;

 private:
  std::string secret_;
};

}  // namespace sluice::simulation
