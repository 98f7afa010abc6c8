// The event log's entries: one per visible change of a resource, written in the same transaction.
//
// Threads: plain values; an Event is immutable once committed and shared by shared_ptr.
// Ownership: values.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "server/core/names.h"

namespace sluice {

// Before the store has given it its place.
struct EventDraft {
  std::string type;  // "order.paid", "refund.succeeded", ...: see core/event_types.h.
  ResourceKind kind = ResourceKind::kOrder;
  std::string resource_name;
  std::string merchant;
  std::string provider;
  std::string body;  // The resource after the change: EncodePublic of core/codec.h.
  std::string traceparent;
  absl::Time create_time;
};

struct Event : EventDraft {
  int64_t position = 0;  // Contiguous over the whole log, from 1: the cursor's place.
  int64_t sequence = 0;  // Contiguous per merchant, from 1: what callers see.

  std::string Id() const;    // 20 digits of `sequence`: sorts as text.
  std::string Name() const;  // merchants/{merchant}/events/{id}
};

using EventPtr = std::shared_ptr<const Event>;

}  // namespace sluice
