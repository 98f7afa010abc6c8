// Pays an order and follows it: pay_and_follow ENDPOINT. Ends when the order does; 0: it was paid.

#include <ctime>
#include <iostream>
#include <string>

#include "sluice/client/client.h"
#include "sluice/client/money.h"

namespace {

namespace v1 = sluice::v1;

// Prints why it failed, and whether money may have moved.
int Report(const sluice::client::Error& error) {
  std::cerr << sluice::client::CodeName(error.code) << ' ' << error.reason << ": " << error.message
            << (error.side_effect == sluice::client::SideEffect::kNone
                    ? " (nothing happened)\n"
                    : " (look before repeating)\n");
  return 1;
}

bool IsOver(v1::Order::State state) {
  return state == v1::Order::STATE_PAID || state == v1::Order::STATE_FAILED ||
         state == v1::Order::STATE_EXPIRED || state == v1::Order::STATE_CANCELED;
}

}  // namespace

int main(int argc, char** argv) {
  sluice::client::Options options;
  options.endpoint = argc > 1 ? argv[1] : "127.0.0.1:50051";
  const auto client = sluice::client::Client::Create(options);
  if (!client.ok()) return Report(client.error());

  v1::CreateOrderRequest request;
  request.set_parent("merchants/demo");
  request.set_order_id("cpp-" + std::to_string(std::time(nullptr)));
  request.mutable_order()->set_wallet("botim");
  request.mutable_order()->set_description("Two coffees");
  const auto amount = sluice::client::ParseMoney("AED", "12.34");
  if (!amount.ok()) return Report(amount.error());
  *request.mutable_order()->mutable_amount() = *amount;
  const auto order = (*client)->CreateOrder(request);
  if (!order.ok()) return Report(order.error());
  std::cout << order->name() << " pay at " << order->next_action().redirect().url() << std::endl;

  v1::WatchOrderRequest follow;
  follow.set_name(order->name());
  auto watch = (*client)->WatchOrder(follow);
  while (const auto item = watch.Next()) {
    std::cout << v1::Order::State_Name(item->order->state()) << std::endl;
    if (IsOver(item->order->state())) return item->order->state() == v1::Order::STATE_PAID ? 0 : 1;
  }
  return Report(*watch.error());
}
