// What a scene plays with: stubs, the event stream, the narrator, and the books of this demo.
//
// Threads: one, but for the event stream.
// Ownership: borrows the narrator and the stream; owns stubs and books.

#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "sluice/simulator/v1/simulator.grpc.pb.h"
#include "sluice/v1/account_link.grpc.pb.h"
#include "sluice/v1/order.grpc.pb.h"
#include "sluice/v1/payout.grpc.pb.h"
#include "sluice/v1/provider.grpc.pb.h"
#include "sluice/v1/refund.grpc.pb.h"
#include "tests/demo/event_stream.h"
#include "tests/demo/narrator.h"

namespace sluice::demo {

inline constexpr char kMerchant[] = "merchants/demo";
// Generous: the first call of a fresh server on a slow disk takes well under one second.
inline constexpr absl::Duration kCallTimeout = absl::Seconds(10);
inline constexpr absl::Duration kEventTimeout = absl::Seconds(15);

class World {
 public:
  World(Narrator* narrator, EventStream* events) : say(*narrator), events(*events) {}

  // A new server: new stubs, and simulators that know nothing yet.
  void Connect(const std::shared_ptr<grpc::Channel>& channel);

  // One unary call. The status names the method and what the server said.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(const std::unique_ptr<Stub>& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(Deadline()));
    Response response;
    const grpc::Status status = (stub.get()->*method)(&context, request, &response);
    if (status.ok()) return response;
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        absl::StrCat(Request::descriptor()->name(), ": ", status.error_message()));
  }

  // The payer, or the provider's operator.
  absl::Status Pay(const std::string& name);
  absl::Status ConfirmLink(const std::string& name);
  absl::Status SetState(const std::string& name, const std::string& state);
  absl::Status AdvanceClock(const std::string& provider, absl::Duration duration);
  absl::Status PutFault(const std::string& provider, const simulator::v1::Fault& fault);
  absl::Status SetSwitch(const std::string& provider, const std::string& name,
                         const std::string& value);

  // Waits until the stream shows `type` for the resource.
  absl::StatusOr<v1::Event> Await(const std::string& type, const std::string& resource);

  // What was made since the server's last start, to be compared with the ledger.
  std::vector<std::string> orders, refunds, payouts, links;
  // Over all servers.
  int orders_made = 0, refunds_made = 0, payouts_made = 0, links_made = 0;

  absl::StatusOr<v1::Order> CreateOrder(const std::string& id, const v1::Order& order);
  absl::StatusOr<v1::Refund> CreateRefund(const std::string& order, const std::string& id,
                                          const v1::Money& amount, const std::string& description);
  absl::StatusOr<v1::AccountLink> CreateAccountLink(const std::string& id,
                                                    const v1::AccountLink& link);
  absl::StatusOr<v1::Payout> CreatePayout(const std::string& id, const v1::Payout& payout);

  Narrator& say;
  EventStream& events;
  std::unique_ptr<v1::OrderService::Stub> order_stub;
  std::unique_ptr<v1::RefundService::Stub> refund_stub;
  std::unique_ptr<v1::PayoutService::Stub> payout_stub;
  std::unique_ptr<v1::AccountLinkService::Stub> link_stub;
  std::unique_ptr<v1::ProviderService::Stub> provider_stub;
  std::unique_ptr<simulator::v1::SimulatorService::Stub> simulator_stub;

 private:
  static absl::Time Deadline();
};

v1::Money MoneyOf(const std::string& currency_code, int64_t minor_units);

}  // namespace sluice::demo
