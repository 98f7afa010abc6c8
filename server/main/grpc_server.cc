#include "server/main/grpc_server.h"

#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <mutex>

#include "absl/synchronization/mutex.h"
#include "server/base/strings.h"
#include "server/main/health_reflection.h"

namespace sluice {
namespace {

// A request's metadata is an API key and a trace: what comes beyond is refused by gRPC. In gRPC
// 1.51 only when a header block has ended: a peer that sends CONTINUATION frames without end is
// bounded by nothing but memory. Peers that may do that are kept out by client certificates
// (tls.client_ca) or by loopback.
constexpr int kMaxMetadataBytes = 16 << 10;

// A peer that is silent for so long is asked whether it lives, and is dropped without an answer:
// a watcher behind a dead network must not be kept for ever.
constexpr int kKeepaliveTimeMs = 60'000, kKeepaliveTimeoutMs = 20'000;
// What we allow peers to ask us, for their long silent watches.
constexpr int kMinPingIntervalMs = 10'000;

// Plug-ins are for the whole process, before its first server.
void InstallPlugins(bool channelz) {
  static std::once_flag once, once_channelz;
  std::call_once(once, [] {
    // Debian's Abseil is built with its search for deadlocks on, which follows every lock that gRPC
    // takes: a tenth of the time of a small call.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    DescribeHealth();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
  if (channelz) std::call_once(once_channelz, grpc::channelz::experimental::InitChannelzService);
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const Settings& settings) {
  if (!settings.tls.has_value()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      settings.tls->client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                      : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = settings.tls->client_ca;
  options.pem_key_cert_pairs.push_back(
      {settings.tls->private_key.Reveal(), settings.tls->certificate});
  return grpc::SslServerCredentials(options);
}

// Credentials are looked at when gRPC listens with them, and only then: on a port that serves
// nothing.
bool IsUsable(const Settings& settings) {
  if (!settings.tls.has_value()) return true;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", CredentialsOf(settings), &port);
  const auto server = builder.BuildAndStart();
  return server != nullptr && port != 0;
}

void SetBounds(const Settings& settings, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(settings.max_message_bytes);
  builder->SetMaxSendMessageSize(-1);  // Ours: bounded by page sizes.
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, settings.max_concurrent_streams);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kMinPingIntervalMs);
  // Messages are small; a compressed one could be a bomb.
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Settings& settings,
                                                              const Services& services) {
  // Channelz shows peers and calls to whoever asks: on loopback only.
  InstallPlugins(IsLoopback(settings.grpc_address.host));
  std::unique_ptr<GrpcServer> server(new GrpcServer);
  grpc::ServerBuilder builder;
  SetBounds(settings, &builder);
  if (!IsUsable(settings)) {
    return absl::UnavailableError("tls: gRPC cannot use this certificate with this private key");
  }
  auto acceptor = GrpcAcceptor::Listen(settings.grpc_address);
  if (!acceptor.ok()) {
    return absl::UnavailableError(StrCat("grpc_address: cannot serve on ",
                                         settings.grpc_address.ToString(), ": ",
                                         StdView(acceptor.status().message())));
  }
  server->acceptor_ = *std::move(acceptor);
  auto connections = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      CredentialsOf(settings));
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(server->health_watches_.MakeInterceptors());
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  for (const auto& [name, service] : services) {
    server->names_.push_back(name);
    builder.RegisterService(service);
  }
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) return absl::UnavailableError("gRPC does not start");
  server->address_ = {settings.grpc_address.host, server->acceptor_->port()};
  server->SetServing(false);
  server->acceptor_->Run(std::move(connections));
  return server;
}

GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

void GrpcServer::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* const health = server_->GetHealthCheckService();
  if (health == nullptr) return;
  health->SetServingStatus("", serving);
  for (const std::string& name : names_) health->SetServingStatus(name, serving);
}

void GrpcServer::Shutdown(absl::Duration grace) {
  if (server_ == nullptr) return;
  SetServing(false);
  acceptor_->Stop();
  health_watches_.EndAll();
  server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(grace));
  server_->Wait();
  server_.reset();
}

}  // namespace sluice
