#include "tests/simulation/model_provider.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sluice::simulation_run {
namespace {

using Kind = ModelProvider::Kind;
using State = ModelProvider::State;

// "o-1" of "o-1", "o-1-1" (the second number of the same order) and "o-1.r-2".
std::string IdOf(const std::string& key) {
  const size_t number = key.find('-');
  return key.substr(0, key.find_first_of("-.", number + 1));
}

const char* ReportOf(const ModelProvider::Thing& thing) {
  switch (thing.state) {
    case State::kOpen:
      return "open";
    case State::kProcessing:
      return "processing";
    case State::kDone:
      return thing.kind == Kind::kOrder ? "paid" : "succeeded";
    case State::kClosed:
      return "closed";
    case State::kReturned:
      return "returned";
    case State::kFailed:
      return "failed";
    case State::kCanceled:
      return "canceled";
  }
  return "";
}

std::string Describe(const std::string& key, const ModelProvider::Thing& thing) {
  std::string text = absl::StrCat("report=", ReportOf(thing), " number=P-", key);
  if (thing.kind == Kind::kLink) {
    if (thing.state == State::kDone) absl::StrAppend(&text, " data.mandate=m-", key);
    if (thing.state == State::kOpen) absl::StrAppend(&text, " url=https://pay.example/", key);
    return text;
  }
  const std::string amount = absl::StrCat(thing.minor_units, ".AED");
  absl::StrAppend(&text, " amount=", amount);
  if (thing.kind != Kind::kOrder) return text;
  if (thing.state == State::kOpen) absl::StrAppend(&text, " url=https://pay.example/", key);
  if (thing.state == State::kDone) {
    absl::StrAppend(&text, " paid=", amount, " returned=", thing.refunded, ".AED");
  }
  if (thing.state == State::kReturned) {
    absl::StrAppend(&text, " paid=", amount, " returned=", amount);
  }
  return text;
}

const char* WordOf(Kind kind) {
  switch (kind) {
    case Kind::kRefund:
      return "refund";
    case Kind::kPayout:
      return "payout";
    case Kind::kLink:
      return "account_link";
    default:
      return "order";
  }
}

}  // namespace

const ModelProvider::Thing* ModelProvider::Find(const std::string& key) const {
  const auto found = things_.find(key);
  return found == things_.end() ? nullptr : &found->second;
}

std::string ModelProvider::Do(const std::string& verb, const std::string& key) {
  if (verb == "create_order") return Create(Kind::kOrder, State::kOpen, key);
  if (verb == "create_payout") return Create(Kind::kPayout, State::kProcessing, key);
  if (verb == "create_account_link") return Create(Kind::kLink, State::kOpen, key);
  if (verb == "create_refund") return Refund(key);
  if (absl::StartsWith(verb, "query_")) return Query(key);
  if (verb == "cancel_order") return Undo(key, /*revoke=*/false);
  if (verb == "revoke_order" || verb == "revoke_account_link") return Undo(key, /*revoke=*/true);
  return "unknown";
}

// The number is the provider's key: the same one again creates nothing.
std::string ModelProvider::Create(Kind kind, State state, const std::string& key) {
  const auto [found, created] = things_.try_emplace(key);
  Thing& thing = found->second;
  if (created) {
    thing.kind = kind;
    thing.state = state;
    thing.minor_units = amounts_[IdOf(key)];
    ++thing.times_created;
  }
  return "accepted " + Describe(key, thing);
}

std::string ModelProvider::Query(const std::string& key) {
  const Thing* thing = Find(key);
  return thing == nullptr ? "accepted report=not_found" : "accepted " + Describe(key, *thing);
}

std::string ModelProvider::Undo(const std::string& key, bool revoke) {
  const auto found = things_.find(key);
  if (found == things_.end()) return "declined report=not_found code=UNKNOWN";
  Thing& thing = found->second;
  if (thing.kind == Kind::kLink) {
    if (thing.state == State::kDone) thing.state = State::kCanceled;
    return "accepted " + Describe(key, thing);
  }
  if (thing.state == State::kDone && !revoke) return "declined code=PAID";
  if (thing.state == State::kDone && thing.refunded > 0) return "declined code=REFUNDED";
  if (thing.state == State::kDone) thing.state = State::kReturned;
  if (thing.state == State::kOpen) thing.state = State::kClosed;
  return "accepted " + Describe(key, thing);
}

// "o-1.r-2": the order's number is in front.
std::string ModelProvider::Refund(const std::string& key) {
  if (const Thing* done = Find(key)) return "accepted " + Describe(key, *done);
  const size_t dot = key.find('.');
  const auto found = things_.find(key.substr(0, dot));
  if (found == things_.end() || found->second.state != State::kDone)
    return "declined code=NOT_PAID";
  Thing& order = found->second;
  const int64_t minor_units = amounts_[key.substr(dot + 1)];
  if (order.refunded + minor_units > order.minor_units) return "declined code=TOO_MUCH";
  order.refunded += minor_units;
  Thing& refund = things_[key];
  refund = {.kind = Kind::kRefund, .state = State::kDone, .minor_units = minor_units};
  ++refund.times_created;
  Tell(key, refund);
  return "accepted " + Describe(key, refund);
}

bool ModelProvider::End(const std::string& key, Kind kind, State state) {
  const auto found = things_.find(key);
  if (found == things_.end() || found->second.kind != kind) return false;
  Thing& thing = found->second;
  if (thing.state != State::kOpen && thing.state != State::kProcessing) return false;
  thing.state = state;
  Tell(key, thing);
  return true;
}

bool ModelProvider::PayLate(const std::string& key) {
  const auto found = things_.find(key);
  if (found == things_.end() || found->second.state != State::kClosed) return false;
  found->second.state = State::kDone;
  found->second.paid_late = true;
  Tell(key, found->second);
  return true;
}

bool ModelProvider::TakeBack(const std::string& key) {
  const auto found = things_.find(key);
  if (found == things_.end()) return false;
  Thing& thing = found->second;
  if (thing.state != State::kDone || thing.refunded > 0 || thing.paid_late) return false;
  thing.state = State::kReturned;
  thing.taken_back = true;
  Tell(key, thing);
  return true;
}

void ModelProvider::Acknowledged(const std::string& notice) {
  for (auto& [key, thing] : things_) {
    const bool same = absl::StrContains(notice, absl::StrCat(" key=", key, " ")) &&
                      absl::StrContains(notice, absl::StrCat(" report=", ReportOf(thing), " "));
    if (same) thing.acknowledged = true;
  }
}

void ModelProvider::Tell(const std::string& key, Thing& thing) {
  thing.acknowledged = false;
  notices_.push_back(absl::StrCat("kind=", WordOf(thing.kind), " key=", key,
                                  " dedup=", ReportOf(thing), "-", key, " sign=ok ",
                                  confirm_ ? "confirm " : "", Describe(key, thing)));
}

}  // namespace sluice::simulation_run
