// The client against a server that does what a test wrote down: no wait is real.

#include "sluice/client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "src/retry.h"
#include "src/uuid.h"
#include "tests/scripted_server.h"

namespace sluice::client {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    options_.endpoint = server_.endpoint;
    // Half of each ceiling; what was waited is kept, and passes at once.
    options_.seams.now = [this] { return start_ + passed_; };
    options_.seams.random = [] { return 0.5; };
    options_.seams.sleep = [this](milliseconds time, const std::stop_token&) {
      waits_.push_back(time.count());
      passed_ += time;
    };
  }

  std::unique_ptr<Client> Connect() {
    auto client = Client::Create(options_);
    EXPECT_TRUE(client.ok());
    return *std::move(client);
  }

  static v1::CreateOrderRequest Order() {
    v1::CreateOrderRequest request;
    request.set_parent("merchants/demo");
    request.set_order_id("o");
    return request;
  }

  ScriptedServer server_;
  Options options_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  milliseconds passed_{0};
  std::vector<int64_t> waits_;
};

TEST_F(ClientTest, ARefusalWithoutEffectIsSentAgainWithTheSameRequestId) {
  server_.answers = {Refusal(grpc::StatusCode::RESOURCE_EXHAUSTED, "OVERLOADED", "none", 250),
                     Refusal(grpc::StatusCode::UNAVAILABLE, "SHUTTING_DOWN", "none")};
  const auto order = Connect()->CreateOrder(Order());
  ASSERT_TRUE(order.ok()) << order.error().message;
  ASSERT_EQ(server_.request_ids.size(), 3u);
  EXPECT_EQ(server_.request_ids[0].size(), 36u);
  EXPECT_EQ(std::set(server_.request_ids.begin(), server_.request_ids.end()).size(), 1u);
  // RetryInfo and half of 100 ms; half of 200 ms.
  EXPECT_THAT(waits_, ElementsAre(300, 100));
}

TEST_F(ClientTest, TheCallersRequestIdIsKept) {
  v1::CreateOrderRequest request = Order();
  request.set_request_id("mine");
  ASSERT_TRUE(Connect()->CreateOrder(request).ok());
  EXPECT_THAT(server_.request_ids, ElementsAre("mine"));
}

TEST_F(ClientTest, WhatMayHaveHappenedIsNotSentAgain) {
  for (const grpc::Status& status :
       {Refusal(grpc::StatusCode::UNAVAILABLE, "STORE_UNAVAILABLE", "possible"),
        grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection reset"),
        Refusal(grpc::StatusCode::INTERNAL, "INTERNAL", "none")}) {
    server_.request_ids.clear();
    server_.answers = {status};
    const auto order = Connect()->CreateOrder(Order());
    ASSERT_FALSE(order.ok());
    ASSERT_EQ(server_.request_ids.size(), 1u) << status.error_message();
    EXPECT_EQ(order.error().request_id, server_.request_ids[0]);
  }
  EXPECT_THAT(waits_, ElementsAre());
}

TEST_F(ClientTest, ABrokenConnectionOfAReadIsSentAgain) {
  server_.answers = {grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection reset")};
  v1::GetOrderRequest request;
  request.set_name("merchants/demo/orders/o");
  EXPECT_TRUE(Connect()->GetOrder(request).ok());
  EXPECT_EQ(server_.gets, 2);
}

TEST_F(ClientTest, TheLastTryIsTheAnswer) {
  options_.retry.max_attempts = 3;
  for (int i = 0; i < 5; ++i) {
    server_.answers.push_back(Refusal(grpc::StatusCode::UNAVAILABLE, "SHUTTING_DOWN", "none"));
  }
  const auto order = Connect()->CreateOrder(Order());
  ASSERT_FALSE(order.ok());
  EXPECT_EQ(order.error().reason, "SHUTTING_DOWN");
  EXPECT_EQ(order.error().side_effect, SideEffect::kNone);
  EXPECT_EQ(server_.request_ids.size(), 3u);
}

TEST_F(ClientTest, AWaitThatDoesNotFitIntoTheDeadlineIsNotBegun) {
  server_.answers = {Refusal(grpc::StatusCode::RESOURCE_EXHAUSTED, "OVERLOADED", "none", 900)};
  const auto order = Connect()->CreateOrder(Order(), {.deadline = milliseconds(800)});
  ASSERT_FALSE(order.ok());
  EXPECT_EQ(order.error().retry_after, milliseconds(900));
  EXPECT_THAT(waits_, ElementsAre());
}

TEST_F(ClientTest, ACallThatIsGivenUpIsNotSentAgain) {
  std::stop_source source;
  options_.seams.sleep = [&source](milliseconds, const std::stop_token&) { source.request_stop(); };
  server_.answers = {Refusal(grpc::StatusCode::UNAVAILABLE, "SHUTTING_DOWN", "none")};
  const auto client = Connect();
  auto order = client->CreateOrder(Order(), {.stop = source.get_token()});
  ASSERT_FALSE(order.ok());
  EXPECT_EQ(order.error().code, grpc::StatusCode::CANCELLED);
  EXPECT_EQ(order.error().side_effect, SideEffect::kNone);
  // Before the first send nothing is known, so a gRPC cancellation says "possible".
  order = client->CreateOrder(Order(), {.stop = source.get_token()});
  ASSERT_FALSE(order.ok());
  EXPECT_EQ(order.error().code, grpc::StatusCode::CANCELLED);
  EXPECT_EQ(server_.request_ids.size(), 1u);
}

TEST_F(ClientTest, AKeyGoesOverPlaintextToLoopbackOnly) {
  options_.api_key = "secret";
  ASSERT_TRUE(Connect()->CreateOrder(Order()).ok());
  EXPECT_EQ(server_.authorization, "Bearer secret");
  for (const char* const endpoint :
       {"pay.example:443", "10.0.0.1:50051", "127.example:1", "127.0.0.1.evil.example",
        "localhost:x@evil.example", "localhost:1@evil.example", "localhost@evil.example:1",
        "dns:///localhost@evil.example", "[::1]evil.example", "[::1]:x@evil.example",
        "[::1]@evil.example:1", "localhost,evil.example", "ipv4:127.0.0.1:1,10.0.0.1:1",
        "127.0.0.1,10.0.0.1:1", "127.0.0.1.5:1", "localhost:"}) {
    options_.endpoint = endpoint;
    const auto refused = Client::Create(options_);
    ASSERT_FALSE(refused.ok()) << endpoint;
    EXPECT_THAT(refused.error().message, HasSubstr("loopback"));
  }
  for (const char* const endpoint : {"localhost", "localhost:1", "127.9.9.9:1", "[::1]:1"}) {
    options_.endpoint = endpoint;
    EXPECT_TRUE(Client::Create(options_).ok()) << endpoint;
  }
  options_.endpoint = "pay.example:443";
  options_.tls.emplace();
  EXPECT_TRUE(Client::Create(options_).ok());
}

// The largest duration is how callers write that there is no limit.
TEST_F(ClientTest, NoLimitIsOneThatIsNeverReached) {
  options_.deadline = milliseconds::max();
  const auto busy = Refusal(grpc::StatusCode::UNAVAILABLE, "SHUTTING_DOWN", "none", 250);
  server_.answers = {busy, grpc::Status::OK, busy};
  const auto client = Connect();
  auto order = client->CreateOrder(Order());
  EXPECT_TRUE(order.ok()) << order.error().message;
  order = client->CreateOrder(Order(), {.deadline = milliseconds::max()});
  EXPECT_TRUE(order.ok()) << order.error().message;
  EXPECT_THAT(waits_, ElementsAre(300, 300));
}

TEST_F(ClientTest, AnErrorTellsEverything) {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  info.set_domain("sluice.v1");
  info.set_reason("FIELD_INVALID");
  (*info.mutable_metadata())["side_effect"] = "none";
  (*info.mutable_metadata())["oldest_cursor"] = "c7";
  status.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("order.amount");
  bad.mutable_field_violations(0)->set_description("is required");
  status.add_details()->PackFrom(bad);
  server_.answers = {{grpc::StatusCode::INVALID_ARGUMENT, "no", status.SerializeAsString()}};
  const auto order = Connect()->CreateOrder(Order());
  ASSERT_FALSE(order.ok());
  const Error& error = order.error();
  EXPECT_EQ(CodeName(error.code), "INVALID_ARGUMENT");
  EXPECT_EQ(error.reason, "FIELD_INVALID");
  EXPECT_EQ(error.side_effect, SideEffect::kNone);
  EXPECT_EQ(error.metadata.at("oldest_cursor"), "c7");
  ASSERT_EQ(error.field_violations.size(), 1u);
  EXPECT_EQ(error.field_violations[0].field, "order.amount");
}

TEST_F(ClientTest, AnotherDomainsErrorInfoSaysNothing) {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  info.set_domain("proxy.example");
  info.set_reason("BUSY");
  (*info.mutable_metadata())["side_effect"] = "none";
  status.add_details()->PackFrom(info);
  server_.answers = {{grpc::StatusCode::UNAVAILABLE, "no", status.SerializeAsString()}};
  const auto order = Connect()->CreateOrder(Order());
  ASSERT_FALSE(order.ok());
  EXPECT_EQ(order.error().reason, "");
  EXPECT_TRUE(order.error().metadata.empty());
  EXPECT_EQ(order.error().side_effect, SideEffect::kPossible);
  EXPECT_EQ(server_.request_ids.size(), 1u);
}

TEST(FullJitter, GrowsToItsCeiling) {
  const RetryPolicy policy;
  EXPECT_EQ(FullJitter(policy, 1, 0.99), milliseconds(99));
  EXPECT_EQ(FullJitter(policy, 3, 0.5), milliseconds(200));
  EXPECT_EQ(FullJitter(policy, 60, 0.5), milliseconds(2500));
  EXPECT_EQ(FullJitter(policy, 60, 0), milliseconds(0));
  const RetryPolicy endless{.initial_backoff = milliseconds::max(),
                            .max_backoff = milliseconds::max()};
  EXPECT_GT(FullJitter(endless, 60, 0.5), std::chrono::hours(24));
}

TEST(WaitBeforeRetry, AWaitThatIsTooLargeForANumberDoesNotFit) {
  Error busy;
  busy.code = grpc::StatusCode::UNAVAILABLE;
  busy.side_effect = SideEffect::kNone;
  busy.retry_after = milliseconds::max();
  const auto wait = [&] { return WaitBeforeRetry(busy, true, {}, 1, milliseconds(1000), 0.5); };
  EXPECT_FALSE(wait().has_value());
  busy.retry_after = milliseconds(900);
  EXPECT_EQ(wait(), milliseconds(950));
}

TEST(RandomUuid, IsOfVersionFourAndNew) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = RandomUuid();
    EXPECT_EQ(id.size(), 36u);
    EXPECT_EQ(id[14], '4');
    EXPECT_THAT(std::string("89ab"), HasSubstr(std::string(1, id[19])));
    EXPECT_TRUE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace sluice::client
