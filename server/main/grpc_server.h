// The gRPC listener: credentials, bounds, health, reflection, channelz.
//
// Threads: Start and Shutdown are called by one thread; SetServing by any.
// Ownership: owns the gRPC server; borrows the services, which outlive it.

#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/main/grpc_acceptor.h"
#include "server/main/health_watches.h"
#include "server/main/settings.h"

namespace sluice {

class GrpcServer {
 public:
  // Names are those that health answers for.
  using Services = std::vector<std::pair<std::string, grpc::Service*>>;

  // Health is NOT_SERVING until SetServing(true). UNAVAILABLE when the address is taken,
  // INVALID_ARGUMENT when the TLS material is not usable.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Settings& settings,
                                                           const Services& services);
  ~GrpcServer();

  HostPort address() const { return address_; }  // With the port chosen.
  void SetServing(bool serving);

  // Takes no new calls, ends watches of health, lets the calls under way end, cancels them after
  // `grace`.
  void Shutdown(absl::Duration grace);

 private:
  GrpcServer() = default;

  HostPort address_;
  std::vector<std::string> names_;
  HealthWatches health_watches_;
  std::unique_ptr<GrpcAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace sluice
