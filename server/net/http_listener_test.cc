#include "server/net/http_listener.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/fake_clock.h"
#include "server/base/log_capture.h"
#include "server/base/stopwatch.h"
#include "server/base/strings.h"
#include "server/net/curl_http_client.h"
#include "server/net/ip_allow_list.h"

namespace sluice::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Tcp = boost::asio::ip::tcp;

// A client that writes bytes and reads bytes.
class RawClient {
 public:
  explicit RawClient(int port) : socket_(io_) {
    socket_.connect(
        Tcp::endpoint(boost::asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)));
  }
  void Write(std::string_view text) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(text.data(), text.size()), error);
  }
  // Until the peer closes.
  std::string ReadAll() {
    std::string all = std::move(buffer_);
    boost::system::error_code error;
    while (!error) all += ReadSome(&error);
    return all;
  }
  // Until `text` has come (included), or the peer closes.
  std::string ReadUntil(std::string_view text) {
    boost::system::error_code error;
    while (buffer_.find(text) == std::string::npos && !error) buffer_ += ReadSome(&error);
    const size_t end = std::min(buffer_.find(text), buffer_.size() - text.size()) + text.size();
    std::string head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    return head;
  }

 private:
  std::string ReadSome(boost::system::error_code* error) {
    char piece[4096];
    const size_t got = socket_.read_some(boost::asio::buffer(piece), *error);
    return std::string(piece, got);
  }

  boost::asio::io_context io_;
  Tcp::socket socket_;
  std::string buffer_;
};

HttpAnswer Ok(std::string body) {
  HttpAnswer answer;
  answer.reply.status = 200;
  answer.reply.headers = {{"Content-Type", "text/plain"}};
  answer.reply.body = std::move(body);
  return answer;
}

// Answers with what it received.
void Echo(RawRequest request, HttpResponder respond) {
  respond(Ok(StrCat(request.method, " ", request.path, " [", request.query, "] ", request.body)));
}

std::unique_ptr<HttpListener> Listen(HttpHandler handler, HttpListenerOptions options = {}) {
  return StartHttpListener(std::move(options), std::move(handler)).value();
}

HttpReply Fetch(const HttpListener& listener, std::string body = "x",
                absl::Duration timeout = absl::Seconds(10)) {
  const auto client = CurlHttpClient::Create().value();
  HttpRequest request;
  request.url = StrCat("http://", listener.address(), "/");
  request.body = std::move(body);
  request.total_timeout = timeout;
  std::promise<HttpReply> promise;
  client->Send(std::move(request),
               [&promise](HttpReply reply) { promise.set_value(std::move(reply)); });
  return promise.get_future().get();
}

TEST(HttpListenerTest, HandsOnTheBytesAsTheyCame) {
  const FakeClock clock;
  std::promise<RawRequest> received;
  const auto listener = Listen(
      [&received](RawRequest request, HttpResponder respond) {
        received.set_value(std::move(request));
        respond(Ok("done"));
      },
      {.clock = &clock});
  RawClient client(listener->port());
  client.Write(
      "POST /notify/a%20b?x=%31&y#z HTTP/1.1\r\nHost: h\r\nSign: A=\r\nsign: b\r\n"
      "Content-Length: 4\r\nConnection: close\r\n\r\n\x01\xff{}");
  const std::string reply = client.ReadAll();
  const RawRequest request = received.get_future().get();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/notify/a%20b");
  EXPECT_EQ(request.query, "x=%31&y");
  EXPECT_EQ(request.body, "\x01\xff{}");
  EXPECT_EQ(request.headers[1], (std::pair<std::string, std::string>("Sign", "A=")));
  EXPECT_EQ(request.headers[2], (std::pair<std::string, std::string>("sign", "b")));
  EXPECT_EQ(request.remote_address, "127.0.0.1");
  EXPECT_EQ(request.receive_time, clock.Now());
  EXPECT_EQ(reply,
            "HTTP/1.1 200 OK\r\nDate: Thu, 15 Jan 2026 10:30:00 GMT\r\n"
            "Content-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone");
}

TEST(HttpListenerTest, KeepsConnectionsAndServesPipelinedRequests) {
  const auto listener = Listen(Echo);
  RawClient client(listener->port());
  client.Write(
      "GET /a HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\n"
      "Content-Length: 1\r\n\r\nxGET /c");
  EXPECT_THAT(client.ReadUntil("GET /a [] "), HasSubstr("Connection: keep-alive"));
  EXPECT_THAT(client.ReadUntil("POST /b [] x"), StartsWith("HTTP/1.1 200 OK"));
  client.Write(" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), EndsWith("GET /c [] "));
}

TEST(HttpListenerTest, HeadHasTheHeadOnly) {
  const auto listener = Listen(Echo);
  RawClient client(listener->port());
  client.Write("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string reply = client.ReadAll();
  EXPECT_THAT(reply, HasSubstr("Content-Length: 11\r\n"));
  EXPECT_THAT(reply, EndsWith("\r\n\r\n"));
}

TEST(HttpListenerTest, ChunkedBodiesAndExpect) {
  const auto listener = Listen(Echo);
  RawClient client(listener->port());
  client.Write(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
      "Expect: 100-continue\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Write("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), EndsWith("POST / [] abc"));
}

TEST(HttpListenerTest, RefusesWhatItDoesNotServe) {
  std::atomic<int> handled{0};
  const auto listener = Listen(
      [&handled](RawRequest request, HttpResponder respond) {
        ++handled;
        Echo(std::move(request), std::move(respond));
      },
      {.max_body_bytes = 1000, .max_header_bytes = 1000});
  const std::vector<std::pair<std::string, int>> cases = {
      {"nonsense\r\n\r\n", 400},
      {"GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"DELETE / HTTP/1.1\r\nHost: h\r\n\r\n", 405},
      {"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'), 413},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, 'x'),
       413},
      {"GET / HTTP/1.1\r\nA: " + std::string(2000, 'x') + "\r\n\r\n", 431}};
  for (const auto& [bytes, status] : cases) {
    RawClient client(listener->port());
    client.Write(bytes);
    const std::string reply = client.ReadUntil("\r\n\r\n");
    EXPECT_THAT(reply, StartsWith(StrCat("HTTP/1.1 ", status, " "))) << bytes.substr(0, 60);
    EXPECT_THAT(reply, HasSubstr("Connection: close"));
  }
  EXPECT_EQ(handled, 0);
}

TEST(HttpListenerTest, SlowSendersGet408AndIdleConnectionsAreClosed) {
  const auto listener = Listen(Echo, {.idle_timeout = absl::Milliseconds(50)});
  RawClient idle(listener->port());
  EXPECT_EQ(idle.ReadAll(), "");
  RawClient slow_head(listener->port());
  slow_head.Write("GET / HT");
  EXPECT_THAT(slow_head.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 408 "));
  RawClient slow_body(listener->port());
  slow_body.Write("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_THAT(slow_body.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpListenerTest, AnswersFromAnotherThreadAndOnlyOnce) {
  std::thread answering;
  const auto listener = Listen([&answering](RawRequest, HttpResponder respond) {
    answering = std::thread([respond = std::move(respond)]() mutable {
      respond(Ok("first"));
      respond(Ok("second"));
    });
  });
  EXPECT_EQ(Fetch(*listener).body, "first");
  answering.join();
}

TEST(HttpListenerTest, ADroppedResponderSends500) {
  const auto listener = Listen([](RawRequest, HttpResponder) {});
  EXPECT_EQ(Fetch(*listener).status, 500);
}

TEST(HttpListenerTest, BadAnswersDoNotSmuggle) {
  const auto listener = Listen([](RawRequest, HttpResponder respond) {
    HttpAnswer answer = Ok("body");
    answer.reply.status = 42;
    answer.reply.headers = {
        {"A", "b\r\nInjected: x"}, {"Content-Length", "999"}, {"B: c", "d"}, {"Good", "yes"}};
    respond(std::move(answer));
  });
  const HttpReply reply = Fetch(*listener);
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body, "body");
  EXPECT_EQ(FindHeader(reply.headers, "injected"), nullptr);
  EXPECT_EQ(FindHeader(reply.headers, "a"), nullptr);
  EXPECT_EQ(*FindHeader(reply.headers, "good"), "yes");
}

TEST(HttpListenerTest, FaultDelay) {
  const auto listener = Listen([](RawRequest, HttpResponder respond) {
    HttpAnswer answer = Ok("late");
    answer.delay = absl::Milliseconds(50);
    respond(std::move(answer));
  });
  const Stopwatch watch;
  EXPECT_EQ(Fetch(*listener).body, "late");
  EXPECT_GE(watch.Elapsed(), absl::Milliseconds(50));
}

TEST(HttpListenerTest, FaultLongDelayIsATimeOutToTheClient) {
  const auto listener = Listen([](RawRequest, HttpResponder respond) {
    HttpAnswer answer = Ok("late");
    answer.delay = absl::Hours(1);
    respond(std::move(answer));
  });
  EXPECT_EQ(Fetch(*listener, "x", absl::Milliseconds(50)).transport, Transport::kTimedOut);
  RawClient waiting(listener->port());
  waiting.Write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST(HttpListenerTest, FaultSlowBody) {
  const auto listener = Listen([](RawRequest, HttpResponder respond) {
    HttpAnswer answer = Ok("0123456789abcdef");
    answer.chunk_delay = absl::Milliseconds(10);
    respond(std::move(answer));
  });
  const Stopwatch watch;
  EXPECT_EQ(Fetch(*listener).body, "0123456789abcdef");
  EXPECT_GE(watch.Elapsed(), absl::Milliseconds(80));
}

TEST(HttpListenerTest, FaultTruncatedBody) {
  const auto listener = Listen([](RawRequest, HttpResponder respond) {
    HttpAnswer answer = Ok("0123456789");
    answer.truncate_body_at = 4;
    respond(std::move(answer));
  });
  EXPECT_EQ(Fetch(*listener).transport, Transport::kBroken);
  RawClient client(listener->port());
  client.Write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string reply = client.ReadAll();
  EXPECT_THAT(reply, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(reply, EndsWith("\r\n\r\n0123"));
}

TEST(HttpListenerTest, FaultDroppedConnection) {
  const auto listener = Listen([](RawRequest, HttpResponder respond) {
    HttpAnswer answer;
    answer.drop_connection = true;
    respond(std::move(answer));
  });
  EXPECT_EQ(Fetch(*listener).transport, Transport::kBroken);
}

TEST(HttpListenerTest, TheOldestIdleConnectionMakesRoom) {
  std::promise<HttpResponder> held;
  const auto listener = Listen(
      [&held](RawRequest request, HttpResponder respond) {
        if (request.path == "/hold") return held.set_value(std::move(respond));
        Echo(std::move(request), std::move(respond));
      },
      {.max_connections = 2});
  RawClient busy(listener->port());
  busy.Write("GET /hold HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  HttpResponder respond = held.get_future().get();
  RawClient idle(listener->port());
  idle.Write("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.ReadUntil("GET /a [] ");
  RawClient third(listener->port());
  third.Write("GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(third.ReadUntil("GET /b [] "), HasSubstr(" 200 "));
  EXPECT_EQ(idle.ReadAll(), "");  // Closed for the third.
  respond(Ok("held"));
  EXPECT_THAT(busy.ReadAll(), EndsWith("held"));
}

TEST(HttpListenerTest, WhenAllAreBusyANewConnectionIsRefused) {
  std::promise<HttpResponder> held;
  const auto listener =
      Listen([&held](RawRequest, HttpResponder respond) { held.set_value(std::move(respond)); },
             {.max_connections = 1});
  RawClient busy(listener->port());
  busy.Write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  HttpResponder respond = held.get_future().get();
  RawClient second(listener->port());
  EXPECT_EQ(second.ReadAll(), "");
  respond(Ok("held"));
  EXPECT_THAT(busy.ReadAll(), EndsWith("held"));
}

TEST(HttpListenerTest, StopWaitsForTheAnswerUnderWay) {
  std::promise<HttpResponder> held;
  const auto listener =
      Listen([&held](RawRequest, HttpResponder respond) { held.set_value(std::move(respond)); });
  RawClient idle(listener->port());
  RawClient busy(listener->port());
  busy.Write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  HttpResponder respond = held.get_future().get();
  std::thread stopping([&listener] { listener->Stop(); });
  EXPECT_EQ(idle.ReadAll(), "");  // Idle connections go at once: the stop has begun.
  respond(Ok("last words"));
  EXPECT_THAT(busy.ReadAll(), EndsWith("last words"));
  stopping.join();
  listener->Stop();
}

TEST(HttpListenerTest, AnAnswerAfterTheEndIsHarmless) {
  std::optional<HttpResponder> kept;
  std::promise<void> handled;
  {
    const auto listener = Listen(
        [&](RawRequest, HttpResponder respond) {
          kept.emplace(std::move(respond));
          handled.set_value();
        },
        {.stop_timeout = absl::Milliseconds(20)});
    {
      RawClient client(listener->port());
      client.Write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      handled.get_future().wait();
    }
  }
  (*kept)(Ok("too late"));
}

TEST(HttpListenerTest, AddressesTakenAndWrong) {
  const auto listener = Listen(Echo);
  EXPECT_EQ(listener->address(), StrCat("127.0.0.1:", listener->port()));
  const auto start = [](std::string address) {
    return StartHttpListener({.address = std::move(address)}, Echo).status().code();
  };
  EXPECT_EQ(start(listener->address()), absl::StatusCode::kUnavailable);
  EXPECT_EQ(start("somewhere.example:0"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(start("127.0.0.1"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(start("localhost:0"), absl::StatusCode::kOk);
}

// Without free descriptors accept fails; the listener must serve again once there are some.
TEST(HttpListenerTest, RecoversFromDescriptorExhaustion) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the undefined-behaviour sanitizer needs descriptors to look at memory";
#endif
  const auto listener = Listen(Echo);
  LogCapture capture;
  RawClient early(listener->port());  // So that the client code has run once.
  const int client_fd = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_GE(client_fd, 0);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = 256;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  std::vector<int> taken;
  for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken.push_back(fd);

  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(listener->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(client_fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const Stopwatch watch;
  while (!capture.Contains("http_accept_failed") && watch.Elapsed() < absl::Seconds(20)) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(capture.Contains("http_accept_failed"));
  for (const int fd : taken) ::close(fd);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);

  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  ASSERT_EQ(::write(client_fd, request.data(), request.size()),
            static_cast<ssize_t>(request.size()));
  std::string reply;
  char piece[1024];
  for (ssize_t got = 0; (got = ::read(client_fd, piece, sizeof(piece))) > 0;) {
    reply.append(piece, static_cast<size_t>(got));
  }
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK"));
  ::close(client_fd);
}

TEST(IpAllowListTest, MatchesAddressesAndNetworks) {
  const IpAllowList list =
      IpAllowList::Parse({"203.0.113.7", "198.51.100.0/25", "2001:db8::/33", "::1"}).value();
  for (const char* yes : {"203.0.113.7", "::ffff:203.0.113.7", "198.51.100.0", "198.51.100.127",
                          "2001:db8:7fff::1", "::1"}) {
    EXPECT_TRUE(list.Contains(yes)) << yes;
  }
  for (const char* no : {"203.0.113.8", "198.51.100.128", "2001:db8:8000::1", "::2", "", "x",
                         "203.0.113.7:80", "0.0.0.0"}) {
    EXPECT_FALSE(list.Contains(no)) << no;
  }
  EXPECT_TRUE(IpAllowList::Parse({"0.0.0.0/0"})->Contains("8.8.8.8"));
  EXPECT_FALSE(IpAllowList::Parse({"0.0.0.0/0"})->Contains("2001:db8::1"));
  EXPECT_FALSE(IpAllowList::Parse({})->Contains("127.0.0.1"));
  for (const char* bad : {"", "x", "203.0.113.0/33", "203.0.113.7/24", "203.0.113.0/", "a/8",
                          "2001:db8::1/32", "203.0.113.0/-1", "203.0.113"}) {
    EXPECT_FALSE(IpAllowList::Parse({bad}).ok()) << bad;
  }
}

}  // namespace
}  // namespace sluice::net
