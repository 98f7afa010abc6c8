// The least that a program with the generated stubs alone is, for its start time:
// sluice_client_start_bare_cpp ENDPOINT.

#include <grpcpp/grpcpp.h>

#include "sluice/v1/event.grpc.pb.h"
#include "sluice/v1/order.grpc.pb.h"

int main(int argc, char** argv) {
  const auto channel = grpc::CreateChannel(argc > 1 ? argv[1] : "127.0.0.1:50051",
                                           grpc::InsecureChannelCredentials());
  const auto orders = sluice::v1::OrderService::NewStub(channel);
  const auto events = sluice::v1::EventService::NewStub(channel);
  return orders != nullptr && events != nullptr ? 0 : 1;
}
