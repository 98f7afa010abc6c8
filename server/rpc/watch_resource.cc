// WatchOrder, WatchPayout and WatchAccountLink: one resource, its present state first.

#include <utility>

#include "server/base/strings.h"
#include "server/core/names.h"
#include "server/rpc/convert.h"
#include "server/rpc/watch_messages.h"
#include "server/rpc/watch_reactors.h"
#include "server/rpc/watch_start.h"
#include "sluice/v1/account_link.pb.h"
#include "sluice/v1/event.pb.h"
#include "sluice/v1/order.pb.h"
#include "sluice/v1/payout.pb.h"

namespace sluice::rpc {
namespace {

// What differs between the three.
template <typename CoreType, typename RequestType, typename ResponseType, ResourceKind kind,
          auto use_case, auto mutable_of_response, auto mutable_of_event>
struct ResourceWatch {
  using Core = CoreType;
  using Request = RequestType;
  using Response = ResponseType;
  static constexpr ResourceKind kKind = kind;
  static void Get(app::Engine* engine, std::string name, app::Reply<Core> reply) {
    (engine->*use_case)().Get(std::move(name), std::move(reply));
  }
  static auto* Mutable(Response* response) { return (response->*mutable_of_response)(); }
  static auto* Mutable(v1::Event* event) { return (event->*mutable_of_event)(); }
};

// Makes the messages of one stream. The resource may have been read later than the position at
// which its events start: those that it already shows are left out by their revision.
template <typename Watch>
class ResourceEncoder {
 public:
  ResourceEncoder(Cursor cursor, const Clock* clock) : cursor_(std::move(cursor)), clock_(clock) {}

  grpc::ByteBuffer First(const typename Watch::Core& resource) {
    typename Watch::Response response;
    ToProto(resource, Watch::Mutable(&response));
    revision_ = resource.revision;
    return Finish(&response, cursor_.position);
  }

  std::deque<grpc::ByteBuffer> operator()(const stream::Delivery& delivery) {
    std::deque<grpc::ByteBuffer> messages;
    typename Watch::Response response;
    switch (delivery.kind) {
      case stream::Delivery::Kind::kEvents:
        for (const stream::EventRef& ref : delivery.events) AddEvent(ref->event(), &messages);
        return messages;
      case stream::Delivery::Kind::kProgress:
        ToProto(clock_->Now(), response.mutable_progress()->mutable_time());
        break;
      default:
        response.mutable_closing()->set_reason(
            static_cast<v1::Closing::Reason>(ClosingReason(delivery.closing)));
    }
    messages.push_back(Finish(&response, delivery.position));
    return messages;
  }

 private:
  void AddEvent(const Event& event, std::deque<grpc::ByteBuffer>* messages) {
    v1::Event read;
    if (!ToProto(event, &read).ok()) return;  // Not ours: EncodeEvent has reported it.
    auto* const resource = Watch::Mutable(&read);
    if (resource->revision() <= revision_) return;
    revision_ = resource->revision();
    typename Watch::Response response;
    Watch::Mutable(&response)->Swap(resource);
    messages->push_back(Finish(&response, event.position));
  }

  grpc::ByteBuffer Finish(typename Watch::Response* response, int64_t position) {
    cursor_.position = position;
    response->set_cursor(EncodeCursor(cursor_));
    return Serialize(*response);
  }

  Cursor cursor_;
  const Clock* clock_;
  int64_t revision_ = 0;
};

// What the request asks for; `resume` when it has a cursor.
struct ResourceStart {
  std::string name;
  stream::WatchRequest watch;
  bool resume = false;
};

template <typename Watch>
absl::StatusOr<ResourceStart> ReadRequest(const WatchDependencies& dependencies,
                                          const MayRead& may_read, const grpc::ByteBuffer& bytes) {
  typename Watch::Request request;
  if (absl::Status status = ParseRequest(bytes, &request); !status.ok()) return status;
  absl::StatusOr<ResourceName> name = ParseName(request.name(), Watch::kKind, "name");
  if (!name.ok()) return name.status();
  if (absl::Status status = may_read(name->merchant); !status.ok()) return status;
  ResourceStart start{.name = request.name()};
  start.watch.merchant = name->merchant;
  start.watch.filter = {.types = {StrCat(KindName(Watch::kKind), ".*")},
                        .resource_prefix = request.name()};
  start.watch.after_position = dependencies.hub->head();
  if (!request.cursor().empty()) {
    absl::StatusOr<int64_t> position = CursorPosition(
        request.cursor(), dependencies.reader->store_id(), name->merchant, start.watch.filter);
    if (!position.ok()) return position.status();
    start.watch.after_position = *position;
    start.resume = true;
  }
  return start;
}

template <typename Watch>
void Stream(const WatchDependencies& dependencies, const MayRead& may_read,
            const ResourceStart& start, const std::shared_ptr<WatchStream>& watch,
            const absl::StatusOr<typename Watch::Core>* resource) {
  ResourceEncoder<Watch> encoder({.store_id = dependencies.reader->store_id(),
                                  .merchant = start.watch.merchant,
                                  .filter_hash = start.watch.filter.Hash(),
                                  .position = start.watch.after_position},
                                 dependencies.environment->clock);
  std::deque<grpc::ByteBuffer> first;
  if (resource != nullptr) first.push_back(encoder.First(**resource));
  auto session = OpenSession(dependencies, start.watch, watch);
  if (!session.ok()) return watch->Fail(session.status());
  watch->Begin(*std::move(session), std::move(encoder), std::move(first),
               [may_read, merchant = start.watch.merchant] { return may_read(merchant); });
}

template <typename Watch>
WatchReactor* Start(const WatchDependencies& dependencies, const MayRead& may_read,
                    const grpc::ByteBuffer& request, std::string_view method) {
  std::shared_ptr<WatchStream> watch = WatchStream::Make(dependencies.environment, method);
  WatchReactor* const reactor = watch->reactor();
  absl::StatusOr<ResourceStart> start = ReadRequest<Watch>(dependencies, may_read, request);
  if (!start.ok()) {
    watch->Fail(start.status());
  } else if (start->resume) {
    Stream<Watch>(dependencies, may_read, *start, watch, nullptr);
  } else {
    // The log's head was taken before this read, so that no change falls between the two.
    Watch::Get(dependencies.engine, start->name,
               [dependencies, may_read, start = *start,
                watch](const absl::StatusOr<typename Watch::Core>& resource) {
                 if (!resource.ok()) return watch->Fail(resource.status());
                 Stream<Watch>(dependencies, may_read, start, watch, &resource);
               });
  }
  return reactor;
}

using OrderWatch = ResourceWatch<Order, v1::WatchOrderRequest, v1::WatchOrderResponse,
                                 ResourceKind::kOrder, &app::Engine::orders,
                                 &v1::WatchOrderResponse::mutable_order, &v1::Event::mutable_order>;
using PayoutWatch =
    ResourceWatch<Payout, v1::WatchPayoutRequest, v1::WatchPayoutResponse, ResourceKind::kPayout,
                  &app::Engine::payouts, &v1::WatchPayoutResponse::mutable_payout,
                  &v1::Event::mutable_payout>;
using AccountLinkWatch =
    ResourceWatch<AccountLink, v1::WatchAccountLinkRequest, v1::WatchAccountLinkResponse,
                  ResourceKind::kAccountLink, &app::Engine::account_links,
                  &v1::WatchAccountLinkResponse::mutable_account_link,
                  &v1::Event::mutable_account_link>;

}  // namespace

WatchReactor* StartWatchOrder(const WatchDependencies& dependencies, const MayRead& may_read,
                              const grpc::ByteBuffer& request) {
  return Start<OrderWatch>(dependencies, may_read, request, "sluice.v1.OrderService/WatchOrder");
}

WatchReactor* StartWatchPayout(const WatchDependencies& dependencies, const MayRead& may_read,
                               const grpc::ByteBuffer& request) {
  return Start<PayoutWatch>(dependencies, may_read, request, "sluice.v1.PayoutService/WatchPayout");
}

WatchReactor* StartWatchAccountLink(const WatchDependencies& dependencies, const MayRead& may_read,
                                    const grpc::ByteBuffer& request) {
  return Start<AccountLinkWatch>(dependencies, may_read, request,
                                 "sluice.v1.AccountLinkService/WatchAccountLink");
}

}  // namespace sluice::rpc
