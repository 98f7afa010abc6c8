// What every simulator does alike: the operator's side. What is due happens before anybody acts;
// faults, the ledger and the clock are at hand; and what was told to the merchant is sent.
//
// A provider's Server derives from it, owns the book, and calls Stop first in its destructor.
//
// Threads: as Simulator. Locks are taken in this order: book, accounts, sender, clock.
// Ownership: owns clock, faults, ledger, ids and sender; borrows the book from its derived class.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "providers/api/simulator.h"
#include "providers/simulation/fault_rules.h"
#include "providers/simulation/ledger.h"
#include "providers/simulation/notification_sender.h"
#include "providers/simulation/seeded_ids.h"
#include "providers/simulation/virtual_clock.h"

namespace sluice::simulation {

// What payer and operator do to a provider's books: see Simulator. `key` is the merchant's number
// or the provider's.
class OperatedBook {
 public:
  virtual ~OperatedBook() = default;

  virtual absl::Status Pay(std::string_view key) = 0;
  virtual absl::Status Decline(std::string_view key) = 0;
  virtual absl::Status Expire(std::string_view key) = 0;
  virtual absl::Status ConfirmLink(std::string_view key) = 0;
  virtual absl::Status SetState(std::string_view key, std::string_view state) = 0;
  virtual absl::Status EmitNotification(std::string_view key) = 0;
};

class OperatedSimulator : public Simulator {
 public:
  absl::Status Pay(std::string_view key) final;
  absl::Status Decline(std::string_view key) final;
  absl::Status Expire(std::string_view key) final;
  absl::Status ConfirmLink(std::string_view key) final;
  absl::Status SetState(std::string_view key, std::string_view state) final;
  absl::Status EmitNotification(std::string_view key) final;
  absl::Status PutFault(const Fault& fault) override;
  void ClearFaults() final;
  std::vector<LedgerEntry> Ledger() const final;
  void AdvanceClock(absl::Duration duration) final;
  absl::Time Now() const final;

 protected:
  // `operations`: of the provider's calls, as faults and the ledger name them.
  OperatedSimulator(const SimulatorContext& context, std::vector<std::string> operations,
                    NotificationSender::Options sender);

  virtual OperatedBook& book() = 0;

  // Events of the clock use everything else.
  void Stop() { clock_.Stop(); }

  const SimulatorContext context_;
  simulation::Ledger ledger_;
  SeededIds ids_;
  FaultRules faults_;
  VirtualClock clock_;
  NotificationSender sender_;
};

// INVALID_ARGUMENT when the host does not lend what every simulator needs.
absl::Status CheckContext(const SimulatorContext& context);

// Settings of an account, for AddAccount.
absl::Status BadSetting(std::string_view name, std::string_view rule);
// Puts each value where its name says; refuses a name that is not there.
absl::Status TakeSettings(const std::map<std::string, std::string>& settings,
                          const std::map<std::string_view, std::string*>& known);

}  // namespace sluice::simulation
