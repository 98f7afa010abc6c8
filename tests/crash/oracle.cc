#include "tests/crash/oracle.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sluice::crash {
namespace {

constexpr size_t kMaxTexts = 20;

std::string OrderOf(const std::string& refund) {
  return refund.substr(0, refund.find("/refunds/"));
}

// Without the merchant, for a message.
std::string Seen(const Resource& resource) {
  return absl::StrCat(resource.name.substr(sizeof(kMerchant)), " is ", resource.state,
                      resource.unknown ? ", unknown" : "");
}

}  // namespace

void Findings::Add(const Findings& more) {
  orders += more.orders, refunds += more.refunds, payouts += more.payouts, links += more.links;
  events += more.events, ledger_entries += more.ledger_entries;
  lost += more.lost, doubled += more.doubled, wrong += more.wrong, stuck += more.stuck;
  gaps += more.gaps, for_people += more.for_people;
  texts.insert(texts.end(), more.texts.begin(), more.texts.end());
}

std::string Findings::ToString() const {
  std::string text = absl::StrCat(
      orders, " orders, ", refunds, " refunds, ", payouts, " payouts, ", links, " links, ", events,
      " events, ", ledger_entries, " ledger entries: ", lost, " lost, ", doubled, " doubled, ",
      wrong, " wrong, ", stuck, " stuck, ", gaps, " gaps; ", for_people, " wait for a person");
  for (const std::string& line : texts) absl::StrAppend(&text, "\n  ", line);
  return text;
}

void Oracle::Say(int* counter, std::string text) {
  ++*counter;
  if (found_.texts.size() < kMaxTexts) found_.texts.push_back(std::move(text));
}

Effects Oracle::Sum(const Resource& resource) const {
  Effects sum;
  for (const std::string& key : resource.keys) {
    const Effects& effects = books_->Of(resource.provider, key);
    sum.created += effects.created;
    sum.paid += effects.paid;
    sum.returned += effects.returned;
    sum.linked += effects.linked;
    sum.paid_minor_units += effects.paid_minor_units;
    sum.returned_minor_units += effects.returned_minor_units;
  }
  return sum;
}

std::string Oracle::History(const Resource& resource) const {
  std::string text;
  for (const std::string& key : resource.keys) {
    absl::StrAppend(&text, "; ", key, ":", books_->Of(resource.provider, key).history);
  }
  return text;
}

// Where neither "not found" nor a repeat settles it, an unsent request stays open.
bool Oracle::ForPeople(const Resource& resource) const {
  if (!resource.unknown || !resource.Is("STATE_SUBMITTING")) return false;
  if (resource.kind == Resource::Kind::kPayout) return Sum(resource).created == 0;
  if (resource.kind != Resource::Kind::kRefund || resource.provider != "nicepay") return false;
  const auto order = resources_.find(OrderOf(resource.name));
  return order != resources_.end() && Sum(order->second).returned == 0;
}

bool Oracle::UnderWay(const Resource& resource) const {
  if (ForPeople(resource)) return false;
  return resource.unknown || resource.Is("STATE_SUBMITTING") || resource.Is("STATE_CANCELING") ||
         resource.Is("STATE_REVOKING") || resource.Is("STATE_PENDING");
}

bool Oracle::Quiet(Stubs& stubs) {
  books_ = std::make_unique<Books>(world_);
  resources_ = ReadResources(stubs, load_);
  // The two were not read at one moment: nothing may have happened in between.
  if (Books(world_).entries() != books_->entries()) return false;
  for (const auto& [name, resource] : resources_) {
    if (UnderWay(resource)) return false;
    const Effects sum = Sum(resource);
    const bool order = resource.kind == Resource::Kind::kOrder;
    if (order && resource.paid != sum.paid_minor_units) return false;
    const bool link = resource.kind == Resource::Kind::kLink;
    if (link && (sum.linked > 0) != resource.Is("STATE_ACTIVE")) return false;
  }
  return !resources_.empty();
}

Findings Oracle::Judge(Stubs& stubs, const Watcher& subscriber) {
  found_ = {};
  found_.ledger_entries = books_->entries();
  CompareKeys();
  for (const auto& [name, resource] : resources_) {
    if (ForPeople(resource)) ++found_.for_people;
    if (UnderWay(resource))
      Say(&found_.stuck, Seen(resource) + " " + resource.attention + History(resource));
    switch (resource.kind) {
      case Resource::Kind::kOrder:
        CompareOrder(resource);
        break;
      case Resource::Kind::kRefund:
        CompareRefund(resource);
        break;
      case Resource::Kind::kPayout:
        ComparePayout(resource);
        break;
      case Resource::Kind::kLink:
        CompareLink(resource);
        break;
    }
  }
  CompareAnswers();
  const std::vector<LoggedEvent> events = ReadEvents(stubs);
  CompareEvents(events, ReadResources(stubs, load_));
  CompareTold(events, subscriber);
  return std::move(found_);
}

// Each number at a provider belongs to something here, and was used once.
void Oracle::CompareKeys() {
  std::set<std::pair<std::string, std::string>> known;
  for (const auto& [name, resource] : resources_) {
    for (const std::string& key : resource.keys) known.insert({resource.provider, key});
  }
  for (const auto& [key, effects] : books_->all()) {
    const std::string seen = absl::StrCat(key.first, " ", key.second);
    if (effects.created > 1) Say(&found_.doubled, seen + ": created twice at the provider");
    if (effects.created > 0 && known.count(key) == 0) {
      Say(&found_.lost, seen + ": at the provider, and not here");
    }
  }
}

void Oracle::CompareOrder(const Resource& order) {
  ++found_.orders;
  const Effects sum = Sum(order);
  const std::string seen = Seen(order);
  if (sum.paid > 1) Say(&found_.doubled, seen + ": paid twice at the provider");
  if (order.paid != sum.paid_minor_units) {
    Say(&found_.wrong,
        absl::StrCat(seen, ": paid ", order.paid, " here and ", sum.paid_minor_units, " there"));
  }
  int64_t returned = sum.returned_minor_units;
  for (auto it = resources_.lower_bound(order.name + "/refunds/");
       it != resources_.end() && OrderOf(it->first) == order.name; ++it) {
    returned += Sum(it->second).returned_minor_units;
  }
  const bool all = order.Is("STATE_REVOKED") && returned == order.paid;
  if (returned != order.refunded && !all) {
    Say(&found_.wrong,
        absl::StrCat(seen, ": returned ", order.refunded, " here and ", returned, " there"));
  }
  if (sum.paid > 0 && !order.Is("STATE_PAID") && !all) {
    Say(&found_.wrong, seen + ": paid at the provider" + History(order));
  }
}

void Oracle::CompareRefund(const Resource& refund) {
  ++found_.refunds;
  const std::string seen = Seen(refund);
  if (refund.provider != "payby") return;  // NICEPAY knows the order's sum alone: CompareOrder.
  const Effects sum = Sum(refund);
  if (sum.created > 1 || sum.returned > 1) {
    Say(&found_.doubled, seen + ": more than one refund at the provider");
  }
  if (refund.Is("STATE_SUCCEEDED") != (sum.returned > 0)) {
    Say(&found_.wrong, absl::StrCat(seen, ": ", sum.returned, " done at the provider"));
  }
}

void Oracle::ComparePayout(const Resource& payout) {
  ++found_.payouts;
  const Effects sum = Sum(payout);
  const std::string seen = Seen(payout);
  if (sum.created > 1 || sum.paid > 1) {
    Say(&found_.doubled, seen + ": more than one payout at the provider");
  }
  if (payout.Is("STATE_SUCCEEDED") != (sum.paid > 0)) {
    Say(&found_.wrong, absl::StrCat(seen, ": ", sum.paid, " done at the provider"));
  }
}

void Oracle::CompareLink(const Resource& link) {
  ++found_.links;
  const Effects sum = Sum(link);
  if (sum.linked > 1) Say(&found_.doubled, Seen(link) + ": linked twice at the provider");
  if (link.Is("STATE_ACTIVE") != (sum.linked > 0)) {
    Say(&found_.wrong,
        absl::StrCat(Seen(link), ": ", sum.linked, " linked at the provider", History(link)));
  }
}

// What a caller was told does exist, no older than told, and what was final still is.
void Oracle::CompareAnswers() {
  for (const auto& [name, told] : load_.told()) {
    const auto here = resources_.find(name);
    if (here == resources_.end()) {
      Say(&found_.lost, name + ": was acknowledged");
    } else if (here->second.revision < told.revision ||
               (told.final && here->second.state != told.state)) {
      Say(&found_.lost, absl::StrCat(Seen(here->second), ", revision ", here->second.revision,
                                     ": was ", told.state, ", ", told.revision));
    }
  }
  for (const std::string& text : load_.went_back()) Say(&found_.lost, text);
  for (const std::string& text : load_.refused()) Say(&found_.wrong, "refused: " + text);
}

void Oracle::CompareEvents(const std::vector<LoggedEvent>& events,
                           const std::map<std::string, Resource>& after) {
  std::map<std::string, LoggedEvent> last;
  std::set<std::string> created;
  int64_t sequence = 0;
  for (const LoggedEvent& event : events) {
    if (event.sequence != ++sequence) {
      Say(&found_.gaps, absl::StrCat("event ", sequence, " is missing"));
      sequence = event.sequence;
    }
    if (absl::EndsWith(event.type, ".created")) created.insert(event.resource);
    if (!event.state.empty()) last[event.resource] = event;
  }
  found_.events = static_cast<int>(events.size());
  for (const auto& [name, resource] : resources_) {
    if (created.count(name) == 0) Say(&found_.gaps, Seen(resource) + ": was never created");
    // An order that awaits its payer may be ended by the provider at any time.
    const auto now = after.find(name);
    if (now == after.end() || now->second.revision != resource.revision) continue;
    const LoggedEvent& end = last[name];
    if (end.state != resource.state || end.revision != resource.revision) {
      Say(&found_.gaps, absl::StrCat(Seen(resource), ", revision ", resource.revision,
                                     ": the log ends in ", end.state, ", ", end.revision));
    }
  }
}

// Over all its connections the subscriber was told of each event once, in order, and of none that
// is not in the log.
void Oracle::CompareTold(const std::vector<LoggedEvent>& events, const Watcher& subscriber) {
  const auto& told = subscriber.told();
  if (told.size() < events.size()) {
    Say(&found_.gaps,
        absl::StrCat("a subscriber was told of ", told.size(), " events of ", events.size()));
  }
  for (size_t i = 0; i < told.size(); ++i) {
    const int64_t sequence = static_cast<int64_t>(i) + 1;
    // It may have been told of more than what was in the log when that was read.
    const bool same = i >= events.size() ||
                      (told[i].type == events[i].type && told[i].resource == events[i].resource);
    if (told[i].sequence == sequence && same) continue;
    return Say(&found_.gaps, absl::StrCat("a subscriber was told ", told[i].sequence, " ",
                                          told[i].type, " in the place of ", sequence));
  }
}

}  // namespace sluice::crash
