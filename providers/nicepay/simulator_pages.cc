// What a person sees: the wallet's page of a payment, the page that links an account, and where the
// payment call ends when there is no such page.

#include "providers/nicepay/simulator_codes.h"
#include "providers/nicepay/simulator_render.h"
#include "providers/nicepay/simulator_server.h"
#include "server/base/strings.h"
#include "server/wire/form.h"
#include "server/wire/uri.h"

namespace sluice::nicepay::simulator {
namespace {

using simulation::Page;
using simulation::Tone;

Page MessagePage(std::string_view title, std::string_view notice) {
  Page page;
  page.provider = "NICEPAY";
  page.title = std::string(title);
  page.notice = std::string(notice);
  page.tone = Tone::kBad;
  return page;
}

HttpReply NoSuchPage() {
  return RenderPage(MessagePage("No such page", "This link leads to nothing."), 404);
}

HttpReply NotAccepted() {
  return RenderPage(MessagePage("Not accepted", "Open the link again and decide there."), 403);
}

HttpReply WrongMethod(bool decides) {
  HttpReply reply = RenderPage(MessagePage("Not possible", "Open the link again."), 405);
  reply.headers.emplace_back("Allow", decides ? "POST" : "GET");
  return reply;
}

// "token/decision" taken apart.
struct PagePath {
  std::string_view token, decision;
};

PagePath Split(std::string_view rest) {
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {rest, ""};
  return {rest.substr(0, slash), rest.substr(slash + 1)};
}

std::string JakartaText(absl::Time time) {
  return absl::FormatTime("%d %b %Y %H:%M:%S (UTC+7)", time, Jakarta());
}

void AddPaymentOutcome(const Transaction& transaction, Page* page) {
  if (transaction.status == kPaid) {
    page->notice = "Paid. You can go back to the shop.";
    page->tone = Tone::kGood;
  } else if (transaction.status == kVoid || transaction.status == kRefund) {
    page->notice = "This payment was cancelled. The money goes back to the payer.";
    page->tone = Tone::kBad;
  } else if (transaction.status == kProcessing) {
    page->notice = "The wallet is processing this payment.";
  } else {
    page->notice = "This payment is closed: it was not paid.";
    page->tone = Tone::kBad;
  }
  page->link_label = "Back to the shop";
  page->link_url = transaction.call_back_url.empty()
                       ? ""
                       : WithQuery(transaction.call_back_url,
                                   CallbackFields(transaction, CallbackCode(transaction)));
}

}  // namespace

std::string Server::WalletUrl(const Transaction& transaction) const {
  return JoinUrl(context_.base_url, StrCat("/wallet/", transaction.page_token));
}

std::string Server::LinkUrl(const Link& link) const {
  return JoinUrl(context_.base_url, StrCat("/link/", link.page_token));
}

HttpReply Server::PaymentFailure(const Fields& fields, const Transaction* transaction,
                                 std::string_view code) const {
  if (Field(fields, "returnJsonFormat") == "1") {
    Json answer = Failure(code);
    answer.Set("tXid", Field(fields, "tXid"));
    if (transaction != nullptr) answer.Set("referenceNo", transaction->terms.reference_no);
    HttpReply reply;
    reply.status = 200;
    reply.headers = {{"Content-Type", "application/json;charset=UTF-8"}};
    reply.body = answer.Write();
    return reply;
  }
  const std::string& call_back_url = Field(fields, "callBackUrl");
  if (ParseUrl(call_back_url).ok()) {
    // Who does not show a token learns nothing about the payment.
    const FormFields brief = {{"resultCd", std::string(code)},
                              {"resultMsg", std::string(MessageOf(code))},
                              {"tXid", Field(fields, "tXid")}};
    return simulation::RedirectTo(WithQuery(
        call_back_url, transaction != nullptr ? CallbackFields(*transaction, code) : brief));
  }
  return RenderPage(MessagePage("Payment not possible", StrCat(code, ": ", MessageOf(code))));
}

HttpReply Server::PushReply(const Transaction& transaction) const {
  Page page;
  page.provider = "NICEPAY";
  page.title = StrCat("Confirm in ", transaction.terms.wallet->name);
  page.amount = absl::StrCat(transaction.terms.amt, " ", kCurrency);
  page.notice = "A request to pay is on the payer's phone, for 55 seconds.";
  page.link_label = "Look at the phone";
  page.link_url = WalletUrl(transaction);
  return RenderPage(page);
}

bool Server::FormTokenFits(const RawRequest& request, std::string_view page_token) const {
  const absl::StatusOr<FormFields> form = ParseForm(request.body);
  const std::string* form_token = form.ok() ? FindField(*form, "token") : nullptr;
  return form_token != nullptr && form_tokens_.Matches(page_token, *form_token);
}

HttpReply Server::ServeWallet(const RawRequest& request, std::string_view rest) {
  const PagePath path = Split(rest);
  std::optional<Transaction> transaction = book_.FindByPage(path.token);
  const bool decides = path.decision == "pay" || path.decision == "decline";
  if (!transaction || (!decides && !path.decision.empty())) return NoSuchPage();
  if (request.method != (decides ? "POST" : "GET")) return WrongMethod(decides);
  if (!decides) return ShowPayment(*transaction);
  if (!FormTokenFits(request, path.token)) return NotAccepted();
  const absl::Status done =
      path.decision == "pay" ? book_.Pay(transaction->t_xid) : book_.Decline(transaction->t_xid);
  transaction = book_.FindByPage(path.token);
  if (done.ok() && !transaction->open() && !transaction->terms.wallet->push) {
    const HttpReply to_shop = simulation::RedirectTo(WithQuery(
        transaction->call_back_url, CallbackFields(*transaction, CallbackCode(*transaction))));
    if (to_shop.status == 303) return to_shop;
  }
  return simulation::RedirectTo(WalletUrl(*transaction));  // Which shows how things are now.
}

HttpReply Server::ShowPayment(const Transaction& transaction) const {
  const PaymentTerms& terms = transaction.terms;
  Page page;
  page.provider = StrCat("NICEPAY ", terms.wallet->name);
  page.title = StrCat("Pay ", transaction.account->merchant_name);
  page.amount = absl::StrCat(terms.amt, " ", kCurrency);
  page.details = {{"For", terms.goods_nm},
                  {"Order", terms.reference_no},
                  {"Wallet", std::string(terms.wallet->name)},
                  {"Registered", JakartaText(transaction.request_time)}};
  if (!transaction.open() || transaction.status == kProcessing) {
    AddPaymentOutcome(transaction, &page);
    return RenderPage(page);
  }
  const std::string url = WalletUrl(transaction);
  page.form_token = form_tokens_.For(transaction.page_token);
  page.buttons = {{StrCat("Pay ", page.amount), StrCat(url, "/pay"), true},
                  {"Decline", StrCat(url, "/decline"), false}};
  return RenderPage(page);
}

HttpReply Server::ServeLink(const RawRequest& request, std::string_view rest) {
  const PagePath path = Split(rest);
  std::optional<Link> link = book_.FindLinkByPage(path.token);
  const bool decides = path.decision == "approve" || path.decision == "refuse";
  if (!link || (!decides && !path.decision.empty())) return NoSuchPage();
  if (request.method != (decides ? "POST" : "GET")) return WrongMethod(decides);
  if (!decides) return ShowLink(*link);
  if (!FormTokenFits(request, path.token)) return NotAccepted();
  const absl::Status done =
      path.decision == "approve" ? book_.ConfirmLink(link->t_xid) : book_.Decline(link->t_xid);
  link = book_.FindLinkByPage(path.token);
  if (done.ok() && !link->terms.call_back_url.empty()) {
    return simulation::RedirectTo(WithQuery(link->terms.call_back_url, CallbackFields(*link)));
  }
  return simulation::RedirectTo(LinkUrl(*link));
}

HttpReply Server::ShowLink(const Link& link) const {
  Page page;
  page.provider = "NICEPAY AstraPay";
  page.title = StrCat("Link your account with ", link.account->merchant_name);
  page.details = {{"Name", link.terms.billing_nm},
                  {"Phone", link.terms.billing_phone},
                  {"Reference", link.terms.reference_no}};
  if (link.status != kLinkPending) {
    const bool linked = link.status == kLinked;
    page.notice = linked ? "Your account is linked." : "Your account is not linked.";
    page.tone = linked ? Tone::kGood : Tone::kBad;
    page.link_label = "Back to the shop";
    page.link_url = link.terms.call_back_url.empty()
                        ? ""
                        : WithQuery(link.terms.call_back_url, CallbackFields(link));
    return RenderPage(page);
  }
  const std::string url = LinkUrl(link);
  page.form_token = form_tokens_.For(link.page_token);
  page.buttons = {{"Link my account", StrCat(url, "/approve"), true},
                  {"Refuse", StrCat(url, "/refuse"), false}};
  return RenderPage(page);
}

}  // namespace sluice::nicepay::simulator
