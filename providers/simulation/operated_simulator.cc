#include "providers/simulation/operated_simulator.h"

#include <utility>

#include "server/base/strings.h"
#include "server/wire/uri.h"

namespace sluice::simulation {

OperatedSimulator::OperatedSimulator(const SimulatorContext& context,
                                     std::vector<std::string> operations,
                                     NotificationSender::Options sender)
    : context_(context),
      ids_(context.seed),
      faults_(context.seed, std::move(operations)),
      clock_(context.clock, context.timers),
      sender_(std::move(sender), &clock_, context.timers, &faults_, &ledger_, context.send) {}

absl::Status OperatedSimulator::Pay(std::string_view key) {
  clock_.RunDue();
  return book().Pay(key);
}

absl::Status OperatedSimulator::Decline(std::string_view key) {
  clock_.RunDue();
  return book().Decline(key);
}

absl::Status OperatedSimulator::Expire(std::string_view key) {
  clock_.RunDue();
  return book().Expire(key);
}

absl::Status OperatedSimulator::ConfirmLink(std::string_view key) {
  clock_.RunDue();
  return book().ConfirmLink(key);
}

absl::Status OperatedSimulator::SetState(std::string_view key, std::string_view state) {
  clock_.RunDue();
  return book().SetState(key, state);
}

absl::Status OperatedSimulator::EmitNotification(std::string_view key) {
  clock_.RunDue();
  return book().EmitNotification(key);
}

absl::Status OperatedSimulator::PutFault(const Fault& fault) { return faults_.Put(fault); }

void OperatedSimulator::ClearFaults() {
  faults_.Clear();
  sender_.ReleaseHeld();
}

std::vector<LedgerEntry> OperatedSimulator::Ledger() const { return ledger_.Entries(); }

void OperatedSimulator::AdvanceClock(absl::Duration duration) { clock_.Advance(duration); }

absl::Time OperatedSimulator::Now() const { return clock_.Now(); }

absl::Status CheckContext(const SimulatorContext& context) {
  if (context.clock == nullptr || context.timers == nullptr || !context.send) {
    return absl::InvalidArgumentError("a simulator needs a clock, timers and a way to send");
  }
  if (!ParseUrl(context.base_url).ok()) {
    return absl::InvalidArgumentError("base_url: must be an http or https URL");
  }
  return absl::OkStatus();
}

absl::Status BadSetting(std::string_view name, std::string_view rule) {
  return absl::InvalidArgumentError(StrCat("settings.", name, ": ", rule));
}

absl::Status TakeSettings(const std::map<std::string, std::string>& settings,
                          const std::map<std::string_view, std::string*>& known) {
  for (const auto& [name, value] : settings) {
    const auto setting = known.find(name);
    if (setting == known.end()) return BadSetting(name, "is not a setting of this simulator");
    *setting->second = value;
  }
  return absl::OkStatus();
}

}  // namespace sluice::simulation
