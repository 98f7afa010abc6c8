#include "server/rpc/service_parts.h"
#include "sluice/v1/payout.grpc.pb.h"

namespace sluice::rpc {
namespace {

using v1::GetPayoutLimitsResponse;
using v1::ListPayoutsResponse;

class PayoutService final : public v1::PayoutService::WithRawCallbackMethod_WatchPayout<
                                v1::PayoutService::CallbackService> {
 public:
  explicit PayoutService(const ServiceDependencies& dependencies)
      : environment_(dependencies.environment),
        payouts_(dependencies.engine->payouts()),
        watch_(dependencies.watch) {}

  Unary GetPayoutLimits(Context* context, const v1::GetPayoutLimitsRequest* request,
                        GetPayoutLimitsResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.PayoutService/GetPayoutLimits", context, response,
        [&](const Caller& caller, Answer<GetPayoutLimitsResponse>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent());
          if (!merchant.ok()) return merchant.status();
          auto account =
              ProviderAccountFromProto(*merchant, request->provider_account(), "provider_account");
          if (!account.ok()) return account.status();
          auto call = MakeCall(caller, *merchant, "");
          if (!call.ok()) return call.status();
          payouts_.GetLimits(*std::move(call), *std::move(account), request->wallet(),
                             request->currency_code(),
                             std::move(answer).As<app::PayoutLimitsAnswer>(
                                 [merchant = *merchant](const auto& limits, auto* out) {
                                   ToProto(limits, merchant, out);
                                 }));
          return absl::OkStatus();
        });
  }

  Unary CreatePayout(Context* context, const v1::CreatePayoutRequest* request,
                     v1::Payout* response) override {
    return ServeUnary(environment_, "sluice.v1.PayoutService/CreatePayout", context, response,
                      [&](const Caller& caller, Answer<v1::Payout>& answer) -> absl::Status {
                        auto merchant = CallersMerchant(caller.principal, request->parent());
                        if (!merchant.ok()) return merchant.status();
                        auto call = MakeCall(caller, *merchant, request->request_id());
                        if (!call.ok()) return call.status();
                        if (!request->has_payout()) return InvalidField("payout", "must be set");
                        auto payout =
                            PayoutFromProto(*merchant, request->payout_id(), request->payout());
                        if (!payout.ok()) return payout.status();
                        payouts_.Create(*std::move(call), *std::move(payout),
                                        std::move(answer).As<Payout>(kShow));
                        return absl::OkStatus();
                      });
  }

  Unary GetPayout(Context* context, const v1::GetPayoutRequest* request,
                  v1::Payout* response) override {
    return ServeUnary(environment_, "sluice.v1.PayoutService/GetPayout", context, response,
                      [&](const Caller& caller, Answer<v1::Payout>& answer) -> absl::Status {
                        auto name =
                            CallersName(caller.principal, request->name(), ResourceKind::kPayout);
                        if (!name.ok()) return name.status();
                        payouts_.Get(request->name(), std::move(answer).As<Payout>(kShow));
                        return absl::OkStatus();
                      });
  }

  Unary ListPayouts(Context* context, const v1::ListPayoutsRequest* request,
                    ListPayoutsResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.PayoutService/ListPayouts", context, response,
        [&](const Caller& caller, Answer<ListPayoutsResponse>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent());
          if (!merchant.ok()) return merchant.status();
          auto list =
              ListFromProto<PayoutState>("ListPayouts", *request, &v1::Payout::State_IsValid);
          if (!list.ok()) return list.status();
          payouts_.List(list->request,
                        std::move(answer).As<app::Page<Payout>>(
                            [hash = list->hash](const auto& page, ListPayoutsResponse* out) {
                              for (const Payout& payout : page.items) {
                                ToProto(payout, out->add_payouts());
                              }
                              out->set_next_page_token(EncodePageToken(page.next_page, hash));
                            }));
          return absl::OkStatus();
        });
  }

  Unary SyncPayout(Context* context, const v1::SyncPayoutRequest* request,
                   v1::Payout* response) override {
    return ServeUnary(environment_, "sluice.v1.PayoutService/SyncPayout", context, response,
                      [&](const Caller& caller, Answer<v1::Payout>& answer) {
                        return ActOnName(caller, *request, ResourceKind::kPayout,
                                         [&](app::Call call, const ResourceName&) {
                                           payouts_.Sync(std::move(call), request->name(),
                                                         std::move(answer).As<Payout>(kShow));
                                         });
                      });
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchPayout(
      Context* context, const grpc::ByteBuffer* request) override {
    return StartWatchPayout(watch_, MayReadAs(environment_, *context), *request);
  }

 private:
  const Environment environment_;
  app::Payouts& payouts_;
  const WatchDependencies watch_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakePayoutService(const ServiceDependencies& dependencies) {
  return std::make_unique<PayoutService>(dependencies);
}

}  // namespace sluice::rpc
