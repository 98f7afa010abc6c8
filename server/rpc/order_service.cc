#include "server/rpc/answer_cache.h"
#include "server/rpc/raw_request.h"
#include "server/rpc/service_parts.h"
#include "server/rpc/svg_cache.h"
#include "sluice/v1/order.grpc.pb.h"

namespace sluice::rpc {
namespace {

using v1::ListOrdersResponse;

// The conversion for answers, which hold the code drawn: see NextAction.QrCode.svg in the API. The
// cache is shared with answers under way, which may outlive the service.
struct ShowWithSvg {
  std::shared_ptr<SvgCache> codes = std::make_shared<SvgCache>();

  void operator()(const Order& order, v1::Order* out) const {
    ToProto(order, out);
    if (!out->next_action().has_qr_code()) return;
    const auto svg = codes->Draw(out->next_action().qr_code().payload());
    // The payload is what counts; a text too long for any code is shown without a picture.
    if (svg != nullptr) out->mutable_next_action()->mutable_qr_code()->set_svg(*svg);
  }

  // The answer on the wire.
  std::string Bytes(const Order& order) const {
    v1::Order shown;
    (*this)(order, &shown);
    return shown.SerializeAsString();
  }
};

using RawMethods = v1::OrderService::WithRawCallbackMethod_GetOrder<
    v1::OrderService::WithRawCallbackMethod_WatchOrder<v1::OrderService::CallbackService>>;

class OrderService final : public RawMethods {
 public:
  explicit OrderService(const ServiceDependencies& dependencies)
      : environment_(dependencies.environment),
        orders_(dependencies.engine->orders()),
        watch_(dependencies.watch) {}

  Unary CreateOrder(Context* context, const v1::CreateOrderRequest* request,
                    v1::Order* response) override {
    return ServeUnary(
        environment_, "sluice.v1.OrderService/CreateOrder", context, response,
        [&](const Caller& caller, Answer<v1::Order>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent());
          if (!merchant.ok()) return merchant.status();
          auto call = MakeCall(caller, *merchant, request->request_id());
          if (!call.ok()) return call.status();
          if (!request->has_order()) return InvalidField("order", "must be set");
          auto order = OrderFromProto(*merchant, request->order_id(), request->order());
          if (!order.ok()) return order.status();
          orders_.Create(*std::move(call), *std::move(order), std::move(answer).As<Order>(show_));
          return absl::OkStatus();
        });
  }

  Unary GetOrder(Context* context, const grpc::ByteBuffer* bytes,
                 grpc::ByteBuffer* response) override {
    return ServeUnary(environment_, "sluice.v1.OrderService/GetOrder", context, response,
                      [&](const Caller& caller, Answer<grpc::ByteBuffer>& answer) -> absl::Status {
                        v1::GetOrderRequest request;
                        if (absl::Status parsed = ParseRequest(*bytes, &request); !parsed.ok())
                          return parsed;
                        auto name =
                            CallersName(caller.principal, request.name(), ResourceKind::kOrder);
                        if (!name.ok()) return name.status();
                        if (const auto order = orders_.Find(request.name())) {
                          answer.Succeed([&](grpc::ByteBuffer* out) {
                            *out = answers_.Of(order, [&] { return show_.Bytes(*order); });
                          });
                          return absl::OkStatus();
                        }
                        orders_.Get(request.name(),
                                    std::move(answer).As<Order>(
                                        [show = show_](const Order& order, grpc::ByteBuffer* out) {
                                          const grpc::Slice slice(show.Bytes(order));
                                          *out = grpc::ByteBuffer(&slice, 1);
                                        }));
                        return absl::OkStatus();
                      });
  }

  Unary ListOrders(Context* context, const v1::ListOrdersRequest* request,
                   ListOrdersResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.OrderService/ListOrders", context, response,
        [&](const Caller& caller, Answer<ListOrdersResponse>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent());
          if (!merchant.ok()) return merchant.status();
          auto list = ListFromProto<OrderState>("ListOrders", *request, &v1::Order::State_IsValid);
          if (!list.ok()) return list.status();
          orders_.List(list->request,
                       std::move(answer).As<app::Page<Order>>(
                           [hash = list->hash](const auto& page, ListOrdersResponse* out) {
                             for (const Order& order : page.items)
                               ToProto(order, out->add_orders());
                             out->set_next_page_token(EncodePageToken(page.next_page, hash));
                           }));
          return absl::OkStatus();
        });
  }

  Unary CancelOrder(Context* context, const v1::CancelOrderRequest* request,
                    v1::Order* response) override {
    return Act("sluice.v1.OrderService/CancelOrder", context, *request, response,
               &app::Orders::Cancel);
  }

  Unary RevokeOrder(Context* context, const v1::RevokeOrderRequest* request,
                    v1::Order* response) override {
    return Act("sluice.v1.OrderService/RevokeOrder", context, *request, response,
               &app::Orders::Revoke);
  }

  Unary SyncOrder(Context* context, const v1::SyncOrderRequest* request,
                  v1::Order* response) override {
    return Act("sluice.v1.OrderService/SyncOrder", context, *request, response, &app::Orders::Sync);
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchOrder(Context* context,
                                                         const grpc::ByteBuffer* request) override {
    return StartWatchOrder(watch_, MayReadAs(environment_, *context), *request);
  }

 private:
  template <typename Request>
  Unary Act(std::string_view method, Context* context, const Request& request, v1::Order* response,
            void (app::Orders::*act)(app::Call, std::string, app::Reply<Order>)) {
    return ServeUnary(environment_, method, context, response,
                      [&](const Caller& caller, Answer<v1::Order>& answer) {
                        return ActOnName(caller, request, ResourceKind::kOrder,
                                         [&](app::Call call, const ResourceName&) {
                                           (orders_.*act)(std::move(call), request.name(),
                                                          std::move(answer).As<Order>(show_));
                                         });
                      });
  }

  const Environment environment_;
  app::Orders& orders_;
  const WatchDependencies watch_;
  const ShowWithSvg show_;
  AnswerCache answers_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeOrderService(const ServiceDependencies& dependencies) {
  return std::make_unique<OrderService>(dependencies);
}

}  // namespace sluice::rpc
