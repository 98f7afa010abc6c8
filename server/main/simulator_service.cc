#include "server/main/simulator_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/main/simulator_convert.h"
#include "server/rpc/convert.h"
#include "server/rpc/unary.h"
#include "sluice/simulator/v1/simulator.grpc.pb.h"

namespace sluice {
namespace {

namespace sim = simulator::v1;
using rpc::Answer;
using rpc::Caller;
using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor*;

// The method's whole name, as metrics keep it.
#define SLUICE_METHOD(name) "sluice.simulator.v1.SimulatorService/" name

// What one answer may hold; the caller asks on by index.
constexpr size_t kMaxLedgerEntries = 10'000;
constexpr absl::Duration kMaxAdvance = absl::Hours(24 * 400);

// The key under which the provider knows a resource: of the last create that was not abandoned.
std::string CreatedKey(const ResourceBase& resource) {
  std::string key;
  for (const Attempt& attempt : resource.attempts) {
    const bool creates =
        attempt.verb == Verb::kCreateOrder || attempt.verb == Verb::kCreateRefund ||
        attempt.verb == Verb::kCreatePayout || attempt.verb == Verb::kCreateAccountLink;
    if (creates && !attempt.abandoned) key = attempt.provider_key;
  }
  return key;
}

class SimulatorService final : public sim::SimulatorService::CallbackService {
 public:
  SimulatorService(const rpc::Environment& environment, app::Engine* engine,
                   const SimulatorHost* simulators)
      : environment_(environment), engine_(*engine), simulators_(*simulators) {}

  Unary Pay(Context* context, const sim::PayRequest* request, sim::PayResponse* response) override {
    return Act(SLUICE_METHOD("Pay"), context, request->target(), response,
               [](Simulator& simulator, const std::string& key) { return simulator.Pay(key); });
  }

  Unary Decline(Context* context, const sim::DeclineRequest* request,
                sim::DeclineResponse* response) override {
    return Act(SLUICE_METHOD("Decline"), context, request->target(), response,
               [](Simulator& simulator, const std::string& key) { return simulator.Decline(key); });
  }

  Unary Expire(Context* context, const sim::ExpireRequest* request,
               sim::ExpireResponse* response) override {
    return Act(SLUICE_METHOD("Expire"), context, request->target(), response,
               [](Simulator& simulator, const std::string& key) { return simulator.Expire(key); });
  }

  Unary ConfirmLink(Context* context, const sim::ConfirmLinkRequest* request,
                    sim::ConfirmLinkResponse* response) override {
    return Act(
        SLUICE_METHOD("ConfirmLink"), context, request->target(), response,
        [](Simulator& simulator, const std::string& key) { return simulator.ConfirmLink(key); });
  }

  Unary SetState(Context* context, const sim::SetStateRequest* request,
                 sim::SetStateResponse* response) override {
    return Act(SLUICE_METHOD("SetState"), context, request->target(), response,
               [state = request->state()](Simulator& simulator, const std::string& key) {
                 return simulator.SetState(key, state);
               });
  }

  Unary EmitNotification(Context* context, const sim::EmitNotificationRequest* request,
                         sim::EmitNotificationResponse* response) override {
    return Act(SLUICE_METHOD("EmitNotification"), context, request->target(), response,
               [](Simulator& simulator, const std::string& key) {
                 return simulator.EmitNotification(key);
               });
  }

  Unary PutFault(Context* context, const sim::PutFaultRequest* request,
                 sim::PutFaultResponse* response) override {
    return Serve(SLUICE_METHOD("PutFault"), context, response,
                 [&](Answer<sim::PutFaultResponse>& answer) -> absl::Status {
                   auto simulator = Find(request->provider());
                   if (!simulator.ok()) return simulator.status();
                   auto fault = FaultFromProto(request->fault());
                   if (!fault.ok()) return fault.status();
                   return Done(answer, (*simulator)->PutFault(*fault));
                 });
  }

  Unary ClearFaults(Context* context, const sim::ClearFaultsRequest* request,
                    sim::ClearFaultsResponse* response) override {
    return Serve(SLUICE_METHOD("ClearFaults"), context, response,
                 [&](Answer<sim::ClearFaultsResponse>& answer) -> absl::Status {
                   auto chosen = Choose(request->provider());
                   if (!chosen.ok()) return chosen.status();
                   for (Simulator* simulator : *chosen) simulator->ClearFaults();
                   return Done(answer, absl::OkStatus());
                 });
  }

  Unary SetSwitch(Context* context, const sim::SetSwitchRequest* request,
                  sim::SetSwitchResponse* response) override {
    return Serve(SLUICE_METHOD("SetSwitch"), context, response,
                 [&](Answer<sim::SetSwitchResponse>& answer) -> absl::Status {
                   auto simulator = Find(request->provider());
                   if (!simulator.ok()) return simulator.status();
                   return Done(answer, (*simulator)->SetSwitch(request->name(), request->value()));
                 });
  }

  Unary GetLedger(Context* context, const sim::GetLedgerRequest* request,
                  sim::GetLedgerResponse* response) override {
    return Serve(SLUICE_METHOD("GetLedger"), context, response,
                 [&](Answer<sim::GetLedgerResponse>& answer) -> absl::Status {
                   auto chosen = Choose(request->provider());
                   if (!chosen.ok()) return chosen.status();
                   answer.Succeed([&](sim::GetLedgerResponse* out) {
                     for (Simulator* simulator : *chosen) AddLedger(*simulator, *request, out);
                   });
                   return absl::OkStatus();
                 });
  }

  Unary AdvanceClock(Context* context, const sim::AdvanceClockRequest* request,
                     sim::AdvanceClockResponse* response) override {
    return Serve(SLUICE_METHOD("AdvanceClock"), context, response,
                 [&](Answer<sim::AdvanceClockResponse>& answer) -> absl::Status {
                   auto chosen = Choose(request->provider());
                   if (!chosen.ok()) return chosen.status();
                   auto duration = rpc::DurationFromProto(request->duration(), "duration");
                   if (!duration.ok()) return duration.status();
                   if (*duration < absl::ZeroDuration() || *duration > kMaxAdvance) {
                     return InvalidField("duration", "must be from 0 to 400 days");
                   }
                   for (Simulator* simulator : *chosen) simulator->AdvanceClock(*duration);
                   answer.Succeed([&](sim::AdvanceClockResponse* out) {
                     for (Simulator* simulator : *chosen) {
                       sim::VirtualClock* clock = out->add_clocks();
                       clock->set_provider(std::string(simulator->provider()));
                       rpc::ToProto(simulator->Now(), clock->mutable_time());
                     }
                   });
                   return absl::OkStatus();
                 });
  }

 private:
  template <typename Response, typename Body>
  Unary Serve(std::string_view method, Context* context, Response* response, Body body) {
    return rpc::ServeUnary(environment_, method, context, response,
                           [&](const Caller&, Answer<Response>& answer) { return body(answer); });
  }

  template <typename Response>
  static absl::Status Done(Answer<Response>& answer, const absl::Status& status) {
    if (!status.ok()) return FromSimulator(status);
    answer.Succeed([](Response*) {});
    return absl::OkStatus();
  }

  // `act(simulator, key)` on the target, once it is known which that is.
  template <typename Response, typename Action>
  Unary Act(std::string_view method, Context* context, const sim::Target& target,
            Response* response, Action act) {
    return rpc::ServeUnary(environment_, method, context, response,
                           [&](const Caller& caller, Answer<Response>& answer) -> absl::Status {
                             if (target.name().empty()) {
                               auto simulator = Find(target.provider());
                               if (!simulator.ok()) return simulator.status();
                               if (target.key().empty()) {
                                 return InvalidField("target",
                                                     "must have a name, or a provider and a key");
                               }
                               return Done(answer, act(**simulator, target.key()));
                             }
                             auto name = ParseName(target.name(), "target.name");
                             if (!name.ok()) return name.status();
                             if (!caller.principal.MayTouch(name->merchant)) {
                               return rpc::PermissionDenied("target.name: of another merchant");
                             }
                             return ActOnResource(*name, std::move(answer), std::move(act));
                           });
  }

  template <typename Response, typename Action>
  absl::Status ActOnResource(const ResourceName& name, Answer<Response> answer, Action act) {
    const std::string text = name.ToString();
    switch (name.kind) {
      case ResourceKind::kOrder:
        engine_.orders().Get(text, OnFound<Order>(std::move(answer), std::move(act)));
        return absl::OkStatus();
      case ResourceKind::kRefund:
        engine_.refunds().Get(text, OnFound<Refund>(std::move(answer), std::move(act)));
        return absl::OkStatus();
      case ResourceKind::kPayout:
        engine_.payouts().Get(text, OnFound<Payout>(std::move(answer), std::move(act)));
        return absl::OkStatus();
      case ResourceKind::kAccountLink:
        engine_.account_links().Get(text, OnFound<AccountLink>(std::move(answer), std::move(act)));
        return absl::OkStatus();
      default:
        answer.Fail(InvalidField("target.name", "must be an order, refund, payout or link"));
        return absl::OkStatus();
    }
  }

  template <typename Resource, typename Response, typename Action>
  auto OnFound(Answer<Response> answer, Action act) {
    return [this, answer = std::move(answer),
            act = std::move(act)](absl::StatusOr<Resource> resource) mutable {
      if (!resource.ok()) return answer.Fail(resource.status());
      auto simulator = Find(resource->provider);
      if (!simulator.ok()) return answer.Fail(simulator.status());
      absl::Status status = Done(answer, act(**simulator, CreatedKey(*resource)));
      if (!status.ok()) answer.Fail(std::move(status));
    };
  }

  absl::StatusOr<Simulator*> Find(const std::string& provider) const {
    if (provider.empty()) return InvalidField("provider", "must be set");
    Simulator* const simulator = simulators_.Find(provider);
    if (simulator == nullptr) return NotFound("sluice.simulator.v1/Simulator", provider);
    return simulator;
  }

  absl::StatusOr<std::vector<Simulator*>> Choose(const std::string& provider) const {
    if (provider.empty()) return simulators_.All();
    absl::StatusOr<Simulator*> simulator = Find(provider);
    if (!simulator.ok()) return simulator.status();
    return std::vector<Simulator*>{*simulator};
  }

  static void AddLedger(Simulator& simulator, const sim::GetLedgerRequest& request,
                        sim::GetLedgerResponse* out) {
    for (const LedgerEntry& entry : simulator.Ledger()) {
      if (entry.index < request.from_index()) continue;
      if (!request.key().empty() && entry.provider_key != request.key() &&
          entry.provider_number != request.key()) {
        continue;
      }
      if (static_cast<size_t>(out->entries_size()) == kMaxLedgerEntries) return;
      LedgerToProto(simulator.provider(), entry, out->add_entries());
    }
  }

  const rpc::Environment environment_;
  app::Engine& engine_;
  const SimulatorHost& simulators_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSimulatorService(const rpc::Environment& environment,
                                                    app::Engine* engine,
                                                    const SimulatorHost* simulators) {
  return std::make_unique<SimulatorService>(environment, engine, simulators);
}

}  // namespace sluice
