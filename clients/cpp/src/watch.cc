#include "sluice/client/watch.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "src/connection.h"
#include "src/retry.h"
#include "src/time.h"

namespace sluice::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using TimePoint = steady_clock::time_point;

std::string_view MerchantOf(std::string_view event_name) {
  return event_name.substr(0, event_name.find("/events/"));
}

// Finds the resources in each kind of message, leaving out what was given before.
class Sieve {
 public:
  void Find(const v1::WatchEventsResponse& message, std::vector<const v1::Event*>* fresh) {
    for (const v1::Event& event : message.batch().events()) {
      int64_t& last = LastOf(MerchantOf(event.name()));
      if (event.sequence() <= last) continue;
      last = event.sequence();
      fresh->push_back(&event);
    }
  }

  void Find(const v1::WatchOrderResponse& message, std::vector<const v1::Order*>* fresh) {
    if (message.has_order()) FindOne(message.order(), fresh);
  }
  void Find(const v1::WatchPayoutResponse& message, std::vector<const v1::Payout*>* fresh) {
    if (message.has_payout()) FindOne(message.payout(), fresh);
  }
  void Find(const v1::WatchAccountLinkResponse& message,
            std::vector<const v1::AccountLink*>* fresh) {
    if (message.has_account_link()) FindOne(message.account_link(), fresh);
  }

 private:
  template <typename Resource>
  void FindOne(const Resource& resource, std::vector<const Resource*>* fresh) {
    if (resource.revision() <= last_revision_) return;
    last_revision_ = resource.revision();
    fresh->push_back(&resource);
  }

  int64_t& LastOf(std::string_view merchant) {
    // Nearly always the one of the event before.
    if (merchant_ == last_sequence_.end() || merchant_->first != merchant) {
      merchant_ = last_sequence_.try_emplace(std::string(merchant)).first;
    }
    return merchant_->second;
  }

  std::map<std::string, int64_t> last_sequence_;
  std::map<std::string, int64_t>::iterator merchant_ = last_sequence_.end();
  int64_t last_revision_ = -1;
};

}  // namespace

template <typename RequestT, typename ResponseT, typename ItemT>
struct Watch<RequestT, ResponseT, ItemT>::State {
  std::shared_ptr<const Options> options;
  RequestT request;
  Open open;

  std::unique_ptr<Connection<ResponseT>> connection;
  std::shared_ptr<const ResponseT> message;  // The one that `fresh` is of.
  std::vector<const typename ItemT::Resource*> fresh;
  size_t next = 0;  // In `fresh`: those before it have been given.
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

  void Receive(std::shared_ptr<const ResponseT> received_message) {
    message = std::move(received_message);
    failures = 0;
    last_heard = Now();
    sieve.Find(*message, &fresh);
    // Without one it is a kind of message that came after this client.
    if (!message->cursor().empty()) received = message->cursor();
    if (message->has_closing()) Disconnect();
    if (!fresh.empty()) return;
    given = received;
    message = nullptr;
  }

  bool HasItem() const { return next < fresh.size(); }

  // Each item shares the whole message: nothing of it is copied but the cursor.
  ItemT Give() {
    std::shared_ptr<const typename ItemT::Resource> resource(message, fresh[next++]);
    if (HasItem()) return {std::move(resource), given};
    ItemT item{std::move(resource), message->cursor().empty() ? given : message->cursor()};
    given = received;
    fresh.clear();
    next = 0;
    message = nullptr;
    return item;
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
    auto outcome = connection->Wait(std::min(until, silent_at) - Now());
    if (outcome.message != nullptr) {
      Receive(std::move(outcome.message));
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
  if (!state.HasItem()) {
    const TimePoint until = After(state.Now(), timeout.value_or(kForever));
    while (!state.HasItem()) {
      if (state.error.has_value() || !state.Step(until)) return std::nullopt;
    }
  }
  return state.Give();
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
