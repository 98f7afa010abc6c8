// The least that a program with the client is, for its start time:
// sluice_client_start_cpp ENDPOINT.

#include "sluice/client/client.h"

int main(int argc, char** argv) {
  sluice::client::Options options;
  options.endpoint = argc > 1 ? argv[1] : "127.0.0.1:50051";
  return sluice::client::Client::Create(options).ok() ? 0 : 1;
}
