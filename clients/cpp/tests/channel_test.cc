// The connection: what gRPC is told, and what a proxy of the environment must not get.

#include "src/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <map>

#include "sluice/client/client.h"
#include "tests/scripted_server.h"

namespace sluice::client {
namespace {

using std::chrono::milliseconds;

constexpr size_t kMebibyte = 1 << 20;

std::map<std::string, int> IntegersOf(const Options& options) {
  const grpc::ChannelArguments owner = ChannelArgumentsFor(options);
  const grpc_channel_args arguments = owner.c_channel_args();
  std::map<std::string, int> integers;
  for (size_t i = 0; i < arguments.num_args; ++i) {
    const grpc_arg& argument = arguments.args[i];
    if (argument.type == GRPC_ARG_INTEGER) integers[argument.key] = argument.value.integer;
  }
  return integers;
}

std::unique_ptr<Client> Connect(const Options& options) {
  auto client = Client::Create(options);
  EXPECT_TRUE(client.ok());
  return *std::move(client);
}

TEST(Channel, AsksASilentConnectionWhetherItLives) {
  Options options;
  auto integers = IntegersOf(options);
  EXPECT_EQ(integers.at(GRPC_ARG_KEEPALIVE_TIME_MS), 20000);
  EXPECT_EQ(integers.at(GRPC_ARG_KEEPALIVE_TIMEOUT_MS), 10000);
  EXPECT_EQ(integers.at(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA), 0);
  EXPECT_EQ(integers.at(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS), 1);
  options.keepalive = std::chrono::hours(24 * 365);
  integers = IntegersOf(options);
  EXPECT_EQ(integers.at(GRPC_ARG_KEEPALIVE_TIME_MS), std::numeric_limits<int>::max());
}

TEST(Channel, AKeepaliveOfNothingIsRefused) {
  Options options;
  options.endpoint = "127.0.0.1:1";
  options.keepalive = milliseconds(1);
  EXPECT_FALSE(Client::Create(options).ok());
  options.keepalive = milliseconds(2);
  EXPECT_TRUE(Client::Create(options).ok());
}

TEST(Channel, NobodyElseDecidesWhatIsSentAgain) {
  EXPECT_EQ(IntegersOf(Options()).at(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION), 1);
}

TEST(Channel, AnAnswerMayBeAsLargeAsAPage) {
  ScriptedServer server;
  Options options;
  options.endpoint = server.endpoint;
  const auto client = Connect(options);
  server.description = std::string(63 * kMebibyte, 'x');
  const auto order = client->GetOrder({});
  ASSERT_TRUE(order.ok()) << order.error().message;
  EXPECT_EQ(order->description().size(), 63 * kMebibyte);
  server.description = std::string(64 * kMebibyte, 'x');
  EXPECT_EQ(client->GetOrder({}).error().code, grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// Nothing listens at the proxy: a call that went there would fail.
TEST(Channel, PlaintextDoesNotGoThroughAProxy) {
  ScriptedServer server;
  Options options;
  options.endpoint = server.endpoint;
  options.api_key = "secret";
  ASSERT_EQ(setenv("grpc_proxy", "http://127.0.0.1:1", 1), 0);
  ASSERT_EQ(setenv("no_grpc_proxy", "nobody.example", 1), 0);
  const auto order = Connect(options)->CreateOrder({});
  unsetenv("grpc_proxy");
  unsetenv("no_grpc_proxy");
  ASSERT_TRUE(order.ok()) << order.error().message;
  EXPECT_EQ(server.authorization, "Bearer secret");
  options.tls.emplace();
  EXPECT_EQ(IntegersOf(options).count(GRPC_ARG_ENABLE_HTTP_PROXY), 0u);
}

}  // namespace
}  // namespace sluice::client
