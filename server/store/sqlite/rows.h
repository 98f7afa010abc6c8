// Rows to values and back: the one place that knows the order of columns.
//
// Threads: pure functions on a statement of the caller's.
// Ownership: values; bound text is borrowed until the statement has run.

#pragma once

#include "server/core/event.h"
#include "server/store/sqlite/connection.h"
#include "server/store/store.h"

namespace sluice::store::sqlite {

#define SLUICE_RECORD_COLUMNS                                                                   \
  "kind, name, merchant, parent, state, provider_account, revision, create_time, update_time, " \
  "due_time, in_flight, unknown_since, body"
Record ReadRecord(Statement& row);
// Binds all of SLUICE_RECORD_COLUMNS in order.
void BindRecord(Statement& statement, const Record& record);

#define SLUICE_EVENT_COLUMNS                                                                      \
  "position, merchant, sequence, type, kind, resource_name, provider, traceparent, create_time, " \
  "body"
EventPtr ReadEvent(Statement& row);
void BindEvent(Statement& statement, const Event& event);

#define SLUICE_NOTIFICATION_COLUMNS                                                     \
  "merchant, id, provider, provider_account, dedup_key, state, reason, resource_name, " \
  "receive_time, deliveries, remote_address, method, path, query, headers, body"
NotificationRow ReadNotification(Statement& row);
void BindNotification(Statement& statement, const NotificationRow& row);

// Events of `merchant` (empty: all) after `position`, in order. Reads at most `limit`.
absl::StatusOr<std::vector<EventPtr>> SelectEvents(Connection& connection,
                                                   std::string_view merchant, int64_t position,
                                                   int limit);

}  // namespace sluice::store::sqlite
