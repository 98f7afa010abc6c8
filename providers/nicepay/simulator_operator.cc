// What happens to a transaction or a link without the merchant: payer, operator, time; and what
// the merchant is told of it.

#include <utility>

#include "providers/nicepay/simulator_book.h"
#include "server/base/strings.h"

namespace sluice::nicepay::simulator {
namespace {

absl::Status NotOpen(const Transaction& transaction) {
  return absl::FailedPreconditionError(StrCat("the payment has status ", transaction.status, " (",
                                              StatusWord(transaction.status), ")"));
}

absl::Status LinkHasStatus(const Link& link) {
  return absl::FailedPreconditionError(StrCat("the link has status ", link.status));
}

// A status by its digit or NICEPAY's word.
std::string_view Digit(std::string_view state) {
  constexpr std::string_view kDigits = "0123456789";
  for (size_t i = 0; i < kDigits.size(); ++i) {
    const std::string_view digit = kDigits.substr(i, 1);
    if (state == digit) return digit;
    if (!state.empty() && state == StatusWord(digit)) return digit;
  }
  return "";
}

}  // namespace

absl::StatusOr<Book::Resource> Book::ByKey(std::string_view key) const {
  if (const auto found = transactions_.find(key); found != transactions_.end()) {
    return Resource{found->second.get(), nullptr};
  }
  if (const auto found = links_.find(key); found != links_.end()) {
    return Resource{nullptr, found->second.get()};
  }
  if (const auto found = mandates_.find(key); found != mandates_.end()) {
    return Resource{nullptr, found->second};
  }
  const auto [first, last] = keys_.equal_range(key);
  if (first == last) return absl::NotFoundError("no payment or link has this number");
  if (std::next(first) != last) {
    return absl::FailedPreconditionError("several merchants use this referenceNo: name the tXid");
  }
  return first->second;
}

absl::StatusOr<Transaction*> Book::OpenByKey(std::string_view key) const {
  const absl::StatusOr<Resource> resource = ByKey(key);
  if (!resource.ok()) return resource.status();
  Transaction* transaction = resource->transaction;
  if (transaction == nullptr) return absl::FailedPreconditionError("that is a link, not a payment");
  if (!transaction->open()) return NotOpen(*transaction);
  // Where the merchant has to ask the wallet, a payer cannot know before. Elsewhere the payer opens
  // the payment, which comes with paying it.
  if (!transaction->opened && (transaction->terms.wallet->push || transaction->terms.wallet->app)) {
    return absl::FailedPreconditionError("the payment has not been called for yet");
  }
  return transaction;
}

void Book::CancelEvent(simulation::EventId* event) {
  if (*event != 0) parts_.clock->Cancel(std::exchange(*event, 0));
}

void Book::ScheduleExpiry(Transaction* transaction) {
  CancelEvent(&transaction->next_event);
  const absl::Time due = transaction->terms.valid_until.value_or(
      parts_.clock->Now() + transaction->terms.wallet->validity);
  transaction->next_event = parts_.clock->At(due, [this, transaction] {
    MutexLock lock(&mutex_);
    transaction->next_event = 0;
    if (!transaction->open()) return;
    Move(transaction, transaction->terms.wallet->expired(), "expire", 0);
  });
}

void Book::Move(Transaction* transaction, std::string_view status, std::string_view operation,
                int64_t amount) {
  CancelEvent(&transaction->next_event);
  transaction->status = status;
  transaction->trans_time = parts_.clock->Now();
  Record(*transaction, operation, amount);
  if (!transaction->open()) ReleaseLater(transaction->t_xid, absl::ZeroDuration());
}

void Book::MarkPaid(Transaction* transaction) {
  transaction->opened = true;
  transaction->paid_time = parts_.clock->Now();
  Move(transaction, kPaid, "pay", transaction->terms.amt);
  Notify(*transaction, "0");
}

void Book::SetProcessing(Transaction* transaction, absl::Duration delay) {
  transaction->opened = true;
  Move(transaction, kProcessing, "processing", 0);
  if (delay == absl::InfiniteDuration()) return;
  transaction->next_event = parts_.clock->After(delay, [this, transaction] {
    MutexLock lock(&mutex_);
    transaction->next_event = 0;
    if (transaction->status == kProcessing) MarkPaid(transaction);
  });
}

void Book::Reverse(Transaction* transaction, std::string_view status, int64_t amount) {
  transaction->cancelled += amount;
  Move(transaction, status, status == kVoid ? "void" : "refund", amount);
  Notify(*transaction, "1");
}

absl::Status Book::Pay(std::string_view key) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Transaction*> transaction = OpenByKey(key);
  if (!transaction.ok()) return transaction.status();
  if (Approve(*transaction)) return absl::OkStatus();
  return absl::FailedPreconditionError("the wallet refuses this amount: the payment has failed");
}

absl::Status Book::Decline(std::string_view key) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Resource> resource = ByKey(key);
  if (resource.ok() && resource->link != nullptr) {
    if (resource->link->status != kLinkPending) return LinkHasStatus(*resource->link);
    EndLink(resource->link, kLinkDeclined, "decline");
    return absl::OkStatus();
  }
  const absl::StatusOr<Transaction*> transaction = OpenByKey(key);
  if (!transaction.ok()) return transaction.status();
  Move(*transaction, kFailed, "decline", 0);
  return absl::OkStatus();
}

absl::Status Book::Expire(std::string_view key) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Resource> resource = ByKey(key);
  if (!resource.ok()) return resource.status();
  if (Link* link = resource->link) {
    if (link->status != kLinkPending) return LinkHasStatus(*link);
    EndLink(link, kLinkExpired, "expire");
    return absl::OkStatus();
  }
  Transaction* transaction = resource->transaction;
  if (!transaction->open()) return NotOpen(*transaction);
  Move(transaction, transaction->terms.wallet->expired(), "expire", 0);
  return absl::OkStatus();
}

absl::Status Book::ConfirmLink(std::string_view key) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Resource> resource = ByKey(key);
  if (!resource.ok()) return resource.status();
  if (resource->link == nullptr) {
    return absl::FailedPreconditionError("that is a payment, not a link");
  }
  if (resource->link->status != kLinkPending) return LinkHasStatus(*resource->link);
  CompleteLink(resource->link);
  return absl::OkStatus();
}

absl::Status Book::SetState(std::string_view key, std::string_view state) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Resource> resource = ByKey(key);
  if (!resource.ok()) return resource.status();
  return resource->link != nullptr ? SetLinkState(resource->link, state)
                                   : SetTransactionState(resource->transaction, state);
}

// Also a payment that comes after its time: the merchant has to cope with it.
absl::Status Book::SetTransactionState(Transaction* transaction, std::string_view state) {
  const std::string_view status = Digit(state);
  const Wallet& wallet = *transaction->terms.wallet;
  if (status.empty() || !wallet.Has(status)) {
    return absl::InvalidArgumentError(StrCat("state: ", wallet.name, " has no such status"));
  }
  const bool open = transaction->open();
  if (status == kPaid && !transaction->paid_time) {
    MarkPaid(transaction);
  } else if ((status == kVoid || status == kRefund) && transaction->remaining() > 0) {
    Reverse(transaction, status, transaction->remaining());
  } else if (status == kUnpaid && transaction->status == kInitiated) {
    transaction->opened = true;
    transaction->status = kUnpaid;
    Record(*transaction, "open", 0);
  } else if (status == kProcessing && open && transaction->status != kProcessing) {
    SetProcessing(transaction, absl::InfiniteDuration());
  } else if ((status == kExpired || status == kFailed) && open) {
    Move(transaction, status, status == kExpired ? "expire" : "decline", 0);
  } else {
    return NotOpen(*transaction);
  }
  return absl::OkStatus();
}

absl::Status Book::EmitNotification(std::string_view key) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Resource> resource = ByKey(key);
  if (!resource.ok()) return resource.status();
  if (resource->link != nullptr) {
    Notify(*resource->link);
    return absl::OkStatus();
  }
  if (!resource->transaction->paid_time) {
    return absl::FailedPreconditionError("NICEPAY tells of deposits and reversals only");
  }
  Notify(*resource->transaction, resource->transaction->cancelled > 0 ? "1" : "0");
  return absl::OkStatus();
}

void Book::Notify(const Transaction& transaction, std::string_view status) {
  Notice notice;
  notice.transaction = transaction;
  notice.status = status;
  parts_.notify(std::move(notice));
}

void Book::Record(const Transaction& transaction, std::string_view operation, int64_t rupiah) {
  LedgerEntry entry;
  entry.time = parts_.clock->Now();
  entry.account = transaction.account->i_mid;
  entry.operation = std::string(operation);
  entry.provider_key = transaction.terms.reference_no;
  entry.provider_number = transaction.t_xid;
  entry.currency_code = kCurrency;
  entry.minor_units = rupiah;
  entry.state = std::string(transaction.status);
  parts_.ledger->Append(std::move(entry));
}

}  // namespace sluice::nicepay::simulator
