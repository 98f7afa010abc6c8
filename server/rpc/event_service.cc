#include "absl/strings/numbers.h"
#include "server/rpc/service_parts.h"
#include "sluice/v1/event.grpc.pb.h"

namespace sluice::rpc {
namespace {

using v1::ListEventsResponse;

class EventService final : public v1::EventService::WithRawCallbackMethod_WatchEvents<
                               v1::EventService::CallbackService> {
 public:
  explicit EventService(const ServiceDependencies& dependencies)
      : environment_(dependencies.environment),
        log_(*dependencies.event_log),
        watch_(dependencies.watch),
        store_id_(dependencies.store_id) {}

  Unary ListEvents(Context* context, const v1::ListEventsRequest* request,
                   ListEventsResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.EventService/ListEvents", context, response,
        [&](const Caller& caller, Answer<ListEventsResponse>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent(), true);
          if (!merchant.ok()) return merchant.status();
          auto limit = PageSize(request->page_size());
          if (!limit.ok()) return limit.status();
          auto filter = FilterFromProto(request->filter(), "filter");
          if (!filter.ok()) return filter.status();
          const uint64_t hash = PageRequestHash({"ListEvents", *merchant, StrCat(filter->Hash())});
          auto token = DecodePageToken(request->page_token(), hash);
          if (!token.ok()) return token.status();
          int64_t position = 0;
          if (!token->empty() && !absl::SimpleAtoi(*token, &position)) {
            return CursorInvalid("is not a page token of this list");
          }
          Cursor cursor{
              .store_id = store_id_, .merchant = *merchant, .filter_hash = filter->Hash()};
          log_.List(*merchant, *std::move(filter), position, *limit,
                    std::move(answer).As<stream::EventPage>(
                        [hash, cursor](const stream::EventPage& page, ListEventsResponse* out) {
                          return ShowPage(page, hash, cursor, out);
                        }));
          return absl::OkStatus();
        });
  }

  Unary GetEvent(Context* context, const v1::GetEventRequest* request,
                 v1::Event* response) override {
    return ServeUnary(
        environment_, "sluice.v1.EventService/GetEvent", context, response,
        [&](const Caller& caller, Answer<v1::Event>& answer) -> absl::Status {
          auto name = CallersName(caller.principal, request->name(), ResourceKind::kEvent);
          if (!name.ok()) return name.status();
          int64_t sequence = 0;
          if (!absl::SimpleAtoi(name->id, &sequence) || sequence < 1 ||
              EventName(name->merchant, name->id) != request->name()) {
            return NotFound(KindType(ResourceKind::kEvent), request->name());
          }
          log_.Get(name->merchant, sequence,
                   std::move(answer).As<EventPtr>(
                       [](const EventPtr& event, v1::Event* out) { return ToProto(*event, out); }));
          return absl::OkStatus();
        });
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchEvents(
      Context* context, const grpc::ByteBuffer* request) override {
    return StartWatchEvents(watch_, MayReadAs(environment_, *context), *request);
  }

 private:
  static absl::Status ShowPage(const stream::EventPage& page, uint64_t hash, Cursor cursor,
                               ListEventsResponse* out) {
    for (const EventPtr& event : page.events) {
      const absl::Status shown = ToProto(*event, out->add_events());
      if (!shown.ok()) return shown;
    }
    if (page.more) out->set_next_page_token(EncodePageToken(StrCat(page.position), hash));
    cursor.position = page.position;
    out->set_cursor(EncodeCursor(cursor));
    return absl::OkStatus();
  }

  const Environment environment_;
  stream::EventLog& log_;
  const WatchDependencies watch_;
  const std::string store_id_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeEventService(const ServiceDependencies& dependencies) {
  return std::make_unique<EventService>(dependencies);
}

}  // namespace sluice::rpc
