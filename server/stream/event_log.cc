#include "server/stream/event_log.h"

#include <algorithm>
#include <utility>

#include "server/core/cursor.h"
#include "server/core/error.h"
#include "server/core/names.h"

namespace sluice::stream {
namespace {

// How many events a page may look at: a filter that matches nothing must not read the whole log.
constexpr int kMaxScanned = 10'000;
constexpr int kEventsPerRead = 1'000;

absl::Status Busy() { return Overloaded("too many reads are waiting", absl::Seconds(1)); }

}  // namespace

void EventLog::List(std::string merchant, EventFilter filter, int64_t position, int limit,
                    absl::AnyInvocable<void(absl::StatusOr<EventPage>)> done) {
  auto shared = std::make_shared<decltype(done)>(std::move(done));
  const bool posted =
      readers_->TryPost([this, merchant = std::move(merchant), filter = std::move(filter), position,
                         limit, shared] { (*shared)(ListNow(merchant, filter, position, limit)); });
  if (!posted) (*shared)(Busy());
}

absl::StatusOr<EventPage> EventLog::ListNow(const std::string& merchant, const EventFilter& filter,
                                            int64_t position, int limit) {
  // Before anything is read: a page's cursor must be one that a watch takes.
  absl::StatusOr<store::LogBounds> bounds = ShownBounds();
  if (!bounds.ok()) return bounds.status();
  if (position > bounds->newest_position) return CursorInvalid("is ahead of the event log");
  // What was pruned during the reads would else be left out silently, so the bounds are looked at
  // again. A list of all that is kept then begins anew, at what is the oldest now.
  const bool from_oldest = position == 0;
  do {
    if (from_oldest) position = bounds->oldest_position - 1;
    absl::StatusOr<EventPage> page =
        Scan(merchant, filter, position, limit, bounds->newest_position);
    bounds = ShownBounds();
    if (!bounds.ok()) return bounds.status();
    if (position + 1 >= bounds->oldest_position) return page;
  } while (from_oldest);
  return CursorExpired({.store_id = store_->StoreId(),
                        .merchant = merchant,
                        .filter_hash = filter.Hash(),
                        .position = bounds->oldest_position - 1});
}

absl::StatusOr<store::LogBounds> EventLog::ShownBounds() {
  absl::StatusOr<store::LogBounds> bounds = store_->Bounds();
  if (bounds.ok() && hub_ != nullptr) {
    bounds->newest_position = std::min(bounds->newest_position, hub_->head());
  }
  return bounds;
}

absl::StatusOr<EventPage> EventLog::Scan(const std::string& merchant, const EventFilter& filter,
                                         int64_t position, int limit, int64_t newest) {
  EventPage page;
  page.position = position;
  for (int scanned = 0; scanned < kMaxScanned;) {
    absl::StatusOr<std::vector<EventPtr>> events =
        store_->ReadEvents({.merchant = merchant == "-" ? std::string() : merchant,
                            .after_position = page.position,
                            .limit = kEventsPerRead});
    if (!events.ok()) return events.status();
    for (EventPtr& event : *events) {
      if (event->position > newest) {
        page.position = std::max(page.position, newest);
        return page;
      }
      if (static_cast<int>(page.events.size()) == limit) {
        page.more = true;
        return page;
      }
      page.position = event->position;
      if (filter.Matches(*event)) page.events.push_back(std::move(event));
    }
    if (events->size() < kEventsPerRead) {
      // Nothing more of this merchant up to where the log ended before we read.
      page.position = std::max(page.position, newest);
      return page;
    }
    scanned += kEventsPerRead;
  }
  page.more = true;
  return page;
}

void EventLog::Get(std::string merchant, int64_t sequence,
                   absl::AnyInvocable<void(absl::StatusOr<EventPtr>)> done) {
  auto shared = std::make_shared<decltype(done)>(std::move(done));
  const bool posted = readers_->TryPost([this, merchant = std::move(merchant), sequence, shared] {
    auto event = store_->GetEvent(merchant, sequence);
    if (!event.ok()) return (*shared)(event.status());
    const bool told = hub_ == nullptr || !event->has_value() || (**event)->position <= hub_->head();
    if (event->has_value() && told) return (*shared)(**std::move(event));
    Event missing;
    missing.merchant = merchant;
    missing.sequence = sequence;
    (*shared)(NotFound(KindType(ResourceKind::kEvent), missing.Name()));
  });
  if (!posted) (*shared)(Busy());
}

}  // namespace sluice::stream
