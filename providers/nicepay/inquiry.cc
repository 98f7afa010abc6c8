#include "providers/nicepay/inquiry.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "providers/nicepay/calls.h"
#include "providers/nicepay/token.h"
#include "providers/nicepay/wallets.h"
#include "server/base/strings.h"
#include "server/base/utf8.h"
#include "server/core/mask.h"

namespace sluice::nicepay {
namespace {

constexpr char kCurrency[] = "IDR";
constexpr size_t kMaxTxidLength = 30;

// The transaction status of e-wallets; virtual accounts and cards use the same digits otherwise.
constexpr std::string_view kPaid = "0", kVoid = "1", kRefund = "2", kUnpaid = "3",
                           kProcessing = "4", kExpired = "5", kFailed = "8", kInitiated = "9";

// Words that are optional: absent, null or of another kind, they say nothing.
std::string Loose(const Json& object, std::string_view member) {
  const Json* const value = object.FindIgnoreCase(member);
  if (value == nullptr || (!value->is_string() && !value->is_number())) return "";
  return value->text();
}

absl::StatusOr<std::string> Bounded(const Json& object, std::string_view member,
                                    size_t max_length) {
  absl::StatusOr<std::string> text = object.GetText(member);
  if (!text.ok()) return text;
  if (text->empty() || text->size() > max_length) {
    return absl::InvalidArgumentError(StrCat(member, " is empty or too long"));
  }
  return text;
}

absl::StatusOr<Money> ReadAmount(std::string_view text, std::string_view member) {
  absl::StatusOr<Money> money = ParseDecimal(text, kCurrency);
  if (!money.ok() || money->minor_units < 0 || money->minor_units > kMaxAmountMinorUnits) {
    return absl::InvalidArgumentError(StrCat(member, " is not an amount"));
  }
  return money;
}

Outcome Unclear(std::string_view message) {
  return {.verdict = Verdict::kUnknown,
          .failure = {.reason = FailureReason::kOther, .message = std::string(message)}};
}

// The sum given back. A void without an amount is one of all: no wallet voids a part.
std::optional<Money> GivenBack(const Inquiry& inquiry) {
  const bool said = inquiry.cancelled.has_value() && inquiry.cancelled->minor_units > 0;
  if (said) return inquiry.cancelled;
  if (inquiry.status == kVoid) return inquiry.amount;
  if (inquiry.status == kRefund) return std::nullopt;
  return Money{kCurrency, 0};
}

Failure WhyClosed(const Order& order, const Inquiry& inquiry, absl::Time now) {
  Failure failure;
  failure.provider_code = inquiry.status;
  // Most wallets have no status of their own for a payer who did not act in time.
  const bool too_late = order.expire_time.has_value() && now >= *order.expire_time;
  failure.reason = too_late ? FailureReason::kExpired : FailureReason::kDeclinedByPayer;
  failure.message = too_late ? "not paid in time" : "the payer or the wallet refused the payment";
  return failure;
}

void TakePaid(const Inquiry& inquiry, Facts& facts) {
  facts.report = Report::kPaid;
  facts.paid = inquiry.amount;
  facts.pay_time = inquiry.transaction_time;
}

}  // namespace

absl::StatusOr<Inquiry> ReadInquiry(const Json& reply) {
  Inquiry inquiry;
  auto txid = Bounded(reply, "tXid", kMaxTxidLength);
  if (!txid.ok()) return txid.status();
  auto reference_no = Bounded(reply, "referenceNo", kMaxReferenceLength);
  if (!reference_no.ok()) return reference_no.status();
  auto status = Bounded(reply, "status", 1);
  if (!status.ok()) return status.status();
  const auto amount_text = reply.GetText("amt");
  if (!amount_text.ok()) return amount_text.status();
  auto amount = ReadAmount(*amount_text, "amt");
  if (!amount.ok()) return amount.status();
  const std::string currency = Loose(reply, "currency");
  if (!currency.empty() && currency != kCurrency) {
    return absl::InvalidArgumentError("currency is not IDR");
  }
  // One of NICEPAY's pages spells it CancelAmt.
  if (const std::string cancelled = Loose(reply, "cancelAmt"); !cancelled.empty()) {
    auto money = ReadAmount(cancelled, "cancelAmt");
    if (!money.ok()) return money.status();
    inquiry.cancelled = *std::move(money);
  }
  inquiry.txid = *std::move(txid);
  inquiry.reference_no = *std::move(reference_no);
  inquiry.status = *std::move(status);
  inquiry.amount = *std::move(amount);
  inquiry.i_mid = Loose(reply, "iMid");
  inquiry.mitra_code = Loose(reply, "mitraCd");
  inquiry.transaction_time = ReadTime(Loose(reply, "transDt"), Loose(reply, "transTm"));
  return inquiry;
}

absl::Status CheckIsAbout(const Account& account, const Order& order, const Inquiry& inquiry) {
  if (inquiry.reference_no != OrderReference(order)) {
    return absl::InvalidArgumentError("the reply is about another order");
  }
  if (inquiry.txid != OrderTxid(order)) {
    return absl::InvalidArgumentError("the reply is about another transaction");
  }
  if (!inquiry.i_mid.empty() && inquiry.i_mid != account.i_mid) {
    return absl::InvalidArgumentError("the reply is about another merchant");
  }
  const WalletFacts* const wallet = FindWallet(order.wallet);
  if (wallet != nullptr && !inquiry.mitra_code.empty() &&
      inquiry.mitra_code != wallet->mitra_code) {
    return absl::InvalidArgumentError("the reply is about another wallet");
  }
  if (inquiry.amount != order.amount) {
    return absl::InvalidArgumentError("the reply has another amount");
  }
  return absl::OkStatus();
}

Outcome OrderOutcome(const Order& order, const Inquiry& inquiry, absl::Time now) {
  Outcome outcome{.verdict = Verdict::kAccepted};
  Facts& facts = outcome.facts;
  facts.provider_number = inquiry.txid;
  facts.amount = inquiry.amount;
  facts.provider_data = {{kTxidData, inquiry.txid}, {kReferenceData, inquiry.reference_no}};
  const std::string& status = inquiry.status;
  const std::optional<Money> given_back = GivenBack(inquiry);
  if (status == kPaid || status == kVoid || status == kRefund) {
    if (!given_back) return Unclear("the payment was given back, and how much of it is not said");
    TakePaid(inquiry, facts);
    if (given_back->minor_units > 0) facts.returned = *given_back;
    const bool all = given_back->minor_units >= inquiry.amount.minor_units;
    if (all && status != kPaid) facts.report = Report::kReturned;
  } else if (status == kInitiated || status == kUnpaid) {
    facts.report = Report::kOpen;
  } else if (status == kProcessing) {
    facts.report = Report::kProcessing;
  } else if (status == kExpired) {
    facts.report = Report::kExpired;
    facts.failure = {
        .reason = FailureReason::kExpired, .message = "not paid in time", .provider_code = status};
  } else if (status == kFailed) {
    // Two of NICEPAY's pages differ on AstraPay's 8: "failed" and "refund".
    if (order.paid.minor_units > 0) {
      return Unclear("failed, says the status of an order that had been paid: given back?");
    }
    facts.report = Report::kClosed;
    facts.failure = WhyClosed(order, inquiry, now);
  }
  return outcome;
}

Outcome RefundOutcome(const Order& order, const Refund& refund, const Inquiry& inquiry) {
  const bool was_paid =
      inquiry.status == kPaid || inquiry.status == kVoid || inquiry.status == kRefund;
  if (!was_paid) return Unclear("the payment's status does not allow a refund");
  const std::optional<Money> given_back = GivenBack(inquiry);
  if (!given_back) return Unclear("how much was given back is not said");

  // What was known to be given back before this refund, and what others may have added since.
  const bool counted = refund.state == RefundState::kSucceeded;
  const int64_t amount = refund.amount.minor_units;
  const int64_t before = order.refunded.minor_units - (counted ? amount : 0);
  const int64_t others = std::max<int64_t>(0, order.refund_pending.minor_units - amount);
  Outcome outcome{.verdict = Verdict::kAccepted};
  if (given_back->minor_units >= before + amount + others) {
    outcome.facts.report = Report::kSucceeded;
  } else if (given_back->minor_units <= before) {
    outcome.facts.report = Report::kNotFound;
  }
  // Between the two it may have been another one's money.
  return outcome;
}

}  // namespace sluice::nicepay
