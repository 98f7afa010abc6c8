#include "tests/simulation/model_provider.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/fakes/fake_provider.h"

namespace sluice::simulation_run {
namespace {

std::string Word(const std::string& body, const std::string& name) {
  for (absl::string_view word : absl::StrSplit(body, ' ')) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
    if (parts.first == name) return parts.second;
  }
  return "";
}

std::string Describe(const std::string& key, const ModelProvider::Order& order) {
  const std::string amount = absl::StrCat(order.minor_units, ".AED");
  const std::string common = absl::StrCat("number=P-", key, " amount=", amount);
  switch (order.state) {
    case ModelProvider::State::kOpen:
      return absl::StrCat("report=open url=https://pay.example/", key, " ", common);
    case ModelProvider::State::kPaid:
      return absl::StrCat("report=paid paid=", amount, " ", common);
    case ModelProvider::State::kClosed:
      return absl::StrCat("report=closed ", common);
    case ModelProvider::State::kReturned:
      return absl::StrCat("report=returned paid=", amount, " returned=", amount, " ", common);
  }
  return "";
}

}  // namespace

HttpReply ModelProvider::Answer(const HttpRequest& request) {
  const std::string verb = Word(request.body, "verb");
  const std::string key = Word(request.body, "key");
  if (!Chance(faults_permille_)) return Said(Do(verb, key));
  switch (random_->Next() % 6) {
    case 0:
      return Failed(Transport::kNotSent);
    case 1:
      return Failed(Transport::kTimedOut);  // Before the effect.
    case 2:
      Do(verb, key);
      return Failed(Transport::kTimedOut);
    case 3:
      Do(verb, key);
      return Failed(Transport::kBroken);
    case 4:
      return Status(503);
    default:
      Do(verb, key);
      return Status(502);
  }
}

std::string ModelProvider::Do(const std::string& verb, const std::string& key) {
  if (verb == "create_order") return Create(key);
  if (verb == "query_order") return Query(key);
  if (verb == "cancel_order") return End(key, /*revoke=*/false);
  if (verb == "revoke_order") return End(key, /*revoke=*/true);
  if (verb == "create_refund") return Refund(key);
  if (verb == "query_refund") {
    return refund_effects_.count(key) > 0 ? absl::StrCat("accepted report=succeeded number=F-", key)
                                          : "accepted report=not_found";
  }
  return "unknown";
}

// The number is the provider's key: the same one again creates nothing.
std::string ModelProvider::Create(const std::string& key) {
  const auto [order, created] = orders_.try_emplace(key);
  if (created) {
    order->second.minor_units = amounts_[key];
    ++order->second.creates_with_effect;
  }
  return "accepted " + Describe(key, order->second);
}

std::string ModelProvider::Query(const std::string& key) {
  const auto order = orders_.find(key);
  return order == orders_.end() ? "accepted report=not_found"
                                : "accepted " + Describe(key, order->second);
}

std::string ModelProvider::End(const std::string& key, bool revoke) {
  const auto found = orders_.find(key);
  if (found == orders_.end()) return "declined report=not_found code=UNKNOWN_ORDER";
  Order& order = found->second;
  if (order.state == State::kPaid && !revoke) return "declined code=PAID";
  if (order.state == State::kPaid && order.refunded > 0) return "declined code=REFUNDED";
  if (order.state == State::kPaid) order.state = State::kReturned;
  if (order.state == State::kOpen) order.state = State::kClosed;
  return "accepted " + Describe(key, order);
}

std::string ModelProvider::Refund(const std::string& key) {
  if (refund_effects_.count(key) > 0) {
    return absl::StrCat("accepted report=succeeded number=F-", key);
  }
  const auto found = orders_.find(refund_orders_[key]);
  const bool paid = found != orders_.end() && found->second.state == State::kPaid;
  if (!paid) return "declined code=NOT_PAID";
  Order& order = found->second;
  if (order.refunded + amounts_[key] > order.minor_units) return "declined code=TOO_MUCH";
  order.refunded += amounts_[key];
  ++refund_effects_[key];
  notices_.push_back(absl::StrCat("kind=refund key=", key, " dedup=refund-", key,
                                  " sign=ok report=succeeded number=F-", key));
  return absl::StrCat("accepted report=succeeded number=F-", key);
}

bool ModelProvider::Pay(const std::string& key) {
  const auto found = orders_.find(key);
  if (found == orders_.end() || found->second.state != State::kOpen) return false;
  found->second.state = State::kPaid;
  notices_.push_back(absl::StrCat("kind=order key=", key, " dedup=paid-", key, " sign=ok ",
                                  Describe(key, found->second)));
  return true;
}

}  // namespace sluice::simulation_run
