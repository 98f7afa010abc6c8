#include "server/net/http_listener.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "server/base/address.h"
#include "server/base/log.h"
#include "server/base/mutex.h"
#include "server/base/strings.h"
#include "server/net/http_session.h"

namespace sluice::net {
namespace {

namespace asio = boost::asio;
using boost::asio::ip::tcp;
using Error = boost::system::error_code;

// Without descriptors or memory, accepting again at once would spin.
constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);

const Clock* ChosenClock(const HttpListenerOptions& options) {
  static const SystemClock* const system_clock = new SystemClock;
  return options.clock != nullptr ? options.clock : system_clock;
}

absl::StatusOr<tcp::endpoint> ToEndpoint(const std::string& address) {
  const absl::StatusOr<HostPort> parsed = ParseHostPort(address);
  if (!parsed.ok()) return parsed.status();
  const std::string host = EqualsIgnoreCase(parsed->host, "localhost") ? "127.0.0.1" : parsed->host;
  Error error;
  const asio::ip::address ip = asio::ip::make_address(host, error);
  if (error) return absl::InvalidArgumentError("the host of a listener must be an IP address");
  return tcp::endpoint(ip, static_cast<uint16_t>(parsed->port));
}

// What the thread works on. Responders share it, because they may answer when the listener is gone.
class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(HttpListenerOptions options, HttpHandler handler);

  absl::Status Bind();
  void Accept();
  void Run();

  // From any thread.
  void Stop();
  void Answer(std::weak_ptr<HttpSession> session, HttpAnswer answer);

  tcp::endpoint endpoint() const { return endpoint_; }

 private:
  using Sessions = std::list<std::shared_ptr<HttpSession>>;

  void OnAccept(const Error& error, tcp::socket socket);
  void PauseAccepting(const Error& error);
  void Adopt(tcp::socket socket);
  bool CloseOldestIdle();
  void OnClosed(HttpSession* session);
  void OnRequest(RawRequest request, const std::shared_ptr<HttpSession>& session);
  void BeginStop();

  const HttpListenerOptions options_;
  const HttpHandler handler_;
  HttpSession::Host host_;
  asio::io_context io_{1};
  // While a handler thinks, nothing may be under way: the thread stays all the same.
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  tcp::endpoint endpoint_;
  bool stopping_ = false;
  Sessions sessions_;  // Oldest first.

  Mutex mutex_;
  CondVar ended_;
  bool all_ended_ SLUICE_GUARDED_BY(mutex_) = false;
};

// Answers with 500 when it is dropped without an answer.
class Responder {
 public:
  Responder(std::shared_ptr<Core> core, std::weak_ptr<HttpSession> session)
      : core_(std::move(core)), session_(std::move(session)) {}
  Responder(Responder&& other) noexcept
      : core_(std::exchange(other.core_, nullptr)), session_(std::move(other.session_)) {}
  Responder& operator=(Responder&&) = delete;

  ~Responder() {
    if (core_ == nullptr) return;
    HttpAnswer answer;
    answer.reply.status = 500;
    core_->Answer(std::move(session_), std::move(answer));
  }

  void operator()(HttpAnswer answer) {
    if (core_ == nullptr) return;
    std::exchange(core_, nullptr)->Answer(std::move(session_), std::move(answer));
  }

 private:
  std::shared_ptr<Core> core_;
  std::weak_ptr<HttpSession> session_;
};

Core::Core(HttpListenerOptions options, HttpHandler handler)
    : options_(std::move(options)), handler_(std::move(handler)) {
  host_.options = &options_;
  host_.clock = ChosenClock(options_);
  host_.on_request = [this](RawRequest request, const std::shared_ptr<HttpSession>& session) {
    OnRequest(std::move(request), session);
  };
  host_.on_closed = [this](HttpSession* session) { OnClosed(session); };
  host_.is_stopping = [this] { return stopping_; };
}

absl::Status Core::Bind() {
  const absl::StatusOr<tcp::endpoint> wanted = ToEndpoint(options_.address);
  if (!wanted.ok()) return wanted.status();
  Error error;
  acceptor_.open(wanted->protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(*wanted, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) endpoint_ = acceptor_.local_endpoint(error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(
      StrCat("cannot listen on ", options_.address, ": ", error.message()));
}

void Core::Run() { io_.run(); }

void Core::Accept() {
  acceptor_.async_accept(
      [this](const Error& error, tcp::socket socket) { OnAccept(error, std::move(socket)); });
}

void Core::OnAccept(const Error& error, tcp::socket socket) {
  if (stopping_) return;
  // A client that gave up before it was accepted is no reason to pause.
  if (error && error != asio::error::connection_aborted) return PauseAccepting(error);
  if (!error) Adopt(std::move(socket));
  Accept();
}

void Core::PauseAccepting(const Error& error) {
  LogWarning("http_accept_failed", {{"error", error.message()}});
  CloseOldestIdle();  // It may give back the descriptor that is missing.
  pause_.expires_after(absl::ToChronoNanoseconds(kAcceptPause));
  pause_.async_wait([this](const Error& wait_error) {
    if (!wait_error && !stopping_) Accept();
  });
}

void Core::Adopt(tcp::socket socket) {
  const bool full = sessions_.size() >= static_cast<size_t>(std::max(options_.max_connections, 0));
  if (full && !CloseOldestIdle()) return;  // The socket's end refuses it.
  sessions_.push_back(std::make_shared<HttpSession>(std::move(socket), &host_));
  sessions_.back()->Start();
}

bool Core::CloseOldestIdle() {
  for (const std::shared_ptr<HttpSession>& session : sessions_) {
    if (session->idle()) {
      std::shared_ptr<HttpSession>(session)->Close();
      return true;
    }
  }
  return false;
}

void Core::OnClosed(HttpSession* session) {
  sessions_.remove_if([session](const auto& held) { return held.get() == session; });
  if (!stopping_ || !sessions_.empty()) return;
  MutexLock lock(&mutex_);
  all_ended_ = true;
  ended_.SignalAll();
}

void Core::OnRequest(RawRequest request, const std::shared_ptr<HttpSession>& session) {
  handler_(std::move(request), Responder(shared_from_this(), session));
}

void Core::Answer(std::weak_ptr<HttpSession> session, HttpAnswer answer) {
  asio::post(io_, [session = std::move(session), answer = std::move(answer)]() mutable {
    if (const std::shared_ptr<HttpSession> alive = session.lock()) {
      alive->Answer(std::move(answer));
    }
  });
}

void Core::BeginStop() {
  stopping_ = true;
  Error ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  const Sessions open = sessions_;
  for (const std::shared_ptr<HttpSession>& session : open) {
    if (session->idle() || session->delaying()) session->Close();
  }
  if (!sessions_.empty()) return;
  MutexLock lock(&mutex_);
  all_ended_ = true;
  ended_.SignalAll();
}

void Core::Stop() {
  asio::post(io_, [this] { BeginStop(); });
  {
    MutexLock lock(&mutex_);
    while (!all_ended_) {
      if (!ended_.WaitFor(&mutex_, options_.stop_timeout)) break;
    }
  }
  // What is left is closed, so that no connection outlives the listener.
  asio::post(io_, [this] {
    const Sessions left = sessions_;
    for (const std::shared_ptr<HttpSession>& session : left) session->Close();
    io_.stop();
  });
}

class BeastListener final : public HttpListener {
 public:
  explicit BeastListener(std::shared_ptr<Core> core)
      : core_(std::move(core)), thread_([core = core_.get()] { core->Run(); }) {
    pthread_setname_np(thread_.native_handle(), "http-listener");
  }
  ~BeastListener() override { Stop(); }

  int port() const override { return core_->endpoint().port(); }

  std::string address() const override {
    return HostPort{core_->endpoint().address().to_string(), port()}.ToString();
  }

  void Stop() override {
    MutexLock lock(&mutex_);
    if (!thread_.joinable()) return;
    core_->Stop();
    thread_.join();
  }

 private:
  const std::shared_ptr<Core> core_;
  Mutex mutex_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpListener>> StartHttpListener(HttpListenerOptions options,
                                                                HttpHandler handler) {
  auto core = std::make_shared<Core>(std::move(options), std::move(handler));
  if (absl::Status status = core->Bind(); !status.ok()) return status;
  core->Accept();
  return std::make_unique<BeastListener>(std::move(core));
}

}  // namespace sluice::net
