#include "server/net/fake_http_client.h"

namespace sluice::net {
namespace {

HttpReply FailedReply(Transport transport, std::string error) {
  HttpReply reply;
  reply.transport = transport;
  reply.error = std::move(error);
  return reply;
}

}  // namespace

FakeHttpClient::~FakeHttpClient() {
  while (Complete(FailedReply(Transport::kBroken, "the fake HTTP client is gone"))) {
  }
}

void FakeHttpClient::Send(HttpRequest request, HttpDone done) {
  std::optional<HttpReply> reply;
  Responder responder;
  {
    MutexLock lock(&mutex_);
    requests_.push_back(request);
    if (!script_.empty()) {
      reply = std::move(script_.front());
      script_.pop_front();
    } else if (responder_ && !(hold_ && hold_(request))) {
      responder = responder_;
    } else {
      held_.push_back(std::move(done));
      return;
    }
  }
  // Without the lock: both may send again.
  if (responder) reply = responder(request);
  done(*std::move(reply));
}

void FakeHttpClient::Script(HttpReply reply) {
  MutexLock lock(&mutex_);
  script_.push_back(std::move(reply));
}

void FakeHttpClient::ScriptOk(std::string body, HttpHeaders headers) {
  HttpReply reply;
  reply.status = 200;
  reply.headers = std::move(headers);
  reply.body = std::move(body);
  Script(std::move(reply));
}

void FakeHttpClient::ScriptTransport(Transport transport, std::string error) {
  Script(FailedReply(transport, std::move(error)));
}

void FakeHttpClient::SetResponder(Responder responder) {
  MutexLock lock(&mutex_);
  responder_ = std::move(responder);
}

void FakeHttpClient::Hold(std::function<bool(const HttpRequest&)> which) {
  MutexLock lock(&mutex_);
  hold_ = std::move(which);
}

bool FakeHttpClient::Complete(HttpReply reply) {
  HttpDone done;
  {
    MutexLock lock(&mutex_);
    if (held_.empty()) return false;
    done = std::move(held_.front());
    held_.pop_front();
  }
  done(std::move(reply));
  return true;
}

std::vector<HttpRequest> FakeHttpClient::requests() const {
  MutexLock lock(&mutex_);
  return requests_;
}

size_t FakeHttpClient::held() const {
  MutexLock lock(&mutex_);
  return held_.size();
}

}  // namespace sluice::net
