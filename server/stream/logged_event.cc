#include "server/stream/logged_event.h"

namespace sluice::stream {
namespace {

// What an event costs beside its text: the structs, two pointers and the wire form to come.
constexpr size_t kEventOverheadBytes = 400;

}  // namespace

const std::string& LoggedEvent::Encoded(const EventEncoder& encoder) const {
  const std::string* encoded = encoded_.load(std::memory_order_acquire);
  if (encoded != nullptr) return *encoded;
  auto made = std::make_unique<const std::string>(encoder(*event_));
  // Two first askers may both encode; the slower one throws its copy away.
  if (encoded_.compare_exchange_strong(encoded, made.get(), std::memory_order_acq_rel)) {
    return *made.release();
  }
  return *encoded;
}

EventBlock::EventBlock(const std::vector<EventPtr>& events) {
  events_.reserve(events.size());
  for (const EventPtr& event : events) {
    bytes_ += kEventOverheadBytes + event->body.size() * 2 + event->resource_name.size();
    events_.push_back(std::make_unique<LoggedEvent>(event));
  }
}

}  // namespace sluice::stream
