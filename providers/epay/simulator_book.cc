#include "providers/epay/simulator_book.h"

#include <iterator>

#include "absl/strings/numbers.h"
#include "providers/simulation/decimal.h"
#include "server/base/strings.h"

namespace sluice::epay::simulator {
namespace {

// With the sixteen digits of TimeNumber, the 24 of all samples, which begin so.
constexpr char kNumberPrefix[] = "23115159";

int64_t Cents(std::string_view amount) {
  return simulation::ParseMinorUnits(amount, kDecimals, kMaxIntegerDigits).value_or(0);
}

}  // namespace

void Book::SetBalance(const std::string& epay_account, int64_t cents) {
  MutexLock lock(&mutex_);
  balances_[epay_account] = cents;
}

Outcome Book::CheckTerms(const Key& key, const PayoutTerms& terms, int64_t fee) const {
  const Limits limits = parts_.switches->LimitsOf(terms.channel_code);
  if (terms.amount < Cents(limits.single_min) || terms.amount > Cents(limits.single_max)) {
    return Refused(kOutOfLimits);
  }
  if (by_merchant_no_.contains(key)) return Refused(kDuplicateOrderNo);
  const auto balance = balances_.find(key.first);
  if (balance == balances_.end() || balance->second < terms.amount + fee) {
    return Refused(kBalanceTooLow);
  }
  return {};
}

Outcome Book::Create(const Account& account, const PayoutTerms& terms, absl::Time now,
                     Payout* out) {
  // Rounded half up to the cent.
  const int64_t fee = (terms.amount * parts_.switches->Number("fee_permille") + 500) / 1000;
  const Key key(account.epay_account, terms.merchant_order_no);
  MutexLock lock(&mutex_);
  Outcome outcome = CheckTerms(key, terms, fee);
  if (!outcome.ok()) return outcome;
  auto owned = std::make_unique<Payout>();
  Payout* payout = owned.get();
  payout->terms = terms;
  payout->epay_account = account.epay_account;
  payout->order_no = parts_.ids->TimeNumber(kNumberPrefix, now);
  payout->fee = fee;
  payouts_.emplace(payout->order_no, std::move(owned));
  by_merchant_no_.emplace(key, payout);
  keys_.emplace(terms.merchant_order_no, payout);
  balances_[account.epay_account] -= terms.amount + fee;
  Record(*payout, "payout", terms.amount + fee);
  ScheduleResult(payout);
  *out = *payout;
  return outcome;
}

// Both switches count as they are when the payout is created.
void Book::ScheduleResult(Payout* payout) {
  int result = 0;
  const absl::Duration delay = parts_.switches->Delay("auto_delay");
  if (!absl::SimpleAtoi(parts_.switches->Text("auto_result"), &result)) return;  // none
  if (delay == absl::InfiniteDuration()) return;
  payout->next_event = parts_.clock->After(delay, [this, payout, result] {
    MutexLock lock(&mutex_);
    payout->next_event = 0;
    // Moving from 1 to a final status never takes more from the balance.
    if (payout->status == kConfirm) Move(payout, *FindStatus(result)).IgnoreError();
  });
}

Outcome Book::Find(const Account& account, std::string_view merchant_order_no, Payout* out) const {
  MutexLock lock(&mutex_);
  const auto found =
      by_merchant_no_.find(Key(account.epay_account, std::string(merchant_order_no)));
  if (found == by_merchant_no_.end()) return Refused(kOrderNotFound);
  *out = *found->second;
  return {};
}

absl::StatusOr<Payout*> Book::ByKey(std::string_view key) const {
  if (const auto found = payouts_.find(key); found != payouts_.end()) return found->second.get();
  const auto [first, last] = keys_.equal_range(key);
  if (first == last) return absl::NotFoundError("no payout has this number");
  if (std::next(first) != last) {
    return absl::FailedPreconditionError(
        "several merchants use this number: name the payout by EPAY's own");
  }
  return first->second;
}

std::string Book::FailureText(int status) const {
  switch (status) {
    case kFail:
    case kFeeKept:
      return parts_.switches->Text("fail_remark");
    case kCancel:
      return "cancelled";
    case kClose:
      return "timed out and closed";
    default:
      return "";
  }
}

absl::Status Book::Move(Payout* payout, const Status& to) {
  const int64_t more =
      WithheldAmount(*payout, to) - WithheldAmount(*payout, *FindStatus(payout->status));
  int64_t& balance = balances_[payout->epay_account];
  if (more > balance) {
    return absl::FailedPreconditionError("the balance is too low to take the money back");
  }
  if (payout->next_event != 0) parts_.clock->Cancel(std::exchange(payout->next_event, 0));
  balance -= more;
  payout->status = to.number;
  payout->failure_text = FailureText(to.number);
  const int64_t about = to.number == kPaid      ? payout->terms.amount
                        : to.number == kFeeKept ? payout->fee
                                                : 0;
  Record(*payout, to.ledger_word, about);
  if (more < 0) Record(*payout, "release", -more);
  if (more > 0) Record(*payout, "debit", more);
  if (to.called_back && !payout->terms.notify_url.empty()) parts_.notify(*payout);
  return absl::OkStatus();
}

absl::Status Book::Pay(std::string_view key) { return Finish(key, kPaid); }

absl::Status Book::Decline(std::string_view key) { return Finish(key, kFail); }

absl::Status Book::Expire(std::string_view key) { return Finish(key, kClose); }

absl::Status Book::ConfirmLink(std::string_view) {
  return absl::FailedPreconditionError("EPAY has no linked accounts");
}

absl::Status Book::Finish(std::string_view key, int status) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Payout*> payout = ByKey(key);
  if (!payout.ok()) return payout.status();
  if (FindStatus((*payout)->status)->final) {
    return absl::FailedPreconditionError(
        StrCat("the payout is final: its status is ", (*payout)->status));
  }
  return Move(*payout, *FindStatus(status));
}

// Every move, also those that EPAY's documents do not have: the one who is told has to cope.
absl::Status Book::SetState(std::string_view key, std::string_view state) {
  int number = 0;
  const Status* to = absl::SimpleAtoi(AbslView(state), &number) ? FindStatus(number) : nullptr;
  MutexLock lock(&mutex_);
  const absl::StatusOr<Payout*> payout = ByKey(key);
  if (!payout.ok()) return payout.status();
  if (to == nullptr) {
    return absl::InvalidArgumentError(
        "state: must be a number of the status chart: 0, 1, 5, 6, 7, 8, 9, 11, 19 or 20");
  }
  if ((*payout)->status == number) {
    return absl::FailedPreconditionError(StrCat("the payout's status is ", number, " already"));
  }
  return Move(*payout, *to);
}

absl::Status Book::EmitNotification(std::string_view key) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Payout*> payout = ByKey(key);
  if (!payout.ok()) return payout.status();
  if ((*payout)->terms.notify_url.empty()) {
    return absl::FailedPreconditionError("it was created without a notifyUrl");
  }
  if (!FindStatus((*payout)->status)->called_back) {
    return absl::FailedPreconditionError(StrCat("nobody is told of status ", (*payout)->status));
  }
  parts_.notify(**payout);
  return absl::OkStatus();
}

void Book::Record(const Payout& payout, std::string_view operation, int64_t cents) {
  LedgerEntry entry;
  entry.time = parts_.clock->Now();
  entry.account = payout.epay_account;
  entry.operation = std::string(operation);
  entry.provider_key = payout.terms.merchant_order_no;
  entry.provider_number = payout.order_no;
  entry.currency_code = kCurrency;
  entry.minor_units = cents;
  entry.state = StrCat(payout.status);
  parts_.ledger->Append(std::move(entry));
}

}  // namespace sluice::epay::simulator
