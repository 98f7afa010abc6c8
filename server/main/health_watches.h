// The open calls of health's Watch, so that the server's stop can end them.
//
// gRPC serves health by itself and ends its Watch only when the client does: one watcher would hold
// the stop for the whole grace period. It sees NOT_SERVING, then CANCELLED, and comes again, as the
// health protocol has it for everything but UNIMPLEMENTED.
//
// Threads: EndAll from any, but not under a lock that a call's end takes.
// Ownership: shared by the interceptors of open calls, which outlive nothing else.

#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <memory>

namespace sluice {

class HealthWatches {
 public:
  HealthWatches();

  // For ServerBuilder: takes note of Watch, and costs other calls a comparison of names.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeInterceptors() const;

  // Ends those that are open, and from now on those that open.
  void EndAll();

  struct Open;

 private:
  const std::shared_ptr<Open> open_;
};

}  // namespace sluice
