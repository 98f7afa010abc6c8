#include "tests/e2e/payout_fixture.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/crypto/sha256.h"
#include "server/wire/form.h"
#include "server/wire/json.h"

namespace sluice::e2e {
namespace {

std::string Decimal(const v1::Money& money) {
  return absl::StrFormat("%d.%02d", money.minor_units() / 100, money.minor_units() % 100);
}

}  // namespace

std::string PayoutName(const std::string& id) { return absl::StrCat(kMerchant, "/payouts/", id); }

v1::Money Usd(int64_t cents) {
  v1::Money money;
  money.set_currency_code("USD");
  money.set_minor_units(cents);
  return money;
}

v1::Payout PayoutTo(const std::string& wallet, int64_t cents) {
  v1::Payout payout;
  payout.set_wallet(wallet);
  *payout.mutable_amount() = Usd(cents);
  payout.set_receiver_account("U123456789012");
  payout.set_description("a test");
  return payout;
}

void PayoutFixture::RestartAskingSeldom() {
  Stop();
  options_.settings.query_schedule = {absl::Hours(1)};
  Start();
}

Result<v1::Payout> PayoutFixture::CreatePayout(const std::string& id, const v1::Payout& payout,
                                               const std::string& request_id) {
  v1::CreatePayoutRequest request;
  request.set_parent(kMerchant);
  request.set_payout_id(id);
  request.set_request_id(request_id);
  *request.mutable_payout() = payout;
  return Call(payouts_, &v1::PayoutService::Stub::CreatePayout, request);
}

Result<v1::Payout> PayoutFixture::GetPayout(const std::string& id) {
  v1::GetPayoutRequest request;
  request.set_name(PayoutName(id));
  return Call(payouts_, &v1::PayoutService::Stub::GetPayout, request);
}

Result<v1::Payout> PayoutFixture::SyncPayout(const std::string& id) {
  v1::SyncPayoutRequest request;
  request.set_name(PayoutName(id));
  return Call(payouts_, &v1::PayoutService::Stub::SyncPayout, request);
}

Result<v1::GetPayoutLimitsResponse> PayoutFixture::Limits(const std::string& wallet,
                                                          const std::string& currency_code) {
  v1::GetPayoutLimitsRequest request;
  request.set_parent(kMerchant);
  request.set_wallet(wallet);
  request.set_currency_code(currency_code);
  return Call(payouts_, &v1::PayoutService::Stub::GetPayoutLimits, request);
}

v1::Payout PayoutFixture::PendingPayout(const std::string& id, const std::string& wallet,
                                        int64_t cents) {
  SetEpaySwitch("auto_result", "none");
  const auto created = CreatePayout(id, PayoutTo(wallet, cents));
  EXPECT_TRUE(created.ok()) << created.problem();
  return AwaitPayoutState(id, v1::Payout::STATE_PENDING);
}

std::unique_ptr<PayoutWatch> PayoutFixture::WatchPayout(const std::string& id,
                                                        const std::string& cursor) {
  v1::WatchPayoutRequest request;
  request.set_name(PayoutName(id));
  request.set_cursor(cursor);
  return std::make_unique<PayoutWatch>(
      [&](grpc::ClientContext* context) { return payouts_->WatchPayout(context, request); },
      api_key_);
}

v1::Payout PayoutFixture::AwaitPayout(const std::string& id,
                                      const std::function<bool(const v1::Payout&)>& wanted) {
  const auto watch = WatchPayout(id);
  v1::Payout found;
  const auto is_there = [&](const auto& messages) {
    for (const auto& message : messages) {
      if (!message.has_payout() || !wanted(message.payout())) continue;
      found = message.payout();
      return true;
    }
    return false;
  };
  EXPECT_TRUE(watch->WaitUntil(is_there))
      << "the payout never was as wanted; last seen: " << GetPayout(id)->ShortDebugString();
  return found;
}

v1::Payout PayoutFixture::AwaitPayoutState(const std::string& id, v1::Payout::State state) {
  return AwaitPayout(id, [&](const v1::Payout& payout) { return payout.state() == state; });
}

v1::Payout PayoutFixture::AwaitUnknown(const std::string& id) {
  return AwaitPayout(id, [](const v1::Payout& payout) {
    return payout.attempts_size() > 0 && payout.attempts(0).state() == v1::Attempt::STATE_UNKNOWN;
  });
}

void PayoutFixture::ProveRefusal(const std::string& id) {
  clock_.Shift(absl::Minutes(11));
  const auto asked = SyncPayout(id);
  EXPECT_TRUE(asked.ok()) << asked.problem();
}

void PayoutFixture::PutEpayFault(const sim::Fault& fault) {
  sim::PutFaultRequest request;
  request.set_provider("epay");
  *request.mutable_fault() = fault;
  const auto put = Call(simulator_, &sim::SimulatorService::Stub::PutFault, request);
  ASSERT_TRUE(put.ok()) << put.problem();
}

void PayoutFixture::SetEpaySwitch(const std::string& name, const std::string& value) {
  sim::SetSwitchRequest request;
  request.set_provider("epay");
  request.set_name(name);
  request.set_value(value);
  const auto set = Call(simulator_, &sim::SimulatorService::Stub::SetSwitch, request);
  ASSERT_TRUE(set.ok()) << set.problem();
}

std::vector<std::string> PayoutFixture::EpayLedger(const std::string& id) {
  sim::GetLedgerRequest request;
  request.set_provider("epay");
  request.set_key(id);
  const auto ledger = Call(simulator_, &sim::SimulatorService::Stub::GetLedger, request);
  EXPECT_TRUE(ledger.ok()) << ledger.problem();
  std::vector<std::string> entries;
  for (const auto& entry : ledger->entries()) {
    if (entry.operation() == "notification") continue;
    entries.push_back(absl::StrCat(entry.operation(), ":", entry.amount().minor_units()));
  }
  return entries;
}

std::string PayoutFixture::SandboxValue(const std::string& path) {
  std::ifstream file(options_.settings.data_dir + "/sandbox.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return Json::Parse(text).value().GetString(path).value();
}

std::map<std::string, std::string> PayoutFixture::CallbackOf(const v1::Payout& payout,
                                                             const std::string& status) {
  const std::string amount = Decimal(payout.amount()), currency = payout.amount().currency_code();
  return {{"epayAccount", SandboxValue("epay.settings.epay_account")},
          {"merchantOrderNo", payout.attempts(0).provider_key()},
          {"epayOrderNo", payout.provider_number()},
          {"amount", amount},
          {"paymentAmount", amount},
          {"receiveAmount", amount},
          {"settlementCurrency", currency},
          {"paymentCurrency", currency},
          {"receiveCurrency", currency},
          {"fee", Decimal(payout.fee())},
          {"rate", "1.000000"},
          {"status", status}};
}

HttpReply PayoutFixture::DeliverCallback(const std::map<std::string, std::string>& fields,
                                         const std::string& key) {
  // The documents' rule: sorted, "a=1&b=2", "&key=", SHA-256 in upper case.
  std::string text;
  FormFields form;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&text, text.empty() ? "" : "&", name, "=", value);
    form.emplace_back(name, value);
  }
  absl::StrAppend(&text, "&key=", key.empty() ? SandboxValue("epay.secrets.api_key_payout") : key);
  form.emplace_back("sign", crypto::Sha256HexUpper(text));
  return Http("POST", server_->addresses().notify, kEpayNotifyPath,
              {{"Content-Type", "application/x-www-form-urlencoded"}}, BuildForm(form));
}

std::vector<v1::Notification> PayoutFixture::Deliveries() {
  v1::ListNotificationsRequest request;
  request.set_parent(kMerchant);
  const auto list =
      Call(notifications_, &v1::NotificationService::Stub::ListNotifications, request);
  EXPECT_TRUE(list.ok()) << list.problem();
  return {list->notifications().begin(), list->notifications().end()};
}

}  // namespace sluice::e2e
