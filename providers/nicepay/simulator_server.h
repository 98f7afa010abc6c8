// The simulated NICEPAY as a whole: its API, the wallets' pages and its notifications over one
// book.
//
// Threads: as Simulator. Locks are taken in this order: book, accounts, sender, clock.
// Ownership: as MakeNicePaySimulator.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "providers/nicepay/simulator_book.h"
#include "providers/nicepay/simulator_request.h"
#include "providers/nicepay/simulator_switches.h"
#include "providers/simulation/operated_simulator.h"
#include "providers/simulation/page.h"
#include "server/wire/json.h"

namespace sluice::nicepay::simulator {

class Server final : public simulation::OperatedSimulator {
 public:
  explicit Server(const SimulatorContext& context);
  ~Server() override;

  std::string_view provider() const override { return "nicepay"; }
  absl::Status AddAccount(const std::map<std::string, std::string>& settings) override;
  SimulatedAnswer Handle(const RawRequest& request) override;
  absl::Status SetSwitch(std::string_view name, std::string_view value) override;

 private:
  simulation::OperatedBook& book() override { return book_; }

  // A request whose merchant is known and whose token is right.
  struct Call {
    AccountPtr account;
    Fields fields;
    absl::Time now;
  };
  using Operation = HttpReply (Server::*)(const Call&);
  struct Endpoint {
    std::string_view path, name;
    bool form = false;  // Form or JSON, and GET; else JSON by POST.
    // The fields that the merchantToken covers, in order, before the key.
    std::vector<std::string_view> token_fields;
    Operation operation;
  };
  static const std::vector<Endpoint>& Endpoints();

  AccountPtr FindAccount(std::string_view i_mid) const;

  // iMid, token, timeStamp, in that order; then the operation.
  HttpReply Serve(const RawRequest& request, const Endpoint& endpoint,
                  const simulation::FaultPlan& plan);
  std::string_view CheckTime(const Fields& fields, absl::Time now) const;
  HttpReply Register(const Call& call);
  HttpReply Inquire(const Call& call);
  HttpReply Cancel(const Call& call);
  HttpReply StartLink(const Call& call);
  HttpReply PayFromLink(const Call& call);
  HttpReply LinkReply(const Json& answer, const std::string& url) const;
  std::string LinkUrlKey() const;  // Empty: the URL is a redirect's.

  // The payment call, which a browser makes or the merchant.
  SimulatedAnswer ServePayment(const RawRequest& request);
  HttpReply OpenPayment(const Fields& fields, const simulation::FaultPlan& plan, bool* waits);
  HttpReply PaymentFailure(const Fields& fields, const Transaction* transaction,
                           std::string_view code) const;
  HttpReply PushReply(const Transaction& transaction) const;

  // `rest`: the path after "/wallet/" or "/link/".
  HttpReply ServeWallet(const RawRequest& request, std::string_view rest);
  HttpReply ServeLink(const RawRequest& request, std::string_view rest);
  HttpReply ShowPayment(const Transaction& transaction) const;
  HttpReply ShowLink(const Link& link) const;
  bool FormTokenFits(const RawRequest& request, std::string_view page_token) const;
  std::string WalletUrl(const Transaction& transaction) const;
  std::string LinkUrl(const Link& link) const;

  void Deliver(Notice notice);
  static HttpRequest BuildNotification(const Notice& notice,
                                       const simulation::DeliveryTry& delivery);

  Switches switches_;
  simulation::FormTokens form_tokens_;
  mutable Mutex accounts_mutex_;
  std::map<std::string, AccountPtr, std::less<>> accounts_ SLUICE_GUARDED_BY(accounts_mutex_);
  Book book_;
};

}  // namespace sluice::nicepay::simulator
