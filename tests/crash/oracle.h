// Compares what the providers' ledgers saw with the resources, the event log and what callers and
// subscribers were told. The simulators' ledgers are the judge: they are the money.
//
// Threads: one.
// Ownership: values; borrows what it compares.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/crash/ledger.h"
#include "tests/crash/load.h"
#include "tests/crash/resources.h"
#include "tests/crash/watcher.h"

namespace sluice::crash {

struct Findings {
  int orders = 0, refunds = 0, payouts = 0, links = 0;
  int events = 0, ledger_entries = 0;
  int lost = 0;        // Acknowledged to a caller, or at a provider, and not here.
  int doubled = 0;     // More than one effect at the provider for one request.
  int wrong = 0;       // Amounts or states that do not agree.
  int stuck = 0;       // Still without an outcome.
  int gaps = 0;        // In the event log, or in what a subscriber was told of it.
  int for_people = 0;  // No violation: the provider has done nothing and never will, but has no way
                       // to say so, and the request must not be repeated (EPAY's payouts, NICEPAY's
                       // refunds): it waits for evidence, and then for a person.
  std::vector<std::string> texts;  // The first of the violations, in words.

  int violations() const { return lost + doubled + wrong + stuck + gaps; }
  void Add(const Findings& more);
  std::string ToString() const;
};

class Oracle {
 public:
  Oracle(const World& world, const Load& load) : world_(world), load_(load) {}

  // Reads everything anew. Nothing is under way, and what the providers know is known here.
  bool Quiet(Stubs& stubs);

  // Of what Quiet has read last. `subscriber` has been told of everything.
  Findings Judge(Stubs& stubs, const Watcher& subscriber);

 private:
  void Say(int* counter, std::string text);
  Effects Sum(const Resource& resource) const;
  std::string History(const Resource& resource) const;
  bool ForPeople(const Resource& resource) const;
  bool UnderWay(const Resource& resource) const;

  void CompareKeys();
  void CompareOrder(const Resource& order);
  void CompareRefund(const Resource& refund);
  void ComparePayout(const Resource& payout);
  void CompareLink(const Resource& link);
  void CompareAnswers();
  // `after`: as read after the events. What has changed meanwhile is compared the next time.
  void CompareEvents(const std::vector<LoggedEvent>& events,
                     const std::map<std::string, Resource>& after);
  void CompareTold(const std::vector<LoggedEvent>& events, const Watcher& subscriber);

  const World& world_;
  const Load& load_;
  std::unique_ptr<Books> books_;
  std::map<std::string, Resource> resources_;
  Findings found_;
};

}  // namespace sluice::crash
