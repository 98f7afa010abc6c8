// Accepts connections for the gRPC server, which gets them as file descriptors.
//
// gRPC 1.51 stops accepting for good when the process has once run out of file descriptors: who
// opens enough connections would end the service. This loop waits and goes on.
//
// Threads: Listen, Run and Stop are called by one thread; accepting has a thread of its own.
// Ownership: owns its sockets and thread; a connection belongs to gRPC once handed on.

#pragma once

#include <grpcpp/server_builder.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/address.h"

struct addrinfo;

namespace sluice {

class GrpcAcceptor {
 public:
  using Connections = grpc::experimental::ExternalConnectionAcceptor;

  // Takes the port, for every address that the host stands for; 0: a free one. Nobody is answered
  // before Run. UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<GrpcAcceptor>> Listen(const HostPort& address);
  ~GrpcAcceptor();

  int port() const { return port_; }

  // Begins to accept. The gRPC server of `connections` has been started.
  void Run(std::unique_ptr<Connections> connections);

  // Connections are refused from now on. Before the gRPC server shuts down.
  void Stop();

 private:
  GrpcAcceptor() = default;

  absl::Status Add(const addrinfo& address);
  void Loop();
  bool AcceptAll(int listener);

  int port_ = 0;
  std::vector<int> listeners_;
  int stop_ = -1;  // An eventfd.
  std::unique_ptr<Connections> connections_;
  std::thread thread_;
};

}  // namespace sluice
