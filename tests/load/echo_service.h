// EchoService: the RPC that does nothing, and what the bench asks of its server.
//
// Threads: called by gRPC on its threads; Attach is called once, before the first call.
// Ownership: borrows the server and the client, which outlive it.

#pragma once

#include <atomic>
#include <string_view>

#include "server/main/server.h"
#include "tests/load/bench_provider.h"
#include "tests/load/echo.grpc.pb.h"

namespace sluice::bench {

inline constexpr char kEchoServiceName[] = "sluice.bench.v1.EchoService";

class EchoService final : public v1::EchoService::CallbackService {
 public:
  // `timed` may be null.
  void Attach(RunningServer* server, TimedClient* timed) {
    timed_ = timed;
    server_.store(server, std::memory_order_release);
  }

  // To be called by the store's probe.
  void OnProbe(std::string_view point);

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const v1::EchoRequest* request,
                                 v1::EchoResponse* response) override;
  grpc::ServerUnaryReactor* Stats(grpc::CallbackServerContext* context,
                                  const v1::StatsRequest* request,
                                  v1::StatsResponse* response) override;
  grpc::ServerUnaryReactor* Reset(grpc::CallbackServerContext* context,
                                  const v1::ResetRequest* request,
                                  v1::ResetResponse* response) override;
  grpc::ServerUnaryReactor* Burst(grpc::CallbackServerContext* context,
                                  const v1::BurstRequest* request,
                                  v1::BurstResponse* response) override;

 private:
  std::atomic<RunningServer*> server_ = nullptr;
  TimedClient* timed_ = nullptr;
  std::atomic<int64_t> commit_ns_ = 0;
};

}  // namespace sluice::bench
