#include "providers/epay/simulator.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "providers/epay/simulator_server.h"
#include "providers/simulation/decimal.h"
#include "server/base/strings.h"

namespace sluice::epay {
namespace simulator {
namespace {

using simulation::BadSetting;

constexpr size_t kMaxAccountName = 128;  // An e-mail address.

// After the immediate try. Delivery ends with the last.
std::vector<absl::Duration> RetryGaps() {
  std::vector<absl::Duration> gaps = {absl::Seconds(10), absl::Seconds(30)};
  for (int minutes : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 60, 120}) {
    gaps.push_back(absl::Minutes(minutes));
  }
  return gaps;
}

bool IsAccepted(const HttpReply& reply) {
  return reply.status == 200 && absl::StripAsciiWhitespace(reply.body) == "success";
}

simulation::NotificationSender::Options SenderOptions() {
  simulation::NotificationSender::Options options;
  options.retry_gaps = RetryGaps();
  options.accepted = IsAccepted;
  return options;
}

bool IsAccountName(std::string_view text) {
  for (char c : text) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return false;
  }
  return !text.empty() && text.size() <= kMaxAccountName;
}

std::vector<std::string> ReadAddresses(std::string_view text) {
  if (text.empty() || text == "*") return {};
  return absl::StrSplit(AbslView(text), absl::ByAnyChar(", "), absl::SkipEmpty());
}

}  // namespace

Server::Server(const SimulatorContext& context)
    : OperatedSimulator(context, {"get_limit", "create", "query"}, SenderOptions()),
      book_({&clock_, &ids_, &ledger_, &switches_,
             [this](Payout payout) { Deliver(std::move(payout)); }}) {}

Server::~Server() { Stop(); }

absl::Status Server::AddAccount(const std::map<std::string, std::string>& settings) {
  Account account;
  std::string balance, addresses;
  const std::map<std::string_view, std::string*> known = {{"epay_account", &account.epay_account},
                                                          {"api_key", &account.api_key},
                                                          {"balance", &balance},
                                                          {"allowed_ips", &addresses}};
  if (absl::Status taken = simulation::TakeSettings(settings, known); !taken.ok()) return taken;
  if (!IsAccountName(account.epay_account)) {
    return BadSetting("epay_account", "must be 1 to 128 ASCII characters without spaces");
  }
  if (account.api_key.empty()) return BadSetting("api_key", "must be set");
  const std::optional<int64_t> cents =
      simulation::ParseMinorUnits(balance, kDecimals, kMaxIntegerDigits);
  if (!cents) return BadSetting("balance", "must be an amount of USD such as 10000.00");
  account.allowed_ips = ReadAddresses(addresses);
  book_.SetBalance(account.epay_account, *cents);
  MutexLock lock(&accounts_mutex_);
  accounts_[account.epay_account] = std::make_shared<const Account>(account);
  return absl::OkStatus();
}

AccountPtr Server::FindAccount(std::string_view epay_account) const {
  MutexLock lock(&accounts_mutex_);
  const auto found = accounts_.find(epay_account);
  return found == accounts_.end() ? nullptr : found->second;
}

absl::Status Server::PutFault(const Fault& fault) {
  int code = 0;
  if (fault.kind == FaultKind::kProviderCode &&
      (!absl::SimpleAtoi(fault.code, &code) || code == kSuccess)) {
    return absl::InvalidArgumentError("fault.code: must be a whole number other than 1");
  }
  return OperatedSimulator::PutFault(fault);
}

absl::Status Server::SetSwitch(std::string_view name, std::string_view value) {
  return switches_.Set(name, value);
}

}  // namespace simulator

absl::StatusOr<std::unique_ptr<Simulator>> MakeEpaySimulator(const SimulatorContext& context) {
  if (absl::Status status = simulation::CheckContext(context); !status.ok()) return status;
  return std::make_unique<simulator::Server>(context);
}

}  // namespace sluice::epay
