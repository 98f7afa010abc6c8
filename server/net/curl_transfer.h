// One HTTP exchange of the CurlHttpClient: a libcurl handle set up for a request, and what became
// of it. Part of CurlHttpClient.
//
// Threads: used on the client's thread only.
// Ownership: owns the request, whose bytes libcurl reads, and the handle.

#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/net/curl_http_client.h"
#include "server/net/http_client.h"

namespace sluice::net {

// "scheme://host:port" of an http URL, or INVALID_ARGUMENT.
absl::StatusOr<std::string> OriginOf(const std::string& url);

// Whether method and headers can be written as they stand. INVALID_ARGUMENT for what could smuggle
// a second header or request.
absl::Status CheckRequest(const HttpRequest& request);

class CurlTransfer {
 public:
  CurlTransfer(const CurlHttpClientOptions* options, HttpRequest request, HttpDone done);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Sets the handle up to finish within `timeout`. INTERNAL when libcurl refuses.
  absl::Status Prepare(absl::Duration timeout);

  CURL* handle() const { return handle_; }

  // Calls `done` with what became of the transfer that ended with `code`. Once.
  void Finish(CURLcode code);

  // Calls `done` for a transfer that is given up while under way. Once.
  void Abandon(const std::string& reason);

 private:
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static int OnDebug(CURL* handle, curl_infotype type, char* data, size_t size, void* self);

  void SetMethod();
  bool SetHeaders();
  bool NothingSent() const;
  void Fail(Transport transport, std::string error);

  const CurlHttpClientOptions* const options_;
  const HttpRequest request_;
  HttpDone done_;
  CURL* handle_ = nullptr;
  curl_slist* header_list_ = nullptr;
  HttpReply reply_;
  size_t header_bytes_ = 0;
  size_t body_written_ = 0;  // Counted for request_written alone.
  bool head_complete_ = false;
  bool too_large_ = false;
};

}  // namespace sluice::net
