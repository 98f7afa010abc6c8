// The whole server in this process: what it refuses, what it serves, how it changes and ends.

#include "server/main/server.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <regex>
#include <sstream>
#include <string>

#include "server/base/random.h"
#include "server/base/strings.h"
#include "server/crypto/sha256.h"
#include "server/net/curl_http_client.h"
#include "sluice/simulator/v1/simulator.grpc.pb.h"
#include "sluice/v1/event.grpc.pb.h"
#include "sluice/v1/order.grpc.pb.h"

namespace sluice {
namespace {

constexpr char kOrder[] = "merchants/demo/orders/o-1";

class ServerTest : public testing::Test {
 protected:
  ServerTest() : data_dir_(testing::TempDir() + "/server-" + SystemRandom().Hex(8)) {}
  ~ServerTest() override { std::filesystem::remove_all(data_dir_); }

  ServerOptions Sandbox() const {
    return {.settings = LoopbackSettings(data_dir_), .sandbox = true, .sandbox_seed = 7};
  }

  static std::shared_ptr<grpc::Channel> ChannelTo(
      RunningServer& server,
      std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials()) {
    return grpc::CreateChannel(server.addresses().grpc, std::move(credentials));
  }

  static void Prepare(grpc::ClientContext* context, const std::string& key = "") {
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    context->set_wait_for_ready(true);
    if (!key.empty()) context->AddMetadata("authorization", "Bearer " + key);
  }

  static grpc::Status CreateOrder(RunningServer& server, v1::Order* order) {
    grpc::ClientContext context;
    Prepare(&context);
    v1::CreateOrderRequest request;
    request.set_parent("merchants/demo");
    request.set_order_id("o-1");
    request.mutable_order()->set_wallet("botim");
    request.mutable_order()->set_description("tea");
    request.mutable_order()->set_return_url("https://shop.example/done");
    request.mutable_order()->mutable_amount()->set_currency_code("AED");
    request.mutable_order()->mutable_amount()->set_minor_units(1234);
    return v1::OrderService::NewStub(ChannelTo(server))->CreateOrder(&context, request, order);
  }

  static grpc::Status GetOrder(
      RunningServer& server, v1::Order* order, const std::string& key = "",
      std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials()) {
    grpc::ClientContext context;
    Prepare(&context, key);
    v1::GetOrderRequest request;
    request.set_name(kOrder);
    return v1::OrderService::NewStub(ChannelTo(server, std::move(credentials)))
        ->GetOrder(&context, request, order);
  }

  static grpc::Status Pay(RunningServer& server, const std::string& name) {
    grpc::ClientContext context;
    Prepare(&context);
    simulator::v1::PayRequest request;
    request.mutable_target()->set_name(name);
    simulator::v1::PayResponse response;
    return simulator::v1::SimulatorService::NewStub(ChannelTo(server))
        ->Pay(&context, request, &response);
  }

  HttpReply Get(const std::string& address, const std::string& path) {
    if (http_ == nullptr) http_ = *net::CurlHttpClient::Create();
    std::promise<HttpReply> reply;
    http_->Send({.method = "GET", .url = StrCat("http://", address, path)},
                [&](HttpReply got) { reply.set_value(std::move(got)); });
    return reply.get_future().get();
  }

  const std::string data_dir_;
  std::unique_ptr<net::CurlHttpClient> http_;
};

TEST_F(ServerTest, RefusesListenersThatAreNotProtected) {
  const auto refused = [&](auto change) {
    ServerOptions options = Sandbox();
    change(&options);
    EXPECT_EQ(StartServer(std::move(options)).status().code(), absl::StatusCode::kInvalidArgument);
  };
  refused([](ServerOptions* o) { o->sandbox = false, o->settings.grpc_address.host = "0.0.0.0"; });
  refused([](ServerOptions* o) { o->settings.grpc_address.host = "0.0.0.0"; });
  refused([](ServerOptions* o) { o->settings.notify_address.host = "0.0.0.0"; });
  refused([](ServerOptions* o) { o->settings.admin_address.host = "192.0.2.1"; });
  refused([](ServerOptions* o) { o->settings.simulator_address.host = "::"; });
  EXPECT_FALSE(std::filesystem::exists(data_dir_));  // Nothing was touched.
}

TEST_F(ServerTest, ServesOnTheAddressesItSays) {
  const auto server = StartServer(Sandbox());
  ASSERT_TRUE(server.ok()) << server.status();
  const ServerAddresses& at = (*server)->addresses();
  EXPECT_EQ(at.ToJson(),
            StrCat("{\"grpc\":\"", at.grpc, "\",\"notify\":\"", at.notify, "\",\"admin\":\"",
                   at.admin, "\",\"simulator\":\"", at.simulator, "\"}"));
  EXPECT_EQ(Get(at.admin, "/healthz").status, 200);
  EXPECT_EQ(Get(at.admin, "/readyz").status, 200);
  EXPECT_EQ(Get(at.admin, "/no").status, 404);
  EXPECT_EQ(Get(at.notify, "/notify/payby/demo-payby").status, 405);
  EXPECT_EQ(Get(at.notify, "/elsewhere").status, 404);
  EXPECT_EQ(Get(at.simulator, "/no-such-provider/x").status, 404);

  v1::Order order;
  EXPECT_EQ(GetOrder(**server, &order).error_code(), grpc::StatusCode::NOT_FOUND);
  // A call is counted when gRPC is done with it, which may be after its caller has the answer.
  const std::string counted =
      "sluice_rpc_total{code=\"NOT_FOUND\",method=\"sluice.v1.OrderService/GetOrder\"} 1";
  HttpReply metrics = Get(at.admin, "/metrics");
  for (int i = 0; i < 1000 && metrics.body.find(counted) == std::string::npos; ++i) {
    metrics = Get(at.admin, "/metrics");
  }
  EXPECT_NE(metrics.body.find(counted), std::string::npos) << metrics.body;
  EXPECT_NE(metrics.body.find("sluice_store_commits_total"), std::string::npos);
}

TEST_F(ServerTest, AnAddressThatIsTakenIsSaid) {
  const auto first = StartServer(Sandbox());
  ASSERT_TRUE(first.ok()) << first.status();
  ServerOptions options = Sandbox();
  options.settings.data_dir = data_dir_ + "/second";
  options.settings.grpc_address = *ParseHostPort((*first)->addresses().grpc);
  EXPECT_EQ(StartServer(std::move(options)).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ServerTest, AStoreIsForOneServer) {
  auto first = StartServer(Sandbox());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(StartServer(Sandbox()).status().code(), absl::StatusCode::kFailedPrecondition);
  (*first)->Stop();
  (*first)->Stop();  // Idempotent.
  EXPECT_TRUE(StartServer(Sandbox()).ok());
}

// A text of URLs on loopback without their ports, which a start chooses anew.
std::string WithoutPorts(const std::string& text) {
  static const std::regex port("127\\.0\\.0\\.1:[0-9]+");
  return std::regex_replace(text, port, "127.0.0.1");
}

std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST_F(ServerTest, MoneyMovesAndARestartForgetsNothing) {
  std::string cursor, keys;
  {
    const auto server = StartServer(Sandbox());
    ASSERT_TRUE(server.ok()) << server.status();
    v1::Order order;
    const grpc::Status created = CreateOrder(**server, &order);
    ASSERT_TRUE(created.ok()) << created.error_message();
    EXPECT_EQ(order.state(), v1::Order::STATE_AWAITING_PAYER);

    grpc::ClientContext context;
    Prepare(&context);
    v1::WatchEventsRequest watch;
    watch.set_parent("merchants/demo");
    watch.mutable_beginning();
    watch.mutable_filter()->add_types("order.paid");
    const auto events = v1::EventService::NewStub(ChannelTo(**server));
    const auto stream = events->WatchEvents(&context, watch);
    const grpc::Status paid = Pay(**server, kOrder);
    ASSERT_TRUE(paid.ok()) << paid.error_message();
    v1::WatchEventsResponse message;
    do {
      ASSERT_TRUE(stream->Read(&message));
    } while (!message.has_batch());
    EXPECT_EQ(message.batch().events(0).order().state(), v1::Order::STATE_PAID);

    // An orderly end: the last message says where to go on.
    std::thread stopper([&] { (*server)->Stop(); });
    while (stream->Read(&message)) cursor = message.cursor();
    EXPECT_EQ(message.closing().reason(), v1::Closing::REASON_DRAINING);
    EXPECT_TRUE(stream->Finish().ok());
    stopper.join();
    keys = FileText(data_dir_ + "/sandbox.json");
  }
  const auto server = StartServer(Sandbox());
  ASSERT_TRUE(server.ok()) << server.status();
  v1::Order order;
  ASSERT_TRUE(GetOrder(**server, &order).ok());
  EXPECT_EQ(order.state(), v1::Order::STATE_PAID);

  grpc::ClientContext context;
  Prepare(&context);
  v1::WatchEventsRequest watch;
  watch.set_parent("merchants/demo");
  watch.set_cursor(cursor);
  watch.mutable_filter()->add_types("order.paid");
  const auto events = v1::EventService::NewStub(ChannelTo(**server));
  const auto stream = events->WatchEvents(&context, watch);
  stream->WaitForInitialMetadata();
  context.TryCancel();
  v1::WatchEventsResponse message;
  while (stream->Read(&message)) EXPECT_FALSE(message.has_batch());  // Seen before.
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);

  // The sandbox kept its keys; only the simulator's port is another.
  const std::string again = FileText(data_dir_ + "/sandbox.json");
  EXPECT_TRUE(WithoutPorts(keys) == WithoutPorts(again));  // Not EXPECT_EQ: it would print them.
  EXPECT_NE(keys.find("private_key_pem"), std::string::npos);
}

MerchantSettings DemoWithKey(const std::string& key) {
  return {.id = "demo", .api_keys = {{"k1", crypto::Sha256(key)}}};
}

TEST_F(ServerTest, AReloadReplacesKeys) {
  const auto server = StartServer(Sandbox());
  ASSERT_TRUE(server.ok()) << server.status();
  v1::Order order;
  EXPECT_EQ(GetOrder(**server, &order).error_code(), grpc::StatusCode::NOT_FOUND);
  Settings settings = LoopbackSettings(data_dir_);
  settings.merchants = {DemoWithKey("one")};
  ASSERT_TRUE((*server)->Reload(settings).ok());
  EXPECT_EQ(GetOrder(**server, &order).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(GetOrder(**server, &order, "one").error_code(), grpc::StatusCode::NOT_FOUND);
  settings.merchants = {DemoWithKey("two")};
  ASSERT_TRUE((*server)->Reload(settings).ok());
  EXPECT_EQ(GetOrder(**server, &order, "one").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(GetOrder(**server, &order, "two").error_code(), grpc::StatusCode::NOT_FOUND);

  settings.grpc_address.host = "0.0.0.0";
  EXPECT_EQ((*server)->Reload(settings).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ServerTest, AReloadOpensNothingThatWasClosed) {
  ServerOptions options = Sandbox();
  options.settings.merchants = {DemoWithKey("one")};
  const auto server = StartServer(std::move(options));
  ASSERT_TRUE(server.ok()) << server.status();
  v1::Order order;
  Settings settings = LoopbackSettings(data_dir_);
  settings.merchants = {{.id = "demo"}};
  for (const char* key : {"one", "two"}) {  // As it was started, and as it was reloaded.
    const absl::Status refused = (*server)->Reload(settings);
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
    EXPECT_NE(refused.message().find("credentials"), std::string::npos) << refused;
    EXPECT_EQ(GetOrder(**server, &order).error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(GetOrder(**server, &order, key).error_code(), grpc::StatusCode::NOT_FOUND);
    Settings other = settings;
    other.merchants = {DemoWithKey("two")};
    ASSERT_TRUE((*server)->Reload(other).ok());
  }
}

TEST_F(ServerTest, TheSimulatorIsInTheSandboxOnly) {
  ServerOptions options = Sandbox();
  options.sandbox = false;
  const auto server = StartServer(std::move(options));
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ((*server)->addresses().simulator, "");
  EXPECT_EQ(Pay(**server, kOrder).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

// Certificates of a day, made by the openssl program: an authority, a server, a client.
class TlsServerTest : public ServerTest {
 protected:
  TlsServerTest() {
    std::filesystem::create_directories(data_dir_);
    const std::string script = StrCat(
        "cd '", data_dir_,
        "' && exec 2>/dev/null && "
        "new() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt "
        "-out $1.key; } && "
        "new ca && openssl req -x509 -new -key ca.key -subj /CN=ca -days 1 -out ca.pem && "
        "sign() { new $1 && openssl req -new -key $1.key -subj /CN=$2 -out $1.csr && "
        "echo subjectAltName=$3 >$1.ext && openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key "
        "-CAcreateserial -days 1 -extfile $1.ext -out $1.pem; } && "
        "sign server localhost DNS:localhost,IP:127.0.0.1 && "
        "sign client shop DNS:shop.clients.example && "
        "sign stranger other DNS:other.clients.example");
    made_ = std::system(script.c_str()) == 0;
  }

  std::string Pem(const std::string& file) const { return FileText(data_dir_ + "/" + file); }

  ServerOptions Mutual() const {
    ServerOptions options = Sandbox();
    options.settings.tls = TlsSettings{.certificate = Pem("server.pem"),
                                       .private_key = Redacted(Pem("server.key")),
                                       .client_ca = Pem("ca.pem")};
    options.settings.merchants = {{.id = "demo", .client_identities = {"shop.clients.example"}}};
    return options;
  }

  std::shared_ptr<grpc::ChannelCredentials> As(const std::string& who) const {
    grpc::SslCredentialsOptions options{.pem_root_certs = Pem("ca.pem")};
    if (!who.empty()) {
      options.pem_private_key = Pem(who + ".key");
      options.pem_cert_chain = Pem(who + ".pem");
    }
    return grpc::SslCredentials(options);
  }

  bool made_ = false;
};

TEST_F(TlsServerTest, ACertificateSaysWhoCalls) {
  ASSERT_TRUE(made_) << "the openssl program made no certificates";
  const auto server = StartServer(Mutual());
  ASSERT_TRUE(server.ok()) << server.status();
  v1::Order order;
  EXPECT_EQ(GetOrder(**server, &order, "", As("client")).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(GetOrder(**server, &order, "", As("stranger")).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(TlsServerTest, WithoutACertificateThereIsNoConnection) {
  ASSERT_TRUE(made_) << "the openssl program made no certificates";
  const auto server = StartServer(Mutual());
  ASSERT_TRUE(server.ok()) << server.status();
  for (const auto& credentials : {As(""), grpc::InsecureChannelCredentials()}) {
    const auto channel = ChannelTo(**server, credentials);
    EXPECT_FALSE(channel->WaitForConnected(std::chrono::system_clock::now() +
                                           std::chrono::milliseconds(500)));
  }
}

TEST_F(TlsServerTest, UnusableMaterialIsRefused) {
  ServerOptions options = Sandbox();
  options.settings.tls = TlsSettings{.certificate = "-----BEGIN CERTIFICATE-----",
                                     .private_key = Redacted("-----BEGIN PRIVATE KEY-----")};
  EXPECT_EQ(StartServer(std::move(options)).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace sluice
