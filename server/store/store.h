// The durable store: resources, request ids, notifications and the event log, committed together.
//
// The store knows no business: a Record is a name, a few indexed columns and an opaque body. What
// the PostgreSQL store has to do as well is in tests/conformance/store.
//
// Threads: every method is safe from any thread. Commit never blocks; reads block on disk and
// belong on an executor. `done` runs on the writer's thread, after the commit is durable, in commit
// order: it must be short, and must not call Close. What is refused before it is queued (full,
// failing, closed, too large) is answered on the caller's thread before Commit returns: hold no
// lock there.
// Ownership: values in, values out.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/core/event.h"
#include "server/core/names.h"

namespace sluice::store {

// One resource (order, refund, payout or account link).
struct Record {
  ResourceKind kind = ResourceKind::kOrder;
  std::string name;  // Unique.
  std::string merchant;
  std::string parent;  // The order's name of a refund, else the merchant's name.
  std::string state;   // "AWAITING_PAYER"
  std::string provider_account;
  int64_t revision = 0;  // Of commits: see Put. Not the revision that callers see.
  absl::Time create_time, update_time;
  std::optional<absl::Time> due_time;       // The resolver's; indexed.
  bool in_flight = false;                   // Has an attempt SENDING; indexed, read at start.
  std::optional<absl::Time> unknown_since;  // Since when an outcome is unknown; indexed.
  std::string body;                         // core/codec
};

// Writes `record`. `expected_revision` is what the store must hold now: 0 means the name must not
// exist. The record's own revision is expected_revision + 1.
struct Put {
  Record record;
  int64_t expected_revision = 0;
};

// What a mutating call was, so that the same call again is recognised.
struct RequestKey {
  std::string merchant;
  std::string method;       // "CreateOrder"
  std::string request_id;   // Unique with merchant and method.
  std::string fingerprint;  // core/fingerprint: which content the id stands for.
  std::string resource_name;
};

// Leads from a provider's or our own number to a resource. A reference is never moved: adding one
// that exists for the same resource is no error, for another resource it is ALREADY_EXISTS.
struct Reference {
  std::string provider_account;
  std::string key;  // "create_order:ORD-1", "refund:19176...": app/references.h
  std::string resource_name;
};

enum class NotificationState {
  kReceived = 1,   // Verified and stored; not yet applied (e.g. the provider is asked first).
  kProcessed = 2,  // Applied.
  kDuplicate = 3,  // The same notice had been applied before.
  kUnmatched = 4,  // Verified, but no resource of this account has this number.
  kRejected = 5,   // Not believed: bad signature, wrong amount, currency or merchant, malformed.
};
std::string_view StateName(NotificationState state);  // "PROCESSED"

// One delivery of a notification, as received.
struct NotificationRow {
  std::string merchant;
  std::string id;  // Of the name; set by the app.
  std::string provider, provider_account;
  // Not empty: unique per account among rows that are not REJECTED; a second row with the same key
  // is refused with ALREADY_EXISTS, which is how a repeat is recognised in the same transaction.
  std::string dedup_key;
  NotificationState state = NotificationState::kReceived;
  std::string reason;         // Why REJECTED or UNMATCHED: a fixed word, see the proto.
  std::string resource_name;  // Empty when unmatched.
  std::string method, path, query, headers, body;  // Raw; `headers` one per line.
  std::string remote_address;
  absl::Time receive_time;
  int deliveries = 1;  // This one and the duplicates counted onto it.
};

// Takes away what need not be kept any longer: one small step, since it holds up its group.
// Records, request ids and references stay for ever.
struct Prune {
  // Events up to this position, which the caller has chosen to be few. Readers that are behind must
  // learn of it before this is committed.
  int64_t events_through = 0;
  // The first `max_notifications` notifications, in the order of their coming, as far as they came
  // before this. RECEIVED ones stay: somebody is at work on them.
  absl::Time notifications_before = absl::InfinitePast();
  int max_notifications = 0;
};

// All or nothing.
struct Transaction {
  std::vector<Put> puts;
  std::vector<EventDraft> events;
  std::optional<RequestKey> request;
  std::vector<Reference> references;
  std::vector<NotificationRow> notifications;  // Inserted.
  // state, reason and resource_name, by merchant and id.
  std::vector<NotificationRow> notification_updates;
  // Counts one more delivery onto the row with this account and dedup key.
  std::vector<std::pair<std::string, std::string>> notification_repeats;
  // Small named values: paused accounts, schema of the sandbox, ...
  std::vector<std::pair<std::string, std::string>> settings;  // An empty value deletes.
  std::optional<Prune> prune;
};

// Why a commit was refused: ABORTED (a revision was not as expected, or a notification to update or
// repeat is not there), ALREADY_EXISTS (name, request id, reference or notification key taken:
// metadata "taken" says which; wins over ABORTED), INVALID_ARGUMENT (malformed or too large),
// RESOURCE_EXHAUSTED (the writer's queue is full), UNAVAILABLE (closed, or the disk is full or
// failing: nothing of this transaction is visible, and later ones are refused until the store has
// recovered). Nothing was written. Only where UNAVAILABLE says side_effect=possible, a crash before
// the recovery may still make the transaction whole.
struct Committed {
  absl::Status status;
  std::vector<EventPtr> events;                         // With position and sequence, when OK.
  int64_t pruned_events = 0, pruned_notifications = 0;  // When OK, with Transaction::prune.
};
using CommitDone = absl::AnyInvocable<void(Committed)>;

struct ListQuery {
  ResourceKind kind = ResourceKind::kOrder;
  std::string parent;               // As Record::parent; of orders "merchants/m".
  std::vector<std::string> states;  // Empty: all.
  std::optional<absl::Time> create_time_from, create_time_before;
  int limit = 50;
  std::string after;  // Opaque page position from ListPage::next; empty: first page.
};
// Newest first.
struct ListPage {
  std::vector<Record> records;
  std::string next;  // Empty: no more.
};

// Resources with an outcome that has been unknown since before some time.
struct UnknownQuery {
  std::string merchant;  // Empty: all merchants.
  absl::Time unknown_before = absl::InfiniteFuture();
  int limit = 50;
  std::string after;  // ListPage::next.
};

struct NotificationQuery {
  std::string merchant;
  std::string provider_account;  // Empty: all.
  std::vector<NotificationState> states;
  int limit = 50;
  std::string after;
};
struct NotificationPage {
  std::vector<NotificationRow> rows;
  std::string next;
};

struct EventQuery {
  std::string merchant;  // Empty: all merchants.
  int64_t after_position = 0;
  int limit = 256;
};
struct LogBounds {
  int64_t oldest_position = 0;  // The oldest still kept; newest + 1 when none is.
  int64_t newest_position = 0;  // 0 when none was ever written.
};

struct StoreStats {          // Exact counters since start.
  int64_t commits = 0;       // Group commits (each one transaction of the database).
  int64_t transactions = 0;  // Transactions in them.
  int64_t syncs = 0;         // fsync and fdatasync calls of the database file and its WAL.
  int64_t refused_full = 0;
  int64_t queue_depth = 0;
  int64_t pruned_events = 0, pruned_notifications = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Queues `transaction`. `done` is called exactly once.
  virtual void Commit(Transaction transaction, CommitDone done) = 0;

  // Called on the writer's thread after each group commit and before its `done` callbacks, with the
  // events in order of position. Set once, before the first Commit.
  virtual void OnEvents(std::function<void(const std::vector<EventPtr>&)> listener) = 0;

  virtual absl::StatusOr<std::optional<Record>> Get(std::string_view name) = 0;
  virtual absl::StatusOr<ListPage> List(const ListQuery& query) = 0;

  // Resources with due_time <= now, the longest due first; without those of `except_accounts`.
  virtual absl::StatusOr<std::vector<Record>> ListDue(
      absl::Time now, int limit, const std::vector<std::string>& except_accounts) = 0;
  virtual absl::StatusOr<std::optional<absl::Time>> NextDue() = 0;
  // Resources with in_flight set, by name, after `after`: read at start.
  virtual absl::StatusOr<std::vector<Record>> ListInFlight(std::string_view after, int limit) = 0;

  // Those unknown the longest first.
  virtual absl::StatusOr<ListPage> ListUnknown(const UnknownQuery& query) = 0;
  virtual absl::StatusOr<std::optional<absl::Time>> OldestUnknown() = 0;

  virtual absl::StatusOr<std::optional<RequestKey>> FindRequest(std::string_view merchant,
                                                                std::string_view method,
                                                                std::string_view request_id) = 0;
  virtual absl::StatusOr<std::optional<std::string>> FindReference(
      std::string_view provider_account, std::string_view key) = 0;

  virtual absl::StatusOr<std::vector<EventPtr>> ReadEvents(const EventQuery& query) = 0;
  virtual absl::StatusOr<std::optional<EventPtr>> GetEvent(std::string_view merchant,
                                                           int64_t sequence) = 0;
  virtual absl::StatusOr<LogBounds> Bounds() = 0;

  virtual absl::StatusOr<std::optional<NotificationRow>> GetNotification(std::string_view merchant,
                                                                         std::string_view id) = 0;
  virtual absl::StatusOr<NotificationPage> ListNotifications(const NotificationQuery& query) = 0;

  virtual absl::StatusOr<std::optional<std::string>> GetSetting(std::string_view key) = 0;

  // A random id made when the store was created: cursors are bound to it.
  virtual std::string StoreId() const = 0;
  virtual StoreStats Stats() const = 0;

  // Commits what is queued, refuses more, closes. Idempotent.
  virtual void Close() = 0;
};

}  // namespace sluice::store
