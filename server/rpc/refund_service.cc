#include "server/rpc/service_parts.h"
#include "sluice/v1/refund.grpc.pb.h"

namespace sluice::rpc {
namespace {

using v1::ListRefundsResponse;

class RefundService final : public v1::RefundService::CallbackService {
 public:
  explicit RefundService(const ServiceDependencies& dependencies)
      : environment_(dependencies.environment), refunds_(dependencies.engine->refunds()) {}

  Unary CreateRefund(Context* context, const v1::CreateRefundRequest* request,
                     v1::Refund* response) override {
    return ServeUnary(environment_, "sluice.v1.RefundService/CreateRefund", context, response,
                      [&](const Caller& caller, Answer<v1::Refund>& answer) -> absl::Status {
                        auto parent = CallersName(caller.principal, request->parent(),
                                                  ResourceKind::kOrder, "parent");
                        if (!parent.ok()) return parent.status();
                        auto call = MakeCall(caller, parent->merchant, request->request_id());
                        if (!call.ok()) return call.status();
                        if (!request->has_refund()) return InvalidField("refund", "must be set");
                        auto refund = RefundFromProto(parent->merchant, parent->id,
                                                      request->refund_id(), request->refund());
                        if (!refund.ok()) return refund.status();
                        refunds_.Create(*std::move(call), *std::move(refund),
                                        std::move(answer).As<Refund>(kShow));
                        return absl::OkStatus();
                      });
  }

  Unary GetRefund(Context* context, const v1::GetRefundRequest* request,
                  v1::Refund* response) override {
    return ServeUnary(environment_, "sluice.v1.RefundService/GetRefund", context, response,
                      [&](const Caller& caller, Answer<v1::Refund>& answer) -> absl::Status {
                        auto name =
                            CallersName(caller.principal, request->name(), ResourceKind::kRefund);
                        if (!name.ok()) return name.status();
                        refunds_.Get(request->name(), std::move(answer).As<Refund>(kShow));
                        return absl::OkStatus();
                      });
  }

  Unary ListRefunds(Context* context, const v1::ListRefundsRequest* request,
                    ListRefundsResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.RefundService/ListRefunds", context, response,
        [&](const Caller& caller, Answer<ListRefundsResponse>& answer) -> absl::Status {
          auto parent =
              CallersName(caller.principal, request->parent(), ResourceKind::kOrder, "parent");
          if (!parent.ok()) return parent.status();
          auto list =
              ListFromProto<RefundState>("ListRefunds", *request, &v1::Refund::State_IsValid);
          if (!list.ok()) return list.status();
          refunds_.List(list->request,
                        std::move(answer).As<app::Page<Refund>>(
                            [hash = list->hash](const auto& page, ListRefundsResponse* out) {
                              for (const Refund& refund : page.items) {
                                ToProto(refund, out->add_refunds());
                              }
                              out->set_next_page_token(EncodePageToken(page.next_page, hash));
                            }));
          return absl::OkStatus();
        });
  }

  Unary SyncRefund(Context* context, const v1::SyncRefundRequest* request,
                   v1::Refund* response) override {
    return ServeUnary(environment_, "sluice.v1.RefundService/SyncRefund", context, response,
                      [&](const Caller& caller, Answer<v1::Refund>& answer) {
                        return ActOnName(caller, *request, ResourceKind::kRefund,
                                         [&](app::Call call, const ResourceName&) {
                                           refunds_.Sync(std::move(call), request->name(),
                                                         std::move(answer).As<Refund>(kShow));
                                         });
                      });
  }

 private:
  const Environment environment_;
  app::Refunds& refunds_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRefundService(const ServiceDependencies& dependencies) {
  return std::make_unique<RefundService>(dependencies);
}

}  // namespace sluice::rpc
