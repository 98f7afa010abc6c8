#include "server/app/recovery.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "server/app/notification_intake.h"
#include "server/base/log.h"
#include "server/base/strings.h"

namespace sluice::app {
namespace {

constexpr int kBatch = 500;
// What stands before the reason, so that a pause without a reason is not an empty setting.
constexpr char kPausedMark = '1';

void Recover(const CorePtr& core, const store::Record& record) {
  Change change;
  change.kind = record.kind;
  change.name = record.name;
  change.must_land = true;
  change.decide = [core](const Subject& before) { return core->DecideOn(before, Restarted{}); };
  change.done = [core, name = record.name](absl::StatusOr<Decision> decision) {
    if (decision.ok()) return core->Follow(*decision);
    LogError("attempt_not_recovered", {{"resource", name}, {"error", decision.status()}});
  };
  core->Apply(std::move(change));
}

}  // namespace

std::string PauseSetting(std::string_view account) { return StrCat("pause/", account); }

absl::Status LoadPauses(const CorePtr& core) {
  for (const AccountPtr& account : core->catalog().All("-")) {
    const std::string& id = account->config->account;
    auto setting = core->deps().store->GetSetting(PauseSetting(id));
    if (!setting.ok()) return setting.status();
    if (!setting->has_value() || (*setting)->empty()) continue;
    const std::string& text = **setting;
    core->catalog().SetPaused(id, true, text[0] == kPausedMark ? text.substr(1) : text);
  }
  return absl::OkStatus();
}

absl::Status RecoverAttempts(const CorePtr& core) {
  std::vector<store::Record> all;
  std::string after;
  while (true) {
    auto batch = core->deps().store->ListInFlight(after, kBatch);
    if (!batch.ok()) return batch.status();
    if (batch->empty()) break;
    after = batch->back().name;
    for (store::Record& record : *batch) {
      record.body.clear();
      all.push_back(std::move(record));
    }
  }
  // Only now: what is recovered is sent again, and would be found SENDING by the next batch.
  for (const store::Record& record : all) Recover(core, record);
  if (!all.empty()) LogInfo("attempts_recovered", {{"count", all.size()}});
  return absl::OkStatus();
}

absl::Status RecoverNotifications(const CorePtr& core) {
  // Read anew: which number to ask about stands in the notification itself.
  const auto intake = std::make_shared<NotificationIntake>(core);
  std::set<std::string> merchants;
  for (const AccountPtr& account : core->catalog().All("-")) {
    merchants.insert(account->config->merchant);
  }
  for (const std::string& merchant : merchants) {
    store::NotificationQuery query;
    query.merchant = merchant;
    query.states = {store::NotificationState::kReceived};
    query.limit = kBatch;
    do {
      auto page = core->deps().store->ListNotifications(query);
      if (!page.ok()) return page.status();
      for (store::NotificationRow& row : page->rows) {
        AccountPtr account = core->catalog().FindOf(merchant, row.provider_account);
        if (account == nullptr) continue;
        intake->Replay(std::move(account), std::move(row), [](absl::Status) {});
      }
      query.after = page->next;
    } while (!query.after.empty());
  }
  return absl::OkStatus();
}

}  // namespace sluice::app
