// Every event of the merchant, from the beginning and as it happens, as a dashboard would show it:
// tail_events ENDPOINT [COUNT]. Ends after COUNT events, or never.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>

#include "sluice/client/client.h"

int main(int argc, char** argv) {
  sluice::client::Options options;
  options.endpoint = argc > 1 ? argv[1] : "127.0.0.1:50051";
  int64_t left = argc > 2 ? std::atoll(argv[2]) : std::numeric_limits<int64_t>::max();
  const auto client = sluice::client::Client::Create(options);
  if (!client.ok()) {
    std::cerr << client.error().message << '\n';
    return 1;
  }
  sluice::v1::WatchEventsRequest request;
  request.set_parent("merchants/demo");
  request.mutable_beginning();
  auto watch = (*client)->WatchEvents(request);
  while (left-- > 0) {
    const auto item = watch.Next();
    if (!item.has_value()) {
      std::cerr << watch.error()->message << '\n';
      return 1;
    }
    // Whoever wants to go on after a restart stores item->cursor, once the event is dealt with.
    std::cout << item->event->sequence() << ' ' << item->event->type() << ' '
              << item->event->resource() << std::endl;
  }
  return 0;
}
