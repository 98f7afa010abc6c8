#include "tests/fakes/fake_store.h"

#include <algorithm>

namespace sluice {

using store::NotificationRow;
using store::NotificationState;
using store::Record;

absl::Status FakeStore::Check(const store::Transaction& transaction) const {
  for (const store::Put& put : transaction.puts) {
    const auto it = records_.find(put.record.name);
    if (put.expected_revision == 0) {
      if (it != records_.end()) return absl::AlreadyExistsError("name");
    } else if (it == records_.end() || it->second.revision != put.expected_revision) {
      return absl::AbortedError("revision");
    }
    if (put.record.revision != put.expected_revision + 1) {
      return absl::InvalidArgumentError("the record's revision must follow the expected one");
    }
  }
  if (transaction.request.has_value()) {
    const store::RequestKey& key = *transaction.request;
    if (requests_.count({key.merchant, key.method, key.request_id}) > 0) {
      return absl::AlreadyExistsError("request");
    }
  }
  for (const store::Reference& reference : transaction.references) {
    const auto it = references_.find({reference.provider_account, reference.key});
    if (it != references_.end() && it->second != reference.resource_name) {
      return absl::AlreadyExistsError("reference");
    }
  }
  for (const NotificationRow& row : transaction.notifications) {
    if (row.dedup_key.empty() || row.state == NotificationState::kRejected) continue;
    for (const NotificationRow& kept : notifications_) {
      if (kept.state != NotificationState::kRejected && kept.dedup_key == row.dedup_key &&
          kept.provider_account == row.provider_account) {
        return absl::AlreadyExistsError("notification");
      }
    }
  }
  return absl::OkStatus();
}

void FakeStore::Write(store::Transaction& transaction, std::vector<EventPtr>* written) {
  for (store::Put& put : transaction.puts) records_[put.record.name] = std::move(put.record);
  if (transaction.request.has_value()) {
    const store::RequestKey& key = *transaction.request;
    requests_[{key.merchant, key.method, key.request_id}] = key;
  }
  for (const store::Reference& reference : transaction.references) {
    references_[{reference.provider_account, reference.key}] = reference.resource_name;
  }
  for (NotificationRow& row : transaction.notifications) notifications_.push_back(std::move(row));
  for (const NotificationRow& update : transaction.notification_updates) {
    for (NotificationRow& row : notifications_) {
      if (row.merchant != update.merchant || row.id != update.id) continue;
      row.state = update.state;
      row.reason = update.reason;
      row.resource_name = update.resource_name;
    }
  }
  for (const auto& [account, dedup_key] : transaction.notification_repeats) {
    for (NotificationRow& row : notifications_) {
      if (row.provider_account == account && row.dedup_key == dedup_key) ++row.deliveries;
    }
  }
  for (const auto& [key, value] : transaction.settings) {
    if (value.empty()) {
      settings_.erase(key);
    } else {
      settings_[key] = value;
    }
  }
  for (EventDraft& draft : transaction.events) {
    auto event = std::make_shared<Event>();
    static_cast<EventDraft&>(*event) = std::move(draft);
    event->position = ++newest_position_;
    event->sequence = ++sequences_[event->merchant];
    events_.push_back(event);
    written->push_back(event);
  }
}

void FakeStore::WritePrune(const store::Prune& prune, store::Committed* result) {
  result->pruned_events = static_cast<int64_t>(std::erase_if(
      events_, [&](const EventPtr& event) { return event->position <= prune.events_through; }));
  for (auto row = notifications_.begin(); row != notifications_.end();) {
    if (row->state == NotificationState::kReceived) {
      ++row;
      continue;
    }
    if (result->pruned_notifications == prune.max_notifications ||
        row->receive_time >= prune.notifications_before) {
      break;
    }
    row = notifications_.erase(row);
    ++result->pruned_notifications;
  }
  stats_.pruned_events += result->pruned_events;
  stats_.pruned_notifications += result->pruned_notifications;
}

void FakeStore::Commit(store::Transaction transaction, store::CommitDone done) {
  store::Committed result;
  if (refuse_after_ > 0) {
    --refuse_after_;
  } else if (refuse_after_ == 0) {
    result.status = refusal_;
    return done(std::move(result));
  }
  if (refusals_ > 0) {
    --refusals_;
    result.status = refusal_;
    return done(std::move(result));
  }
  result.status = Check(transaction);
  if (result.status.ok()) {
    ++stats_.commits;
    ++stats_.transactions;
    Write(transaction, &result.events);
    if (transaction.prune.has_value()) WritePrune(*transaction.prune, &result);
    if (listener_ && !result.events.empty()) listener_(result.events);
  }
  done(std::move(result));
}

absl::StatusOr<std::optional<Record>> FakeStore::Get(std::string_view name) {
  const auto it = records_.find(name);
  if (it == records_.end()) return std::optional<Record>();
  return std::optional<Record>(it->second);
}

absl::StatusOr<store::ListPage> FakeStore::List(const store::ListQuery& query) {
  store::ListPage page;
  for (const auto& [name, record] : records_) {
    if (record.kind != query.kind || record.parent != query.parent) continue;
    if (!query.states.empty() &&
        std::find(query.states.begin(), query.states.end(), record.state) == query.states.end()) {
      continue;
    }
    if (static_cast<int>(page.records.size()) < query.limit) page.records.push_back(record);
  }
  return page;
}

absl::StatusOr<std::vector<Record>> FakeStore::ListDue(
    absl::Time now, int limit, const std::vector<std::string>& except_accounts) {
  std::vector<Record> due;
  for (const auto& [name, record] : records_) {
    const auto& except = except_accounts;
    if (std::find(except.begin(), except.end(), record.provider_account) != except.end()) continue;
    if (record.due_time.has_value() && *record.due_time <= now) due.push_back(record);
  }
  std::stable_sort(due.begin(), due.end(),
                   [](const Record& a, const Record& b) { return *a.due_time < *b.due_time; });
  if (static_cast<int>(due.size()) > limit) due.resize(limit);
  return due;
}

absl::StatusOr<std::optional<absl::Time>> FakeStore::NextDue() {
  std::optional<absl::Time> next;
  for (const auto& [name, record] : records_) {
    if (record.due_time.has_value() && (!next.has_value() || *record.due_time < *next)) {
      next = record.due_time;
    }
  }
  return next;
}

absl::StatusOr<std::vector<Record>> FakeStore::ListInFlight(std::string_view after, int limit) {
  std::vector<Record> found;
  for (auto it = records_.upper_bound(after); it != records_.end(); ++it) {
    if (it->second.in_flight && static_cast<int>(found.size()) < limit) found.push_back(it->second);
  }
  return found;
}

absl::StatusOr<store::ListPage> FakeStore::ListUnknown(const store::UnknownQuery& query) {
  store::ListPage page;
  for (const auto& [name, record] : records_) {
    if (!record.unknown_since.has_value() || *record.unknown_since >= query.unknown_before)
      continue;
    if (!query.merchant.empty() && record.merchant != query.merchant) continue;
    if (name > query.after) page.records.push_back(record);
  }
  std::stable_sort(page.records.begin(), page.records.end(), [](const Record& a, const Record& b) {
    return *a.unknown_since < *b.unknown_since;
  });
  if (static_cast<int>(page.records.size()) > query.limit) page.records.resize(query.limit);
  return page;
}

absl::StatusOr<std::optional<absl::Time>> FakeStore::OldestUnknown() {
  std::optional<absl::Time> oldest;
  for (const auto& [name, record] : records_) {
    if (!record.unknown_since.has_value()) continue;
    if (!oldest.has_value() || *record.unknown_since < *oldest) oldest = record.unknown_since;
  }
  return oldest;
}

absl::StatusOr<std::optional<store::RequestKey>> FakeStore::FindRequest(
    std::string_view merchant, std::string_view method, std::string_view request_id) {
  const auto it =
      requests_.find({std::string(merchant), std::string(method), std::string(request_id)});
  if (it == requests_.end()) return std::optional<store::RequestKey>();
  return std::optional<store::RequestKey>(it->second);
}

absl::StatusOr<std::optional<std::string>> FakeStore::FindReference(
    std::string_view provider_account, std::string_view key) {
  const auto it = references_.find({std::string(provider_account), std::string(key)});
  if (it == references_.end()) return std::optional<std::string>();
  return std::optional<std::string>(it->second);
}

absl::StatusOr<std::vector<EventPtr>> FakeStore::ReadEvents(const store::EventQuery& query) {
  std::vector<EventPtr> events;
  for (const EventPtr& event : events_) {
    if (event->position <= query.after_position) continue;
    if (!query.merchant.empty() && event->merchant != query.merchant) continue;
    if (static_cast<int>(events.size()) < query.limit) events.push_back(event);
  }
  return events;
}

absl::StatusOr<std::optional<EventPtr>> FakeStore::GetEvent(std::string_view merchant,
                                                            int64_t sequence) {
  for (const EventPtr& event : events_) {
    if (event->merchant == merchant && event->sequence == sequence) {
      return std::optional<EventPtr>(event);
    }
  }
  return std::optional<EventPtr>();
}

absl::StatusOr<store::LogBounds> FakeStore::Bounds() {
  store::LogBounds bounds;
  bounds.newest_position = newest_position_;
  bounds.oldest_position = events_.empty() ? newest_position_ + 1 : events_.front()->position;
  return bounds;
}

absl::StatusOr<std::optional<NotificationRow>> FakeStore::GetNotification(std::string_view merchant,
                                                                          std::string_view id) {
  for (const NotificationRow& row : notifications_) {
    if (row.merchant == merchant && row.id == id) return std::optional<NotificationRow>(row);
  }
  return std::optional<NotificationRow>();
}

absl::StatusOr<store::NotificationPage> FakeStore::ListNotifications(
    const store::NotificationQuery& query) {
  store::NotificationPage page;
  for (const NotificationRow& row : notifications_) {
    if (row.merchant != query.merchant) continue;
    if (!query.states.empty() &&
        std::find(query.states.begin(), query.states.end(), row.state) == query.states.end()) {
      continue;
    }
    if (static_cast<int>(page.rows.size()) < query.limit) page.rows.push_back(row);
  }
  return page;
}

absl::StatusOr<std::optional<std::string>> FakeStore::GetSetting(std::string_view key) {
  const auto it = settings_.find(key);
  if (it == settings_.end()) return std::optional<std::string>();
  return std::optional<std::string>(it->second);
}

std::vector<std::string> FakeStore::EventTypes() const {
  std::vector<std::string> types;
  for (const EventPtr& event : events_) types.push_back(event->type);
  return types;
}

}  // namespace sluice
