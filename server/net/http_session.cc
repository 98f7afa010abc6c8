#include "server/net/http_session.h"

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <utility>

#include "server/base/strings.h"

namespace sluice::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;

// After a refusal the rest of the request is read and dropped, because closing on unread bytes
// resets the connection, and the client might never see the answer.
constexpr absl::Duration kDrainTime = absl::Seconds(2);
constexpr size_t kMaxDrainBytes = 4 << 20;
constexpr size_t kScrapBytes = 16 << 10;

std::string_view ToStd(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string AddressText(const tcp::socket& socket) {
  boost::system::error_code error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  if (error) return "";
  const asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

int StatusOfReadError(const boost::system::error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  return 400;
}

}  // namespace

HttpSession::HttpSession(tcp::socket socket, const Host* host)
    : socket_(std::move(socket)),
      host_(host),
      timer_(socket_.get_executor()),
      remote_address_(AddressText(socket_)) {}

void HttpSession::Start() {
  Error ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  WaitForRequest();
}

void HttpSession::SetDeadline(absl::Duration timeout, absl::AnyInvocable<void()> on_time) {
  const uint64_t mine = ++deadline_;
  timer_.expires_after(absl::ToChronoNanoseconds(timeout));
  timer_.async_wait(
      [self = shared_from_this(), mine, on_time = std::move(on_time)](Error error) mutable {
        if (!error && mine == self->deadline_) on_time();
      });
}

void HttpSession::ClearDeadline() {
  ++deadline_;
  timer_.cancel();
}

void HttpSession::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  ClearDeadline();
  Error ignored;
  socket_.close(ignored);
  host_->on_closed(this);
}

// The next request has its time from its first byte on, however long the connection was quiet.
void HttpSession::WaitForRequest() {
  state_ = State::kIdle;
  if (buffer_.size() > 0) return ReadHead();
  SetDeadline(host_->options->idle_timeout, [this] { Close(); });
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](Error error) {
    if (self->state_ == State::kClosed) return;
    if (error) return self->Close();
    self->ReadHead();
  });
}

void HttpSession::ReadHead() {
  state_ = State::kReading;
  timed_out_ = false;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(host_->options->max_header_bytes));
  parser_->body_limit(host_->options->max_body_bytes);
  SetDeadline(host_->options->idle_timeout, [this] {
    timed_out_ = true;
    Error ignored;
    socket_.cancel(ignored);
    // The read may be between two steps, where there is nothing to cancel.
    SetDeadline(kDrainTime, [this] { Close(); });
  });
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](Error error, size_t) {
                            if (self->state_ != State::kClosed) self->OnHead(error);
                          });
}

void HttpSession::OnHead(Error error) {
  if (error || timed_out_) return OnReadError(error);
  if (!boost::beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
    return ReadBody();
  }
  // The client waits for leave to send the body.
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(socket_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = shared_from_this()](Error write_error, size_t) {
                      if (self->state_ == State::kClosed) return;
                      if (write_error) return self->OnReadError(write_error);
                      self->ReadBody();
                    });
}

void HttpSession::ReadBody() {
  http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](Error error, size_t) {
    if (self->state_ != State::kClosed) self->OnRequest(error);
  });
}

void HttpSession::OnReadError(Error error) {
  ClearDeadline();
  if (timed_out_) return RefuseWith(408);
  if (error.category() == http::make_error_code(http::error::end_of_stream).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return RefuseWith(StatusOfReadError(error));
  }
  Close();  // The client went away.
}

void HttpSession::OnRequest(Error error) {
  if (error) return OnReadError(error);
  ClearDeadline();
  const http::verb method = parser_->get().method();
  if (method != http::verb::get && method != http::verb::head && method != http::verb::post) {
    return RefuseWith(405);
  }
  if (!parser_->get().target().starts_with('/')) return RefuseWith(400);
  state_ = State::kHandling;
  host_->on_request(TakeRequest(), shared_from_this());
}

RawRequest HttpSession::TakeRequest() {
  auto& message = parser_->get();
  RawRequest request;
  request.method = std::string(ToStd(message.method_string()));
  std::string_view target = ToStd(message.target());
  target = target.substr(0, target.find('#'));
  const size_t question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) request.query = std::string(target.substr(question + 1));
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(ToStd(field.name_string())),
                                 std::string(ToStd(field.value())));
  }
  request.body = std::move(message.body());
  request.remote_address = remote_address_;
  request.receive_time = host_->clock->Now();
  return request;
}

// The connection cannot go on: what follows on it is not known to be a request.
void HttpSession::RefuseWith(int status) {
  refusing_ = true;
  HttpAnswer answer;
  answer.reply.status = status;
  if (status == 405) answer.reply.headers.emplace_back("Allow", "GET, HEAD, POST");
  state_ = State::kHandling;
  Answer(std::move(answer));
}

void HttpSession::Answer(HttpAnswer answer) {
  if (state_ != State::kHandling) return;
  if (answer.delay <= absl::ZeroDuration()) return Write(std::move(answer));
  state_ = State::kDelaying;
  SetDeadline(answer.delay,
              [this, answer = std::move(answer)]() mutable { Write(std::move(answer)); });
}

void HttpSession::Write(HttpAnswer answer) {
  if (answer.drop_connection) return Close();
  const bool head_only = parser_->get().method() == http::verb::head;
  const bool keep_alive = !refusing_ && !host_->is_stopping() && parser_->get().keep_alive();
  wire_ = ToWire(answer, head_only, keep_alive, host_->clock->Now());
  piece_delay_ = answer.chunk_delay;
  WritePiece(0, 0);
}

void HttpSession::WritePiece(size_t begin, size_t index) {
  state_ = State::kAnswering;
  // Bounds a client that does not read.
  SetDeadline(host_->options->idle_timeout, [this] { Close(); });
  const size_t end = wire_.ends[index];
  asio::async_write(socket_, asio::buffer(wire_.bytes.data() + begin, end - begin),
                    [self = shared_from_this(), end, index](Error error, size_t) {
                      if (self->state_ == State::kClosed) return;
                      if (error) return self->Close();
                      self->AfterPiece(end, index);
                    });
}

void HttpSession::AfterPiece(size_t end, size_t index) {
  ClearDeadline();
  if (index + 1 < wire_.ends.size()) {
    state_ = State::kDelaying;
    SetDeadline(piece_delay_, [this, end, index] { WritePiece(end, index + 1); });
    return;
  }
  if (refusing_) {
    Error ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    SetDeadline(kDrainTime, [this] { Close(); });
    return Drain();
  }
  if (wire_.close || host_->is_stopping()) return Close();
  wire_ = {};
  WaitForRequest();
}

void HttpSession::Drain() {
  scrap_.resize(kScrapBytes);
  socket_.async_read_some(asio::buffer(scrap_),
                          [self = shared_from_this()](Error error, size_t bytes) {
                            if (self->state_ == State::kClosed) return;
                            self->scrapped_bytes_ += bytes;
                            if (error || self->scrapped_bytes_ > kMaxDrainBytes) {
                              return self->Close();
                            }
                            self->Drain();
                          });
}

}  // namespace sluice::net
