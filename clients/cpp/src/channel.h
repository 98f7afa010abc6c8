// The connection that options ask for.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "sluice/client/options.h"

namespace sluice::client {

// The largest message that is received. A page of 1000 orders is far larger than gRPC's 4 MiB.
constexpr int kMaxMessageBytes = 64 << 20;

// Whether what is sent to the endpoint stays on this machine. Names are not resolved.
bool IsLoopback(const std::string& endpoint);

grpc::ChannelArguments ChannelArgumentsFor(const Options& options);

std::shared_ptr<grpc::Channel> ConnectTo(const Options& options);

}  // namespace sluice::client
