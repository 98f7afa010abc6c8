// sluice.simulator.v1.SimulatorService over the simulators of --sandbox.
//
// Threads: gRPC calls it on its own threads; nothing blocks.
// Ownership: borrows everything.

#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "server/app/engine.h"
#include "server/main/simulator_host.h"
#include "server/rpc/call.h"

namespace sluice {

std::unique_ptr<grpc::Service> MakeSimulatorService(const rpc::Environment& environment,
                                                    app::Engine* engine,
                                                    const SimulatorHost* simulators);

}  // namespace sluice
