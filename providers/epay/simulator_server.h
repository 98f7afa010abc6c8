// The simulated EPAY as a whole: its payout API and its callbacks over one book.
//
// Threads: as Simulator. Locks are taken in this order: book, accounts, switches, sender, clock.
// Ownership: as MakeEpaySimulator.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "providers/epay/simulator_book.h"
#include "providers/epay/simulator_render.h"
#include "providers/epay/simulator_switches.h"
#include "providers/simulation/operated_simulator.h"

namespace sluice::epay::simulator {

class Server final : public simulation::OperatedSimulator {
 public:
  explicit Server(const SimulatorContext& context);
  ~Server() override;

  std::string_view provider() const override { return "epay"; }
  absl::Status AddAccount(const std::map<std::string, std::string>& settings) override;
  SimulatedAnswer Handle(const RawRequest& request) override;
  absl::Status PutFault(const Fault& fault) override;
  absl::Status SetSwitch(std::string_view name, std::string_view value) override;

 private:
  simulation::OperatedBook& book() override { return book_; }

  // An answer before it is signed.
  struct Result {
    Outcome outcome;
    Json data;
  };
  // What was asked, as far as it could be read.
  struct Call {
    Json param;
    std::string sign;
    std::string epay_account, version;
    std::string remote_address;
    AccountPtr account;  // Null when it is not known who asks.
    absl::Time now;
  };
  using Operation = Result (Server::*)(const Call&);
  struct Endpoint {
    std::string_view path, name;
    Operation operation;
  };
  static const Endpoint kEndpoints[];

  AccountPtr FindAccount(std::string_view epay_account) const;

  Outcome ReadEnvelope(const RawRequest& request, Call* call) const;
  // Account, version, signature and address, in that order.
  Outcome CheckCaller(const Call& call) const;
  Result Serve(const RawRequest& request, const Endpoint& endpoint,
               const simulation::FaultPlan& plan, Call* call);
  HttpReply Reply(const Call& call, const Result& result, const simulation::FaultPlan& plan) const;
  Result GetLimit(const Call& call);
  Result Create(const Call& call);
  Result Query(const Call& call);
  AmountStyle amount_style(bool callback) const;

  void Deliver(Payout payout);
  absl::StatusOr<HttpRequest> BuildCallback(const Payout& payout,
                                            const simulation::DeliveryTry& delivery) const;

  Switches switches_;
  mutable Mutex accounts_mutex_;
  std::map<std::string, AccountPtr, std::less<>> accounts_ SLUICE_GUARDED_BY(accounts_mutex_);
  Book book_;
};

}  // namespace sluice::epay::simulator
