#include "server/store/sqlite/reads.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/store/sqlite/key_hash.h"
#include "server/store/sqlite/rows.h"

namespace sluice::store::sqlite {
namespace {

constexpr char kGetRecord[] = "SELECT " SLUICE_RECORD_COLUMNS " FROM resources WHERE name = ?1";
// One prepared statement for every filter. ?6 is empty or "|STATE|STATE|". The row id breaks ties
// between equal times, and is the trailing part of the index.
constexpr char kListRecords[] =
    "SELECT " SLUICE_RECORD_COLUMNS
    ", row_id FROM resources INDEXED BY resources_list "
    "WHERE kind = ?1 AND parent = ?2 AND create_time >= ?3 AND (create_time, row_id) < (?4, ?5) "
    "AND (?6 = '' OR instr(?6, '|' || state || '|') > 0) "
    "ORDER BY create_time DESC, row_id DESC LIMIT ?7";
// ?3 is empty or "|ACCOUNT|ACCOUNT|"; the accounts are in the index, so that a long queue of theirs
// is passed over quickly.
constexpr char kListDue[] =
    "SELECT " SLUICE_RECORD_COLUMNS
    " FROM resources INDEXED BY resources_due "
    "WHERE due_time <= ?1 AND (?3 = '' OR instr(?3, '|' || provider_account || '|') = 0) "
    "ORDER BY due_time LIMIT ?2";
constexpr char kNextDue[] = "SELECT min(due_time) FROM resources WHERE due_time IS NOT NULL";
constexpr char kListInFlight[] = "SELECT " SLUICE_RECORD_COLUMNS
                                 " FROM resources INDEXED BY resources_in_flight "
                                 "WHERE in_flight = 1 AND name > ?1 ORDER BY name LIMIT ?2";
constexpr char kListUnknown[] =
    "SELECT " SLUICE_RECORD_COLUMNS
    ", row_id FROM resources INDEXED BY resources_unknown "
    "WHERE unknown_since IS NOT NULL AND (unknown_since, row_id) > (?1, ?2) "
    "AND unknown_since < ?3 AND (?4 = '' OR merchant = ?4) "
    "ORDER BY unknown_since, row_id LIMIT ?5";
constexpr char kOldestUnknown[] =
    "SELECT min(unknown_since) FROM resources WHERE unknown_since IS NOT NULL";
constexpr char kFindRequest[] =
    "SELECT fingerprint, resource_name FROM request_ids "
    "WHERE key_hash = ?1 AND merchant = ?2 AND method = ?3 AND request_id = ?4";
constexpr char kFindReference[] =
    "SELECT resource_name FROM resource_references "
    "WHERE key_hash = ?1 AND provider_account = ?2 AND reference_key = ?3";
constexpr char kGetEvent[] =
    "SELECT " SLUICE_EVENT_COLUMNS " FROM events WHERE merchant = ?1 AND sequence = ?2";
constexpr char kBounds[] =
    "SELECT (SELECT min(position) FROM events), newest FROM sequences WHERE merchant = ''";
constexpr char kGetNotification[] =
    "SELECT " SLUICE_NOTIFICATION_COLUMNS " FROM notifications WHERE merchant = ?1 AND id = ?2";
// ?5 has bit n set for state n.
constexpr char kListNotifications[] =
    "SELECT " SLUICE_NOTIFICATION_COLUMNS
    ", row_id FROM notifications INDEXED BY notifications_list "
    "WHERE merchant = ?1 AND (receive_time, row_id) < (?2, ?3) "
    "AND (?4 = '' OR provider_account = ?4) AND ((?5 >> state) & 1) = 1 "
    "ORDER BY receive_time DESC, row_id DESC LIMIT ?6";
constexpr char kGetSetting[] = "SELECT value FROM settings WHERE key = ?1";

// Where a page starts: strictly before this place in the order of time and row id.
struct Place {
  int64_t time = std::numeric_limits<int64_t>::max();
  int64_t row_id = std::numeric_limits<int64_t>::max();

  std::string ToString() const { return absl::StrCat(time, ".", row_id); }
};

absl::StatusOr<Place> ParsePlace(const std::string& text) {
  Place place;
  if (text.empty()) return place;
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('.', 1));
  if (!absl::SimpleAtoi(parts.first, &place.time) ||
      !absl::SimpleAtoi(parts.second, &place.row_id)) {
    return InvalidField("page_token", "must be one that a list of the same kind has returned");
  }
  return place;
}

absl::StatusOr<int> CheckLimit(int limit) {
  if (limit <= 0) return absl::InvalidArgumentError("the limit of a read must be positive");
  return std::min(limit, kMaxRows);
}

// The rows of `select`, or why not.
absl::StatusOr<std::vector<Record>> AllRecords(Connection& connection, Statement& select) {
  std::vector<Record> records;
  while (select.Row()) records.push_back(ReadRecord(select));
  if (select.code() != SQLITE_OK) return connection.ReadError(select.code());
  return records;
}

}  // namespace

absl::StatusOr<std::optional<Record>> GetRecord(Connection& connection, std::string_view name) {
  Statement get = connection.Use(kGetRecord);
  get.Text(name);
  if (get.Row()) return ReadRecord(get);
  if (get.code() != SQLITE_OK) return connection.ReadError(get.code());
  return std::nullopt;
}

absl::StatusOr<ListPage> ListRecords(Connection& connection, const ListQuery& query) {
  const auto limit = CheckLimit(query.limit);
  if (!limit.ok()) return limit.status();
  auto place = ParsePlace(query.after);
  if (!place.ok()) return place.status();
  if (query.create_time_before.has_value() && ToStored(*query.create_time_before) <= place->time) {
    // Before every row of that time.
    *place = {ToStored(*query.create_time_before), std::numeric_limits<int64_t>::min()};
  }
  std::string states;
  for (const std::string& state : query.states) absl::StrAppend(&states, "|", state);
  if (!states.empty()) states += '|';

  Statement select = connection.Use(kListRecords);
  select.Int(static_cast<int64_t>(query.kind))
      .Text(query.parent)
      .Time(query.create_time_from.value_or(absl::InfinitePast()))
      .Int(place->time)
      .Int(place->row_id)
      .Text(states)
      .Int(*limit + 1);  // One more tells whether there is a next page.
  ListPage page;
  Place last;
  while (select.Row()) {
    if (static_cast<int>(page.records.size()) == *limit) {
      page.next = last.ToString();
      return page;
    }
    page.records.push_back(ReadRecord(select));
    last = {ToStored(page.records.back().create_time), select.GetInt(13)};
  }
  if (select.code() != SQLITE_OK) return connection.ReadError(select.code());
  return page;
}

absl::StatusOr<std::vector<Record>> ListDueRecords(
    Connection& connection, absl::Time now, int limit,
    const std::vector<std::string>& except_accounts) {
  const auto checked = CheckLimit(limit);
  if (!checked.ok()) return checked.status();
  const std::string except =
      except_accounts.empty() ? "" : absl::StrCat("|", absl::StrJoin(except_accounts, "|"), "|");
  Statement select = connection.Use(kListDue);
  select.Time(now).Int(*checked).Text(except);
  return AllRecords(connection, select);
}

absl::StatusOr<std::optional<absl::Time>> NextDueTime(Connection& connection) {
  Statement select = connection.Use(kNextDue);
  if (select.Row()) return select.GetOptionalTime(0);
  return connection.ReadError(select.code());
}

absl::StatusOr<std::vector<Record>> ListInFlightRecords(Connection& connection,
                                                        std::string_view after, int limit) {
  const auto checked = CheckLimit(limit);
  if (!checked.ok()) return checked.status();
  Statement select = connection.Use(kListInFlight);
  select.Text(after).Int(*checked);
  return AllRecords(connection, select);
}

absl::StatusOr<ListPage> ListUnknownRecords(Connection& connection, const UnknownQuery& query) {
  const auto limit = CheckLimit(query.limit);
  if (!limit.ok()) return limit.status();
  Place last{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::min()};
  if (!query.after.empty()) {
    const auto place = ParsePlace(query.after);
    if (!place.ok()) return place.status();
    last = *place;
  }
  Statement select = connection.Use(kListUnknown);
  select.Int(last.time)
      .Int(last.row_id)
      .Time(query.unknown_before)
      .Text(query.merchant)
      .Int(*limit + 1);
  ListPage page;
  while (select.Row()) {
    if (static_cast<int>(page.records.size()) == *limit) {
      page.next = last.ToString();
      return page;
    }
    page.records.push_back(ReadRecord(select));
    last = {ToStored(*page.records.back().unknown_since), select.GetInt(13)};
  }
  if (select.code() != SQLITE_OK) return connection.ReadError(select.code());
  return page;
}

absl::StatusOr<std::optional<absl::Time>> OldestUnknownTime(Connection& connection) {
  Statement select = connection.Use(kOldestUnknown);
  if (select.Row()) return select.GetOptionalTime(0);
  return connection.ReadError(select.code());
}

absl::StatusOr<std::optional<RequestKey>> FindRequestKey(Connection& connection,
                                                         std::string_view merchant,
                                                         std::string_view method,
                                                         std::string_view request_id) {
  Statement get = connection.Use(kFindRequest);
  get.Int(KeyHash({merchant, method, request_id})).Text(merchant).Text(method).Text(request_id);
  if (get.Row()) {
    return RequestKey{std::string(merchant), std::string(method), std::string(request_id),
                      get.GetString(0), get.GetString(1)};
  }
  if (get.code() != SQLITE_OK) return connection.ReadError(get.code());
  return std::nullopt;
}

absl::StatusOr<std::optional<std::string>> FindReferenced(Connection& connection,
                                                          std::string_view provider_account,
                                                          std::string_view key) {
  Statement get = connection.Use(kFindReference);
  get.Int(KeyHash({provider_account, key})).Text(provider_account).Text(key);
  if (get.Row()) return get.GetString(0);
  if (get.code() != SQLITE_OK) return connection.ReadError(get.code());
  return std::nullopt;
}

absl::StatusOr<std::vector<EventPtr>> ReadLog(Connection& connection, const EventQuery& query) {
  const auto limit = CheckLimit(query.limit);
  if (!limit.ok()) return limit.status();
  return SelectEvents(connection, query.merchant, query.after_position, *limit);
}

absl::StatusOr<std::optional<EventPtr>> GetLogEvent(Connection& connection,
                                                    std::string_view merchant, int64_t sequence) {
  Statement get = connection.Use(kGetEvent);
  get.Text(merchant).Int(sequence);
  if (get.Row()) return ReadEvent(get);
  if (get.code() != SQLITE_OK) return connection.ReadError(get.code());
  return std::nullopt;
}

absl::StatusOr<LogBounds> ReadBounds(Connection& connection) {
  Statement get = connection.Use(kBounds);
  if (!get.Row()) return connection.ReadError(get.code());
  LogBounds bounds;
  bounds.oldest_position = get.GetInt(0);
  bounds.newest_position = get.GetInt(1);
  // NULL, read as 0, when no event is kept: positions start at 1.
  if (bounds.oldest_position == 0) bounds.oldest_position = bounds.newest_position + 1;
  return bounds;
}

absl::StatusOr<std::optional<NotificationRow>> GetNotificationRow(Connection& connection,
                                                                  std::string_view merchant,
                                                                  std::string_view id) {
  Statement get = connection.Use(kGetNotification);
  get.Text(merchant).Text(id);
  if (get.Row()) return ReadNotification(get);
  if (get.code() != SQLITE_OK) return connection.ReadError(get.code());
  return std::nullopt;
}

absl::StatusOr<NotificationPage> ListNotificationRows(Connection& connection,
                                                      const NotificationQuery& query) {
  const auto limit = CheckLimit(query.limit);
  if (!limit.ok()) return limit.status();
  const auto place = ParsePlace(query.after);
  if (!place.ok()) return place.status();
  int64_t states = 0;
  for (const NotificationState state : query.states) {
    states |= int64_t{1} << static_cast<int>(state);
  }
  if (query.states.empty()) states = std::numeric_limits<int64_t>::max();

  Statement select = connection.Use(kListNotifications);
  select.Text(query.merchant)
      .Int(place->time)
      .Int(place->row_id)
      .Text(query.provider_account)
      .Int(states)
      .Int(*limit + 1);
  NotificationPage page;
  Place last;
  while (select.Row()) {
    if (static_cast<int>(page.rows.size()) == *limit) {
      page.next = last.ToString();
      return page;
    }
    page.rows.push_back(ReadNotification(select));
    last = {ToStored(page.rows.back().receive_time), select.GetInt(16)};
  }
  if (select.code() != SQLITE_OK) return connection.ReadError(select.code());
  return page;
}

absl::StatusOr<std::optional<std::string>> GetSettingValue(Connection& connection,
                                                           std::string_view key) {
  Statement get = connection.Use(kGetSetting);
  get.Text(key);
  if (get.Row()) return get.GetString(0);
  if (get.code() != SQLITE_OK) return connection.ReadError(get.code());
  return std::nullopt;
}

}  // namespace sluice::store::sqlite
