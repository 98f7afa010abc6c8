// The store's reads, each one statement on a connection of the reader pool: so each sees one state.
//
// Threads: pure functions on a connection of the caller's.
// Ownership: values.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/sqlite/connection.h"
#include "server/store/store.h"

namespace sluice::store::sqlite {

// More rows than this are never read at once, whatever the caller's limit: it bounds the memory and
// the time for which one read keeps the log from starting over.
inline constexpr int kMaxRows = 10'000;

absl::StatusOr<std::optional<Record>> GetRecord(Connection& connection, std::string_view name);
absl::StatusOr<ListPage> ListRecords(Connection& connection, const ListQuery& query);
absl::StatusOr<std::vector<Record>> ListDueRecords(Connection& connection, absl::Time now,
                                                   int limit,
                                                   const std::vector<std::string>& except_accounts);
absl::StatusOr<std::optional<absl::Time>> NextDueTime(Connection& connection);
absl::StatusOr<std::vector<Record>> ListInFlightRecords(Connection& connection,
                                                        std::string_view after, int limit);
absl::StatusOr<ListPage> ListUnknownRecords(Connection& connection, const UnknownQuery& query);
absl::StatusOr<std::optional<absl::Time>> OldestUnknownTime(Connection& connection);
absl::StatusOr<std::optional<RequestKey>> FindRequestKey(Connection& connection,
                                                         std::string_view merchant,
                                                         std::string_view method,
                                                         std::string_view request_id);
absl::StatusOr<std::optional<std::string>> FindReferenced(Connection& connection,
                                                          std::string_view provider_account,
                                                          std::string_view key);
absl::StatusOr<std::vector<EventPtr>> ReadLog(Connection& connection, const EventQuery& query);
absl::StatusOr<std::optional<EventPtr>> GetLogEvent(Connection& connection,
                                                    std::string_view merchant, int64_t sequence);
absl::StatusOr<LogBounds> ReadBounds(Connection& connection);
absl::StatusOr<std::optional<NotificationRow>> GetNotificationRow(Connection& connection,
                                                                  std::string_view merchant,
                                                                  std::string_view id);
absl::StatusOr<NotificationPage> ListNotificationRows(Connection& connection,
                                                      const NotificationQuery& query);
absl::StatusOr<std::optional<std::string>> GetSettingValue(Connection& connection,
                                                           std::string_view key);

}  // namespace sluice::store::sqlite
