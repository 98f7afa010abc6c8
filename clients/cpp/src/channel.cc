#include "src/channel.h"

#include <arpa/inet.h>

#include <algorithm>
#include <limits>

namespace sluice::client {
namespace {

using std::chrono::milliseconds;

// gRPC takes its largest integer as never.
int Milliseconds(milliseconds time) {
  return static_cast<int>(
      std::min<milliseconds::rep>(time.count(), std::numeric_limits<int>::max()));
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const Options& options) {
  if (!options.tls.has_value()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = options.tls->root_certificates;
  tls.pem_cert_chain = options.tls->client_certificate;
  tls.pem_private_key = options.tls->client_key;
  return grpc::SslCredentials(tls);
}

}  // namespace

bool IsLoopback(const std::string& endpoint) {
  if (endpoint.starts_with("unix:")) return true;
  // Only a number is a port: what else follows a colon may name another host.
  const size_t colon = endpoint.rfind(':');
  const bool has_port = colon != std::string::npos && colon + 1 < endpoint.size() &&
                        endpoint.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  const std::string host = has_port ? endpoint.substr(0, colon) : endpoint;
  // A name may begin with "127." as well.
  in_addr address{};
  const bool is_ipv4 = inet_pton(AF_INET, host.c_str(), &address) == 1;
  return host == "localhost" || host == "[::1]" || (is_ipv4 && host.starts_with("127."));
}

grpc::ChannelArguments ChannelArgumentsFor(const Options& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keepalive / 2));
  // So that the first call after a pause does not find out by its deadline.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // A watch sends nothing after its request, and gRPC would stop asking after two pings.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Whoever writes the DNS must not decide what is sent again. Without a policy gRPC repeats only
  // what no server has seen, as on a connection that is just being given up: its retries stay on.
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // A proxy of the environment would carry what is meant for loopback off this machine.
  if (!options.tls.has_value()) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

std::shared_ptr<grpc::Channel> ConnectTo(const Options& options) {
  return grpc::CreateCustomChannel(options.endpoint, CredentialsFor(options),
                                   ChannelArgumentsFor(options));
}

}  // namespace sluice::client
