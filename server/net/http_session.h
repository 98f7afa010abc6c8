// One connection of the HTTP listener: reads a request, hands it on, writes the answer, and again.
// Part of the listener.
//
// Threads: the listener's thread only.
// Ownership: shared by the listener's list and the operations under way.

#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "server/net/http_listener.h"
#include "server/net/http_wire_answer.h"

namespace sluice::net {

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  // What a session needs of its listener, which outlives it.
  struct Host {
    const HttpListenerOptions* options;
    const Clock* clock;
    // Hands a request on; the session's Answer is called later, on the same thread.
    std::function<void(RawRequest, const std::shared_ptr<HttpSession>&)> on_request;
    std::function<void(HttpSession*)> on_closed;
    std::function<bool()> is_stopping;
  };

  HttpSession(boost::asio::ip::tcp::socket socket, const Host* host);

  void Start();

  // Answers the request under way. Ignored when the connection is gone.
  void Answer(HttpAnswer answer);

  // Between requests: nothing would be lost by closing.
  bool idle() const { return state_ == State::kIdle; }

  // Holds an answer back, as a fault asks: a stop does not wait for it.
  bool delaying() const { return state_ == State::kDelaying; }

  void Close();

 private:
  enum class State { kIdle, kReading, kHandling, kDelaying, kAnswering, kClosed };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Error = boost::system::error_code;

  void WaitForRequest();
  void ReadHead();
  void OnHead(Error error);
  void ReadBody();
  void OnRequest(Error error);
  void OnReadError(Error error);
  void RefuseWith(int status);
  void Write(HttpAnswer answer);
  void WritePiece(size_t begin, size_t index);
  void AfterPiece(size_t end, size_t index);
  void Drain();
  void SetDeadline(absl::Duration timeout, absl::AnyInvocable<void()> on_time);
  void ClearDeadline();
  RawRequest TakeRequest();

  boost::asio::ip::tcp::socket socket_;
  const Host* const host_;
  boost::asio::steady_timer timer_;
  uint64_t deadline_ = 0;  // Which deadline is set; a timer that fires for another is late.
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  State state_ = State::kIdle;
  bool timed_out_ = false;
  bool refusing_ = false;
  std::string remote_address_;
  WireAnswer wire_;
  absl::Duration piece_delay_;
  std::string scrap_;  // Where bytes go that nobody wants.
  size_t scrapped_bytes_ = 0;
};

}  // namespace sluice::net
