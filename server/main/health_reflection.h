// Lets reflection describe grpc.health.v1.Health.
//
// gRPC serves health by itself but brings no descriptor of it in some versions, so that tools which
// go by reflection (grpcurl) see the service and cannot call it.
//
// Threads: once, before the first server is built.
// Ownership: none.

#pragma once

namespace sluice {

// Adds the descriptor to the process's generated pool, unless a library has done so.
void DescribeHealth();

}  // namespace sluice
