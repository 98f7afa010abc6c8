#include "server/stream/watch_session.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "server/core/cursor.h"

namespace sluice::stream {
namespace {

// One message: enough to make the cost of a write small, little enough for a slow reader's memory.
constexpr size_t kMaxEventsPerDelivery = 256;
constexpr size_t kMaxBytesPerDelivery = 128 << 10;

Delivery Ends(absl::Status status) {
  Delivery delivery;
  delivery.kind = Delivery::Kind::kFailed;
  delivery.status = std::move(status);
  return delivery;
}

absl::Status Expired(const WatchRequest& request, std::string store_id, int64_t oldest) {
  return CursorExpired({.store_id = std::move(store_id),
                        .merchant = request.merchant,
                        .filter_hash = request.filter.Hash(),
                        .position = oldest - 1});
}

}  // namespace

absl::StatusOr<std::shared_ptr<WatchSession>> WatchSession::Open(EventHub* hub, LogReader* reader,
                                                                 WatchRequest request,
                                                                 std::function<void()> on_ready) {
  const int64_t position = request.after_position;
  if (position > hub->head()) return CursorInvalid("is ahead of the event log");
  if (position + 1 < hub->oldest()) {
    return Expired(request, reader->store_id(), hub->oldest());
  }
  std::string key = InterestKey(request.merchant, request.filter.resource_prefix);
  std::shared_ptr<WatchSession> session(
      new WatchSession(hub, reader, std::move(request), std::move(on_ready)));
  if (absl::Status status = hub->Register(session, std::move(key), position); !status.ok()) {
    return status;
  }
  return session;
}

WatchSession::WatchSession(EventHub* hub, LogReader* reader, WatchRequest request,
                           std::function<void()> on_ready)
    : hub_(hub),
      reader_(reader),
      request_(std::move(request)),
      position_(request_.after_position),
      on_ready_(std::move(on_ready)) {}

WatchSession::~WatchSession() { hub_->Unregister(this); }

std::optional<Delivery> WatchSession::Poll() {
  for (;;) {
    bool wait = false;
    std::optional<Delivery> delivery = Step(&wait);
    if (delivery.has_value()) {
      delivery->position = position_;
      hub_->Delivered(this);
      return delivery;
    }
    if (!wait) continue;
    MutexLock lock(&mutex_);
    waiting_ = !woken_;
    woken_ = false;
    if (waiting_) return std::nullopt;
  }
}

// One step towards the next delivery: `wait` is set when only another thread can bring one.
std::optional<Delivery> WatchSession::Step(bool* wait) {
  if (!blocks_.empty()) return Scan();
  if (reading_) {
    if (absl::Status status = TakePage(); !status.ok()) return Ends(std::move(status));
    *wait = reading_;
    return std::nullopt;
  }
  Collected found = hub_->Collect(this, kMaxEventsPerDelivery);
  switch (found.kind) {
    case Collected::Kind::kClosing: {
      Delivery closing;
      closing.kind = Delivery::Kind::kClosing;
      closing.closing = std::move(found.closing);
      return closing;
    }
    case Collected::Kind::kCaughtUp:
      position_ = std::max(position_, found.head);
      *wait = true;
      return std::nullopt;
    case Collected::Kind::kHeartbeat: {
      position_ = std::max(position_, found.head);
      Delivery progress;
      progress.kind = Delivery::Kind::kProgress;
      return progress;
    }
    case Collected::Kind::kBlocks:
      position_ = std::max(position_, found.from - 1);
      blocks_ = std::move(found.blocks);
      scan_end_ = std::numeric_limits<int64_t>::max();
      return std::nullopt;
    case Collected::Kind::kBehindRing:
      if (found.from < hub_->oldest()) {
        return Ends(Expired(request_, reader_->store_id(), hub_->oldest()));
      }
      StartRead(found.from, found.head);
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Delivery> WatchSession::Scan() {
  Delivery delivery;
  size_t bytes = 0;
  while (!blocks_.empty()) {
    const BlockPtr block = blocks_.front();
    for (size_t i = 0; i < block->size(); ++i) {
      const Event& event = (*block)[i].event();
      if (event.position <= position_) continue;
      if (event.position > scan_end_) break;
      if (Wanted(event)) {
        if (delivery.events.size() >= kMaxEventsPerDelivery || bytes >= kMaxBytesPerDelivery) {
          return delivery;
        }
        delivery.events.push_back({block, i});
        bytes += event.body.size();
      }
      position_ = event.position;
    }
    blocks_.erase(blocks_.begin());
  }
  if (delivery.events.empty()) return std::nullopt;
  return delivery;
}

void WatchSession::StartRead(int64_t from, int64_t head) {
  reading_ = true;
  position_ = std::max(position_, from - 1);
  const std::string merchant = request_.merchant == "-" ? std::string() : request_.merchant;
  reader_->Read(merchant, position_,
                [self = shared_from_this(), head](absl::StatusOr<LogPage> page) {
                  self->OnPage(head, std::move(page));
                });
}

void WatchSession::OnPage(int64_t head, absl::StatusOr<LogPage> page) {
  {
    MutexLock lock(&mutex_);
    page_ = std::move(page);
    page_head_ = head;
  }
  Notify();
}

// Takes the page if it has come. Fails when it could not be read, or when events after our position
// were pruned before it was.
absl::Status WatchSession::TakePage() {
  std::optional<absl::StatusOr<LogPage>> page;
  int64_t end;
  {
    MutexLock lock(&mutex_);
    page.swap(page_);
    end = page_head_;
  }
  if (!page.has_value()) return absl::OkStatus();
  reading_ = false;
  if (!page->ok()) return page->status();
  if (position_ + 1 < hub_->oldest()) {
    return Expired(request_, reader_->store_id(), hub_->oldest());
  }
  const LogPage& read = **page;
  if (read.block != nullptr) {
    end = read.full ? read.block->last_position() : std::max(end, read.block->last_position());
    // The store shows what is committed a moment before the hub tells of it. Until then a cursor
    // behind it would be one of the future, and its resource might still be read as it was.
    end = std::min(end, hub_->head());
    scan_end_ = end;
    blocks_.push_back(read.block);
  } else {
    position_ = std::max(position_, end);
  }
  hub_->MoveTo(this, end + 1);
  return absl::OkStatus();
}

void WatchSession::OnWake() { Notify(); }

void WatchSession::Notify() {
  std::function<void()> on_ready;
  {
    MutexLock lock(&mutex_);
    if (!waiting_) {
      woken_ = true;
      return;
    }
    waiting_ = false;
    on_ready = on_ready_;
  }
  if (on_ready) on_ready();
}

void WatchSession::Close() {
  std::function<void()> dropped;
  MutexLock lock(&mutex_);
  dropped.swap(on_ready_);
}

bool WatchSession::Wanted(const Event& event) const {
  if (request_.merchant != "-" && event.merchant != request_.merchant) return false;
  return request_.filter.Matches(event);
}

}  // namespace sluice::stream
