// What a merchant may do: register, open, cancel; and link an account.

#include "absl/strings/str_format.h"
#include "providers/nicepay/simulator_book.h"
#include "providers/nicepay/simulator_codes.h"
#include "providers/nicepay/simulator_render.h"
#include "server/base/strings.h"

namespace sluice::nicepay::simulator {
namespace {

constexpr int kPageTokenBytes = 16;  // 32 hexadecimal digits.
constexpr int kMandateDigits = 20;
constexpr int kNumbersPerSecond = 10'000;  // The four digits at the end of a tXid.
constexpr absl::Duration kLinkValidity = absl::Minutes(15);

bool WithinLimits(const Transaction& transaction) {
  return transaction.terms.amt >= kMinPayment && transaction.terms.amt <= kMaxPayment;
}

}  // namespace

std::string Book::NewTXid(std::string_view i_mid, absl::Time now) {
  const std::string prefix = StrCat(i_mid, kEWalletMethod, JakartaTimeStamp(now));
  for (int tries = 0; tries < kNumbersPerSecond; ++tries) {
    const int64_t number = parts_.ids->Count("tXid") % kNumbersPerSecond;
    std::string t_xid = absl::StrCat(prefix, absl::StrFormat("%04d", number));
    if (t_xids_.insert(t_xid).second) return t_xid;
  }
  return "";
}

bool Book::MandateWorks(const PaymentTerms& terms, const Account& account) const {
  const auto mandate = mandates_.find(terms.mandate_id);
  return mandate != mandates_.end() && mandate->second->account->i_mid == account.i_mid &&
         mandate->second->status == kLinked;
}

void Book::Adopt(std::unique_ptr<Transaction> transaction) {
  const Resource resource{transaction.get(), nullptr};
  keys_.emplace(transaction->terms.reference_no, resource);
  pages_.emplace(transaction->page_token, resource);
  transactions_.emplace(transaction->t_xid, std::move(transaction));
}

void Book::Adopt(std::unique_ptr<Link> link) {
  const Resource resource{nullptr, link.get()};
  keys_.emplace(link->terms.reference_no, resource);
  pages_.emplace(link->page_token, resource);
  mandates_.emplace(link->mandate_id, link.get());
  links_.emplace(link->t_xid, std::move(link));
}

std::string_view Book::Register(const AccountPtr& account, const PaymentTerms& terms,
                                absl::Time now, Transaction* out) {
  MutexLock lock(&mutex_);
  if (references_.count({account->i_mid, terms.reference_no}) > 0) return kReferenceUsed;
  if (terms.wallet->linked && !MandateWorks(terms, *account)) return kInvalidParameter;
  auto owned = std::make_unique<Transaction>();
  Transaction* transaction = owned.get();
  transaction->t_xid = NewTXid(account->i_mid, now);
  if (transaction->t_xid.empty()) return kNoNumberLeft;
  references_.emplace(account->i_mid, terms.reference_no);
  transaction->terms = terms;
  transaction->account = account;
  transaction->page_token = parts_.ids->Hex(kPageTokenBytes);
  transaction->request_time = transaction->trans_time = now;
  if (terms.wallet->linked) {  // Opened by the same call.
    transaction->status = terms.wallet->opened();
    transaction->opened = true;
    transaction->call_back_url = terms.call_back_url;
  }
  Adopt(std::move(owned));
  Record(*transaction, "register", 0);
  ScheduleExpiry(transaction);
  if (terms.wallet->linked) PayBySelf(transaction);
  *out = *transaction;
  return kSuccess;
}

std::string_view Book::Open(std::string_view t_xid, std::string_view call_back_url,
                            Transaction* out) {
  MutexLock lock(&mutex_);
  const auto found = transactions_.find(t_xid);
  if (found == transactions_.end()) return kUnknownTransaction;
  Transaction* transaction = found->second.get();
  std::string_view code = kSuccess;
  if (transaction->open()) {
    transaction->call_back_url = std::string(call_back_url);
    if (!WithinLimits(*transaction)) {
      Move(transaction, kFailed, "decline", 0);
      code = kPaymentFailed;
    } else if (!transaction->opened || transaction->terms.wallet->push) {
      const bool first = !transaction->opened;
      transaction->opened = true;
      if (transaction->status == kInitiated)
        transaction->status = transaction->terms.wallet->opened();
      Record(*transaction, "open", 0);
      if (transaction->terms.wallet->push) ScheduleExpiry(transaction);  // Its time starts now.
      if (first) PayBySelf(transaction);
    }
  } else {
    code = kPaymentFailed;
  }
  *out = *transaction;
  if (code != kSuccess && out->call_back_url.empty()) {
    out->call_back_url = std::string(call_back_url);
  }
  return code;
}

void Book::PayBySelf(Transaction* transaction) {
  if (!transaction->account->auto_paid && !parts_.switches->On("auto_pay")) return;
  const absl::Duration delay = parts_.switches->Delay("auto_pay_delay");
  if (delay == absl::ZeroDuration()) {
    Approve(transaction);
  } else if (delay != absl::InfiniteDuration()) {
    parts_.clock->After(delay, [this, transaction] {
      MutexLock lock(&mutex_);
      if (transaction->open() && transaction->status != kProcessing) Approve(transaction);
    });
  }
}

bool Book::Approve(Transaction* transaction) {
  if (!WithinLimits(*transaction)) {
    Move(transaction, kFailed, "decline", 0);
    return false;
  }
  const absl::Duration delay = parts_.switches->Delay("shopeepay_processing");
  const bool processes = transaction->terms.wallet->Has(kProcessing) &&
                         transaction->status != kProcessing && delay > absl::ZeroDuration();
  if (processes) {
    SetProcessing(transaction, delay);
  } else {
    MarkPaid(transaction);
  }
  return true;
}

std::string_view Book::Cancel(std::string_view t_xid, const CancelTerms& terms, absl::Time now,
                              Transaction* out, std::string* cancel_t_xid) {
  MutexLock lock(&mutex_);
  const auto found = transactions_.find(t_xid);
  if (found == transactions_.end()) return kFullCancelTransaction;
  Transaction* transaction = found->second.get();
  if (!transaction->paid_time) return kNotCancellable;
  if (transaction->remaining() == 0) return kDuplicateCancel;
  if (!terms.partial && transaction->cancelled > 0) return kFullAfterPartial;
  if (terms.amt > transaction->remaining()) return kCancelTooLarge;
  if (!terms.partial && terms.amt < transaction->terms.amt) return kFullCancelError;
  const CancelVerdict verdict =
      JudgeCancel(*transaction->terms.wallet, terms.partial, *transaction->paid_time, now,
                  parts_.switches->Text("dana_after_24h") == "manual");
  if (!verdict.refused.empty()) return verdict.refused;
  *cancel_t_xid = NewTXid(transaction->account->i_mid, now);
  if (cancel_t_xid->empty()) return kNoNumberLeft;
  Reverse(transaction, verdict.status, terms.amt);
  *out = *transaction;
  return kSuccess;
}

std::string_view Book::StartLink(const AccountPtr& account, const LinkTerms& terms, absl::Time now,
                                 Link* out) {
  MutexLock lock(&mutex_);
  if (references_.count({account->i_mid, terms.reference_no}) > 0) return kReferenceUsed;
  auto owned = std::make_unique<Link>();
  Link* link = owned.get();
  link->t_xid = NewTXid(account->i_mid, now);
  if (link->t_xid.empty()) return kNoNumberLeft;
  references_.emplace(account->i_mid, terms.reference_no);
  link->terms = terms;
  link->account = account;
  // Known from the start, so that a notification of a refused link can be told from a payment's;
  // of use only once the link is confirmed.
  link->mandate_id = absl::StrCat(account->i_mid, parts_.ids->Digits(kMandateDigits / 2),
                                  parts_.ids->Digits(kMandateDigits / 2));
  link->page_token = parts_.ids->Hex(kPageTokenBytes);
  link->request_time = link->trans_time = now;
  Adopt(std::move(owned));
  Record(*link, "register");
  link->next_event = parts_.clock->After(kLinkValidity, [this, link] {
    MutexLock event_lock(&mutex_);
    link->next_event = 0;
    if (link->status == kLinkPending) EndLink(link, kLinkExpired, "expire");
  });
  *out = *link;
  return kSuccess;
}

void Book::WhenDecided(std::string_view t_xid, absl::Duration at_most, Watcher then) {
  MutexLock lock(&mutex_);
  const auto found = transactions_.find(t_xid);
  if (found == transactions_.end()) return;
  watchers_.emplace(found->first, std::move(then));
  ReleaseLater(found->first, found->second->open() ? at_most : absl::ZeroDuration());
}

void Book::ReleaseLater(const std::string& t_xid, absl::Duration delay) {
  if (watchers_.count(t_xid) == 0) return;
  parts_.clock->After(delay, [this, t_xid] {
    std::vector<Watcher> released;
    Transaction now;
    {
      MutexLock lock(&mutex_);
      const auto [begin, end] = watchers_.equal_range(t_xid);
      for (auto it = begin; it != end; ++it) released.push_back(std::move(it->second));
      watchers_.erase(begin, end);
      now = *transactions_.find(t_xid)->second;
    }
    for (const Watcher& watcher : released) watcher(now);
  });
}

std::optional<Transaction> Book::Find(std::string_view t_xid) const {
  MutexLock lock(&mutex_);
  const auto found = transactions_.find(t_xid);
  if (found == transactions_.end()) return std::nullopt;
  return *found->second;
}

std::optional<Transaction> Book::FindByPage(std::string_view page_token) const {
  MutexLock lock(&mutex_);
  const auto found = pages_.find(page_token);
  if (found == pages_.end() || found->second.transaction == nullptr) return std::nullopt;
  return *found->second.transaction;
}

std::optional<Link> Book::FindLinkByPage(std::string_view page_token) const {
  MutexLock lock(&mutex_);
  const auto found = pages_.find(page_token);
  if (found == pages_.end() || found->second.link == nullptr) return std::nullopt;
  return *found->second.link;
}

}  // namespace sluice::nicepay::simulator
