#include "providers/nicepay/simulator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "providers/nicepay/simulator_server.h"
#include "server/base/strings.h"

namespace sluice::nicepay {
namespace simulator {
namespace {

using simulation::BadSetting;

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

bool IsIMid(std::string_view text) {
  return text.size() == kIMidLength && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c));
         });
}

}  // namespace

Server::Server(const SimulatorContext& context)
    : OperatedSimulator(context,
                        {"registration", "payment", "inquiry", "cancel", "link", "link_pay"},
                        SenderOptions()),
      form_tokens_(ids_.Hex(kFormSecretBytes)),
      book_({&clock_, &ids_, &ledger_, &switches_,
             [this](Notice notice) { Deliver(std::move(notice)); }}) {}

Server::~Server() { Stop(); }

absl::Status Server::AddAccount(const std::map<std::string, std::string>& settings) {
  Account account;
  account.merchant_name = "Demo Shop";
  std::string auto_paid = "false";
  const std::map<std::string_view, std::string*> known = {{"i_mid", &account.i_mid},
                                                          {"merchant_key", &account.merchant_key},
                                                          {"merchant_name", &account.merchant_name},
                                                          {"auto_paid", &auto_paid}};
  if (absl::Status taken = simulation::TakeSettings(settings, known); !taken.ok()) return taken;
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

absl::Status Server::SetSwitch(std::string_view name, std::string_view value) {
  return switches_.Set(name, value);
}

}  // namespace simulator

absl::StatusOr<std::unique_ptr<Simulator>> MakeNicePaySimulator(const SimulatorContext& context) {
  if (absl::Status status = simulation::CheckContext(context); !status.ok()) return status;
  return std::make_unique<simulator::Server>(context);
}

}  // namespace sluice::nicepay
