// The simulator used from many threads at once, on real time: no race, nothing lost or doubled.

#include <atomic>
#include <map>
#include <thread>

#include "providers/payby/simulator_test_client.h"
#include "server/base/timers.h"

namespace sluice::payby::simulator_test {
namespace {

std::string CodeOf(Simulator* simulator, const std::string& operation,
                   const std::string& biz_content) {
  RawRequest request;
  request.method = "POST";
  request.path = absl::StrCat("/acquire2/", operation);
  request.body = absl::StrCat("{\"requestTime\":", absl::ToUnixMillis(simulator->Now()),
                              ",\"bizContent\":", biz_content, "}");
  request.headers = {{"Content-Type", "application/json"},
                     {"Partner-Id", kPartner},
                     {"sign", Base64Encode(Merchant().key.SignSha256(request.body).value())}};
  const absl::StatusOr<Json> answer = Json::Parse(simulator->Handle(request).reply.body);
  return answer.ok() ? answer->GetString("head.code").value_or("") : "";
}

TEST(SimulatorThreadsTest, ManyCallersOneBook) {
  constexpr int kThreads = 4, kOrders = 10;
  SystemClock clock;
  TimerThread timers;
  std::atomic<int> notified{0};
  SimulatorContext context;
  context.clock = &clock;
  context.timers = &timers;
  context.base_url = "http://127.0.0.1:7070";
  context.send = [&](HttpRequest, absl::AnyInvocable<void(HttpReply)> done) {
    ++notified;
    HttpReply reply;
    reply.status = 200;
    reply.body = "SUCCESS";
    done(reply);
  };
  auto simulator = MakePayBySimulator(context).value();
  ASSERT_TRUE(simulator
                  ->AddAccount({{"partner_id", kPartner},
                                {"merchant_public_key_pem", Merchant().public_pem},
                                {"provider_private_key_pem", PayBy().private_pem}})
                  .ok());
  const auto call = [&](const std::string& operation, const std::string& biz_content) {
    return CodeOf(simulator.get(), operation, biz_content);
  };
  std::atomic<int> paid{0}, refunded{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kOrders; ++i) {
        // Two threads fight for each number.
        const std::string no = absl::StrCat("O", t / 2, "-", i);
        call(
            "placeOrder",
            absl::StrCat("{\"merchantOrderNo\":\"", no,
                         "\",\"subject\":\"s\",\"totalAmount\":{\"amount\":1,\"currency\":\"AED\"},"
                         "\"paySceneCode\":\"DYNQR\",\"notifyUrl\":\"https://shop.example/n\"}"));
        if (simulator->Pay(no).ok()) ++paid;
        const std::string refund = absl::StrCat(
            "{\"refundMerchantOrderNo\":\"R", t, "-", i, "\",\"originMerchantOrderNo\":\"", no,
            "\",\"amount\":{\"amount\":1,\"currency\":\"AED\"}}");
        if (call("refund/placeOrder", refund) == "0") ++refunded;
        simulator->AdvanceClock(absl::Seconds(1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  simulator->AdvanceClock(absl::Hours(1));
  constexpr int kDistinct = kThreads / 2 * kOrders;
  EXPECT_EQ(paid, kDistinct);
  EXPECT_EQ(refunded, kDistinct);
  EXPECT_EQ(notified, kDistinct);
  std::map<std::string, int> count;
  int64_t index = 0;
  for (const LedgerEntry& entry : simulator->Ledger()) {
    EXPECT_EQ(entry.index, ++index);
    ++count[entry.operation];
  }
  for (const char* once :
       {"place_order", "pay", "settle", "refund", "refund_succeeded", "notification"}) {
    EXPECT_EQ(count[once], kDistinct) << once;
  }
}

}  // namespace
}  // namespace sluice::payby::simulator_test
