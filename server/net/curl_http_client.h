// The HttpClient of the real world: libcurl's multi interface on one thread.
//
// Redirects are not followed, the proxy variables of the environment are not read, cookies are not
// kept, and only http and https are spoken. kNotSent is answered only with proof that no byte of
// the request left; all doubt is kTimedOut or kBroken.
//
// Threads: Send is safe from any thread and never blocks; `done` runs on the client's thread, or on
// the caller's when the request is refused at once.
// Ownership: the destructor is Shutdown().

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/net/http_client.h"

namespace sluice::net {

struct CurlHttpClientOptions {
  size_t max_in_flight = 256;        // Requests on the wire together; more wait in the queue.
  size_t max_per_host = 64;          // Connections to one host and port, so that one slow
                                     // provider does not take them all.
  size_t max_queued = 4096;          // Waiting for the thread; more are refused (kNotSent).
  size_t max_reply_bytes = 4 << 20;  // Larger bodies are kBroken. Provider replies are a few KiB.
  size_t max_reply_header_bytes = 64 << 10;
  std::string ca_file;  // PEM bundle; empty: the system's.
  std::string proxy;    // "http://host:port"; empty: none.
  std::string user_agent = "sluice/1";
  // For crash tests: called on the client's thread each time that the last byte of a request has
  // been given to the operating system, before anything of a reply is read.
  std::function<void(const HttpRequest& request)> request_written;
};

class CurlHttpClient final : public HttpClient {
 public:
  // INTERNAL when libcurl cannot start; INVALID_ARGUMENT for a bound of zero.
  static absl::StatusOr<std::unique_ptr<CurlHttpClient>> Create(CurlHttpClientOptions options = {});
  ~CurlHttpClient() override;

  void Send(HttpRequest request, HttpDone done) override;

  // Ends the requests under way (kNotSent with proof, else kBroken), refuses later ones with
  // kNotSent, joins the thread. Idempotent; not to be called from `done`.
  void Shutdown();

 private:
  class Worker;
  explicit CurlHttpClient(std::unique_ptr<Worker> worker);
  std::unique_ptr<Worker> worker_;
};

}  // namespace sluice::net
