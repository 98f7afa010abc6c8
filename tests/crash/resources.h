// What the server says: its resources, in one form, and its event log, read through the API.
//
// Threads: one.
// Ownership: values.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/crash/load.h"

namespace sluice::crash {

struct Resource {
  enum class Kind { kOrder, kRefund, kPayout, kLink };
  Kind kind = Kind::kOrder;
  std::string name, provider, state, attention;
  int64_t revision = 0;
  int64_t minor_units = 0, paid = 0, refunded = 0;
  std::vector<std::string> keys;  // Of its creates, the last first.
  bool unknown = false;           // An attempt is SENDING or UNKNOWN.

  bool Is(std::string_view word) const { return state == word; }
};

struct LoggedEvent {
  int64_t sequence = 0;
  std::string type, resource, state;
  int64_t revision = 0;  // Of the resource as the event shows it.
};

// Every resource of which a story may tell, by name. Empty when the server does not answer.
std::map<std::string, Resource> ReadResources(Stubs& stubs, const Load& load);
std::vector<LoggedEvent> ReadEvents(Stubs& stubs);

}  // namespace sluice::crash
