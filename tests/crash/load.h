// Callers who create, pay, refund, cancel and revoke while the server dies under them, and who ask
// again, with the same request ids, when it is back.
//
// Threads: Run starts its own and joins them; the rest is for the test's thread.
// Ownership: borrows the simulator.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "providers/api/simulator.h"
#include "server/base/mutex.h"
#include "sluice/v1/order.grpc.pb.h"
#include "sluice/v1/refund.grpc.pb.h"

namespace sluice::crash {

// One mutating call, as often as it takes.
struct Request {
  enum class Kind { kCreate, kRefund, kCancel, kRevoke };
  Kind kind = Kind::kCreate;
  std::string order, refund;
  int64_t minor_units = 0;
  bool answered = false;   // The server has said OK, or that it is refused for good.
  bool accepted = false;   // OK.
};

class Load {
 public:
  explicit Load(Simulator* simulator) : simulator_(simulator) {}

  // `threads` callers do `orders` orders each against the server; each stops at its first failure.
  // `name` makes their numbers unique, `seed` their choices.
  void Run(const std::string& address, const std::string& name, uint64_t seed, int threads,
           int orders);

  // Makes every unanswered call again. How many are still unanswered.
  int Retry(const std::string& address);

  const std::vector<std::unique_ptr<Request>>& requests() const { return requests_; }

 private:
  struct Stubs;

  void RunOne(Stubs& stubs, const std::string& name, uint64_t seed, int orders);
  Request* Add(Request request);
  void Sync(Stubs& stubs, const std::string& id);
  // False when the server did not answer.
  bool Call(Stubs& stubs, Request* request);

  Simulator* const simulator_;
  Mutex mutex_;
  std::vector<std::unique_ptr<Request>> requests_;
};

}  // namespace sluice::crash
