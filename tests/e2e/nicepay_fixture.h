// What tests of NICEPAY's wallets have besides the whole server: orders, links, the payer's browser
// and NICEPAY's own pen.
//
// The clock begins at ten in the morning in Jakarta, because wallets have rules by day and hour.
//
// Threads: the test's thread.
// Ownership: as ServerFixture.

#pragma once

#include <string>
#include <vector>

#include "server/wire/form.h"
#include "tests/e2e/fixture.h"

namespace sluice::e2e {

inline constexpr char kNicePayNotify[] = "/notify/nicepay/demo-nicepay";
inline constexpr char kShop[] = "https://shop.example/done?order=7";

// "merchants/demo/accountLinks/L-1"
std::string LinkName(const std::string& id);

v1::Money Rupiah(int64_t amount);
v1::Customer Payer(const std::string& phone = "+6281200000001");
// 25,000 rupiah, with all that NICEPAY asks for.
v1::Order WalletOrder(const std::string& wallet);

// What the simulator's side knows: enough to write a notification that verifies.
struct NicePaySide {
  std::string i_mid, key;
};

// A payment's notification, signed whatever it says.
struct NicePayNotice {
  std::string tx_id, reference_no, amount = "25000", status = "0", mitra_cd = "DANA";

  static NicePayNotice Of(const v1::Order& order);
  std::string Body(const NicePaySide& side) const;
};

class NicePayFixture : public ServerFixture {
 protected:
  void SetUp() override;
  void Prepare() override;

  // Created, and known to NICEPAY.
  v1::Order OpenWallet(const std::string& wallet, const std::string& id);
  v1::Order OpenWallet(const v1::Order& order, const std::string& id);
  // And paid, notified and confirmed.
  v1::Order PaidWallet(const std::string& wallet, const std::string& id);
  // Asks the provider; then the order as it is.
  v1::Order Asked(const std::string& id);
  Result<v1::Refund> Refund(const std::string& order, const std::string& id, int64_t rupiah);
  // Refunded at once, or FAILED: then the code of NICEPAY's refusal.
  std::string RefundCode(const std::string& order, const std::string& id, int64_t rupiah);

  Result<v1::AccountLink> CreateLink(const std::string& id, const v1::Customer& payer = Payer());
  v1::AccountLink GetLink(const std::string& id);
  // Follows the link by WatchAccountLink until it is in the state.
  v1::AccountLink AwaitLink(const std::string& id, v1::AccountLink::State state);
  // Linked by its payer.
  v1::AccountLink ActiveLink(const std::string& id, const v1::Customer& payer = Payer());
  grpc::Status ConfirmLink(const std::string& id);

  void PutNicePayFault(sim::FaultKind kind, const std::string& operation, int count = 1,
                       absl::Duration delay = absl::Milliseconds(50));
  void SetNicePaySwitch(const std::string& name, const std::string& value);
  // Of the account: the server is started anew, and the simulators forget.
  void RestartWith(const std::string& setting, const std::string& value);
  grpc::Status PayKey(const std::string& key);
  // Until the ledger has so many entries of the operation; fails the test when it never has.
  void AwaitLedger(const std::string& operation, size_t entries);

  // The payer's browser, which goes nowhere by itself.
  HttpReply Browse(const std::string& url);
  // Presses the button of the form that leads to ".../<action>" on the page.
  HttpReply Press(const HttpReply& page, const std::string& action);
  static std::string Location(const HttpReply& reply);

  // Where the payer of "order/D-1" or "account_link/L-1" comes back to.
  std::string ReturnPage(const std::string& kind_and_id);

  HttpReply Deliver(const std::string& body, const std::string& path = kNicePayNotify);
  std::vector<v1::Notification> Notifications();
  const NicePaySide& side() const { return side_; }

 private:
  NicePaySide side_;
};

}  // namespace sluice::e2e
