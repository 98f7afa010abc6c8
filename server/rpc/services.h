// The services of sluice.v1 over the engine.
//
// Threads: gRPC calls them on its own threads; nothing blocks.
// Ownership: the services borrow everything in ServiceDependencies, which outlives the gRPC server.

#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>
#include <string>
#include <vector>

#include "server/app/engine.h"
#include "server/rpc/call.h"
#include "server/rpc/watch_reactors.h"
#include "server/stream/event_log.h"

namespace sluice::rpc {

struct ServiceDependencies {
  Environment environment;
  app::Engine* engine = nullptr;
  stream::EventLog* event_log = nullptr;
  WatchDependencies watch;
  std::string store_id;  // Store::StoreId(): cursors are bound to it.
};

std::unique_ptr<grpc::Service> MakeOrderService(const ServiceDependencies& dependencies);
std::unique_ptr<grpc::Service> MakeRefundService(const ServiceDependencies& dependencies);
std::unique_ptr<grpc::Service> MakePayoutService(const ServiceDependencies& dependencies);
std::unique_ptr<grpc::Service> MakeAccountLinkService(const ServiceDependencies& dependencies);
std::unique_ptr<grpc::Service> MakeEventService(const ServiceDependencies& dependencies);
std::unique_ptr<grpc::Service> MakeNotificationService(const ServiceDependencies& dependencies);
std::unique_ptr<grpc::Service> MakeProviderService(const ServiceDependencies& dependencies);
std::unique_ptr<grpc::Service> MakeReconciliationService(const ServiceDependencies& dependencies);

struct NamedService {
  std::string name;  // "sluice.v1.OrderService", for health.
  std::unique_ptr<grpc::Service> service;
};

// All of the above.
std::vector<NamedService> MakeServices(const ServiceDependencies& dependencies);

}  // namespace sluice::rpc
