// The API: who asks, whether it may be believed, and what the book says to it.

#include <algorithm>
#include <utility>

#include "absl/strings/strip.h"
#include "providers/nicepay/simulator_codes.h"
#include "providers/nicepay/simulator_render.h"
#include "providers/nicepay/simulator_server.h"
#include "server/base/strings.h"
#include "server/crypto/constant_time.h"
#include "server/wire/uri.h"

namespace sluice::nicepay::simulator {
namespace {

constexpr absl::Duration kPushTime = absl::Seconds(55);  // Of OVO; its call waits no longer.

// The optional check of the merchant's clock.
constexpr absl::Duration kTimeStampWindow = absl::Minutes(15);

constexpr size_t kMaxCallbackUrl = 255;  // As documented.

constexpr char kPaymentPath[] = "/direct/v2/payment";

// With what came of the payment; the transaction knows where to.
HttpReply BackToMerchant(const Transaction& transaction) {
  return simulation::RedirectTo(
      WithQuery(transaction.call_back_url, CallbackFields(transaction, CallbackCode(transaction))));
}

HttpReply PlainReply(int status, std::string_view text) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/plain"}};
  reply.body = StrCat(text, "\n");
  return reply;
}

// Business errors are answered with 200, too.
HttpReply JsonReply(const Json& json) {
  HttpReply reply;
  reply.status = 200;
  reply.headers = {{"Content-Type", "application/json;charset=UTF-8"}};
  reply.body = json.Write();
  return reply;
}

HttpReply FailureReply(std::string_view code) { return JsonReply(Failure(code)); }

HttpReply WrongMethod(bool get_too) {
  HttpReply reply = PlainReply(405, get_too ? "GET or POST only" : "POST only");
  reply.headers.emplace_back("Allow", get_too ? "GET, POST" : "POST");
  return reply;
}

bool TokenFits(const Fields& fields, const std::vector<std::string_view>& parts,
               const Account& account) {
  std::string text;
  for (std::string_view part : parts) text += Field(fields, part);
  const std::string right = MerchantToken({text, account.merchant_key});
  return crypto::ConstantTimeEqual(right, Field(fields, "merchantToken"));
}

}  // namespace

const std::vector<Server::Endpoint>& Server::Endpoints() {
  static const auto* const kEndpoints = new std::vector<Endpoint>{
      {"/direct/v2/registration",
       "registration",
       false,
       {"timeStamp", "iMid", "referenceNo", "amt"},
       &Server::Register},
      {"/direct/v2/inquiry",
       "inquiry",
       false,
       {"timeStamp", "iMid", "referenceNo", "amt"},
       &Server::Inquire},
      {"/direct/v2/cancel", "cancel", false, {"timeStamp", "iMid", "tXid", "amt"}, &Server::Cancel},
      {"/api/linkEnable.do",
       "link",
       true,
       {"iMid", "referenceNo", "billingPhone"},
       &Server::StartLink},
      {"/api/linkInitiate.do",
       "link_pay",
       true,
       {"iMid", "referenceNo", "amt"},
       &Server::PayFromLink},
  };
  return *kEndpoints;
}

SimulatedAnswer Server::Handle(const RawRequest& request) {
  clock_.RunDue();
  absl::string_view path = request.path;
  if (absl::ConsumePrefix(&path, "/wallet/")) return {ServeWallet(request, StdView(path))};
  if (absl::ConsumePrefix(&path, "/link/")) return {ServeLink(request, StdView(path))};
  absl::ConsumePrefix(&path, "/nicepay");
  const bool get_or_post = request.method == "GET" || request.method == "POST";
  if (path == kPaymentPath) {
    return get_or_post ? ServePayment(request) : SimulatedAnswer{WrongMethod(true)};
  }
  const std::vector<Endpoint>& endpoints = Endpoints();
  const auto endpoint = std::find_if(endpoints.begin(), endpoints.end(),
                                     [&](const Endpoint& e) { return AbslView(e.path) == path; });
  if (endpoint == endpoints.end()) return {PlainReply(404, "Not found")};
  if (request.method != "POST" && !(endpoint->form && get_or_post)) {
    return {WrongMethod(endpoint->form)};
  }
  const simulation::FaultPlan plan = faults_.TakeForCall(endpoint->name);
  if (std::optional<SimulatedAnswer> answer = simulation::AnswerBeforeEffect(plan)) return *answer;
  return simulation::AnswerAfterEffect(plan, Serve(request, *endpoint, plan));
}

std::string_view Server::CheckTime(const Fields& fields, absl::Time now) const {
  return CheckTimeStamp(
      fields, now, switches_.On("check_timestamp") ? kTimeStampWindow : absl::InfiniteDuration());
}

HttpReply Server::Serve(const RawRequest& request, const Endpoint& endpoint,
                        const simulation::FaultPlan& plan) {
  std::optional<Fields> fields = endpoint.form ? ReadForm(request, true) : ReadJson(request);
  if (!fields) return FailureReply(kDataError);
  Call call;
  call.fields = std::move(*fields);
  call.account = FindAccount(Field(call.fields, "iMid"));
  if (call.account == nullptr) return FailureReply(kUnknownMid);
  if (!TokenFits(call.fields, endpoint.token_fields, *call.account)) return FailureReply(kBadToken);
  if (const std::string* code = plan.provider_code()) return FailureReply(*code);
  call.now = clock_.Now() + plan.clock_skew;
  const std::string_view time = CheckTime(call.fields, call.now);
  if (time != kSuccess) return FailureReply(time);
  return (this->*endpoint.operation)(call);
}

HttpReply Server::Register(const Call& call) {
  PaymentTerms terms;
  std::string_view code = ReadRegistration(call.fields, call.now, &terms);
  Transaction transaction;
  if (code == kSuccess) code = book_.Register(call.account, terms, call.now, &transaction);
  if (code != kSuccess) return FailureReply(code);
  Json answer = RegistrationAnswer(transaction);
  if (switches_.On("other_channel_keys")) AddOtherChannelKeys(&answer);
  return JsonReply(answer);
}

HttpReply Server::Inquire(const Call& call) {
  const std::optional<Transaction> transaction = book_.Find(Field(call.fields, "tXid"));
  if (!transaction || transaction->account->i_mid != call.account->i_mid) {
    return FailureReply(kUnknownTransaction);
  }
  if (transaction->terms.reference_no != Field(call.fields, "referenceNo") ||
      ReadAmount(Field(call.fields, "amt")) != transaction->terms.amt) {
    return FailureReply(kInvalidOrder);
  }
  Json answer = InquiryAnswer(*transaction, switches_.Text("cancel_amt_key"));
  if (switches_.On("other_channel_keys")) AddOtherChannelKeys(&answer);
  return JsonReply(answer);
}

HttpReply Server::Cancel(const Call& call) {
  const bool partial = Field(call.fields, "cancelType") == "2";
  const std::optional<Transaction> found = book_.Find(Field(call.fields, "tXid"));
  if (!found) return FailureReply(partial ? kPartialCancelTransaction : kFullCancelTransaction);
  if (found->account->i_mid != call.account->i_mid) {
    return FailureReply(partial ? kPartialCancelMid : kFullCancelMid);
  }
  CancelTerms terms;
  Transaction transaction;
  std::string cancel_t_xid;
  std::string_view code = ReadCancel(call.fields, &terms);
  if (code == kSuccess) {
    code = book_.Cancel(found->t_xid, terms, call.now, &transaction, &cancel_t_xid);
  }
  if (code != kSuccess) return FailureReply(code);
  return JsonReply(CancelAnswer(transaction, terms, cancel_t_xid, call.now));
}

std::string Server::LinkUrlKey() const {
  std::string key = switches_.Text("link_answer");
  return key == "location" ? "" : key;
}

HttpReply Server::LinkReply(const Json& answer, const std::string& url) const {
  HttpReply reply = JsonReply(answer);
  if (LinkUrlKey().empty()) {
    reply.status = 302;
    reply.headers.emplace_back("Location", url);
  }
  return reply;
}

HttpReply Server::StartLink(const Call& call) {
  LinkTerms terms;
  Link link;
  std::string_view code = ReadLink(call.fields, &terms);
  if (code == kSuccess) code = book_.StartLink(call.account, terms, call.now, &link);
  if (code != kSuccess) return FailureReply(code);
  const std::string url = LinkUrl(link);
  return LinkReply(LinkAnswer(link, LinkUrlKey(), url), url);
}

HttpReply Server::PayFromLink(const Call& call) {
  PaymentTerms terms;
  Transaction transaction;
  std::string_view code = ReadLinkedPayment(call.fields, &terms);
  if (code == kSuccess) code = book_.Register(call.account, terms, call.now, &transaction);
  if (code != kSuccess) return FailureReply(code);
  const std::string url = WalletUrl(transaction);
  return LinkReply(LinkedPaymentAnswer(transaction, LinkUrlKey(), url), url);
}

// The payment call. Its token covers what the registration said: the call itself has neither iMid
// nor referenceNo nor amt.
SimulatedAnswer Server::ServePayment(const RawRequest& request) {
  const simulation::FaultPlan plan = faults_.TakeForCall("payment");
  if (std::optional<SimulatedAnswer> answer = simulation::AnswerBeforeEffect(plan)) return *answer;
  const std::optional<Fields> fields = ReadForm(request, false);
  bool waits = false;
  HttpReply reply =
      fields ? OpenPayment(*fields, plan, &waits) : PaymentFailure({}, nullptr, kDataError);
  SimulatedAnswer answer = simulation::AnswerAfterEffect(plan, std::move(reply));
  if (!waits || answer.drop_connection) return answer;
  if (switches_.Text("ovo_blocking") == "decided") {
    // The push's answer once there is one: the reply so far says that it is out.
    const bool as_page = Field(*fields, "returnJsonFormat") != "1";
    answer.later = [this, t_xid = Field(*fields, "tXid"), as_page,
                    pushed = answer.reply](std::function<void(HttpReply)> send) {
      book_.WhenDecided(t_xid, kPushTime, [=](const Transaction& transaction) {
        send(as_page && !transaction.open() ? BackToMerchant(transaction) : pushed);
      });
    };
    return answer;
  }
  const absl::Duration delay = switches_.Delay("ovo_blocking");
  if (delay == absl::InfiniteDuration()) {
    answer.delay = simulation::kNeverAnswered;
    answer.drop_connection = true;
  } else {
    answer.delay += delay;
  }
  return answer;
}

HttpReply Server::OpenPayment(const Fields& fields, const simulation::FaultPlan& plan,
                              bool* waits) {
  const std::optional<Transaction> known = book_.Find(Field(fields, "tXid"));
  if (!known) return PaymentFailure(fields, nullptr, kUnknownTransaction);
  const std::string right =
      MerchantToken({Field(fields, "timeStamp"), known->account->i_mid, known->terms.reference_no,
                     absl::StrCat(known->terms.amt), known->account->merchant_key});
  if (!crypto::ConstantTimeEqual(right, Field(fields, "merchantToken"))) {
    return PaymentFailure(fields, nullptr, kBadToken);
  }
  if (const std::string* code = plan.provider_code()) {
    return PaymentFailure(fields, &*known, *code);
  }
  const std::string_view time = CheckTime(fields, clock_.Now() + plan.clock_skew);
  if (time != kSuccess) return PaymentFailure(fields, &*known, time);
  const std::string& call_back_url = Field(fields, "callBackUrl");
  if (call_back_url.empty()) return PaymentFailure(fields, &*known, kNoCallbackUrl);
  if (call_back_url.size() > kMaxCallbackUrl || !ParseUrl(call_back_url).ok()) {
    return PaymentFailure(fields, &*known, kInvalidParameter);
  }
  Transaction transaction;
  const std::string_view code = book_.Open(known->t_xid, call_back_url, &transaction);
  if (code != kSuccess) return PaymentFailure(fields, &transaction, code);
  const bool push = transaction.terms.wallet->push;
  *waits = push && transaction.open();
  if (Field(fields, "returnJsonFormat") == "1") {
    const std::string url = push ? "" : WalletUrl(transaction);
    const bool app = transaction.terms.wallet->app;
    return JsonReply(OpenedAnswer(transaction, app ? StrCat(url, "?from=app") : "", url));
  }
  if (!transaction.open()) return BackToMerchant(transaction);
  return push ? PushReply(transaction) : simulation::RedirectTo(WalletUrl(transaction));
}

}  // namespace sluice::nicepay::simulator
