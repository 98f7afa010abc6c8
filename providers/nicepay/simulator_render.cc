#include "providers/nicepay/simulator_render.h"

#include "providers/nicepay/simulator_codes.h"
#include "server/base/strings.h"

namespace sluice::nicepay::simulator {
namespace {

Json TextOrNull(std::string_view text) { return text.empty() ? Json::Null() : Json(text); }

std::string Amount(int64_t rupiah) { return absl::StrCat(rupiah); }

Json Head(std::string_view code) {
  return Json::Object({{"resultCd", code}, {"resultMsg", MessageOf(code)}});
}

void AddUrl(Json* answer, std::string_view key, std::string_view url) {
  if (!key.empty()) answer->Set(key, url);
}

}  // namespace

std::string JakartaDate(absl::Time time) { return absl::FormatTime("%Y%m%d", time, Jakarta()); }

std::string JakartaClock(absl::Time time) { return absl::FormatTime("%H%M%S", time, Jakarta()); }

std::string JakartaTimeStamp(absl::Time time) {
  return absl::StrCat(JakartaDate(time), JakartaClock(time));
}

Json Failure(std::string_view code) { return Head(code); }

Json RegistrationAnswer(const Transaction& transaction) {
  Json answer = Head(kSuccess);
  answer.Set("tXid", transaction.t_xid);
  answer.Set("referenceNo", transaction.terms.reference_no);
  answer.Set("payMethod", kEWalletMethod);
  answer.Set("amt", Amount(transaction.terms.amt));
  answer.Set("transDt", JakartaDate(transaction.request_time));
  answer.Set("transTm", JakartaClock(transaction.request_time));
  answer.Set("description", TextOrNull(transaction.terms.description));
  answer.Set("mitraCd", transaction.terms.wallet->mitra_cd);
  return answer;
}

Json OpenedAnswer(const Transaction& transaction, std::string_view app_url,
                  std::string_view http_url) {
  Json answer = Head(kSuccess);
  answer.Set("tXid", transaction.t_xid);
  answer.Set("referenceNo", transaction.terms.reference_no);
  answer.Set("redirectUrlApp", TextOrNull(app_url));
  answer.Set("redirectUrlHttp", TextOrNull(http_url));
  return answer;
}

Json InquiryAnswer(const Transaction& transaction, std::string_view cancel_amt_key) {
  const PaymentTerms& terms = transaction.terms;
  Json answer = Json::Object({{"resultCd", kSuccess},
                              {"resultMsg", StatusWord(transaction.status)},
                              {"tXid", transaction.t_xid},
                              {"iMid", transaction.account->i_mid},
                              {"currency", kCurrency},
                              {"amt", Amount(terms.amt)},
                              {"referenceNo", terms.reference_no},
                              {"goodsNm", TextOrNull(terms.goods_nm)},
                              {"payMethod", kEWalletMethod},
                              {"billingNm", terms.billing_nm},
                              {"reqDt", JakartaDate(transaction.request_time)},
                              {"reqTm", JakartaClock(transaction.request_time)},
                              {"transDt", JakartaDate(transaction.trans_time)},
                              {"transTm", JakartaClock(transaction.trans_time)},
                              {"status", transaction.status},
                              {"mitraCd", terms.wallet->mitra_cd}});
  answer.Set(cancel_amt_key,
             transaction.cancelled > 0 ? Json(Amount(transaction.cancelled)) : Json::Null());
  return answer;
}

Json CancelAnswer(const Transaction& transaction, const CancelTerms& terms,
                  std::string_view cancel_t_xid, absl::Time now) {
  Json answer = Head(kSuccess);
  answer.Set("tXid", transaction.t_xid);
  answer.Set("referenceNo", transaction.terms.reference_no);
  answer.Set("transDt", JakartaDate(now));
  answer.Set("transTm", JakartaClock(now));
  answer.Set("description", TextOrNull(transaction.terms.description));
  answer.Set("amt", Amount(terms.amt));
  answer.Set("canceltXid", cancel_t_xid);
  return answer;
}

Json LinkAnswer(const Link& link, std::string_view url_key, std::string_view url) {
  Json answer = Head(kSuccess);
  answer.Set("iMid", link.account->i_mid);
  answer.Set("tXid", link.t_xid);
  answer.Set("referenceNo", link.terms.reference_no);
  answer.Set("mitraCd", "ASTR");
  answer.Set("transDt", JakartaDate(link.request_time));
  answer.Set("transTm", JakartaClock(link.request_time));
  AddUrl(&answer, url_key, url);
  return answer;
}

Json LinkedPaymentAnswer(const Transaction& transaction, std::string_view url_key,
                         std::string_view url) {
  Json answer = Head(kSuccess);
  answer.Set("iMid", transaction.account->i_mid);
  answer.Set("tXid", transaction.t_xid);
  answer.Set("referenceNo", transaction.terms.reference_no);
  answer.Set("mitraCd", transaction.terms.wallet->mitra_cd);
  answer.Set("transDt", JakartaDate(transaction.request_time));
  answer.Set("transTm", JakartaClock(transaction.request_time));
  AddUrl(&answer, url_key, url);
  return answer;
}

void AddOtherChannelKeys(Json* answer) {
  for (std::string_view key :
       {"instmntMon",     "instmntType",  "cardNo",     "preauthToken", "acquBankCd", "issuBankCd",
        "vacctValidDt",   "vacctValidTm", "vacctNo",    "bankCd",       "payNo",      "receiptCode",
        "recurringToken", "ccTransType",  "payValidDt", "payValidTm",   "mRefNo",     "acquStatus",
        "cardExpYymm",    "acquBankNm",   "issuBankNm"}) {
    if (answer->Find(key) == nullptr) answer->Set(key, Json::Null());
  }
}

std::string_view CallbackCode(const Transaction& transaction) {
  return transaction.status == kPaid ? kSuccess : kPaymentFailed;
}

FormFields CallbackFields(const Transaction& transaction, std::string_view code) {
  const PaymentTerms& terms = transaction.terms;
  return {{"resultCd", std::string(code)},
          {"resultMsg", std::string(MessageOf(code))},
          {"tXid", transaction.t_xid},
          {"referenceNo", terms.reference_no},
          {"payMethod", kEWalletMethod},
          {"amt", Amount(terms.amt)},
          {"transDt", JakartaDate(transaction.trans_time)},
          {"transTm", JakartaClock(transaction.trans_time)},
          {"description", terms.description},
          {"mitraCd", std::string(terms.wallet->mitra_cd)},
          {"currency", kCurrency},
          {"goodsNm", terms.goods_nm},
          {"billingNm", terms.billing_nm}};
}

FormFields CallbackFields(const Link& link) {
  const std::string_view code = link.status == kLinked ? kSuccess : kPaymentFailed;
  return {{"resultCd", std::string(code)},
          {"resultMsg", std::string(MessageOf(code))},
          {"tXid", link.t_xid},
          {"referenceNo", link.terms.reference_no},
          {"payMethod", kEWalletMethod},
          {"transDt", JakartaDate(link.trans_time)},
          {"transTm", JakartaClock(link.trans_time)},
          {"description", link.terms.description},
          {"mitraCd", "ASTR"}};
}

FormFields NotificationFields(const Transaction& transaction, std::string_view status,
                              const std::string& token) {
  const PaymentTerms& terms = transaction.terms;
  FormFields fields = {{"tXid", transaction.t_xid}};
  if (!token.empty()) fields.emplace_back("merchantToken", token);
  fields.insert(fields.end(), {{"referenceNo", terms.reference_no},
                               {"goodsNm", terms.goods_nm},
                               {"mitraCd", std::string(terms.wallet->mitra_cd)},
                               {"transTm", JakartaClock(transaction.trans_time)},
                               {"amt", Amount(terms.amt)},
                               {"billingNm", terms.billing_nm},
                               {"matchCl", "1"},
                               {"payMethod", kEWalletMethod},
                               {"currency", kCurrency},
                               {"transDt", JakartaDate(transaction.trans_time)},
                               {"status", std::string(status)}});
  return fields;
}

FormFields NotificationFields(const Link& link, const std::string& token) {
  FormFields fields = {{"iMid", link.account->i_mid},
                       {"referenceNo", link.terms.reference_no},
                       {"mitraCd", "ASTR"},
                       {"payMethod", kEWalletMethod},
                       {"billingPhone", link.terms.billing_phone},
                       {"mandateID", link.mandate_id},
                       {"status", std::string(link.status)},
                       {"transDt", JakartaDate(link.trans_time)},
                       {"transTm", JakartaClock(link.trans_time)}};
  if (!token.empty()) fields.emplace_back("merchantToken", token);
  return fields;
}

std::string WithQuery(std::string_view url, const FormFields& fields) {
  const size_t hash = url.find('#');
  const std::string_view fragment =
      hash == std::string_view::npos ? std::string_view() : url.substr(hash);
  const std::string_view before = url.substr(0, hash);
  std::string_view join = "?";
  if (const size_t question = before.find('?'); question != std::string_view::npos) {
    join = question + 1 == before.size() || before.back() == '&' ? "" : "&";
  }
  return StrCat(before, join, BuildForm(fields), fragment);
}

}  // namespace sluice::nicepay::simulator
