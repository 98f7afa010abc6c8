// The simulator used from many threads at once, on real time: no race, nothing lost or doubled.

#include <atomic>
#include <thread>

#include "providers/epay/simulator_test_client.h"
#include "server/base/timers.h"

namespace sluice::epay::simulator_test {
namespace {

std::string CreateBody(const std::string& no) {
  const std::string text =
      absl::StrCat("amount=10&category=EWALLET&channelCode=11&currency=USD&epayAccount=", kAccount,
                   "&merchantOrderNo=", no,
                   "&notifyUrl=https://shop.example/n&receiverInfo={accountNo=U1}&version=V2.0.0");
  return absl::StrCat(R"({"param":{"epayAccount":")", kAccount,
                      R"(","version":"V2.0.0","category":"EWALLET","channelCode":"11",)",
                      R"("currency":"USD","amount":"10","notifyUrl":"https://shop.example/n",)",
                      R"("receiverInfo":{"accountNo":"U1"},"merchantOrderNo":")", no,
                      R"("},"sign":")", HashOf(text), R"("})");
}

int64_t CodeOf(Simulator* simulator, const std::string& no) {
  RawRequest request;
  request.method = "POST";
  request.path = "/payoutApi/createEwalletTransaction";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = CreateBody(no);
  const absl::StatusOr<Json> answer = Json::Parse(simulator->Handle(request).reply.body);
  return answer.ok() ? answer->GetInt("code").value_or(-1) : -1;
}

TEST(EpaySimulatorThreadsTest, ManyCallersOneBalance) {
  constexpr int kThreads = 4, kOrders = 10;
  // Of all numbers together, half can be paid for: 10.20 each.
  constexpr int kDistinct = kThreads / 2 * kOrders, kAffordable = kDistinct / 2;
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
    reply.body = "success";
    done(reply);
  };
  auto simulator = MakeEpaySimulator(context).value();
  const std::string balance = absl::StrCat(kAffordable * 1020 / 100, ".00");
  ASSERT_TRUE(
      simulator->AddAccount({{"epay_account", kAccount}, {"api_key", kKey}, {"balance", balance}})
          .ok());
  std::atomic<int> created{0}, duplicates{0}, too_poor{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kOrders; ++i) {
        // Two threads fight for each number.
        const int64_t code = CodeOf(simulator.get(), absl::StrCat("W", t / 2, "-", i));
        ++(code == 1 ? created : code == 1005 ? duplicates : too_poor);
        simulator->AdvanceClock(absl::Seconds(1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  simulator->AdvanceClock(absl::Hours(1));
  EXPECT_EQ(created, kAffordable);
  EXPECT_EQ(created + duplicates + too_poor, kThreads * kOrders);
  EXPECT_EQ(notified, kAffordable);
  std::map<std::string, int> count;
  int64_t index = 0;
  for (const LedgerEntry& entry : simulator->Ledger()) {
    EXPECT_EQ(entry.index, ++index);
    ++count[entry.operation];
  }
  for (const char* once : {"payout", "succeed", "notification"}) {
    EXPECT_EQ(count[once], kAffordable) << once;
  }
}

}  // namespace
}  // namespace sluice::epay::simulator_test
