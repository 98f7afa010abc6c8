// Who may do what: API keys, merchants, TLS and mTLS, and where may be listened.

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/crypto/sha256.h"
#include "tests/e2e/fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::HasSubstr;

constexpr char kDemoKey[] = "demo-key-0123456789abcdef", kOtherKey[] = "other-key-0123456789abcdef",
               kOperatorKey[] = "operator-key-0123456789abcdef";

KeySettings Key(const std::string& id, const std::string& key) {
  return {.id = id, .digest = crypto::Sha256(key)};
}

class KeysTest : public ServerFixture {
 protected:
  void SetUp() override {
    ServerFixture::SetUp();
    Stop();
    options_.settings.merchants = {{.id = "demo", .api_keys = {Key("d", kDemoKey)}},
                                   {.id = "other", .api_keys = {Key("o", kOtherKey)}}};
    options_.settings.operators.api_keys = {Key("op", kOperatorKey)};
    Start();
    api_key_ = kDemoKey;
  }

  Problem With(const std::string& key) {
    api_key_ = key;
    const Problem problem = GetOrder("A-1").problem();
    api_key_ = kDemoKey;
    return problem;
  }
};

TEST_F(KeysTest, OwnKeyMayEverythingOfItsMerchant) {
  PaidOrder("A-1");
  EXPECT_TRUE(GetOrder("A-1").ok());
  EXPECT_TRUE(CreateRefund("A-1", "F-1", 10).ok());
  EXPECT_FALSE(ListEvents().empty());
}

TEST_F(KeysTest, CallWithoutOrWithAnUnknownKeyIsUnauthenticated) {
  OpenOrder("A-1");
  for (const char* key : {"", "wrong", "demo-key-0123456789abcdeF"}) {
    const Problem problem = With(key);
    EXPECT_EQ(problem.code, grpc::StatusCode::UNAUTHENTICATED) << key << ": " << problem;
    EXPECT_EQ(problem.reason, "UNAUTHENTICATED");
    EXPECT_EQ(problem.side_effect(), "none");
  }
}

TEST_F(KeysTest, OtherMerchantsNamesAreForbiddenWhetherTheyExistOrNot) {
  OpenOrder("A-1");
  const Problem existing = With(kOtherKey);
  EXPECT_EQ(existing.code, grpc::StatusCode::PERMISSION_DENIED) << existing;
  EXPECT_EQ(existing.reason, "PERMISSION_DENIED");
  EXPECT_EQ(existing.side_effect(), "none");
  api_key_ = kOtherKey;
  EXPECT_EQ(GetOrder("nothing").problem().code, grpc::StatusCode::PERMISSION_DENIED)
      << "does not tell what exists";
  EXPECT_EQ(CreateOrder("A-2", BotimOrder(100)).problem().reason, "PERMISSION_DENIED");
  EXPECT_EQ(CancelOrder("A-1").problem().reason, "PERMISSION_DENIED");
  EXPECT_EQ(RevokeOrder("A-1").problem().reason, "PERMISSION_DENIED");
  EXPECT_EQ(SyncOrder("A-1").problem().reason, "PERMISSION_DENIED");
  EXPECT_EQ(CreateRefund("A-1", "F-1", 1).problem().reason, "PERMISSION_DENIED");
  EXPECT_EQ(Explain(WatchAll()->WaitForEnd()).reason, "PERMISSION_DENIED");
  EXPECT_EQ(Explain(WatchOrder("A-1")->WaitForEnd()).reason, "PERMISSION_DENIED");
  v1::ListNotificationsRequest list;
  list.set_parent(kMerchant);
  EXPECT_EQ(Call(notifications_, &v1::NotificationService::Stub::ListNotifications, list)
                .problem()
                .reason,
            "PERMISSION_DENIED");
  api_key_ = kDemoKey;
  EXPECT_EQ(GetOrder("A-1")->state(), v1::Order::STATE_AWAITING_PAYER);
}

TEST_F(KeysTest, OnlyOperatorsWatchAllMerchants) {
  v1::WatchEventsRequest all;
  all.set_parent("merchants/-");
  all.mutable_beginning();
  EXPECT_EQ(Explain(WatchEvents(all)->WaitForEnd()).reason, "PERMISSION_DENIED");
  OpenOrder("A-1");
  api_key_ = kOperatorKey;
  const auto watch = WatchEvents(all);
  EXPECT_TRUE(watch->WaitUntil([](const auto& m) { return EventsOf(m).size() >= 2; }));
  EXPECT_TRUE(GetOrder("A-1").ok()) << "operators may touch every merchant";
}

TEST_F(KeysTest, ReloadTakesAKeyAway) {
  OpenOrder("A-1");
  Settings without = options_.settings;
  without.merchants[0].api_keys = {Key("new", "a-new-key")};
  ASSERT_TRUE(server_->Reload(without).ok());
  EXPECT_EQ(With(kDemoKey).code, grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(With("a-new-key").code, grpc::StatusCode::OK);
}

TEST_F(KeysTest, ReloadEndsTheStreamsOfAKeyThatIsGone) {
  OpenOrder("A-1");
  const auto events = WatchAll();
  const auto order = WatchOrder("A-1");
  ASSERT_TRUE(events->WaitUntil([](const auto& m) { return !EventsOf(m).empty(); }));
  ASSERT_TRUE(order->WaitUntil([](const auto& m) { return !m.empty(); }));
  api_key_ = kOperatorKey;
  const auto operators = WatchAll();
  Settings without = options_.settings;
  without.merchants[0].api_keys = {Key("new", "a-new-key")};
  ASSERT_TRUE(server_->Reload(without).ok());
  for (const Problem& problem : {Explain(events->WaitForEnd()), Explain(order->WaitForEnd())}) {
    EXPECT_EQ(problem.code, grpc::StatusCode::UNAUTHENTICATED) << problem;
    EXPECT_EQ(problem.reason, "UNAUTHENTICATED");
  }
  const size_t before = EventsOf(operators->messages()).size();
  ASSERT_TRUE(Pay(OrderName("A-1")).ok());
  EXPECT_TRUE(operators->WaitUntil([&](const auto& m) { return EventsOf(m).size() > before; }))
      << "the streams of other keys go on";
}

TEST_F(KeysTest, ReloadEndsTheStreamsThatAKeyMayNoLongerRead) {
  OpenOrder("A-1");
  api_key_ = kOperatorKey;
  v1::WatchEventsRequest all;
  all.set_parent("merchants/-");
  all.mutable_beginning();
  const auto everything = WatchEvents(all);
  const auto own = WatchAll();
  Settings narrowed = options_.settings;
  narrowed.operators.api_keys.clear();
  narrowed.merchants[0].api_keys.push_back(Key("op", kOperatorKey));
  ASSERT_TRUE(server_->Reload(narrowed).ok());
  const Problem problem = Explain(everything->WaitForEnd());
  EXPECT_EQ(problem.code, grpc::StatusCode::PERMISSION_DENIED) << problem;
  EXPECT_EQ(problem.reason, "PERMISSION_DENIED");
  api_key_ = kDemoKey;
  ASSERT_TRUE(Pay(OrderName("A-1")).ok());
  EXPECT_TRUE(own->WaitUntil([](const auto& m) { return EventsOf(m).size() >= 3; }))
      << "what the key may still read goes on";
}

TEST_F(KeysTest, MalformedAuthorizationIsUnauthenticated) {
  OpenOrder("A-1");
  for (const char* value : {"Basic ZGVtbzpkZW1v", "Bearer", "demo-key-0123456789abcdef", ""}) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", value);
    v1::GetOrderRequest request;
    request.set_name(OrderName("A-1"));
    v1::Order ignored;
    EXPECT_EQ(orders_->GetOrder(&context, request, &ignored).error_code(),
              grpc::StatusCode::UNAUTHENTICATED)
        << value;
  }
}

class ListenersTest : public ServerFixture {
 protected:
  // Why a server with these settings does not start.
  std::string Refused() {
    Stop();
    const auto server = TryStart(options_);
    EXPECT_FALSE(server.ok());
    return std::string(server.status().message());
  }

  void MakeCertificates() {
    const std::string quiet = " >/dev/null 2>&1";
    const auto run = [&](const std::string& command) {
      ASSERT_EQ(std::system(("cd " + folder_ + " && openssl " + command + quiet).c_str()), 0)
          << command;
    };
    const std::string new_key = "req -newkey rsa:2048 -nodes ";
    run(new_key + "-x509 -days 2 -subj /CN=authority -keyout ca.key -out ca.pem");
    for (const std::string who : {"server", "client"}) {
      run(absl::StrCat(new_key, "-subj /CN=", who, " -addext subjectAltName=DNS:",
                       who == "server" ? "localhost" : "shop.internal", " -keyout ", who,
                       ".key -out ", who, ".csr"));
      run(absl::StrCat("x509 -req -days 2 -copy_extensions copy -in ", who, ".csr -CA ca.pem ",
                       "-CAkey ca.key -CAcreateserial -out ", who, ".pem"));
    }
  }

  std::string File(const std::string& name) {
    std::ifstream file(folder_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void ConnectWithTls(const grpc::SslCredentialsOptions& options) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("localhost");
    Connect(grpc::CreateCustomChannel(server_->addresses().grpc, grpc::SslCredentials(options),
                                      arguments));
  }
};

TEST_F(ListenersTest, GrpcBeyondLoopbackNeedsTlsAndCredentials) {
  options_.sandbox = false;
  options_.settings.grpc_address = {"0.0.0.0", 0};
  EXPECT_THAT(Refused(), HasSubstr("grpc_address"));
  options_.settings.merchants = {{.id = "demo", .api_keys = {Key("d", kDemoKey)}}};
  EXPECT_THAT(Refused(), HasSubstr("tls")) << "keys alone would go over the wire in the clear";
  MakeCertificates();
  options_.settings.tls = TlsSettings{.certificate = File("server.pem"),
                                      .private_key = Redacted(File("server.key")),
                                      .client_ca = ""};
  options_.settings.merchants.clear();
  EXPECT_THAT(Refused(), HasSubstr("grpc_address")) << "TLS alone lets everybody in";
}

TEST_F(ListenersTest, HttpAndSandboxAreOnLoopbackOnly) {
  options_.settings.notify_address = {"0.0.0.0", 0};
  EXPECT_THAT(Refused(), HasSubstr("notify_address"));
  options_.settings.notify_address = {"127.0.0.1", 0};
  options_.settings.admin_address = {"0.0.0.0", 0};
  EXPECT_THAT(Refused(), HasSubstr("admin_address"));
  options_.settings.admin_address = {"127.0.0.1", 0};
  options_.settings.simulator_address = {"0.0.0.0", 0};
  EXPECT_THAT(Refused(), HasSubstr("simulator_address"));
}

TEST_F(ListenersTest, TlsMaterialThatIsNoneIsRefused) {
  options_.settings.tls = TlsSettings{
      .certificate = "no certificate", .private_key = Redacted("no key"), .client_ca = ""};
  EXPECT_THAT(Refused(), ::testing::Not(HasSubstr("no key"))) << "never quotes a secret";
}

TEST_F(ListenersTest, TlsServesAndPlainTextDoesNot) {
  MakeCertificates();
  Stop();
  options_.settings.tls = TlsSettings{.certificate = File("server.pem"),
                                      .private_key = Redacted(File("server.key")),
                                      .client_ca = ""};
  Start();  // Connects in plain text.
  EXPECT_FALSE(CreateOrder("A-1", BotimOrder(100)).ok());
  ConnectWithTls({.pem_root_certs = File("ca.pem"), .pem_private_key = "", .pem_cert_chain = ""});
  EXPECT_TRUE(CreateOrder("A-1", BotimOrder(100)).ok());
}

TEST_F(ListenersTest, MtlsKnowsAMerchantByItsCertificate) {
  MakeCertificates();
  Stop();
  options_.settings.tls = TlsSettings{.certificate = File("server.pem"),
                                      .private_key = Redacted(File("server.key")),
                                      .client_ca = File("ca.pem")};
  options_.settings.merchants = {{.id = "demo", .client_identities = {"shop.internal"}},
                                 {.id = "other", .client_identities = {"other.internal"}}};
  Start();
  ConnectWithTls({.pem_root_certs = File("ca.pem"), .pem_private_key = "", .pem_cert_chain = ""});
  EXPECT_FALSE(CreateOrder("A-1", BotimOrder(100)).ok()) << "no certificate";
  ConnectWithTls({.pem_root_certs = File("ca.pem"),
                  .pem_private_key = File("client.key"),
                  .pem_cert_chain = File("client.pem")});
  const auto created = CreateOrder("A-1", BotimOrder(100));
  EXPECT_TRUE(created.ok()) << created.problem();
  v1::ListOrdersRequest other;
  other.set_parent("merchants/other");
  EXPECT_EQ(Call(orders_, &v1::OrderService::Stub::ListOrders, other).problem().reason,
            "PERMISSION_DENIED");
}

}  // namespace
}  // namespace sluice::e2e
