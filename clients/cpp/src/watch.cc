#include "sluice/client/watch.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "src/connection.h"
#include "src/retry.h"
#include "src/time.h"

namespace sluice::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using TimePoint = steady_clock::time_point;

std::string MerchantOf(const std::string& event_name) {
  return event_name.substr(0, event_name.find("/events/"));
}

// Takes the resources out of each kind of message, leaving out what was given before.
class Sieve {
 public:
  std::deque<EventItem> Take(v1::WatchEventsResponse* message) {
    std::deque<EventItem> items;
    for (v1::Event& event : *message->mutable_batch()->mutable_events()) {
      int64_t& last = last_sequence_[MerchantOf(event.name())];
      if (event.sequence() <= last) continue;
      last = event.sequence();
      items.push_back({std::move(event), ""});
    }
    return items;
  }

  std::deque<OrderItem> Take(v1::WatchOrderResponse* message) {
    return TakeOne<OrderItem>(message->has_order(), message->mutable_order());
  }
  std::deque<PayoutItem> Take(v1::WatchPayoutResponse* message) {
    return TakeOne<PayoutItem>(message->has_payout(), message->mutable_payout());
  }
  std::deque<AccountLinkItem> Take(v1::WatchAccountLinkResponse* message) {
    return TakeOne<AccountLinkItem>(message->has_account_link(), message->mutable_account_link());
  }

 private:
  template <typename Item, typename Resource>
  std::deque<Item> TakeOne(bool present, Resource* resource) {
    if (!present || resource->revision() <= last_revision_) return {};
    last_revision_ = resource->revision();
    return {Item{std::move(*resource), ""}};
  }

  std::map<std::string, int64_t> last_sequence_;
  int64_t last_revision_ = -1;
};

bool HasItems(const v1::WatchEventsResponse& message) { return message.has_batch(); }
template <typename Response>
bool HasItems(const Response& message) {
  return !message.has_progress() && !message.has_closing();
}

}  // namespace

template <typename RequestT, typename ResponseT, typename ItemT>
struct Watch<RequestT, ResponseT, ItemT>::State {
  std::shared_ptr<const Options> options;
  RequestT request;
  Open open;

  std::unique_ptr<Connection<ResponseT>> connection;
  std::deque<ItemT> items;
  Sieve sieve;
  std::string given;     // The cursor that is safe to store.
  std::string received;  // The cursor to resume from.
  int failures = 0;      // Tries since the last message.
  TimePoint not_before;  // No new stream earlier than this.
  TimePoint last_heard;
  std::optional<Error> error;

  std::mutex mutex;  // Guards what Cancel touches.
  std::condition_variable canceled_changed;
  bool canceled = false;
  Connection<ResponseT>* cancelable = nullptr;

  TimePoint Now() const { return options->seams.now(); }

  bool Canceled() {
    const std::lock_guard lock(mutex);
    return canceled;
  }

  void Connect() {
    if (!received.empty()) request.set_cursor(received);
    connection = std::make_unique<Connection<ResponseT>>();
    connection->Start(options->api_key,
                      [this](auto* context, auto* reactor) { open(context, request, reactor); });
    last_heard = Now();
    const std::lock_guard lock(mutex);
    cancelable = connection.get();
    if (canceled) connection->Cancel();
  }

  // The stream is over; the next one comes after a wait that grows with each failure.
  void Disconnect(std::optional<milliseconds> retry_after = std::nullopt) {
    Drop();
    ++failures;
    not_before = After(After(Now(), retry_after.value_or(milliseconds(0))),
                       FullJitter(options->retry, failures, options->seams.random()));
  }

  // Waits until a stream may be opened. False: `until` comes first.
  bool WaitForTurn(TimePoint until) {
    std::unique_lock lock(mutex);
    while (!canceled && Now() < std::min(until, not_before)) {
      canceled_changed.wait_for(lock, std::min(until, not_before) - Now());
    }
    return canceled || Now() >= not_before;
  }

  void Receive(ResponseT message) {
    failures = 0;
    last_heard = Now();
    const bool closing = message.has_closing();
    if (HasItems(message)) {
      items = sieve.Take(&message);
      for (ItemT& item : items) item.cursor = given;
      if (!items.empty() && !message.cursor().empty()) items.back().cursor = message.cursor();
    }
    // Without one it is a kind of message that came after this client.
    if (!message.cursor().empty()) received = message.cursor();
    if (items.empty()) given = received;
    if (closing) Disconnect();
  }

  void End(const grpc::Status& status) {
    if (Canceled()) {
      Finish(Error{.code = grpc::StatusCode::CANCELLED,
                   .message = "the watch was cancelled",
                   .side_effect = SideEffect::kNone});
      return;
    }
    Error failed = ErrorFrom(status);
    if (StreamGoesOn(status.error_code())) {
      Disconnect(failed.retry_after);
    } else {
      Finish(std::move(failed));
    }
  }

  void Finish(Error why) {
    error = std::move(why);
    if (connection != nullptr) Drop();
  }

  void Drop() {
    {
      const std::lock_guard lock(mutex);
      cancelable = nullptr;
    }
    connection = nullptr;
  }

  // One step towards an item: opens, waits, or takes in what came. False: time is up.
  bool Step(TimePoint until) {
    if (connection == nullptr) {
      if (!WaitForTurn(until)) return false;
      if (Canceled()) {
        End(grpc::Status::CANCELLED);
        return true;
      }
      Connect();
    }
    const TimePoint silent_at = After(last_heard, options->silence);
    auto outcome = connection->Wait(std::min(until, silent_at));
    if (outcome.message.has_value()) {
      Receive(*std::move(outcome.message));
    } else if (outcome.ended.has_value()) {
      End(*outcome.ended);
    } else if (Now() >= silent_at) {
      Disconnect();
    } else {
      return Now() < until;
    }
    return true;
  }
};

template <typename RequestT, typename ResponseT, typename ItemT>
Watch<RequestT, ResponseT, ItemT>::Watch(std::shared_ptr<const Options> options, RequestT request,
                                         Open open)
    : state_(std::make_shared<State>()) {
  state_->options = std::move(options);
  state_->given = state_->received = request.cursor();
  state_->request = std::move(request);
  state_->open = std::move(open);
  state_->Connect();
}

template <typename RequestT, typename ResponseT, typename ItemT>
Watch<RequestT, ResponseT, ItemT>::Watch(Watch&&) noexcept = default;

template <typename RequestT, typename ResponseT, typename ItemT>
Watch<RequestT, ResponseT, ItemT>& Watch<RequestT, ResponseT, ItemT>::operator=(Watch&&) noexcept =
    default;

template <typename RequestT, typename ResponseT, typename ItemT>
Watch<RequestT, ResponseT, ItemT>::~Watch() {
  if (state_ != nullptr) Cancel();
}

template <typename RequestT, typename ResponseT, typename ItemT>
std::optional<ItemT> Watch<RequestT, ResponseT, ItemT>::Next(std::optional<milliseconds> timeout) {
  State& state = *state_;
  const TimePoint until = After(state.Now(), timeout.value_or(kForever));
  while (state.items.empty()) {
    if (state.error.has_value() || !state.Step(until)) return std::nullopt;
  }
  ItemT item = std::move(state.items.front());
  state.items.pop_front();
  if (state.items.empty()) state.given = state.received;
  return item;
}

template <typename RequestT, typename ResponseT, typename ItemT>
const std::optional<Error>& Watch<RequestT, ResponseT, ItemT>::error() const {
  return state_->error;
}

template <typename RequestT, typename ResponseT, typename ItemT>
const std::string& Watch<RequestT, ResponseT, ItemT>::cursor() const {
  return state_->given;
}

template <typename RequestT, typename ResponseT, typename ItemT>
void Watch<RequestT, ResponseT, ItemT>::Cancel() {
  const std::lock_guard lock(state_->mutex);
  state_->canceled = true;
  if (state_->cancelable != nullptr) state_->cancelable->Cancel();
  state_->canceled_changed.notify_all();
}

template class Watch<v1::WatchEventsRequest, v1::WatchEventsResponse, EventItem>;
template class Watch<v1::WatchOrderRequest, v1::WatchOrderResponse, OrderItem>;
template class Watch<v1::WatchPayoutRequest, v1::WatchPayoutResponse, PayoutItem>;
template class Watch<v1::WatchAccountLinkRequest, v1::WatchAccountLinkResponse, AccountLinkItem>;

}  // namespace sluice::client
