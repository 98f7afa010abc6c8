#include "tests/fakes/fake_provider.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "server/base/strings.h"
#include "server/core/error.h"

namespace sluice {
namespace {

using Words = std::map<std::string, std::string>;

Words Read(const std::string& body) {
  Words words;
  for (absl::string_view word : absl::StrSplit(body, ' ', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(word, absl::MaxSplits('=', 1));
    words[pair.first] = pair.second;
  }
  return words;
}

std::string Get(const Words& words, const std::string& key) {
  const auto it = words.find(key);
  return it == words.end() ? std::string() : it->second;
}

Money ReadMoney(const std::string& text) {
  Money money;
  if (text.empty()) return money;
  const std::pair<std::string, std::string> pair = absl::StrSplit(text, absl::MaxSplits('.', 1));
  (void)absl::SimpleAtoi(pair.first, &money.minor_units);
  money.currency_code = pair.second;
  return money;
}

Report ReadReport(const std::string& text) {
  static const auto* const kReports = new std::map<std::string, Report>{
      {"not_found", Report::kNotFound},    {"open", Report::kOpen},
      {"processing", Report::kProcessing}, {"paid", Report::kPaid},
      {"settled", Report::kSettled},       {"closed", Report::kClosed},
      {"expired", Report::kExpired},       {"returned", Report::kReturned},
      {"succeeded", Report::kSucceeded},   {"failed", Report::kFailed},
      {"canceled", Report::kCanceled},     {"exception", Report::kException}};
  const auto it = kReports->find(text);
  return it == kReports->end() ? Report::kNone : it->second;
}

ResourceKind ReadKind(const std::string& word) {
  return word == "refund"         ? ResourceKind::kRefund
         : word == "payout"       ? ResourceKind::kPayout
         : word == "account_link" ? ResourceKind::kAccountLink
                                  : ResourceKind::kOrder;
}

Facts ReadFacts(const Words& words) {
  Facts facts;
  facts.report = ReadReport(Get(words, "report"));
  facts.provider_number = Get(words, "number");
  facts.amount = ReadMoney(Get(words, "amount"));
  facts.paid = ReadMoney(Get(words, "paid"));
  facts.returned = ReadMoney(Get(words, "returned"));
  facts.fee = ReadMoney(Get(words, "fee"));
  facts.amount_may_include_fee = words.count("fee_in_amount") > 0;
  facts.fee_kept = words.count("fee_kept") > 0;
  facts.receive_amount = ReadMoney(Get(words, "receive"));
  facts.receiver_account = Get(words, "receiver");
  facts.exchange_rate = Get(words, "rate");
  facts.payer_key = Get(words, "payer");
  int64_t seconds = 0;
  if (absl::SimpleAtoi(Get(words, "active"), &seconds)) {
    facts.activate_time = absl::FromUnixSeconds(seconds);
  }
  if (words.count("url") > 0) {
    NextAction action;
    action.kind = NextAction::Kind::kRedirect;
    action.url = Get(words, "url");
    facts.next_action = action;
  }
  for (const auto& [key, value] : words) {
    if (key.substr(0, 5) == "data.") facts.provider_data[key.substr(5)] = value;
  }
  return facts;
}

std::string KeyOf(const Operation& operation) {
  if (operation.attempt != nullptr && !operation.attempt->provider_key.empty()) {
    return operation.attempt->provider_key;
  }
  const ResourceBase* base = operation.refund   ? static_cast<const ResourceBase*>(operation.refund)
                             : operation.payout ? operation.payout
                             : operation.order  ? static_cast<const ResourceBase*>(operation.order)
                             : operation.account_link ? operation.account_link
                                                      : nullptr;
  if (base == nullptr) return "";
  for (auto it = base->attempts.rbegin(); it != base->attempts.rend(); ++it) {
    if (!it->provider_key.empty() && !it->abandoned) return it->provider_key;
  }
  return base->id;
}

HttpRequest MakeRequest(const Operation& operation, const std::string& more) {
  HttpRequest request;
  request.url = "http://provider.test/";
  request.body = StrCat("verb=", VerbName(operation.verb), " key=", KeyOf(operation),
                        " step=", operation.step, more);
  return request;
}

}  // namespace

FakeProvider::FakeProvider() {
  descriptor_.provider = "fake";
  descriptor_.display_name = "Fake";
  descriptor_.max_id_length = 40;
  descriptor_.resend_create_order = Resend::kSameKey;
  descriptor_.resend_create_refund = Resend::kSameKey;
  descriptor_.resend_create_payout = Resend::kNever;
  descriptor_.resend_create_account_link = Resend::kNewKey;
  descriptor_.resend_cancel = true;
  descriptor_.not_found_grace = absl::Seconds(30);
  descriptor_.sealed_data = {"mandate"};
  WalletCapability wallet;
  wallet.wallet = "fake";
  wallet.display_name = "Fake wallet";
  wallet.verbs = {Verb::kCreateOrder,      Verb::kQueryOrder,       Verb::kCancelOrder,
                  Verb::kRevokeOrder,      Verb::kCreateRefund,     Verb::kQueryRefund,
                  Verb::kCreatePayout,     Verb::kQueryPayout,      Verb::kCreateAccountLink,
                  Verb::kQueryAccountLink, Verb::kRevokeAccountLink};
  wallet.presentations = {Presentation::kRedirect, Presentation::kPush};
  wallet.currency_codes = {"AED"};
  wallet.minimum = Money{"AED", 10};
  wallet.maximum = Money{"AED", 1000000};
  wallet.default_expiry = absl::Hours(2);
  wallet.maximum_expiry = absl::Hours(48);
  wallet.partial_refunds = true;
  wallet.multiple_refunds = true;
  descriptor_.wallets.push_back(wallet);
}

WalletCapability& FakeProvider::wallet(std::string_view name) {
  for (WalletCapability& wallet : descriptor_.wallets) {
    if (wallet.wallet == name) return wallet;
  }
  return descriptor_.wallets.front();
}

absl::Status FakeProvider::Validate(const Operation& operation) const {
  if (operation.verb == Verb::kCreateOrder && operation.order->description == "refused") {
    return InvalidField("order.description", "this provider does not like it");
  }
  return absl::OkStatus();
}

std::string FakeProvider::ProviderKey(const Operation& operation, int abandoned) const {
  std::string key =
      operation.refund != nullptr   ? StrCat(operation.order->id, ".", operation.refund->id)
      : operation.payout != nullptr ? operation.payout->id
      : operation.account_link != nullptr && operation.order == nullptr ? operation.account_link->id
                                                                        : operation.order->id;
  return abandoned == 0 ? key : StrCat(key, "-", abandoned);
}

absl::StatusOr<HttpRequest> FakeProvider::Build(const Operation& operation,
                                                const CallContext& context) const {
  if (build_fails) return absl::FailedPreconditionError("the script says so");
  std::string more;
  if (operation.account_link != nullptr) {
    const auto it = operation.account_link->provider_data.find("mandate");
    if (it != operation.account_link->provider_data.end()) more = StrCat(" mandate=", it->second);
  }
  if (!operation.wallet.empty()) more = StrCat(" wallet=", operation.wallet);
  HttpRequest request = MakeRequest(operation, more);
  if (!context.traceparent.empty()) request.headers = {{"traceparent", context.traceparent}};
  if (!context.return_page_url.empty()) {
    request.headers.emplace_back("return-page", context.return_page_url);
  }
  return request;
}

Step FakeProvider::Interpret(const Operation& operation, const CallContext&,
                             const HttpReply& reply) const {
  Step step;
  if (reply.transport != Transport::kReplied || reply.status != 200) return step;
  const Words words = Read(reply.body);
  if (words.count("accepted") > 0) step.outcome.verdict = Verdict::kAccepted;
  if (words.count("declined") > 0) step.outcome.verdict = Verdict::kDeclined;
  if (words.count("not_processed") > 0) step.outcome.verdict = Verdict::kNotProcessed;
  step.outcome.query_now = words.count("query_now") > 0;
  step.outcome.facts = ReadFacts(words);
  step.outcome.failure.provider_code = Get(words, "code");
  if (step.outcome.verdict == Verdict::kDeclined) {
    step.outcome.failure.reason = FailureReason::kDeclinedByProvider;
  }
  if (words.count("min") > 0 || words.count("max") > 0) {
    PayoutLimits limits;
    if (words.count("min") > 0) limits.minimum = ReadMoney(Get(words, "min"));
    if (words.count("max") > 0) limits.maximum = ReadMoney(Get(words, "max"));
    step.limits = limits;
  }
  if (words.count("next") > 0 || words.count("background") > 0) {
    Operation further = operation;
    ++further.step;
    step.next = NextRequest{MakeRequest(further, ""), words.count("background") > 0};
  }
  return step;
}

absl::StatusOr<Notification> FakeProvider::ReadNotification(const RawRequest& request,
                                                            const CallContext&) const {
  const Words words = Read(request.body);
  if (words.empty()) return absl::InvalidArgumentError(notification_reason::kMalformed);
  const ResourceKind kind = ReadKind(Get(words, "kind"));
  if (Get(words, "sign") != "ok") {
    const auto refused = absl::UnauthenticatedError(notification_reason::kSignatureInvalid);
    if (words.count("hint") == 0) return refused;
    return WithHint(refused, {kind, Get(words, "key")});
  }
  Notification notification;
  notification.kind = kind;
  notification.provider_key = Get(words, "key");
  notification.order_key = Get(words, "order");
  notification.dedup_key = Get(words, "dedup");
  notification.confirm_by_query = words.count("confirm") > 0;
  notification.facts = ReadFacts(words);
  return notification;
}

HttpReply FakeProvider::Acknowledge(NotificationResult result) const {
  HttpReply reply;
  reply.status = result == NotificationResult::kAccepted  ? 200
                 : result == NotificationResult::kRefused ? 401
                                                          : 503;
  reply.body = reply.status == 200 ? "SUCCESS" : "FAIL";
  return reply;
}

Diagnosis FakeProvider::Diagnose(const RawRequest& request, const CallContext& context) const {
  Diagnosis diagnosis;
  diagnosis.verified = ReadNotification(request, context).ok();
  diagnosis.summary = diagnosis.verified ? "verifies" : "does not verify";
  return diagnosis;
}

HttpReply Said(std::string words) {
  HttpReply reply;
  reply.status = 200;
  reply.body = std::move(words);
  return reply;
}

HttpReply Failed(Transport transport) {
  HttpReply reply;
  reply.transport = transport;
  return reply;
}

HttpReply Status(int status) {
  HttpReply reply;
  reply.status = status;
  return reply;
}

}  // namespace sluice
