// The provider's side of a simulated run: what it has been asked to do and has done. It speaks
// FakeProvider's words, and has no faults of its own: those are the wire's.
//
// Threads: one.
// Ownership: values.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sluice::simulation_run {

class ModelProvider {
 public:
  enum class Kind { kOrder, kRefund, kPayout, kLink };
  enum class State { kOpen, kProcessing, kDone, kClosed, kReturned, kFailed, kCanceled };
  // An order (kDone: paid), refund, payout or link (kDone: linked) under one number.
  struct Thing {
    Kind kind = Kind::kOrder;
    State state = State::kOpen;
    int64_t minor_units = 0;
    int64_t refunded = 0;
    int times_created = 0;
    // What happened when the merchant had no reason to ask any more.
    bool paid_late = false;     // After it was closed.
    bool taken_back = false;    // Given back to the payer by the provider itself.
    bool acknowledged = false;  // The merchant took the last notice of it.
    bool Unasked() const { return paid_late || taken_back; }
    bool Unheard() const { return Unasked() && !acknowledged; }
  };

  // What the merchant is about to ask for: requests carry numbers only.
  void Expect(const std::string& id, int64_t minor_units) { amounts_[id] = minor_units; }
  // Whether notices only say that there is something to ask about.
  void SetConfirm(bool confirm) { confirm_ = confirm; }

  // Does it, and answers.
  std::string Do(const std::string& verb, const std::string& key);

  // What happens without the merchant. False when that is not possible now.
  bool Pay(const std::string& key) { return End(key, Kind::kOrder, State::kDone); }
  bool PayLate(const std::string& key);
  bool TakeBack(const std::string& key);
  bool Link(const std::string& key) { return End(key, Kind::kLink, State::kDone); }
  bool Refuse(const std::string& key) { return End(key, Kind::kLink, State::kFailed); }
  bool PayOut(const std::string& key, State state) { return End(key, Kind::kPayout, state); }

  const std::map<std::string, Thing>& things() const { return things_; }
  const Thing* Find(const std::string& key) const;

  // Notices of what has happened, in FakeProvider's words, oldest first.
  std::vector<std::string>& notices() { return notices_; }
  // The merchant took the notice and answered so.
  void Acknowledged(const std::string& notice);

 private:
  std::string Create(Kind kind, State state, const std::string& key);
  std::string Query(const std::string& key);
  std::string Undo(const std::string& key, bool revoke);
  std::string Refund(const std::string& key);
  bool End(const std::string& key, Kind kind, State state);
  void Tell(const std::string& key, Thing& thing);

  bool confirm_ = false;
  std::map<std::string, int64_t> amounts_;
  std::map<std::string, Thing> things_;
  std::vector<std::string> notices_;
};

}  // namespace sluice::simulation_run
