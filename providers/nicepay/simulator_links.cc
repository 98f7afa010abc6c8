// Links of AstraPay accounts: how they end, and what the merchant is told.

#include <utility>

#include "providers/nicepay/simulator_book.h"
#include "server/base/strings.h"

namespace sluice::nicepay::simulator {

void Book::MoveLink(Link* link, std::string_view status, std::string_view operation, bool notify) {
  CancelEvent(&link->next_event);
  link->status = status;
  link->trans_time = parts_.clock->Now();
  Record(*link, operation);
  if (notify) Notify(*link);
}

// The same phone has one mandate at a time: the one before is retired.
void Book::CompleteLink(Link* link) {
  for (const auto& [t_xid, other] : links_) {
    const bool same = other->account->i_mid == link->account->i_mid &&
                      other->terms.billing_phone == link->terms.billing_phone;
    if (same && other->status == kLinked) {
      MoveLink(other.get(), kUnlinked, "unlink", parts_.switches->On("notify_retired_link"));
    }
  }
  MoveLink(link, kLinked, "link", true);
}

void Book::EndLink(Link* link, std::string_view status, std::string_view operation) {
  MoveLink(link, status, operation, parts_.switches->On("notify_link_failure"));
}

absl::Status Book::SetLinkState(Link* link, std::string_view state) {
  const bool pending = link->status == kLinkPending;
  if (state == kLinked && pending) {
    CompleteLink(link);
  } else if (state == kLinkDeclined && pending) {
    EndLink(link, kLinkDeclined, "decline");
  } else if (state == kLinkExpired && pending) {
    EndLink(link, kLinkExpired, "expire");
  } else if (state == kUnlinked && link->status == kLinked) {
    MoveLink(link, kUnlinked, "unlink", true);
  } else if (state == kLinked || state == kLinkDeclined || state == kLinkExpired ||
             state == kUnlinked) {
    return absl::FailedPreconditionError(StrCat("the link has status ", link->status));
  } else {
    return absl::InvalidArgumentError("state: a link can be moved to 0, 1, 5 or 8");
  }
  return absl::OkStatus();
}

void Book::Notify(const Link& link) {
  Notice notice;
  notice.link = link;
  parts_.notify(std::move(notice));
}

void Book::Record(const Link& link, std::string_view operation) {
  LedgerEntry entry;
  entry.time = parts_.clock->Now();
  entry.account = link.account->i_mid;
  entry.operation = std::string(operation);
  entry.provider_key = link.terms.reference_no;
  entry.provider_number = link.t_xid;
  entry.currency_code = kCurrency;
  entry.state = std::string(link.status);
  parts_.ledger->Append(std::move(entry));
}

}  // namespace sluice::nicepay::simulator
