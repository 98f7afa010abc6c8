#include "providers/payby/simulator.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "providers/payby/simulator_server.h"
#include "server/base/strings.h"

namespace sluice::payby {
namespace simulator {
namespace {

using simulation::BadSetting;

constexpr size_t kMaxPartnerId = 12;
constexpr int kFormSecretBytes = 32;

// After the immediate try. Delivery ends with the last.
std::vector<absl::Duration> RetryGaps() {
  std::vector<absl::Duration> gaps;
  for (int minutes : {2, 10, 10, 60, 120, 360, 900}) gaps.push_back(absl::Minutes(minutes));
  return gaps;
}

// {"response":"SUCCESS"} or the bare text, in any case.
bool IsAccepted(const HttpReply& reply) {
  if (reply.status != 200) return false;
  const absl::StatusOr<Json> json = Json::Parse(reply.body);
  const Json* response = json.ok() ? json->Find("response") : nullptr;
  if (response != nullptr && response->is_string()) {
    return EqualsIgnoreCase(response->text(), "SUCCESS");
  }
  return EqualsIgnoreCase(StdView(absl::StripAsciiWhitespace(reply.body)), "SUCCESS");
}

simulation::NotificationSender::Options SenderOptions() {
  simulation::NotificationSender::Options options;
  options.retry_gaps = RetryGaps();
  options.accepted = IsAccepted;
  return options;
}

bool IsPartnerId(std::string_view text) {
  for (char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return !text.empty() && text.size() <= kMaxPartnerId;
}

std::vector<std::string> ReadAddresses(std::string_view text) {
  if (text.empty() || text == "*") return {};
  return absl::StrSplit(AbslView(text), ',', absl::SkipWhitespace());
}

}  // namespace

Server::Server(const SimulatorContext& context)
    : OperatedSimulator(context,
                        {"place_order", "get_order", "cancel_order", "revoke_order", "place_refund",
                         "get_refund"},
                        SenderOptions()),
      form_tokens_(ids_.Hex(kFormSecretBytes)),
      book_({&clock_, &ids_, &ledger_, &switches_,
             [this](Notice notice) { Deliver(std::move(notice)); }}) {}

Server::~Server() { Stop(); }

absl::Status Server::AddAccount(const std::map<std::string, std::string>& settings) {
  std::string partner_id, merchant_pem, provider_pem, merchant_name = "Demo Shop", addresses;
  const std::map<std::string_view, std::string*> known = {
      {"partner_id", &partner_id},
      {"merchant_public_key_pem", &merchant_pem},
      {"provider_private_key_pem", &provider_pem},
      {"merchant_name", &merchant_name},
      {"allowed_ips", &addresses}};
  if (absl::Status taken = simulation::TakeSettings(settings, known); !taken.ok()) return taken;
  if (!IsPartnerId(partner_id)) return BadSetting("partner_id", "must be 1 to 12 digits");
  absl::StatusOr<crypto::RsaPublicKey> merchant_key = crypto::RsaPublicKey::FromPem(merchant_pem);
  if (!merchant_key.ok()) {
    return BadSetting("merchant_public_key_pem", StdView(merchant_key.status().message()));
  }
  absl::StatusOr<crypto::RsaPrivateKey> provider_key = crypto::RsaPrivateKey::FromPem(provider_pem);
  if (!provider_key.ok()) {
    return BadSetting("provider_private_key_pem", StdView(provider_key.status().message()));
  }
  auto account = std::make_shared<const Account>(
      Account{partner_id, merchant_name, ReadAddresses(addresses), *merchant_key, *provider_key});
  MutexLock lock(&accounts_mutex_);
  accounts_[partner_id] = std::move(account);
  return absl::OkStatus();
}

AccountPtr Server::FindAccount(std::string_view partner_id) const {
  MutexLock lock(&accounts_mutex_);
  const auto found = accounts_.find(partner_id);
  return found == accounts_.end() ? nullptr : found->second;
}

absl::Status Server::SetSwitch(std::string_view name, std::string_view value) {
  return switches_.Set(name, value);
}

}  // namespace simulator

absl::StatusOr<std::unique_ptr<Simulator>> MakePayBySimulator(const SimulatorContext& context) {
  if (absl::Status status = simulation::CheckContext(context); !status.ok()) return status;
  return std::make_unique<simulator::Server>(context);
}

}  // namespace sluice::payby
