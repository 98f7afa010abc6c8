#include "server/net/curl_transfer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/base/strings.h"
#include "server/wire/uri.h"

namespace sluice::net {
namespace {

// RFC 9110: what a method or a header name is made of, beside letters and digits.
constexpr std::string_view kTokenSigns = "!#$%&'*+-.^_`|~";

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           kTokenSigns.find(c) != std::string_view::npos;
  });
}

bool IsHeaderValue(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// libcurl takes zero for "no limit".
long AsMilliseconds(absl::Duration duration) {
  constexpr absl::Duration kLongest = absl::Hours(24);
  return std::max<int64_t>(1, absl::ToInt64Milliseconds(std::min(duration, kLongest)));
}

}  // namespace

absl::StatusOr<std::string> OriginOf(const std::string& url) {
  const absl::StatusOr<Url> parsed = ParseUrl(url);
  if (!parsed.ok()) return parsed.status();
  return StrCat(parsed->scheme, "://", parsed->host, ":", parsed->port);
}

absl::Status CheckRequest(const HttpRequest& request) {
  if (!IsToken(request.method)) return absl::InvalidArgumentError("bad HTTP method");
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name) || !IsHeaderValue(value)) {
      return absl::InvalidArgumentError("bad HTTP header");
    }
  }
  return absl::OkStatus();
}

CurlTransfer::CurlTransfer(const CurlHttpClientOptions* options, HttpRequest request, HttpDone done)
    : options_(options), request_(std::move(request)), done_(std::move(done)) {}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(header_list_);
}

void CurlTransfer::SetMethod() {
  if (request_.method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request_.method == "GET" && request_.body.empty()) return;
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request_.body.size()));
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body.data());
  if (request_.method != "POST") {
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

bool CurlTransfer::SetHeaders() {
  const auto add = [this](const std::string& line) {
    curl_slist* const longer = curl_slist_append(header_list_, line.c_str());
    if (longer == nullptr) return false;
    header_list_ = longer;
    return true;
  };
  // "Name:" takes away what libcurl would add: a pause for 100-continue, a type nobody chose.
  bool good = add("Expect:");
  if (FindHeader(request_.headers, "content-type") == nullptr) good = good && add("Content-Type:");
  for (const auto& [name, value] : request_.headers) {
    // A header without a value is written with a semicolon for libcurl.
    good = good && add(value.empty() ? StrCat(name, ";") : StrCat(name, ": ", value));
  }
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, header_list_);
  return good;
}

absl::Status CurlTransfer::Prepare(absl::Duration timeout) {
  handle_ = curl_easy_init();
  if (handle_ == nullptr || !SetHeaders()) return absl::InternalError("libcurl is out of memory");
  SetMethod();
  curl_easy_setopt(handle_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle_, CURLOPT_USERAGENT, options_->user_agent.c_str());
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS, AsMilliseconds(request_.connect_timeout));
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, AsMilliseconds(timeout));
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  // One request, one connection, one answer: what we can prove of HTTP/2 streams is less.
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle_, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
#if LIBCURL_VERSION_NUM >= 0x075700
  // A transfer that ends while its name is being resolved would else wait for the resolver's
  // thread, and all other transfers with it.
  curl_easy_setopt(handle_, CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  // An empty proxy, unlike none, keeps libcurl from reading the environment.
  curl_easy_setopt(handle_, CURLOPT_PROXY, options_->proxy.c_str());
  curl_easy_setopt(handle_, CURLOPT_NOPROXY, options_->proxy.empty() ? "*" : "");
  curl_easy_setopt(handle_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!options_->ca_file.empty()) {
    curl_easy_setopt(handle_, CURLOPT_CAINFO, options_->ca_file.c_str());
  }
  if (request_.at_most_once) {
    // libcurl repeats a request by itself only when a reused connection turns out to be dead.
    curl_easy_setopt(handle_, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(handle_, CURLOPT_FORBID_REUSE, 1L);
  }
  if (options_->request_written) {
    curl_easy_setopt(handle_, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(handle_, CURLOPT_DEBUGFUNCTION, OnDebug);
    curl_easy_setopt(handle_, CURLOPT_DEBUGDATA, this);
  }
  const CURLcode code = curl_easy_setopt(handle_, CURLOPT_URL, request_.url.c_str());
  if (code != CURLE_OK) return absl::InternalError(curl_easy_strerror(code));
  return absl::OkStatus();
}

size_t CurlTransfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto* const transfer = static_cast<CurlTransfer*>(self);
  const size_t bytes = size * count;
  transfer->header_bytes_ += bytes;
  if (transfer->header_bytes_ > transfer->options_->max_reply_header_bytes) {
    transfer->too_large_ = true;
    return 0;
  }
  const std::string_view line(data, bytes);
  if (line.starts_with("HTTP/")) {
    // A final reply may follow interim ones (1xx), whose headers do not count.
    transfer->reply_.headers.clear();
    transfer->head_complete_ = false;
    return bytes;
  }
  if (line == "\r\n" || line == "\n") transfer->head_complete_ = true;
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bytes;
  transfer->reply_.headers.emplace_back(
      std::string(line.substr(0, colon)),
      std::string(absl::StripAsciiWhitespace(AbslView(line.substr(colon + 1)))));
  return bytes;
}

size_t CurlTransfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto* const transfer = static_cast<CurlTransfer*>(self);
  const size_t bytes = size * count;
  if (transfer->reply_.body.size() + bytes > transfer->options_->max_reply_bytes) {
    transfer->too_large_ = true;
    return 0;
  }
  transfer->reply_.body.append(data, bytes);
  return bytes;
}

// libcurl tells of bytes when they have been written: of the head, then of the body.
int CurlTransfer::OnDebug(CURL*, curl_infotype type, char*, size_t size, void* self) {
  auto* const transfer = static_cast<CurlTransfer*>(self);
  if (type != CURLINFO_HEADER_OUT && type != CURLINFO_DATA_OUT) return 0;
  if (type == CURLINFO_DATA_OUT) transfer->body_written_ += size;
  if (transfer->body_written_ == transfer->request_.body.size()) {
    transfer->options_->request_written(transfer->request_);
  }
  return 0;
}

// libcurl counts the request's bytes over all its own repetitions, and notes when the connection
// (with TLS) stood and the request was about to be written.
bool CurlTransfer::NothingSent() const {
  long request_bytes = 0;
  curl_off_t pretransfer_us = 0;
  return curl_easy_getinfo(handle_, CURLINFO_REQUEST_SIZE, &request_bytes) == CURLE_OK &&
         curl_easy_getinfo(handle_, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us) == CURLE_OK &&
         request_bytes == 0 && pretransfer_us == 0;
}

void CurlTransfer::Fail(Transport transport, std::string error) {
  HttpReply reply;
  reply.transport = transport;
  reply.error = std::move(error);
  done_(std::move(reply));
}

void CurlTransfer::Finish(CURLcode code) {
  // A connection that closes in the middle of the head is a reply to libcurl, with what came.
  if (code == CURLE_OK && !head_complete_) code = CURLE_PARTIAL_FILE;
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    reply_.status = static_cast<int>(status);
    done_(std::move(reply_));
    return;
  }
  const std::string error = too_large_ ? "the reply is too large" : curl_easy_strerror(code);
  if (NothingSent()) {
    Fail(Transport::kNotSent, error);
  } else {
    Fail(code == CURLE_OPERATION_TIMEDOUT ? Transport::kTimedOut : Transport::kBroken, error);
  }
}

void CurlTransfer::Abandon(const std::string& reason) {
  Fail(handle_ == nullptr || NothingSent() ? Transport::kNotSent : Transport::kBroken, reason);
}

}  // namespace sluice::net
