// Use cases of reconciliation: what is unknown for long, and a person's word on it.
//
// Threads: every method is safe from any thread and returns at once.
// Ownership: borrows everything from Engine.

#pragma once

#include <string>

#include "server/app/call.h"
#include "server/core/decision.h"
#include "server/core/names.h"

namespace sluice::app {

// What is unknown for less is usually found out by the next queries.
inline constexpr absl::Duration kDefaultUnresolvedAge = absl::Minutes(15);

struct ListUnresolvedRequest {
  std::string merchant;  // "-": all.
  absl::Duration min_age = kDefaultUnresolvedAge;
  int limit = 50;
  std::string page;
};

struct ResolveRequest {
  ResourceKind kind = ResourceKind::kOrder;
  std::string name;
  AttemptResolved resolved;
};

class Reconciliation {
 public:
  virtual ~Reconciliation() = default;

  // Resources with an attempt that is UNKNOWN since `min_age`, the longest first. Of a refund
  // without its order.
  virtual void List(ListUnresolvedRequest request, Reply<Page<Subject>> reply) = 0;
  // Closes the attempt by what was established; the resource after it.
  virtual void Resolve(Call call, ResolveRequest request, Reply<Subject> reply) = 0;
};

}  // namespace sluice::app
