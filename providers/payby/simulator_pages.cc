// What the payer sees where the deep link or the QR code leads: the order, and buttons to decide.

#include "providers/payby/simulator_server.h"
#include "providers/simulation/decimal.h"
#include "server/base/strings.h"
#include "server/wire/form.h"
#include "server/wire/uri.h"

namespace sluice::payby::simulator {
namespace {

using simulation::Page;
using simulation::Tone;

std::string AmountOf(const Order& order) {
  return StrCat(simulation::FormatMinorUnits(order.terms.amount, kDecimals), " ", kCurrency);
}

std::string GulfTime(int64_t millis) {
  return absl::FormatTime("%d %b %Y %H:%M (UTC+4)", absl::FromUnixMillis(millis) + absl::Hours(4),
                          absl::UTCTimeZone());
}

std::string_view WalletName(const Order& order) {
  if (order.terms.scene == Scene::kDynQr) return "BOTIM or PayBy app (QR code)";
  switch (order.terms.wallet) {
    case EWallet::kBotimPay:
      return "BOTIM";
    case EWallet::kAlipayPlus:
      return "Alipay+";
    default:
      return "PayBy";
  }
}

Page MessagePage(std::string_view title, std::string_view notice) {
  Page page;
  page.provider = "PayBy";
  page.title = std::string(title);
  page.notice = std::string(notice);
  page.tone = Tone::kBad;
  return page;
}

void AddOutcome(const Order& order, Page* page) {
  if (order.revoked) {
    page->notice = "This payment was revoked. Money that was paid goes back to the payer.";
    page->tone = Tone::kBad;
  } else if (order.status == kFailure) {
    page->notice = "This order is closed: it was not paid.";
    page->tone = Tone::kBad;
  } else {
    page->notice = "Paid. You can go back to the shop.";
    page->tone = Tone::kGood;
    page->link_label = "Back to the shop";
    page->link_url = order.terms.redirect_url;
  }
}

}  // namespace

std::string Server::PageUrl(std::string_view token) const {
  return JoinUrl(context_.base_url, StrCat("/pay/", token));
}

HttpReply Server::ServePage(const RawRequest& request, std::string_view rest) {
  const size_t slash = rest.find('/');
  const std::string_view token = rest.substr(0, slash);
  const std::string_view decision =
      slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  const std::optional<Order> order = book_.FindByToken(token);
  if (!order || (!decision.empty() && decision != "pay" && decision != "decline")) {
    return RenderPage(MessagePage("No such payment", "This link does not lead to an order."), 404);
  }
  if (decision.empty() && request.method == "GET") return ShowOrder(*order, token);
  if (!decision.empty() && request.method == "POST") {
    return Decide(request, *order, token, decision);
  }
  HttpReply reply = RenderPage(MessagePage("Not possible", "Open the payment link again."), 405);
  reply.headers.emplace_back("Allow", decision.empty() ? "GET" : "POST");
  return reply;
}

HttpReply Server::Decide(const RawRequest& request, const Order& order, std::string_view token,
                         std::string_view decision) {
  const absl::StatusOr<FormFields> form = ParseForm(request.body);
  const std::string* form_token = form.ok() ? FindField(*form, "token") : nullptr;
  if (form_token == nullptr || !form_tokens_.Matches(token, *form_token)) {
    return RenderPage(MessagePage("Not accepted", "Open the payment link again and decide there."),
                      403);
  }
  const bool pays = decision == "pay";
  const absl::Status done = pays ? book_.Pay(order.order_no) : book_.Decline(order.order_no);
  if (done.ok() && pays) {
    const HttpReply to_shop = simulation::RedirectTo(order.terms.redirect_url);
    if (to_shop.status == 303) return to_shop;
  }
  return simulation::RedirectTo(PageUrl(token));  // Which shows how things are now.
}

HttpReply Server::ShowOrder(const Order& order, std::string_view token) const {
  Page page;
  page.provider = "PayBy";
  page.title = StrCat("Pay ", order.merchant_name);
  page.amount = AmountOf(order);
  page.details = {{"For", order.terms.subject},
                  {"Order", order.terms.merchant_order_no},
                  {"Wallet", std::string(WalletName(order))},
                  {"Pay until", GulfTime(order.expired_time_ms)}};
  if (order.status != kCreated) {
    AddOutcome(order, &page);
    return RenderPage(page);
  }
  if (order.declined_tries > 0) {
    page.notice = "The last try did not succeed. You can try again.";
    page.tone = Tone::kBad;
  } else if (order.terms.one_time_payment) {
    page.notice = "One try only: declining closes the order.";
  }
  page.form_token = form_tokens_.For(token);
  page.buttons = {{StrCat("Pay ", page.amount), StrCat(PageUrl(token), "/pay"), true},
                  {"Decline", StrCat(PageUrl(token), "/decline"), false}};
  return RenderPage(page);
}

}  // namespace sluice::payby::simulator
