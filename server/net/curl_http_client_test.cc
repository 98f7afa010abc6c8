#include "server/net/curl_http_client.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/strings.h"
#include "server/net/fake_http_client.h"
#include "server/net/fake_tcp_server.h"

namespace sluice::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Connection = FakeTcpServer::Connection;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

std::unique_ptr<CurlHttpClient> NewClient(CurlHttpClientOptions options = {}) {
  return CurlHttpClient::Create(std::move(options)).value();
}

HttpRequest Post(const std::string& url, std::string body = "{}") {
  HttpRequest request;
  request.url = url;
  request.body = std::move(body);
  request.headers = {{"Content-Type", "application/json"}};
  return request;
}

std::future<HttpReply> SendAsync(HttpClient& client, HttpRequest request) {
  auto promise = std::make_shared<std::promise<HttpReply>>();
  client.Send(std::move(request),
              [promise](HttpReply reply) { promise->set_value(std::move(reply)); });
  return promise->get_future();
}

HttpReply Exchange(HttpClient& client, HttpRequest request) {
  return SendAsync(client, std::move(request)).get();
}

// A server that answers everything with `reply` and keeps the last request.
class EchoingServer {
 public:
  explicit EchoingServer(std::string reply)
      : server_([this, reply = std::move(reply)](Connection& connection, int) {
          for (std::string text = connection.ReadRequest(); !text.empty();
               text = connection.ReadRequest()) {
            {
              MutexLock lock(&mutex_);
              last_ = text;
            }
            ++requests_;
            connection.Write(reply);
          }
        }) {}

  std::string last() {
    MutexLock lock(&mutex_);
    return last_;
  }
  int requests() const { return requests_; }
  std::string url(std::string_view path = "/") const { return server_.url(path); }

 private:
  Mutex mutex_;
  std::string last_;
  std::atomic<int> requests_{0};
  FakeTcpServer server_;
};

TEST(CurlHttpClientTest, SendsExactlyWhatWasAskedFor) {
  EchoingServer server(
      "HTTP/1.1 201 Created\r\nSign: a=b\r\nX-Empty:\r\nContent-Length: 3\r\n\r\nabc");
  const auto client = NewClient();
  HttpRequest request = Post(server.url("/a%20b?x=1"), R"({"amount":12.30})");
  request.headers.emplace_back("sign", "c2ln");
  request.headers.emplace_back("X-Nothing", "");
  const HttpReply reply = Exchange(*client, request);
  EXPECT_EQ(reply.transport, Transport::kReplied);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, "abc");
  EXPECT_EQ(*FindHeader(reply.headers, "sign"), "a=b");
  EXPECT_EQ(*FindHeader(reply.headers, "x-empty"), "");
  const std::string sent = server.last();
  EXPECT_THAT(sent, StartsWith("POST /a%20b?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nsign: c2ln\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nX-Nothing:\r\n"));
  EXPECT_THAT(sent, ::testing::EndsWith("\r\n\r\n{\"amount\":12.30}"));
  EXPECT_THAT(sent, Not(HasSubstr("Expect:")));
}

TEST(CurlHttpClientTest, Methods) {
  EchoingServer server{std::string(kOk)};
  const auto client = NewClient();
  HttpRequest request;
  request.url = server.url();
  request.method = "GET";
  EXPECT_EQ(Exchange(*client, request).body, "hi");
  EXPECT_THAT(server.last(), StartsWith("GET / "));
  EXPECT_THAT(server.last(), Not(HasSubstr("Content-Type")));
  request.method = "PUT";
  request.body = "x";
  EXPECT_EQ(Exchange(*client, request).status, 200);
  EXPECT_THAT(server.last(), StartsWith("PUT / "));
  EXPECT_THAT(server.last(), Not(HasSubstr("Content-Type")));
  request.method = "POST";
  request.body = "";
  EXPECT_EQ(Exchange(*client, request).status, 200);
  EXPECT_THAT(server.last(), HasSubstr("Content-Length: 0\r\n"));
}

TEST(CurlHttpClientTest, LargeBodiesGoWithoutExpect) {
  EchoingServer server{std::string(kOk)};
  const auto client = NewClient();
  const std::string body(3 << 20, 'x');
  EXPECT_EQ(Exchange(*client, Post(server.url(), body)).status, 200);
  EXPECT_THAT(server.last(), Not(HasSubstr("Expect:")));
  EXPECT_EQ(server.last().size() - server.last().find("\r\n\r\n") - 4, body.size());
}

TEST(CurlHttpClientTest, RedirectsAndErrorsAreReplies) {
  EchoingServer redirect("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
  EchoingServer failure("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
  EchoingServer interim(StrCat("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n", kOk));
  const auto client = NewClient();
  EXPECT_EQ(Exchange(*client, Post(redirect.url())).status, 302);
  EXPECT_EQ(redirect.requests(), 1);
  EXPECT_EQ(Exchange(*client, Post(failure.url())).body, "busy");
  const HttpReply reply = Exchange(*client, Post(interim.url()));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(FindHeader(reply.headers, "link"), nullptr);
}

TEST(CurlHttpClientTest, WhatNeverLeftIsNotSent) {
  const auto client = NewClient();
  int closed_port = 0;
  {
    closed_port = FakeTcpServer([](Connection&, int) {}).port();
  }
  const std::string refused = StrCat("http://127.0.0.1:", closed_port, "/");
  EXPECT_EQ(Exchange(*client, Post(refused)).transport, Transport::kNotSent);
  HttpRequest unresolved = Post("http://no-such-host.invalid/");
  unresolved.total_timeout = absl::Seconds(2);
  EXPECT_EQ(Exchange(*client, unresolved).transport, Transport::kNotSent);
  for (const char* url : {"", "ftp://127.0.0.1/", "file:///etc/passwd", "http://a b/", "/x"}) {
    EXPECT_EQ(Exchange(*client, Post(url)).transport, Transport::kNotSent) << url;
  }
}

TEST(CurlHttpClientTest, RefusesHeadersThatSmuggle) {
  EchoingServer server{std::string(kOk)};
  const auto client = NewClient();
  for (const auto& header : HttpHeaders{{"A", "b\r\nC: d"},
                                        {"A\r\nB", "c"},
                                        {"", "x"},
                                        {"A:", "x"},
                                        {"A", std::string("x\0y", 3)}}) {
    HttpRequest request = Post(server.url());
    request.headers.push_back(header);
    EXPECT_EQ(Exchange(*client, request).transport, Transport::kNotSent);
  }
  HttpRequest request = Post(server.url());
  request.method = "POST / HTTP/1.1\r\nX: y";
  EXPECT_EQ(Exchange(*client, request).transport, Transport::kNotSent);
  EXPECT_EQ(server.requests(), 0);
}

TEST(CurlHttpClientTest, AFailedHandshakeIsNotSent) {
  // A peer that does not speak TLS, and one that falls silent in the handshake.
  FakeTcpServer plain([](Connection& connection, int) {
    connection.Write("HTTP/1.1 400 Bad Request\r\n\r\n");
    connection.WaitForEnd();
  });
  FakeTcpServer silent([](Connection& connection, int) { connection.WaitForEnd(); });
  const auto client = NewClient();
  const std::string plain_url = StrCat("https://127.0.0.1:", plain.port(), "/");
  EXPECT_EQ(Exchange(*client, Post(plain_url)).transport, Transport::kNotSent);
  HttpRequest request = Post(StrCat("https://127.0.0.1:", silent.port(), "/"));
  request.total_timeout = absl::Milliseconds(100);
  EXPECT_EQ(Exchange(*client, request).transport, Transport::kNotSent);
}

TEST(CurlHttpClientTest, SilenceAfterTheRequestIsTimedOut) {
  FakeTcpServer server([](Connection& connection, int) {
    connection.ReadRequest();
    connection.WaitForEnd();
  });
  const auto client = NewClient();
  HttpRequest request = Post(server.url());
  request.total_timeout = absl::Milliseconds(100);
  const HttpReply reply = Exchange(*client, request);
  EXPECT_EQ(reply.transport, Transport::kTimedOut);
  EXPECT_FALSE(reply.error.empty());
}

TEST(CurlHttpClientTest, BrokenRepliesAreBroken) {
  for (const char* answer :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nA: b\r\n",
        "not http at all\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
    FakeTcpServer server([answer](Connection& connection, int) {
      connection.ReadRequest();
      connection.Write(answer);
    });
    const HttpReply reply = Exchange(*NewClient(), Post(server.url()));
    EXPECT_EQ(reply.transport, Transport::kBroken) << answer << reply.error;
    EXPECT_EQ(reply.status, 0);
    EXPECT_EQ(reply.body, "");
  }
}

TEST(CurlHttpClientTest, RepliesThatAreTooLargeAreBroken) {
  EchoingServer body(
      StrCat("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", std::string(1001, 'x')));
  EchoingServer header(
      StrCat("HTTP/1.1 200 OK\r\nA: ", std::string(2000, 'x'), "\r\nContent-Length: 0\r\n\r\n"));
  const auto client = NewClient({.max_reply_bytes = 1000, .max_reply_header_bytes = 1000});
  EXPECT_EQ(Exchange(*client, Post(body.url())).transport, Transport::kBroken);
  EXPECT_EQ(Exchange(*client, Post(body.url())).error, "the reply is too large");
  EXPECT_EQ(Exchange(*client, Post(header.url())).transport, Transport::kBroken);
}

// A server that serves one request on a connection and lets the connection die under the second,
// after it has read it.
class DyingServer {
 public:
  DyingServer()
      : server_([this](Connection& connection, int index) {
          if (connection.ReadRequest().empty()) return;
          ++requests_;
          if (index > 0) return;
          connection.Write(kOk);
          if (!connection.ReadRequest().empty()) ++requests_;
        }) {}
  std::string url() const { return server_.url(); }
  int requests() const { return requests_; }

 private:
  std::atomic<int> requests_{0};
  FakeTcpServer server_;
};

TEST(CurlHttpClientTest, AtMostOnceIsOneRequestOnTheWireWhenAKeptConnectionIsDead) {
  DyingServer server;
  const auto client = NewClient();
  ASSERT_EQ(Exchange(*client, Post(server.url())).status, 200);  // Leaves a kept connection.
  HttpRequest request = Post(server.url());
  request.at_most_once = true;
  EXPECT_EQ(Exchange(*client, request).transport, Transport::kBroken);
  EXPECT_EQ(server.requests(), 2);  // The first, and this one once.
}

// The danger that at_most_once is against is real: without it libcurl writes the request twice.
TEST(CurlHttpClientTest, WithoutAtMostOnceADeadConnectionDoublesTheRequest) {
  DyingServer server;
  const auto client = NewClient();
  ASSERT_EQ(Exchange(*client, Post(server.url())).status, 200);
  EXPECT_EQ(Exchange(*client, Post(server.url())).transport, Transport::kBroken);
  EXPECT_EQ(server.requests(), 3);
}

TEST(CurlHttpClientTest, AtMostOnceConnectionsAreNotKept) {
  std::atomic<int> connections{0};
  FakeTcpServer server([&connections](Connection& connection, int) {
    ++connections;
    while (!connection.ReadRequest().empty()) connection.Write(kOk);
  });
  const auto client = NewClient();
  HttpRequest request = Post(server.url());
  request.at_most_once = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Exchange(*client, request).status, 200);
  EXPECT_EQ(connections, 3);
  request.at_most_once = false;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Exchange(*client, request).status, 200);
  EXPECT_EQ(connections, 4);
}

// Holds requests until told to answer them, and counts how many it has at once.
class HoldingServer {
 public:
  HoldingServer()
      : released_(release_.get_future().share()), server_([this](Connection& connection, int) {
          while (!connection.ReadRequest().empty()) {
            const int now = ++holding_;
            int most = most_;
            while (now > most && !most_.compare_exchange_weak(most, now)) {
            }
            if (!began_.exchange(true)) first_.set_value();
            released_.wait();
            --holding_;
            connection.Write(kOk);
          }
        }) {}
  void WaitForFirst() { first_.get_future().wait(); }
  void Release() { release_.set_value(); }
  int most() const { return most_; }
  std::string url() const { return server_.url(); }

 private:
  std::atomic<int> holding_{0};
  std::atomic<int> most_{0};
  std::atomic<bool> began_{false};
  std::promise<void> first_;
  std::promise<void> release_;
  std::shared_future<void> released_;
  FakeTcpServer server_;
};

TEST(CurlHttpClientTest, ASlowHostDoesNotTakeTheOthersPlaces) {
  auto slow = std::make_unique<FakeTcpServer>([](Connection& connection, int) {
    connection.ReadRequest();
    connection.WaitForEnd();
  });
  EchoingServer fast{std::string(kOk)};
  const auto client = NewClient({.max_in_flight = 4, .max_per_host = 2});
  std::vector<std::future<HttpReply>> stuck;
  for (int i = 0; i < 10; ++i) stuck.push_back(SendAsync(*client, Post(slow->url())));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Exchange(*client, Post(fast.url())).status, 200);
  client->Shutdown();
  int broken = 0;
  for (auto& reply : stuck) {
    const Transport transport = reply.get().transport;
    EXPECT_NE(transport, Transport::kReplied);
    if (transport == Transport::kBroken) ++broken;
  }
  EXPECT_LE(broken, 2);  // Only what was on the wire.
}

TEST(CurlHttpClientTest, TimeInTheQueueCountsAndIsNotSent) {
  HoldingServer server;
  const auto client = NewClient({.max_in_flight = 1});
  auto first = SendAsync(*client, Post(server.url()));
  server.WaitForFirst();
  HttpRequest second = Post(server.url());
  second.total_timeout = absl::Milliseconds(50);
  EXPECT_EQ(Exchange(*client, second).transport, Transport::kNotSent);
  server.Release();
  EXPECT_EQ(first.get().status, 200);
  EXPECT_EQ(server.most(), 1);
}

TEST(CurlHttpClientTest, AFullQueueRefusesAtOnce) {
  HoldingServer server;
  const auto client = NewClient({.max_in_flight = 1, .max_queued = 3});
  std::vector<std::future<HttpReply>> accepted;
  accepted.push_back(SendAsync(*client, Post(server.url())));
  server.WaitForFirst();
  for (int i = 0; i < 3; ++i) accepted.push_back(SendAsync(*client, Post(server.url())));
  auto refused = SendAsync(*client, Post(server.url()));
  ASSERT_EQ(refused.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(refused.get().transport, Transport::kNotSent);
  server.Release();
  for (auto& reply : accepted) EXPECT_EQ(reply.get().status, 200);
}

TEST(CurlHttpClientTest, ShutdownAnswersEverything) {
  HoldingServer server;
  const auto client = NewClient({.max_in_flight = 1});
  auto on_the_wire = SendAsync(*client, Post(server.url()));
  server.WaitForFirst();
  auto queued = SendAsync(*client, Post(server.url()));
  client->Shutdown();
  client->Shutdown();
  EXPECT_EQ(on_the_wire.get().transport, Transport::kBroken);
  EXPECT_EQ(queued.get().transport, Transport::kNotSent);
  EXPECT_EQ(Exchange(*client, Post(server.url())).transport, Transport::kNotSent);
  server.Release();
}

TEST(CurlHttpClientTest, ManyThreadsManyRequests) {
  EchoingServer server{std::string(kOk)};
  const auto client = NewClient({.max_in_flight = 8});
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        if (Exchange(*client, Post(server.url())).body == "hi") ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

TEST(CurlHttpClientTest, DoneMaySendAgain) {
  EchoingServer server{std::string(kOk)};
  const auto client = NewClient();
  std::promise<HttpReply> second;
  client->Send(Post(server.url()), [&](HttpReply) {
    client->Send(Post(server.url()),
                 [&second](HttpReply reply) { second.set_value(std::move(reply)); });
  });
  EXPECT_EQ(second.get_future().get().status, 200);
}

TEST(CurlHttpClientTest, IgnoresTheProxyOfTheEnvironment) {
  EchoingServer server{std::string(kOk)};
  ASSERT_EQ(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
  EXPECT_EQ(Exchange(*NewClient(), Post(server.url())).status, 200);
  ASSERT_EQ(unsetenv("http_proxy"), 0);
  EchoingServer proxy{std::string(kOk)};
  const auto client = NewClient({.proxy = proxy.url("")});
  EXPECT_EQ(Exchange(*client, Post("http://provider.invalid/x")).status, 200);
  EXPECT_THAT(proxy.last(), StartsWith("POST http://provider.invalid/x HTTP/1.1\r\n"));
}

TEST(CurlHttpClientTest, RefusesBoundsOfZero) {
  EXPECT_FALSE(CurlHttpClient::Create({.max_in_flight = 0}).ok());
  EXPECT_FALSE(CurlHttpClient::Create({.max_reply_bytes = 0}).ok());
}

TEST(FakeHttpClientTest, ScriptThenResponderThenHeld) {
  FakeHttpClient client;
  client.ScriptOk("one");
  client.ScriptTransport(Transport::kTimedOut);
  EXPECT_EQ(Exchange(client, Post("http://a/1")).body, "one");
  EXPECT_EQ(Exchange(client, Post("http://a/2")).transport, Transport::kTimedOut);
  client.SetResponder([](const HttpRequest& request) {
    HttpReply reply;
    reply.status = 200;
    reply.body = request.url;
    return reply;
  });
  EXPECT_EQ(Exchange(client, Post("http://a/3")).body, "http://a/3");
  client.SetResponder(nullptr);
  auto held = SendAsync(client, Post("http://a/4"));
  EXPECT_EQ(client.held(), 1u);
  HttpReply late;
  late.status = 204;
  EXPECT_TRUE(client.Complete(late));
  EXPECT_FALSE(client.Complete(late));
  EXPECT_EQ(held.get().status, 204);
  EXPECT_EQ(client.requests().size(), 4u);
}

}  // namespace
}  // namespace sluice::net
