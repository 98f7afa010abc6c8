#include "server/main/grpc_acceptor.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "server/base/log.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

// What is not accepted yet waits in the kernel, up to its own bound (net.core.somaxconn).
constexpr int kBacklog = 4096;
// Without a file descriptor left there is nothing to wait for but time.
constexpr int kPauseMs = 50;

absl::Status CannotServe(const char* what) {
  return absl::UnavailableError(StrCat(what, ": ", strerror(errno)));
}

void SetPort(int port, sockaddr* address) {
  const in_port_t network = htons(static_cast<in_port_t>(port));
  if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = network;
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = network;
  }
}

int PortOf(int socket) {
  sockaddr_storage bound = {};
  socklen_t length = sizeof(bound);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                           : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcAcceptor>> GrpcAcceptor::Listen(const HostPort& address) {
  std::unique_ptr<GrpcAcceptor> acceptor(new GrpcAcceptor);
  acceptor->port_ = address.port;
  acceptor->stop_ = eventfd(0, EFD_CLOEXEC);
  if (acceptor->stop_ < 0) return CannotServe("no eventfd");
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(address.host.c_str(), nullptr, &hints, &found);
  if (failed != 0) return absl::UnavailableError(gai_strerror(failed));
  absl::Status status;
  for (const addrinfo* next = found; next != nullptr && status.ok(); next = next->ai_next) {
    status = acceptor->Add(*next);
  }
  freeaddrinfo(found);
  if (!status.ok()) return status;
  if (acceptor->listeners_.empty()) return absl::UnavailableError("the host has no address here");
  return acceptor;
}

absl::Status GrpcAcceptor::Add(const addrinfo& address) {
  const int listener =
      socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
  // "localhost" is often also an IPv6 address, on machines that have none.
  if (listener < 0) return errno == EAFNOSUPPORT ? absl::OkStatus() : CannotServe("no socket");
  const int on = 1, off = 0;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_storage copy = {};
  memcpy(&copy, address.ai_addr, address.ai_addrlen);
  auto* const where = reinterpret_cast<sockaddr*>(&copy);
  if (where->sa_family == AF_INET6) {  // "::" serves IPv4 as well.
    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  }
  SetPort(port_, where);
  const bool bound = bind(listener, where, address.ai_addrlen) == 0;
  if (!bound && errno == EADDRNOTAVAIL && (address.ai_next != nullptr || !listeners_.empty())) {
    close(listener);
    return absl::OkStatus();
  }
  if (!bound || listen(listener, kBacklog) != 0) {
    const absl::Status status = CannotServe("the address cannot be taken");
    close(listener);
    return status;
  }
  listeners_.push_back(listener);
  port_ = PortOf(listener);
  return absl::OkStatus();
}

GrpcAcceptor::~GrpcAcceptor() {
  Stop();
  if (stop_ >= 0) close(stop_);
}

void GrpcAcceptor::Run(std::unique_ptr<Connections> connections) {
  connections_ = std::move(connections);
  thread_ = std::thread(&GrpcAcceptor::Loop, this);
}

void GrpcAcceptor::Stop() {
  if (thread_.joinable()) {
    eventfd_write(stop_, 1);
    thread_.join();
  }
  for (const int listener : listeners_) close(listener);
  listeners_.clear();
}

void GrpcAcceptor::Loop() {
  pthread_setname_np(pthread_self(), "grpc-accept");
  std::vector<pollfd> watched = {{.fd = stop_, .events = POLLIN, .revents = 0}};
  for (const int listener : listeners_) watched.push_back({listener, POLLIN, 0});
  size_t count = watched.size();
  int timeout_ms = -1;
  while (true) {
    poll(watched.data(), count, timeout_ms);
    if (watched[0].revents != 0) return;
    bool room = true;
    for (const int listener : listeners_) room = AcceptAll(listener) && room;
    if (!room && timeout_ms < 0) LogWarning("grpc_accept_waits", {{"reason", strerror(errno)}});
    // While there is no room only the stop is watched: a connection that waits would be reported
    // again at once.
    count = room ? watched.size() : 1;
    timeout_ms = room ? -1 : kPauseMs;
  }
}

// False when the process has no room for another connection.
bool GrpcAcceptor::AcceptAll(int listener) {
  while (true) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
    }
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    Connections::NewConnectionParameters parameters;
    parameters.listener_fd = listener;
    parameters.fd = connection;
    connections_->HandleNewConnection(&parameters);
  }
}

}  // namespace sluice
