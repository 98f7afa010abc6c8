// Streams that go on: a watch connects, resumes from its cursor after a break, a drain or silence,
// and gives each change once.
//
//   auto watch = client->WatchEvents(request);
//   while (auto item = watch.Next()) { Handle(*item->event); Store(item->cursor); }
//   // watch.error() says why it ended.
//
// The stream is opened at once, every later one by Next. A watch that starts from_now and breaks
// before its first message starts from now again: what happened in between is not seen. Start from
// a cursor where that matters.
//
// Threads: Next and cursor by one thread; Cancel from any.
// Ownership: movable; the destructor cancels. It may outlive its Client.

#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sluice/client/error.h"
#include "sluice/client/options.h"
#include "sluice/v1/account_link.pb.h"
#include "sluice/v1/event.pb.h"
#include "sluice/v1/order.pb.h"
#include "sluice/v1/payout.pb.h"

namespace sluice::client {

// One item of a watch. The resource shares the message that it came in, and may be kept, by any
// thread, for as long as one likes: a kept event keeps its batch. It is never null. `cursor` is
// safe to store once the item has been dealt with: for an event in the middle of a batch it is the
// one before the batch. Empty: there is none yet.
struct EventItem {
  using Resource = v1::Event;
  std::shared_ptr<const Resource> event;
  std::string cursor;
};
struct OrderItem {
  using Resource = v1::Order;
  std::shared_ptr<const Resource> order;
  std::string cursor;
};
struct PayoutItem {
  using Resource = v1::Payout;
  std::shared_ptr<const Resource> payout;
  std::string cursor;
};
struct AccountLinkItem {
  using Resource = v1::AccountLink;
  std::shared_ptr<const Resource> account_link;
  std::string cursor;
};

template <typename RequestT, typename ResponseT, typename ItemT>
class Watch {
 public:
  using Request = RequestT;
  using Response = ResponseT;
  using Item = ItemT;
  // Opens the stream on the generated asynchronous stub.
  using Open =
      std::function<void(grpc::ClientContext*, const Request&, grpc::ClientReadReactor<Response>*)>;

  // Opens the stream, without waiting for it.
  Watch(std::shared_ptr<const Options> options, Request request, Open open);
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();

  // The next item. Waits at most `timeout`, or for ever. None: time is up (then error() is none,
  // and Next may be called again), or the watch has ended.
  std::optional<Item> Next(std::optional<std::chrono::milliseconds> timeout = std::nullopt);

  // Why it has ended: the server's refusal, or CANCELLED. None: it goes on.
  const std::optional<Error>& error() const;

  // Safe to store now: everything that came before it has been given.
  const std::string& cursor() const;

  // Ends the watch; a Next that waits returns none.
  void Cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

using EventWatch = Watch<v1::WatchEventsRequest, v1::WatchEventsResponse, EventItem>;
using OrderWatch = Watch<v1::WatchOrderRequest, v1::WatchOrderResponse, OrderItem>;
using PayoutWatch = Watch<v1::WatchPayoutRequest, v1::WatchPayoutResponse, PayoutItem>;
using AccountLinkWatch =
    Watch<v1::WatchAccountLinkRequest, v1::WatchAccountLinkResponse, AccountLinkItem>;

}  // namespace sluice::client
