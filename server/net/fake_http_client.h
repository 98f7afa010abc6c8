// An HttpClient without a network: scripted replies, recorded requests.
//
// Threads: safe from any thread. A scripted reply is given from within Send; a held request waits
// for Complete.
// Ownership: owns held callbacks; those left are ended with kBroken on destruction.

#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/mutex.h"
#include "server/net/http_client.h"

namespace sluice::net {

class FakeHttpClient final : public HttpClient {
 public:
  using Responder = std::function<HttpReply(const HttpRequest&)>;

  FakeHttpClient() = default;
  ~FakeHttpClient() override;

  // For each request, the first of: the next scripted reply; the responder; else it is held.
  void Send(HttpRequest request, HttpDone done) override;

  // Adds a reply for the next request that has none.
  void Script(HttpReply reply);
  void ScriptOk(std::string body, HttpHeaders headers = {});  // Status 200.
  void ScriptTransport(Transport transport, std::string error = "scripted");

  // Answers whatever the script does not. An empty one holds requests again.
  void SetResponder(Responder responder);

  // Of what the script does not answer, requests for which this is true are held all the same.
  void Hold(std::function<bool(const HttpRequest&)> which);

  // Answers the oldest held request. False when none is held.
  bool Complete(HttpReply reply);

  std::vector<HttpRequest> requests() const;  // Every request so far, in order.
  size_t held() const;

 private:
  mutable Mutex mutex_;
  std::vector<HttpRequest> requests_ SLUICE_GUARDED_BY(mutex_);
  std::deque<HttpReply> script_ SLUICE_GUARDED_BY(mutex_);
  std::deque<HttpDone> held_ SLUICE_GUARDED_BY(mutex_);
  std::function<bool(const HttpRequest&)> hold_ SLUICE_GUARDED_BY(mutex_);
  Responder responder_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::net
