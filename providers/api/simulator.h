// A provider's simulator: the other half of the provider's documented facts, over real HTTP.
//
// It shares no code with the backend beyond wire and crypto. What all simulators have in common
// (virtual clock, faults, ledger, retries of notifications, pages) is in providers/simulation.
//
// Threads: every method is safe from any thread; none blocks on I/O.
// Ownership: the host (server/main or a test) owns it and lends it the context.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/random.h"
#include "server/base/redacted.h"
#include "server/base/timers.h"
#include "server/wire/http.h"

namespace sluice {

// What the host lends.
struct SimulatorContext {
  const Clock* clock = nullptr;
  Timers* timers = nullptr;
  uint64_t seed = 0;     // The same seed and requests give the same numbers and tokens.
  std::string base_url;  // Where the host serves it: "http://127.0.0.1:7070/payby".
  // Sends a notification; `done` gets the receiver's reply.
  std::function<void(HttpRequest, absl::AnyInvocable<void(HttpReply)> done)> send;
};

// How the host is to answer. Beyond a plain reply only when a fault asks for it.
struct SimulatedAnswer {
  HttpReply reply;
  absl::Duration delay;
  absl::Duration chunk_delay;
  long truncate_body_at = -1;
  bool drop_connection = false;
  // Set: the reply is not known yet. The host calls it once with what sends the reply, which is
  // called once, when it is time, from any thread; or dropped, when the simulator ends first. The
  // other members hold for that reply, too.
  std::function<void(std::function<void(HttpReply)> send)> later;
};

// A matching pair: what the backend is configured with, and what the simulator must know.
struct SandboxAccount {
  std::map<std::string, std::string> settings;
  std::map<std::string, Redacted> secrets;
  std::map<std::string, std::string> simulator;  // For Simulator::AddAccount.
};

enum class FaultKind {
  kTimeoutBeforeEffect,    // Never answers, and did nothing.
  kTimeoutAfterEffect,     // Did it, never answers.
  kHttpStatus,             // Answers `status` (5xx, 4xx) without effect.
  kHttpStatusAfterEffect,  // Did it, answers `status`.
  kHtmlBody,               // Did it, answers an HTML page.
  kSlowBody,               // Body in pieces, `delay` apart.
  kTruncatedBody,
  kBadSignature,
  kMissingSignature,
  kConnectionReset,         // Closes without a byte, without effect.
  kProviderCode,            // Answers the provider's error `code`, without effect.
  kDuplicateNotification,   // Sends each notification twice.
  kReorderedNotifications,  // Holds a notification back until the next has been sent.
  kDroppedNotification,
  kClockSkew,  // The simulator's clock is off by `delay`.
};

// A rule: applies to the next `count` matching calls (0: until cleared), each with `probability`
// out of 1000 (1000: always), decided by the seed.
struct Fault {
  FaultKind kind = FaultKind::kTimeoutBeforeEffect;
  std::string operation;  // As in the ledger ("place_order", "notification"); empty: every call.
  int count = 1;
  int probability_permille = 1000;
  int status = 0;
  std::string code;
  absl::Duration delay;
};

// One effect on money or state at the simulated provider, in order. The judge of every test.
struct LedgerEntry {
  int64_t index = 0;
  absl::Time time;           // Virtual.
  std::string account;       // The provider's merchant id.
  std::string operation;     // "place_order", "pay", "refund", "revoke", "notification", ...
  std::string provider_key;  // The merchant's number.
  std::string provider_number;
  std::string currency_code;
  int64_t minor_units = 0;  // Moved by this entry; 0 when none.
  std::string state;        // The provider's own word after it.
};

class Simulator {
 public:
  virtual ~Simulator() = default;

  virtual std::string_view provider() const = 0;

  // Makes an account known. Settings as from SandboxAccount::simulator.
  virtual absl::Status AddAccount(const std::map<std::string, std::string>& settings) = 0;

  // Serves one request: the provider's API and the pages for a person. `path` has the prefix of
  // base_url removed.
  virtual SimulatedAnswer Handle(const RawRequest& request) = 0;

  // What a payer (or the provider's operator) does. `key` is the merchant's number of an order,
  // payout or link, or the provider's own. NOT_FOUND, FAILED_PRECONDITION when not possible now.
  virtual absl::Status Pay(std::string_view key) = 0;
  virtual absl::Status Decline(std::string_view key) = 0;
  virtual absl::Status Expire(std::string_view key) = 0;
  virtual absl::Status ConfirmLink(std::string_view key) = 0;
  // Moves a resource to the provider's own state word or number ("SETTLED", "20").
  virtual absl::Status SetState(std::string_view key, std::string_view state) = 0;
  // Sends the notification of the resource's present state (again).
  virtual absl::Status EmitNotification(std::string_view key) = 0;

  virtual absl::Status PutFault(const Fault& fault) = 0;
  virtual void ClearFaults() = 0;
  // Behaviour switches of the provider's documents ("notify_failure"="true"), listed in its README.
  virtual absl::Status SetSwitch(std::string_view name, std::string_view value) = 0;

  virtual std::vector<LedgerEntry> Ledger() const = 0;
  // Moves the virtual clock on; what becomes due (expiry, settlement, retries) happens in order.
  virtual void AdvanceClock(absl::Duration duration) = 0;
  virtual absl::Time Now() const = 0;
};

}  // namespace sluice
