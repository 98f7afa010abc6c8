// A caller's connection to one server.
//
// Threads: safe from any thread.
// Ownership: values.

#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "sluice/v1/account_link.grpc.pb.h"
#include "sluice/v1/event.grpc.pb.h"
#include "sluice/v1/order.grpc.pb.h"
#include "sluice/v1/payout.grpc.pb.h"
#include "sluice/v1/refund.grpc.pb.h"

namespace sluice::crash {

struct Stubs {
  explicit Stubs(const std::string& address)
      : Stubs(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {}
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : orders(v1::OrderService::NewStub(channel)),
        refunds(v1::RefundService::NewStub(channel)),
        payouts(v1::PayoutService::NewStub(channel)),
        links(v1::AccountLinkService::NewStub(channel)),
        events(v1::EventService::NewStub(channel)) {}

  std::unique_ptr<v1::OrderService::Stub> orders;
  std::unique_ptr<v1::RefundService::Stub> refunds;
  std::unique_ptr<v1::PayoutService::Stub> payouts;
  std::unique_ptr<v1::AccountLinkService::Stub> links;
  std::unique_ptr<v1::EventService::Stub> events;
};

}  // namespace sluice::crash
