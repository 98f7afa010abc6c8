// Pays out to a wallet and waits for the end: pay_out_and_wait ENDPOINT. 0: the money went out.

#include <ctime>
#include <iostream>
#include <string>

#include "sluice/client/client.h"
#include "sluice/client/money.h"

namespace {

namespace v1 = sluice::v1;

int Report(const sluice::client::Error& error) {
  std::cerr << sluice::client::CodeName(error.code) << ' ' << error.reason << ": " << error.message
            << '\n';
  return 1;
}

bool IsOver(v1::Payout::State state) {
  return state == v1::Payout::STATE_SUCCEEDED || state == v1::Payout::STATE_FAILED ||
         state == v1::Payout::STATE_CANCELED;
}

}  // namespace

int main(int argc, char** argv) {
  sluice::client::Options options;
  options.endpoint = argc > 1 ? argv[1] : "127.0.0.1:50051";
  const auto client = sluice::client::Client::Create(options);
  if (!client.ok()) return Report(client.error());

  v1::CreatePayoutRequest request;
  request.set_parent("merchants/demo");
  request.set_payout_id("cpp-" + std::to_string(std::time(nullptr)));
  request.mutable_payout()->set_wallet("advcash");
  request.mutable_payout()->set_receiver_account("U123456789012");
  const auto amount = sluice::client::ParseMoney("USD", "25.50");
  if (!amount.ok()) return Report(amount.error());
  *request.mutable_payout()->mutable_amount() = *amount;
  const auto payout = (*client)->CreatePayout(request);
  if (!payout.ok()) return Report(payout.error());
  std::cout << payout->name() << std::endl;

  v1::WatchPayoutRequest follow;
  follow.set_name(payout->name());
  auto watch = (*client)->WatchPayout(follow);
  while (const auto item = watch.Next()) {
    std::cout << v1::Payout::State_Name(item->payout->state()) << std::endl;
    if (IsOver(item->payout->state())) {
      return item->payout->state() == v1::Payout::STATE_SUCCEEDED ? 0 : 1;
    }
  }
  return Report(*watch.error());
}
