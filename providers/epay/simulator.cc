#include "providers/epay/simulator.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "providers/epay/simulator_server.h"
#include "providers/simulation/decimal.h"
#include "server/base/strings.h"
#include "server/wire/uri.h"

namespace sluice::epay {
namespace simulator {
namespace {

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

absl::Status BadSetting(std::string_view name, std::string_view rule) {
  return absl::InvalidArgumentError(StrCat("settings.", name, ": ", rule));
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
    : ids_(context.seed),
      faults_(context.seed, {"get_limit", "create", "query"}),
      clock_(context.clock, context.timers),
      sender_(SenderOptions(), &clock_, context.timers, &faults_, &ledger_, context.send),
      book_({&clock_, &ids_, &ledger_, &switches_,
             [this](Payout payout) { Deliver(std::move(payout)); }}) {}

// Events of the clock use everything else.
Server::~Server() { clock_.Stop(); }

absl::Status Server::AddAccount(const std::map<std::string, std::string>& settings) {
  Account account;
  std::string balance, addresses;
  const std::map<std::string_view, std::string*> known = {{"epay_account", &account.epay_account},
                                                          {"api_key", &account.api_key},
                                                          {"balance", &balance},
                                                          {"allowed_ips", &addresses}};
  for (const auto& [name, value] : settings) {
    const auto setting = known.find(name);
    if (setting == known.end()) return BadSetting(name, "is not a setting of this simulator");
    *setting->second = value;
  }
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

// What is due has happened before anybody asks or acts.
absl::Status Server::Pay(std::string_view key) {
  clock_.RunDue();
  return book_.Finish(key, kPaid);
}

absl::Status Server::Decline(std::string_view key) {
  clock_.RunDue();
  return book_.Finish(key, kFail);
}

absl::Status Server::Expire(std::string_view key) {
  clock_.RunDue();
  return book_.Finish(key, kClose);
}

absl::Status Server::ConfirmLink(std::string_view) {
  return absl::FailedPreconditionError("EPAY has no linked accounts");
}

absl::Status Server::SetState(std::string_view key, std::string_view state) {
  clock_.RunDue();
  return book_.SetState(key, state);
}

absl::Status Server::EmitNotification(std::string_view key) {
  clock_.RunDue();
  return book_.EmitNotification(key);
}

absl::Status Server::PutFault(const Fault& fault) {
  int code = 0;
  if (fault.kind == FaultKind::kProviderCode &&
      (!absl::SimpleAtoi(fault.code, &code) || code == kSuccess)) {
    return absl::InvalidArgumentError("fault.code: must be a whole number other than 1");
  }
  return faults_.Put(fault);
}

void Server::ClearFaults() {
  faults_.Clear();
  sender_.ReleaseHeld();
}

absl::Status Server::SetSwitch(std::string_view name, std::string_view value) {
  return switches_.Set(name, value);
}

std::vector<LedgerEntry> Server::Ledger() const { return ledger_.Entries(); }

void Server::AdvanceClock(absl::Duration duration) { clock_.Advance(duration); }

absl::Time Server::Now() const { return clock_.Now(); }

}  // namespace simulator

absl::StatusOr<std::unique_ptr<Simulator>> MakeEpaySimulator(const SimulatorContext& context) {
  if (context.clock == nullptr || context.timers == nullptr || !context.send) {
    return absl::InvalidArgumentError("a simulator needs a clock, timers and a way to send");
  }
  if (!ParseUrl(context.base_url).ok()) {
    return absl::InvalidArgumentError("base_url: must be an http or https URL");
  }
  return std::make_unique<simulator::Server>(context);
}

}  // namespace sluice::epay
