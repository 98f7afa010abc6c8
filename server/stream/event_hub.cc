#include "server/stream/event_hub.h"

#include <algorithm>
#include <utility>

#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/names.h"

namespace sluice::stream {
namespace {

// Sessions woken by one task: small enough to spread a burst over the executor's threads.
constexpr size_t kWakesPerTask = 64;

// A reader that stalls in a block keeps no more than this alive, however large the commit was.
constexpr size_t kEventsPerBlock = 128;

constexpr absl::Duration kRetryWhenFull = absl::Seconds(5);

std::vector<BlockPtr> Split(const std::vector<EventPtr>& events) {
  std::vector<BlockPtr> blocks;
  for (size_t begin = 0; begin < events.size(); begin += kEventsPerBlock) {
    const size_t end = std::min(begin + kEventsPerBlock, events.size());
    blocks.push_back(std::make_shared<const EventBlock>(
        std::vector<EventPtr>(events.begin() + begin, events.begin() + end)));
  }
  return blocks;
}

// The first four segments of a resource's name: an order's refunds are found under the order.
std::string_view ResourceKey(std::string_view name) {
  size_t end = 0;
  for (int segment = 0; segment < 4; ++segment) {
    end = name.find('/', end == 0 ? 0 : end + 1);
    if (end == std::string_view::npos) return segment == 3 ? name : std::string_view();
  }
  return name.substr(0, end);
}

}  // namespace

std::string InterestKey(std::string_view merchant, std::string_view resource_prefix) {
  while (!resource_prefix.empty() && resource_prefix.back() == '/') {
    resource_prefix.remove_suffix(1);
  }
  const std::string_view resource = ResourceKey(resource_prefix);
  if (!resource.empty()) return std::string(resource);
  return merchant == "-" ? std::string() : MerchantName(merchant);
}

EventHub::EventHub(HubOptions options, const Clock* clock, Executor* executor, int64_t oldest,
                   int64_t head)
    : options_(options), clock_(clock), executor_(executor), head_(head), oldest_(oldest) {}

void EventHub::Publish(const std::vector<EventPtr>& events) {
  if (events.empty()) return;
  const std::vector<BlockPtr> blocks = Split(events);
  std::vector<std::shared_ptr<Subscriber>> woken;
  {
    MutexLock lock(&mutex_);
    head_ = events.back()->position;
    for (const BlockPtr& block : blocks) {
      ring_bytes_ += block->bytes();
      ring_.push_back(block);
    }
    while (ring_bytes_ > options_.ring_bytes && ring_.size() > 1) {
      ring_bytes_ -= ring_.front()->bytes();
      ring_.pop_front();
    }
    if (!all_.empty()) {
      for (const EventPtr& event : events) {
        Mark("", event->position, &woken);
        Mark(MerchantName(event->merchant), event->position, &woken);
        Mark(ResourceKey(event->resource_name), event->position, &woken);
      }
    }
  }
  Wake(std::move(woken));
}

void EventHub::Mark(std::string_view key, int64_t position,
                    std::vector<std::shared_ptr<Subscriber>>* woken) {
  const auto group = groups_.find(AbslView(key));
  if (group == groups_.end()) return;
  for (Subscriber* subscriber : group->second) {
    if (subscriber->hint_ == 0) subscriber->hint_ = position;
    Arouse(subscriber, woken);
  }
}

void EventHub::Arouse(Subscriber* subscriber, std::vector<std::shared_ptr<Subscriber>>* woken) {
  if (!subscriber->armed_) return;
  subscriber->armed_ = false;
  if (auto held = subscriber->self_.lock()) woken->push_back(std::move(held));
}

void EventHub::Wake(std::vector<std::shared_ptr<Subscriber>> woken) {
  for (size_t begin = 0; begin < woken.size(); begin += kWakesPerTask) {
    const size_t end = std::min(begin + kWakesPerTask, woken.size());
    std::vector<std::shared_ptr<Subscriber>> some(std::make_move_iterator(woken.begin() + begin),
                                                  std::make_move_iterator(woken.begin() + end));
    executor_->Post([some = std::move(some)] {
      for (const auto& subscriber : some) subscriber->OnWake();
    });
  }
}

int64_t EventHub::head() const {
  MutexLock lock(&mutex_);
  return head_;
}

int64_t EventHub::oldest() const {
  MutexLock lock(&mutex_);
  return oldest_;
}

void EventHub::SetOldest(int64_t position) {
  MutexLock lock(&mutex_);
  oldest_ = std::max(oldest_, position);
}

absl::Status EventHub::Register(const std::shared_ptr<Subscriber>& subscriber, std::string key,
                                int64_t position) {
  MutexLock lock(&mutex_);
  if (!closed_.empty()) {
    ErrorDetails details;
    details.reason = std::string(reason::kShuttingDown);
    return MakeError(absl::StatusCode::kUnavailable, "the server is shutting down",
                     std::move(details));
  }
  if (static_cast<int>(all_.size()) >= options_.max_sessions) {
    return Overloaded("too many open streams", kRetryWhenFull);
  }
  Subscriber* raw = subscriber.get();
  raw->key_ = std::move(key);
  raw->self_ = subscriber;
  raw->hint_ = position + 1;
  raw->start_time_ = raw->delivery_time_ = clock_->Now();
  groups_[raw->key_].insert(raw);
  all_.insert(raw);
  return absl::OkStatus();
}

void EventHub::Unregister(Subscriber* subscriber) {
  MutexLock lock(&mutex_);
  if (all_.erase(subscriber) == 0) return;
  const auto group = groups_.find(subscriber->key_);
  group->second.erase(subscriber);
  if (group->second.empty()) groups_.erase(group);
}

Collected EventHub::Collect(Subscriber* subscriber, size_t max_events) {
  Collected result;
  MutexLock lock(&mutex_);
  result.head = head_;
  subscriber->armed_ = false;
  if (!subscriber->closing_.empty()) {
    result.kind = Collected::Kind::kClosing;
    result.closing = subscriber->closing_;
    return result;
  }
  if (subscriber->hint_ > head_) subscriber->hint_ = 0;
  if (subscriber->hint_ == 0) {
    result.kind =
        subscriber->heartbeat_due_ ? Collected::Kind::kHeartbeat : Collected::Kind::kCaughtUp;
    subscriber->armed_ = !subscriber->heartbeat_due_;
    subscriber->heartbeat_due_ = false;
    return result;
  }
  result.from = subscriber->hint_;
  if (ring_.empty() || result.from < ring_.front()->first_position()) {
    result.kind = Collected::Kind::kBehindRing;
    return result;
  }
  result.kind = Collected::Kind::kBlocks;
  auto block = std::lower_bound(
      ring_.begin(), ring_.end(), result.from,
      [](const BlockPtr& b, int64_t position) { return b->last_position() < position; });
  for (size_t events = 0; block != ring_.end() && events < max_events; ++block) {
    events += (*block)->size();
    result.blocks.push_back(*block);
  }
  const int64_t end = result.blocks.back()->last_position();
  subscriber->hint_ = end < head_ ? end + 1 : 0;
  return result;
}

void EventHub::MoveTo(Subscriber* subscriber, int64_t position) {
  MutexLock lock(&mutex_);
  subscriber->hint_ = position;
}

void EventHub::Delivered(Subscriber* subscriber) {
  MutexLock lock(&mutex_);
  subscriber->delivery_time_ = clock_->Now();
  subscriber->heartbeat_due_ = false;
}

void EventHub::Sweep() {
  const absl::Time now = clock_->Now();
  std::vector<std::shared_ptr<Subscriber>> woken;
  {
    MutexLock lock(&mutex_);
    for (Subscriber* subscriber : all_) {
      if (now - subscriber->start_time_ >= options_.max_age && subscriber->closing_.empty()) {
        subscriber->closing_ = "MAX_AGE";
        Arouse(subscriber, &woken);
      } else if (now - subscriber->delivery_time_ >= options_.heartbeat) {
        subscriber->heartbeat_due_ = true;
        Arouse(subscriber, &woken);
      }
    }
  }
  Wake(std::move(woken));
}

void EventHub::WakeAll() {
  std::vector<std::shared_ptr<Subscriber>> woken;
  {
    MutexLock lock(&mutex_);
    for (Subscriber* subscriber : all_) Arouse(subscriber, &woken);
  }
  Wake(std::move(woken));
}

void EventHub::CloseAll(std::string_view reason) {
  std::vector<std::shared_ptr<Subscriber>> woken;
  {
    MutexLock lock(&mutex_);
    closed_ = std::string(reason);
    for (Subscriber* subscriber : all_) {
      if (subscriber->closing_.empty()) subscriber->closing_ = closed_;
      Arouse(subscriber, &woken);
    }
  }
  Wake(std::move(woken));
}

int EventHub::sessions() const {
  MutexLock lock(&mutex_);
  return static_cast<int>(all_.size());
}

}  // namespace sluice::stream
