#include "tests/load/echo_service.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/base/clock.h"
#include "server/core/codec.h"
#include "tests/load/process_stats.h"

namespace sluice::bench {
namespace {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor*;

constexpr int kMaxBurst = 1'000'000;
// Below what the store's queue holds.
constexpr int kQueuedAtOnce = 8'192;

Unary Done(Context* context, const grpc::Status& status = grpc::Status::OK) {
  auto* const reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

// An event of about 150 bytes on the wire: see the bench's own words on what it measured.
EventDraft SmallEvent(const v1::BurstRequest& request, absl::Time now) {
  Order order;
  order.merchant = request.merchant();
  order.id = request.order();
  order.state = OrderState::kPaid;
  order.revision = 1;
  EventDraft event;
  event.type = "order.paid";
  event.kind = ResourceKind::kOrder;
  event.resource_name = order.Name();
  event.merchant = order.merchant;
  event.body = EncodePublic(order);
  event.create_time = now;
  return event;
}

// Keeps so many waiting for the store until all events are committed, then answers. Callbacks come
// on the writer's thread, in order of commit; the first tasks are given on the caller's.
class Bursting : public std::enable_shared_from_this<Bursting> {
 public:
  Bursting(store::Store* store, const v1::BurstRequest& request, v1::BurstResponse* response,
           const std::atomic<int64_t>* commit_ns, Unary reactor)
      : store_(store),
        event_(SmallEvent(request, SystemClock().Now())),
        events_(request.events()),
        in_flight_(request.in_flight() > 0 ? std::min(request.in_flight(), kQueuedAtOnce)
                                           : kQueuedAtOnce),
        response_(response),
        commit_ns_(commit_ns),
        reactor_(reactor) {}

  void Start() {
    for (int i = 0; i < in_flight_ && CommitNext(); ++i) continue;
  }

 private:
  bool CommitNext() {
    if (answered_ || given_.fetch_add(1) >= events_) return false;
    store::Transaction transaction;
    transaction.events = {event_};
    store_->Commit(std::move(transaction), [self = shared_from_this()](store::Committed committed) {
      self->OnCommitted(committed);
    });
    return true;
  }

  void OnCommitted(const store::Committed& committed) {
    if (!committed.status.ok()) return Answer({grpc::StatusCode::ABORTED, "the store refused"});
    if (done_.fetch_add(1) + 1 < events_) {
      (void)CommitNext();
      return;
    }
    Answer(grpc::Status::OK);
  }

  // The first refusal ends it; what is under way then changes nothing.
  void Answer(const grpc::Status& status) {
    if (answered_.exchange(true)) return;
    response_->set_commit_ns(commit_ns_->load());
    reactor_->Finish(status);
  }

  store::Store* const store_;
  const EventDraft event_;
  const int events_, in_flight_;
  v1::BurstResponse* const response_;
  const std::atomic<int64_t>* const commit_ns_;
  const Unary reactor_;
  std::atomic<int> given_ = 0, done_ = 0;
  std::atomic<bool> answered_ = false;
};

}  // namespace

void EchoService::OnProbe(std::string_view point) {
  if (point == "commit.after") commit_ns_.store(MonotonicNanos());
}

Unary EchoService::Echo(Context* context, const v1::EchoRequest* request,
                        v1::EchoResponse* response) {
  response->set_payload(request->payload());
  return Done(context);
}

Unary EchoService::Stats(Context* context, const v1::StatsRequest*, v1::StatsResponse* response) {
  RunningServer* const server = server_.load(std::memory_order_acquire);
  if (server == nullptr) return Done(context, {grpc::StatusCode::UNAVAILABLE, "starting"});
  const store::StoreStats stats = server->store().Stats();
  response->set_resident_bytes(ResidentBytes());
  response->set_cpu_us(CpuMicros());
  response->set_allocations(Allocations());
  response->set_transactions(stats.transactions);
  response->set_groups(stats.commits);
  response->set_syncs(stats.syncs);
  response->set_written_bytes(WrittenBytes());
  if (timed_ != nullptr) {
    for (auto& [traceparent, took_us] : timed_->Exchanges()) {
      v1::Exchange* const exchange = response->add_exchanges();
      exchange->set_traceparent(std::move(traceparent));
      exchange->set_took_us(took_us);
    }
  }
  return Done(context);
}

Unary EchoService::Reset(Context* context, const v1::ResetRequest*, v1::ResetResponse*) {
  if (timed_ != nullptr) timed_->Forget();
  return Done(context);
}

Unary EchoService::Burst(Context* context, const v1::BurstRequest* request,
                         v1::BurstResponse* response) {
  RunningServer* const server = server_.load(std::memory_order_acquire);
  if (server == nullptr) return Done(context, {grpc::StatusCode::UNAVAILABLE, "starting"});
  if (request->events() < 1 || request->events() > kMaxBurst) {
    return Done(context, {grpc::StatusCode::INVALID_ARGUMENT, "events: out of range"});
  }
  Unary const reactor = context->DefaultReactor();
  std::make_shared<Bursting>(&server->store(), *request, response, &commit_ns_, reactor)->Start();
  return reactor;
}

}  // namespace sluice::bench
