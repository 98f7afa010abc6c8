#include "server/store/sqlite/rows.h"

#include <utility>

namespace sluice::store::sqlite {
namespace {

constexpr char kEventsOfAll[] =
    "SELECT " SLUICE_EVENT_COLUMNS " FROM events WHERE position > ?1 ORDER BY position LIMIT ?2";
// The index on the merchant holds the position as row id, so this is one range of it.
constexpr char kEventsOfMerchant[] =
    "SELECT " SLUICE_EVENT_COLUMNS
    " FROM events INDEXED BY events_merchant "
    "WHERE merchant = ?1 AND position > ?2 ORDER BY position LIMIT ?3";

}  // namespace

Record ReadRecord(Statement& row) {
  Record record;
  record.kind = static_cast<ResourceKind>(row.GetInt(0));
  record.name = row.GetString(1);
  record.merchant = row.GetString(2);
  record.parent = row.GetString(3);
  record.state = row.GetString(4);
  record.provider_account = row.GetString(5);
  record.revision = row.GetInt(6);
  record.create_time = row.GetTime(7);
  record.update_time = row.GetTime(8);
  record.due_time = row.GetOptionalTime(9);
  record.in_flight = row.GetInt(10) != 0;
  record.unknown_since = row.GetOptionalTime(11);
  record.body = row.GetString(12);
  return record;
}

void BindRecord(Statement& statement, const Record& record) {
  statement.Int(static_cast<int64_t>(record.kind))
      .Text(record.name)
      .Text(record.merchant)
      .Text(record.parent)
      .Text(record.state)
      .Text(record.provider_account)
      .Int(record.revision)
      .Time(record.create_time)
      .Time(record.update_time)
      .Time(record.due_time)
      .Int(record.in_flight ? 1 : 0)
      .Time(record.unknown_since)
      .Blob(record.body);
}

EventPtr ReadEvent(Statement& row) {
  auto event = std::make_shared<Event>();
  event->position = row.GetInt(0);
  event->merchant = row.GetString(1);
  event->sequence = row.GetInt(2);
  event->type = row.GetString(3);
  event->kind = static_cast<ResourceKind>(row.GetInt(4));
  event->resource_name = row.GetString(5);
  event->provider = row.GetString(6);
  event->traceparent = row.GetString(7);
  event->create_time = row.GetTime(8);
  event->body = row.GetString(9);
  return event;
}

void BindEvent(Statement& statement, const Event& event) {
  statement.Int(event.position)
      .Text(event.merchant)
      .Int(event.sequence)
      .Text(event.type)
      .Int(static_cast<int64_t>(event.kind))
      .Text(event.resource_name)
      .Text(event.provider)
      .Text(event.traceparent)
      .Time(event.create_time)
      .Blob(event.body);
}

NotificationRow ReadNotification(Statement& row) {
  NotificationRow out;
  out.merchant = row.GetString(0);
  out.id = row.GetString(1);
  out.provider = row.GetString(2);
  out.provider_account = row.GetString(3);
  out.dedup_key = row.GetString(4);
  out.state = static_cast<NotificationState>(row.GetInt(5));
  out.reason = row.GetString(6);
  out.resource_name = row.GetString(7);
  out.receive_time = row.GetTime(8);
  out.deliveries = static_cast<int>(row.GetInt(9));
  out.remote_address = row.GetString(10);
  out.method = row.GetString(11);
  out.path = row.GetString(12);
  out.query = row.GetString(13);
  out.headers = row.GetString(14);
  out.body = row.GetString(15);
  return out;
}

void BindNotification(Statement& statement, const NotificationRow& row) {
  statement.Text(row.merchant)
      .Text(row.id)
      .Text(row.provider)
      .Text(row.provider_account)
      .Text(row.dedup_key)
      .Int(static_cast<int64_t>(row.state))
      .Text(row.reason)
      .Text(row.resource_name)
      .Time(row.receive_time)
      .Int(row.deliveries)
      .Text(row.remote_address)
      .Blob(row.method)
      .Blob(row.path)
      .Blob(row.query)
      .Blob(row.headers)
      .Blob(row.body);
}

absl::StatusOr<std::vector<EventPtr>> SelectEvents(Connection& connection,
                                                   std::string_view merchant, int64_t position,
                                                   int limit) {
  Statement select = connection.Use(merchant.empty() ? kEventsOfAll : kEventsOfMerchant);
  if (!merchant.empty()) select.Text(merchant);
  select.Int(position).Int(limit);
  std::vector<EventPtr> events;
  while (select.Row()) events.push_back(ReadEvent(select));
  if (select.code() != SQLITE_OK) return connection.ReadError(select.code());
  return events;
}

}  // namespace sluice::store::sqlite
