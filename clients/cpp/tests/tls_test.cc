// TLS by real handshakes over loopback. The certificates are made by the openssl command.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sluice/client/client.h"
#include "tests/scripted_server.h"

namespace sluice::client {
namespace {

// Two authorities; what ours has signed: the server at 127.0.0.1, one elsewhere and a client; and a
// client of theirs.
constexpr char kMake[] = R"(
set -e
new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
authority() {
  openssl req -x509 $new -days 1 -subj "/CN=$1" -keyout $1.key -out $1.pem
}
signed() {  # By whom, for whom, under which name.
  openssl req -new $new -subj "/CN=$2" -keyout $2.key -out $2.csr
  printf 'basicConstraints=CA:FALSE\nsubjectAltName=%s\n' "$3" >$2.ext
  openssl x509 -req -days 1 -in $2.csr -CA $1.pem -CAkey $1.key -CAcreateserial -extfile $2.ext \
    -out $2.pem
}
authority ours
authority theirs
signed ours server IP:127.0.0.1
signed ours elsewhere DNS:elsewhere.example
signed ours client DNS:client.example
signed theirs stranger DNS:client.example
)";

class TlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string made = testing::TempDir() + "sluice-tls-XXXXXX";
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    folder_ = made;
    std::ofstream(folder_ / "make.sh") << kMake;
    const std::string run = "cd '" + made + "' && sh make.sh >log 2>&1";
    ASSERT_EQ(std::system(run.c_str()), 0) << Text("log");
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static std::string Text(const std::string& file) {
    std::ifstream in(folder_ / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static std::shared_ptr<grpc::ServerCredentials> Serving(const std::string& name, bool mutual) {
    grpc::SslServerCredentialsOptions options(
        mutual ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
               : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    options.pem_root_certs = Text("ours.pem");
    options.pem_key_cert_pairs = {{Text(name + ".key"), Text(name + ".pem")}};
    return grpc::SslServerCredentials(options);
  }

  // The server's word, or what the call failed with.
  static grpc::StatusCode Ask(ScriptedServer& server, const std::string& authority,
                              const std::string& identity = "") {
    Options options;
    options.endpoint = server.endpoint;
    options.api_key = "secret";
    options.tls = Tls{.root_certificates = Text(authority + ".pem")};
    if (!identity.empty()) {
      options.tls->client_certificate = Text(identity + ".pem");
      options.tls->client_key = Text(identity + ".key");
    }
    const auto client = Client::Create(options);
    if (!client.ok()) return client.error().code;
    const auto order = (*client)->CreateOrder({});
    return order.ok() ? grpc::StatusCode::OK : order.error().code;
  }

  inline static std::filesystem::path folder_;
};

TEST_F(TlsTest, TheServerMustBeSignedByAnAuthorityThatIsTrusted) {
  ScriptedServer server(Serving("server", /*mutual=*/false));
  EXPECT_EQ(Ask(server, "theirs"), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(server.request_ids.empty());
  EXPECT_EQ(Ask(server, "ours"), grpc::StatusCode::OK);
  EXPECT_EQ(server.authorization, "Bearer secret");
}

TEST_F(TlsTest, TheServerMustBeTheOneThatIsAsked) {
  ScriptedServer server(Serving("elsewhere", /*mutual=*/false));
  EXPECT_EQ(Ask(server, "ours"), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(server.request_ids.empty());
}

TEST_F(TlsTest, AServerThatAsksForACertificateGetsIt) {
  ScriptedServer server(Serving("server", /*mutual=*/true));
  EXPECT_EQ(Ask(server, "ours"), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Ask(server, "ours", "stranger"), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(server.request_ids.empty());
  EXPECT_EQ(Ask(server, "ours", "client"), grpc::StatusCode::OK);
}

TEST_F(TlsTest, ACertificateAndItsKeyBelongTogether) {
  Options options;
  options.endpoint = "pay.example:443";
  options.tls = Tls{.client_certificate = Text("client.pem")};
  auto refused = Client::Create(options);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, testing::HasSubstr("client_key"));
  options.tls = Tls{.client_key = Text("client.key")};
  EXPECT_FALSE(Client::Create(options).ok());
  options.tls->client_certificate = Text("client.pem");
  EXPECT_TRUE(Client::Create(options).ok());
}

}  // namespace
}  // namespace sluice::client
