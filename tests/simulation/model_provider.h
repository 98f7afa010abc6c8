// The provider's side of a simulated run: what it has been asked to do and has done, with faults
// drawn from the seed. It speaks FakeProvider's words.
//
// Threads: one.
// Ownership: borrows the randomness.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/base/random.h"
#include "server/wire/http.h"

namespace sluice::simulation_run {

class ModelProvider {
 public:
  enum class State { kOpen, kPaid, kClosed, kReturned };
  struct Order {
    State state = State::kOpen;
    int64_t minor_units = 0;
    int creates_with_effect = 0;
    int64_t refunded = 0;
  };

  explicit ModelProvider(Random* random) : random_(random) {}

  // What the merchant is about to ask for: requests carry numbers only.
  void Expect(const std::string& key, int64_t minor_units) { amounts_[key] = minor_units; }
  void ExpectRefund(const std::string& key, const std::string& order, int64_t minor_units) {
    amounts_[key] = minor_units;
    refund_orders_[key] = order;
  }

  // From 0 (none) to 1000 (every request).
  void SetFaults(int permille) { faults_permille_ = permille; }

  HttpReply Answer(const HttpRequest& request);

  // The payer pays. False when that is not possible now.
  bool Pay(const std::string& key);

  const std::map<std::string, Order>& orders() const { return orders_; }
  const std::map<std::string, int>& refund_effects() const { return refund_effects_; }

  // Notices of what has happened, in FakeProvider's words, oldest first.
  std::vector<std::string>& notices() { return notices_; }

 private:
  std::string Do(const std::string& verb, const std::string& key);
  std::string Create(const std::string& key);
  std::string Query(const std::string& key);
  std::string End(const std::string& key, bool revoke);
  std::string Refund(const std::string& key);
  bool Chance(int permille) { return static_cast<int>(random_->Next() % 1000) < permille; }

  Random* const random_;
  int faults_permille_ = 0;
  std::map<std::string, int64_t> amounts_;
  std::map<std::string, std::string> refund_orders_;
  std::map<std::string, Order> orders_;
  std::map<std::string, int> refund_effects_;
  std::vector<std::string> notices_;
};

}  // namespace sluice::simulation_run
