// A whole server for a test: gRPC, SQLite on disk, the simulators over HTTP, all on free ports.
//
// Each test has its own server and its own empty store. The sandbox's keys are made once per
// process, because two RSA keys take longer than everything else of a start.
//
// Threads: the test's thread.
// Ownership: owns the server and its folder.

#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "server/base/clock.h"
#include "server/main/server.h"
#include "sluice/simulator/v1/simulator.grpc.pb.h"
#include "sluice/v1/account_link.grpc.pb.h"
#include "sluice/v1/event.grpc.pb.h"
#include "sluice/v1/notification.grpc.pb.h"
#include "sluice/v1/order.grpc.pb.h"
#include "sluice/v1/payout.grpc.pb.h"
#include "sluice/v1/provider.grpc.pb.h"
#include "sluice/v1/reconciliation.grpc.pb.h"
#include "sluice/v1/refund.grpc.pb.h"
#include "tests/e2e/call_result.h"
#include "tests/e2e/stream_reader.h"

namespace sluice::e2e {

namespace sim = simulator::v1;

inline constexpr char kMerchant[] = "merchants/demo";

std::string OrderName(const std::string& id);  // Of the demo merchant.
std::string RefundName(const std::string& order, const std::string& id);

v1::Money Aed(int64_t fils);
v1::Order BotimOrder(int64_t fils);
v1::Order QrOrder(int64_t fils);

// The system's clock and what a test adds. The simulators of the server go by it, too.
class ShiftedClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now() + absl::Microseconds(shift_us_.load()); }
  void Shift(absl::Duration by) { shift_us_ += absl::ToInt64Microseconds(by); }

 private:
  std::atomic<int64_t> shift_us_ = 0;
};

using EventWatch = StreamReader<v1::WatchEventsResponse>;
using OrderWatch = StreamReader<v1::WatchOrderResponse>;

// All events of a watch, in the order in which they came.
std::vector<v1::Event> EventsOf(const std::vector<v1::WatchEventsResponse>& messages);

class ServerFixture : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Before the first start: what this test wants otherwise.
  virtual void Prepare() {}
  ServerOptions options_;
  ShiftedClock clock_;
  void Start();    // Fails the test when the server does not start.
  void Stop();     // In an orderly way.
  void Restart();  // On the same store; the simulators forget.
  absl::StatusOr<std::unique_ptr<RunningServer>> TryStart(ServerOptions options);

  // One unary call, with `api_key_` if it is set.
  template <typename Stub, typename Request, typename Response>
  Result<Response> Call(const std::unique_ptr<Stub>& stub,
                        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                     Response*),
                        const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    if (!api_key_.empty()) context.AddMetadata("authorization", "Bearer " + api_key_);
    Result<Response> result;
    result.status = (stub.get()->*method)(&context, request, &result.value);
    return result;
  }

  Result<v1::Order> CreateOrder(const std::string& id, const v1::Order& order,
                                const std::string& request_id = "");
  // Created, and known to the provider.
  v1::Order OpenOrder(const std::string& id, int64_t fils = 1234);
  // Paid, by notification.
  v1::Order PaidOrder(const std::string& id, int64_t fils = 1234);
  Result<v1::Order> GetOrder(const std::string& id);
  Result<v1::Order> CancelOrder(const std::string& id, const std::string& request_id = "");
  Result<v1::Order> RevokeOrder(const std::string& id, const std::string& request_id = "");
  Result<v1::Order> SyncOrder(const std::string& id);
  Result<v1::Refund> CreateRefund(const std::string& order, const std::string& id, int64_t fils,
                                  const std::string& request_id = "");
  Result<v1::Refund> GetRefund(const std::string& order, const std::string& id);

  // Follows the order until it is as wanted, and answers it; fails the test when it never is.
  v1::Order AwaitOrder(const std::string& id, const std::function<bool(const v1::Order&)>& wanted);
  v1::Order AwaitState(const std::string& id, v1::Order::State state);
  v1::Refund AwaitRefund(const std::string& order, const std::string& id, v1::Refund::State state);

  std::unique_ptr<EventWatch> WatchEvents(const v1::WatchEventsRequest& request);
  std::unique_ptr<EventWatch> WatchAll();  // From the beginning, without a filter.
  std::unique_ptr<OrderWatch> WatchOrder(const std::string& id, const std::string& cursor = "");
  // Every event of the merchant, by pages.
  std::vector<v1::Event> ListEvents(const v1::EventFilter& filter = {});
  std::vector<std::string> EventTypes();

  // The simulator's side. `target` is a resource's name.
  grpc::Status Pay(const std::string& target);
  grpc::Status Decline(const std::string& target);
  grpc::Status Expire(const std::string& target);
  grpc::Status SetState(const std::string& target, const std::string& state);
  grpc::Status EmitNotification(const std::string& target);
  void AdvanceClock(absl::Duration duration);
  void PutFault(const sim::Fault& fault);
  void ClearFaults();
  void SetSwitch(const std::string& name, const std::string& value);
  std::vector<sim::LedgerEntry> Ledger(const std::string& operation);
  // The sum of what those entries moved.
  int64_t LedgerSum(const std::string& operation);

  // GET, or POST with a body, over HTTP. Status 0: no answer.
  HttpReply Http(const std::string& method, const std::string& address, const std::string& path,
                 const HttpHeaders& headers = {}, const std::string& body = "");

  void Connect(const std::shared_ptr<grpc::Channel>& channel);

  std::string folder_;   // Of this test; data_dir is below it.
  std::string api_key_;  // Sent with every call.
  std::unique_ptr<RunningServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::OrderService::Stub> orders_;
  std::unique_ptr<v1::RefundService::Stub> refunds_;
  std::unique_ptr<v1::PayoutService::Stub> payouts_;
  std::unique_ptr<v1::AccountLinkService::Stub> links_;
  std::unique_ptr<v1::EventService::Stub> events_;
  std::unique_ptr<v1::NotificationService::Stub> notifications_;
  std::unique_ptr<v1::ProviderService::Stub> providers_;
  std::unique_ptr<v1::ReconciliationService::Stub> reconciliation_;
  std::unique_ptr<sim::SimulatorService::Stub> simulator_;

 private:
  template <typename Request, typename Response>
  grpc::Status Act(grpc::Status (sim::SimulatorService::Stub::*method)(grpc::ClientContext*,
                                                                       const Request&, Response*),
                   const std::string& target);
};

// A fault of the PayBy simulator. What never answers is given up after `delay`, so that a test need
// not wait for the time-out of HTTP.
sim::Fault MakeFault(sim::FaultKind kind, const std::string& operation, int count = 1,
                     absl::Duration delay = absl::Milliseconds(50));

}  // namespace sluice::e2e
