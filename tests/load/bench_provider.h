// The provider's side of a server under load: a provider of a few words, and HTTP clients that
// never answer, answer at once, or take the time of the real one.
//
// Threads: the provider is constant, the clients are safe from any thread.
// Ownership: HoldingClient owns what it will never answer; TimedClient borrows the real client.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "providers/api/provider.h"
#include "server/base/mutex.h"
#include "server/net/http_client.h"

namespace sluice::bench {

inline constexpr char kMerchant[] = "bench";
inline constexpr char kAccount[] = "bench-account";
inline constexpr char kWallet[] = "bench-wallet";

// Builds a small request, believes every reply of status 200, signs nothing: what is left of a
// call is Sluice's own.
std::shared_ptr<const Provider> MakeBenchProvider();

// Takes every request and answers none: a create then costs what comes before the provider.
class HoldingClient final : public net::HttpClient {
 public:
  void Send(HttpRequest request, net::HttpDone done) override;

 private:
  Mutex mutex_;
  std::vector<net::HttpDone> held_ SLUICE_GUARDED_BY(mutex_);
};

// Answers 200 on the caller's thread.
class InstantClient final : public net::HttpClient {
 public:
  void Send(HttpRequest request, net::HttpDone done) override;
};

// Passes on, and keeps how long each exchange took, by its traceparent. Past kMaxKept the newest
// are not kept.
class TimedClient final : public net::HttpClient {
 public:
  static constexpr size_t kMaxKept = 100'000;

  explicit TimedClient(std::unique_ptr<net::HttpClient> real) : real_(std::move(real)) {}
  void Send(HttpRequest request, net::HttpDone done) override;

  std::vector<std::pair<std::string, int64_t>> Exchanges() const;  // In microseconds.
  void Forget();

 private:
  struct Kept {
    Mutex mutex;
    std::vector<std::pair<std::string, int64_t>> exchanges SLUICE_GUARDED_BY(mutex);
  };
  const std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
  const std::unique_ptr<net::HttpClient> real_;
};

}  // namespace sluice::bench
