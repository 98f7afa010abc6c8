// The simulated PayBy as a whole: its API, the payer's pages and its notifications over one book.
//
// Threads: as Simulator. Locks are taken in this order: book, accounts, sender, clock.
// Ownership: as MakePayBySimulator.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "providers/payby/simulator_book.h"
#include "providers/payby/simulator_render.h"
#include "providers/payby/simulator_switches.h"
#include "providers/simulation/operated_simulator.h"
#include "providers/simulation/page.h"

namespace sluice::payby::simulator {

class Server final : public simulation::OperatedSimulator {
 public:
  explicit Server(const SimulatorContext& context);
  ~Server() override;

  std::string_view provider() const override { return "payby"; }
  absl::Status AddAccount(const std::map<std::string, std::string>& settings) override;
  SimulatedAnswer Handle(const RawRequest& request) override;
  absl::Status SetSwitch(std::string_view name, std::string_view value) override;

 private:
  simulation::OperatedBook& book() override { return book_; }

  // An answer of the API before it is signed.
  struct Result {
    ReturnCode code = kSystemError;
    Json body;
    AccountPtr account;  // Null when it is not known who asks.
  };
  // A request that passed what is checked before its fields.
  struct Call {
    AccountPtr account;
    Json biz_content;
    int64_t request_time_ms = 0;
    absl::Time now;
  };
  using Operation = Result (Server::*)(const Call&);
  struct Endpoint {
    std::string_view path, name;
    Operation operation;
  };
  static const Endpoint kEndpoints[];

  AccountPtr FindAccount(std::string_view partner_id) const;

  // Envelope, signature, time and rate, in that order; then the operation.
  Result Serve(const RawRequest& request, const Endpoint& endpoint,
               const simulation::FaultPlan& plan);
  HttpReply Reply(const Result& result, const simulation::FaultPlan& plan);
  Result PlaceOrder(const Call& call);
  Result GetOrder(const Call& call);
  Result CancelOrder(const Call& call);
  Result RevokeOrder(const Call& call);
  Result PlaceRefund(const Call& call);
  Result GetRefund(const Call& call);
  Result OrderResult(const Call& call, ReturnCode code, const Order& order) const;
  Result RefundResult(const Call& call, ReturnCode code, const Refund& refund) const;
  AmountText amount_text() const;

  // `rest`: the path after "/pay/".
  HttpReply ServePage(const RawRequest& request, std::string_view rest);
  HttpReply Decide(const RawRequest& request, const Order& order, std::string_view token,
                   std::string_view decision);
  HttpReply ShowOrder(const Order& order, std::string_view token) const;
  std::string PageUrl(std::string_view token) const;

  void Deliver(Notice notice);
  absl::StatusOr<HttpRequest> BuildNotification(const Notice& notice,
                                                const simulation::DeliveryTry& delivery) const;

  Switches switches_;
  simulation::FormTokens form_tokens_;
  mutable Mutex accounts_mutex_;
  std::map<std::string, AccountPtr, std::less<>> accounts_ SLUICE_GUARDED_BY(accounts_mutex_);
  Book book_;
};

}  // namespace sluice::payby::simulator
