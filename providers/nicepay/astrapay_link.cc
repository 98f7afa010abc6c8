#include "providers/nicepay/astrapay_link.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "providers/nicepay/calls.h"
#include "providers/nicepay/fields.h"
#include "providers/nicepay/reply_parts.h"
#include "providers/nicepay/requests.h"
#include "providers/nicepay/token.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/crypto/constant_time.h"
#include "server/crypto/sha256.h"
#include "server/wire/uri.h"

namespace sluice::nicepay {
namespace {

constexpr char kLinkEnablePath[] = "/nicepay/api/linkEnable.do";
constexpr char kLinkInitiatePath[] = "/nicepay/api/linkInitiate.do";
constexpr char kMitraCode[] = "ASTR";
constexpr char kPayMethod[] = "05";
constexpr size_t kMaxMandateLength = 40;

HttpRequest Post(const Account& account, std::string_view path, const FormFields& fields,
                 const CallContext& context) {
  HttpRequest request;
  if (account.astrapay_json) {
    Json body = Json::Object();
    for (const auto& [name, value] : fields) body.Set(name, value);
    request = MakePost(account, path, "application/json", body.Write(), context);
  } else {
    request = MakePost(account, path, kFormContentType, BuildForm(fields), context);
  }
  request.at_most_once = true;
  return request;
}

void AddIfGiven(FormFields& fields, std::string_view name, const std::string& value) {
  if (!value.empty()) fields.emplace_back(std::string(name), value);
}

std::string Mandate(const AccountLink& link) {
  const auto found = link.provider_data.find(kMandateData);
  return found == link.provider_data.end() ? "" : found->second;
}

bool IsMandate(std::string_view text) {
  return !text.empty() && text.size() <= kMaxMandateLength &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c); });
}

absl::Status CheckLinkIsUsable(const Operation& operation) {
  const Order& order = *operation.order;
  const AccountLink* const link = operation.account_link;
  if (link == nullptr) return StateForbids(order.account_link, "the account link does not exist");
  if (link->state != AccountLinkState::kActive || Mandate(*link).empty()) {
    return StateForbids(link->Name(), "the account link is not active");
  }
  if (link->wallet != order.wallet || link->provider_account != order.provider_account) {
    return StateForbids(link->Name(), "the account link is of another wallet or account");
  }
  return absl::OkStatus();
}

// --- Answers

// The URL to which the payer is to be sent; empty: there is none.
std::string LinkRedirectUrl(const Account& account, const Json& reply) {
  for (const std::string& name : account.astrapay_redirect_fields) {
    const Json* const url = reply.Find(name);
    if (url != nullptr && url->is_string() && !url->text().empty()) return url->text();
  }
  return "";
}

// --- Notifications

std::string_view Field(const FormFields& fields, std::string_view name) {
  const std::string* const value = FindField(fields, name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

Facts FactsOfStatus(const LinkStatuses& statuses, std::string_view status,
                    std::string_view mandate) {
  Facts facts;
  if (status == statuses.linked) {
    facts.report = Report::kSucceeded;
    facts.provider_data[kMandateData] = std::string(mandate);
  } else if (status == statuses.unlinked) {
    facts.report = Report::kCanceled;
  } else if (status == statuses.pending) {
    facts.report = Report::kOpen;
  } else if (status == statuses.expired) {
    facts.report = Report::kExpired;
    facts.failure = {.reason = FailureReason::kExpired, .message = "not approved in time"};
  } else if (status == statuses.refused) {
    facts.report = Report::kFailed;
    facts.failure = {.reason = FailureReason::kDeclinedByPayer,
                     .message = "AstraPay or the payer refused to link the account"};
  }
  if (!facts.failure.empty()) facts.failure.provider_code = std::string(status);
  return facts;
}

}  // namespace

absl::StatusOr<HttpRequest> BuildLinkEnable(const Account& account, const Operation& operation,
                                            const CallContext& context) {
  const AccountLink& link = *operation.account_link;
  const std::string& callback_url =
      context.return_page_url.empty() ? link.return_url : context.return_page_url;
  if (absl::Status status = CheckAddresses(callback_url, context); !status.ok()) return status;
  const std::string reference = AttemptReference(operation);
  const std::string phone = BillingPhone(link.customer);
  FormFields fields = {{"timeStamp", TimeStamp(context.now)},
                       {"iMid", account.i_mid},
                       {"referenceNo", reference},
                       {"payMethod", kPayMethod},
                       {"billingNm", link.customer.display_name},
                       {"billingPhone", phone},
                       {"billingEmail", link.customer.email},
                       {"mitraCd", kMitraCode},
                       {"dbProcessUrl", context.notify_url},
                       {"callBackUrl", callback_url},
                       {"userIP", link.customer.ip_address}};
  fields.emplace_back("merchantToken", LinkToken(account, reference, phone));
  return Post(account, kLinkEnablePath, fields, context);
}

absl::StatusOr<HttpRequest> BuildLinkInitiate(const Account& account, const Operation& operation,
                                              const CallContext& context) {
  if (absl::Status status = CheckLinkIsUsable(operation); !status.ok()) return status;
  const Order& order = *operation.order;
  const Customer& payer = order.customer;
  const std::string callback_url(CallBackUrl(order, context));
  if (absl::Status status = CheckAddresses(callback_url, context); !status.ok()) return status;
  const std::string reference = AttemptReference(operation);
  const std::string amount = AmountText(order.amount);
  FormFields fields = {{"timeStamp", TimeStamp(context.now)},
                       {"iMid", account.i_mid},
                       {"mandateID", Mandate(*operation.account_link)},
                       {"payMethod", kPayMethod},
                       {"currency", order.amount.currency_code},
                       {"amt", amount},
                       {"goodsNm", GoodsName(order)},
                       {"referenceNo", reference},
                       {"billingNm", payer.display_name},
                       {"billingPhone", BillingPhone(payer)},
                       {"billingEmail", payer.email}};
  AddIfGiven(fields, "billingAddr", payer.address);
  AddIfGiven(fields, "billingCity", payer.city);
  AddIfGiven(fields, "billingState", payer.state);
  AddIfGiven(fields, "billingPostCd", payer.postal_code);
  AddIfGiven(fields, "billingCountry", BillingCountry(payer));
  fields.emplace_back("cartData", CartData(order, *FindWallet(order.wallet)));
  fields.emplace_back("mitraCd", kMitraCode);
  AddIfGiven(fields, "userIP", payer.ip_address);
  fields.emplace_back("dbProcessUrl", context.notify_url);
  fields.emplace_back("callBackUrl", callback_url);
  fields.emplace_back("merchantToken", InitiateToken(account, reference, amount));
  return Post(account, kLinkInitiatePath, fields, context);
}

std::optional<Json> ReadRedirect(const Account& account, const HttpReply& reply) {
  constexpr int kFound = 302, kSeeOther = 303;
  if (reply.status != kFound && reply.status != kSeeOther) return std::nullopt;
  const std::string* const location = FindHeader(reply.headers, "Location");
  if (location == nullptr) return std::nullopt;
  const absl::StatusOr<Url> url = ParseUrl(*location);
  if (!url.ok()) return std::nullopt;
  Json json = Json::Object({{account.astrapay_redirect_fields.front(), *location}});
  if (const absl::StatusOr<QueryParams> query = ParseQuery(url->query); query.ok()) {
    if (const std::string* const txid = FindParam(*query, "tXid")) json.Set("tXid", *txid);
  }
  return json;
}

Step ReadLinkReply(const Account& account, const Operation& operation, const Json& reply) {
  const std::string reference = AttemptReference(operation);
  const bool is_order = CallOf(operation) == Call::kLinkInitiate;
  if (!Agrees(reply, "referenceNo", reference) || !Agrees(reply, "iMid", account.i_mid) ||
      !Agrees(reply, "mitraCd", kMitraCode)) {
    return UnknownStep(operation, "the reply is about something else");
  }
  const std::string txid = Loose(reply, "tXid");
  // A link has no inquiry, so it does without; a payment could never be asked about.
  if (is_order && !IsTxid(txid)) return UnknownStep(operation, "the reply has no transaction id");
  if (is_order && !Loose(reply, "amt").empty() && !AmountIs(reply, operation.order->amount)) {
    return UnknownStep(operation, "the reply has another amount");
  }
  const std::string url = LinkRedirectUrl(account, reply);
  if (!IsBrowserUrl(url)) return UnknownStep(operation, "the reply has no URL for the payer");
  Step step;
  step.outcome.verdict = Verdict::kAccepted;
  Facts& facts = step.outcome.facts;
  facts.report = Report::kOpen;
  if (is_order) {
    facts = NewTransaction(*operation.order, txid, reference);
  } else if (IsTxid(txid)) {
    facts.provider_number = txid;
  }
  facts.next_action = Redirect(url);
  return step;
}

bool IsLinkNotification(const Account& account, const FormFields& fields) {
  if (FindField(fields, account.astrapay_mandate_field) != nullptr) return true;
  // A link that was refused may have no mandate; a payment always has both of these.
  return FindField(fields, "billingPhone") != nullptr && FindField(fields, "tXid") == nullptr &&
         FindField(fields, "amt") == nullptr;
}

absl::StatusOr<Notification> ReadLinkNotification(const Account& account,
                                                  const FormFields& fields) {
  const std::string_view token = Field(fields, "merchantToken");
  if (token.empty()) return absl::UnauthenticatedError(notification_reason::kSignatureMissing);
  const std::string_view reference = Field(fields, "referenceNo");
  const std::string_view status = Field(fields, "status");
  const bool whole = !reference.empty() && reference.size() <= kMaxReferenceLength;
  if (!whole || status.size() != 1) {
    return absl::InvalidArgumentError(notification_reason::kMalformed);
  }
  const std::string expected = LinkToken(account, reference, Field(fields, "billingPhone"));
  if (!crypto::ConstantTimeEqual(token, expected)) {
    return absl::UnauthenticatedError(notification_reason::kSignatureInvalid);
  }
  const std::string_view i_mid = Field(fields, "iMid");
  if (!i_mid.empty() && i_mid != account.i_mid) {
    return absl::UnauthenticatedError(notification_reason::kMerchantMismatch);
  }
  const std::string_view mitra_code = Field(fields, "mitraCd");
  const std::string_view mandate = Field(fields, account.astrapay_mandate_field);
  const bool is_linked = status == account.astrapay_link_statuses.linked;
  if ((!mitra_code.empty() && mitra_code != kMitraCode) || (is_linked && !IsMandate(mandate))) {
    return absl::InvalidArgumentError(notification_reason::kMalformed);
  }
  constexpr size_t kShownHashDigits = 16;  // The key is stored in the clear, the mandate is not.
  Notification notification;
  notification.kind = ResourceKind::kAccountLink;
  notification.provider_key = std::string(reference);
  notification.dedup_key = StrCat("link/", reference, "/", status, "/",
                                  crypto::Sha256HexLower(mandate).substr(0, kShownHashDigits));
  notification.facts = FactsOfStatus(account.astrapay_link_statuses, status, mandate);
  if (is_linked) {
    // Linking a phone again retires the mandate before. The phone is covered by the token.
    if (account.astrapay_relink_retires) {
      notification.facts.payer_key = crypto::Sha256HexLower(Field(fields, "billingPhone"));
    }
    notification.facts.activate_time = ReadTime(Field(fields, "transDt"), Field(fields, "transTm"));
  }
  // There is no inquiry for links: this notice is all that is ever said.
  notification.confirm_by_query = false;
  return notification;
}

}  // namespace sluice::nicepay
