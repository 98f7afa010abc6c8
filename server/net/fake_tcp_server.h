// A TCP server for tests that says byte for byte what a peer does: half replies, silence, closed
// connections. For what a well-behaved server would never do.
//
// Threads: each connection runs the script on a thread of its own.
// Ownership: the destructor breaks the connections and joins the threads.

#pragma once

#include <sys/socket.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "server/base/mutex.h"
#include "server/base/strings.h"

namespace sluice::net {

class FakeTcpServer {
 public:
  using Tcp = boost::asio::ip::tcp;

  class Connection {
   public:
    explicit Connection(Tcp::socket socket) : socket_(std::move(socket)) {}

    // Reads one HTTP request (head and body by Content-Length); empty at the end of the stream.
    std::string ReadRequest() {
      boost::system::error_code error;
      const size_t head =
          boost::asio::read_until(socket_, boost::asio::dynamic_buffer(buffer_), "\r\n\r\n", error);
      if (error) return "";
      size_t length = head + BodyLength(buffer_.substr(0, head));
      while (buffer_.size() < length) {
        char piece[4096];
        const size_t got = socket_.read_some(boost::asio::buffer(piece), error);
        if (error) return "";
        buffer_.append(piece, got);
      }
      std::string request = buffer_.substr(0, length);
      buffer_.erase(0, length);
      return request;
    }

    // False when the peer is gone.
    bool Write(std::string_view bytes) {
      boost::system::error_code error;
      boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), error);
      return !error;
    }

    // Blocks until the peer closes.
    void WaitForEnd() {
      char byte = 0;
      boost::system::error_code error;
      while (!error) socket_.read_some(boost::asio::buffer(&byte, 1), error);
    }

    int fd() { return socket_.native_handle(); }

   private:
    static size_t BodyLength(const std::string& head) {
      constexpr std::string_view kName = "Content-Length: ";
      const size_t at = head.find(kName);
      size_t length = 0;
      if (at == std::string::npos) return 0;
      const size_t end = head.find("\r\n", at);
      const std::string_view digits =
          std::string_view(head).substr(at + kName.size(), end - at - kName.size());
      return absl::SimpleAtoi(AbslView(digits), &length) ? length : 0;
    }

    Tcp::socket socket_;
    std::string buffer_;
  };

  // Plays one connection; `index` counts them from 0. The connection closes when it returns.
  using Script = std::function<void(Connection& connection, int index)>;

  explicit FakeTcpServer(Script script)
      : script_(std::move(script)),
        acceptor_(io_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        port_(acceptor_.local_endpoint().port()),
        thread_([this] { Run(); }) {}

  ~FakeTcpServer() {
    stopping_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // Ends a blocking accept.
    thread_.join();
    {
      MutexLock lock(&mutex_);
      for (const auto& connection : connections_) ::shutdown(connection->fd(), SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
  }

  int port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return StrCat("http://127.0.0.1:", port_, path);
  }

 private:
  void Run() {
    for (int index = 0; !stopping_; ++index) {
      boost::system::error_code error;
      Tcp::socket socket = acceptor_.accept(error);
      if (error) return;
      auto connection = std::make_shared<Connection>(std::move(socket));
      {
        MutexLock lock(&mutex_);
        connections_.push_back(connection);
      }
      threads_.emplace_back([this, connection, index] {
        script_(*connection, index);
        ::shutdown(connection->fd(), SHUT_RDWR);
      });
    }
  }

  const Script script_;
  boost::asio::io_context io_;
  Tcp::acceptor acceptor_;
  const int port_;
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  std::vector<std::shared_ptr<Connection>> connections_ SLUICE_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
  std::thread thread_;
};

}  // namespace sluice::net
