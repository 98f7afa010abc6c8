#include "providers/nicepay/simulator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "providers/nicepay/simulator_server.h"
#include "server/base/strings.h"
#include "server/wire/uri.h"

namespace sluice::nicepay {
namespace simulator {
namespace {

constexpr size_t kIMidLength = 10;
constexpr int kFormSecretBytes = 32;

simulation::NotificationSender::Options SenderOptions() {
  simulation::NotificationSender::Options options;
  for (int minutes : {1, 5, 30}) options.retry_gaps.push_back(absl::Minutes(minutes));
  options.answer_timeout = absl::Seconds(30);
  options.accepted = [](const HttpReply& reply) {
    return reply.status >= 200 && reply.status < 300;
  };
  return options;
}

absl::Status BadSetting(std::string_view name, std::string_view rule) {
  return absl::InvalidArgumentError(StrCat("settings.", name, ": ", rule));
}

bool IsIMid(std::string_view text) {
  return text.size() == kIMidLength && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c));
         });
}

}  // namespace

Server::Server(const SimulatorContext& context)
    : context_(context),
      ids_(context.seed),
      form_tokens_(ids_.Hex(kFormSecretBytes)),
      faults_(context.seed, {"registration", "payment", "inquiry", "cancel", "link", "link_pay"}),
      clock_(context.clock, context.timers),
      sender_(SenderOptions(), &clock_, context.timers, &faults_, &ledger_, context.send),
      book_({&clock_, &ids_, &ledger_, &switches_,
             [this](Notice notice) { Deliver(std::move(notice)); }}) {}

// Events of the clock use everything else.
Server::~Server() { clock_.Stop(); }

absl::Status Server::AddAccount(const std::map<std::string, std::string>& settings) {
  Account account;
  account.merchant_name = "Demo Shop";
  std::string auto_paid = "false";
  const std::map<std::string_view, std::string*> known = {{"i_mid", &account.i_mid},
                                                          {"merchant_key", &account.merchant_key},
                                                          {"merchant_name", &account.merchant_name},
                                                          {"auto_paid", &auto_paid}};
  for (const auto& [name, value] : settings) {
    const auto setting = known.find(name);
    if (setting == known.end()) return BadSetting(name, "is not a setting of this simulator");
    *setting->second = value;
  }
  if (!IsIMid(account.i_mid)) return BadSetting("i_mid", "must be 10 letters and digits");
  if (account.merchant_key.empty()) return BadSetting("merchant_key", "must not be empty");
  if (auto_paid != "true" && auto_paid != "false") {
    return BadSetting("auto_paid", "must be true or false");
  }
  account.auto_paid = auto_paid == "true";
  auto shared = std::make_shared<const Account>(std::move(account));
  MutexLock lock(&accounts_mutex_);
  accounts_[shared->i_mid] = shared;
  return absl::OkStatus();
}

AccountPtr Server::FindAccount(std::string_view i_mid) const {
  MutexLock lock(&accounts_mutex_);
  const auto found = accounts_.find(i_mid);
  return found == accounts_.end() ? nullptr : found->second;
}

// What is due has happened before anybody asks or acts.
absl::Status Server::Pay(std::string_view key) {
  clock_.RunDue();
  return book_.Pay(key);
}

absl::Status Server::Decline(std::string_view key) {
  clock_.RunDue();
  return book_.Decline(key);
}

absl::Status Server::Expire(std::string_view key) {
  clock_.RunDue();
  return book_.Expire(key);
}

absl::Status Server::ConfirmLink(std::string_view key) {
  clock_.RunDue();
  return book_.ConfirmLink(key);
}

absl::Status Server::SetState(std::string_view key, std::string_view state) {
  clock_.RunDue();
  return book_.SetState(key, state);
}

absl::Status Server::EmitNotification(std::string_view key) {
  clock_.RunDue();
  return book_.EmitNotification(key);
}

absl::Status Server::PutFault(const Fault& fault) { return faults_.Put(fault); }

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

absl::StatusOr<std::unique_ptr<Simulator>> MakeNicePaySimulator(const SimulatorContext& context) {
  if (context.clock == nullptr || context.timers == nullptr || !context.send) {
    return absl::InvalidArgumentError("a simulator needs a clock, timers and a way to send");
  }
  if (!ParseUrl(context.base_url).ok()) {
    return absl::InvalidArgumentError("base_url: must be an http or https URL");
  }
  return std::make_unique<simulator::Server>(context);
}

}  // namespace sluice::nicepay
