// Decisions: what becomes of a resource when something is asked of it or learned about it.
//
// The Decide functions (order_decide.h, ...) are pure: a subject, an input, the time and the
// provider's policy give a decision. The engine commits what it says, and only then does what it
// says comes next. Nothing here knows a provider by name, the store or a clock.
//
// Threads: pure functions, plain values. Subjects share immutable resources by shared_ptr.
// Ownership: values.

#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/core/facts.h"
#include "server/core/names.h"
#include "server/core/resources.h"
#include "server/core/schedule.h"

namespace sluice {

// What a decision is about: one resource; of a refund its order as well, because they change
// together. The pointers of other kinds are null.
struct Subject {
  ResourceKind kind = ResourceKind::kOrder;
  std::shared_ptr<const Order> order;
  std::shared_ptr<const Refund> refund;
  std::shared_ptr<const Payout> payout;
  std::shared_ptr<const AccountLink> account_link;

  // Whether there is a resource: false for a subject that is still empty.
  bool Named() const;
  // The resource itself (for kRefund: the refund). Must be set.
  const ResourceBase& base() const;
  std::string Name() const;
  // "AWAITING_PAYER"
  std::string_view state_name() const;
};

// How something became known. A query's answer is the provider's present view; a notification may
// be old or out of order, so a contradiction in it is first asked about.
enum class Source { kCall, kQuery, kNotification };

// The answer to attempt `attempt`. With `more`, a further request of the same call is about to be
// sent: what is certain so far is kept, and the attempt goes on. With `push`, the answer is whole,
// and a further request is about to run behind it.
struct AttemptAnswered {
  int attempt = 0;
  Outcome outcome;
  bool more = false;
  bool push = false;
};

// The request behind a call has ended, and may have brought facts. Without, the provider is asked.
struct PushEnded {
  int attempt = 0;
  Facts facts;
  bool query_now = false;
};

// The provider has said something: an answer to a query, a notification, or what came of a request
// that ran in the background of a call that had been answered.
struct FactsReported {
  Source source = Source::kQuery;
  Facts facts;
  std::string provider_key;  // Under which the provider knows it; empty: not said.
  // Of a query: it does not answer all that is in doubt (asked before the newest notification, or
  // about one of several numbers).
  bool leaves_doubt = false;
};

// Asked, and no usable answer. `doubt`: for a notification that still waits for one.
struct QueryTaughtNothing {
  bool doubt = false;
};
// A notification is to be confirmed by a query before it is believed. `again`: it has been waiting
// for that (since before a restart, say), and its horizon does not begin anew.
struct ToBeConfirmed {
  bool again = false;
};
struct CancelRequested {
  std::string traceparent;
};
struct RevokeRequested {
  std::string traceparent;
};
// A person has established what came of an attempt that is UNKNOWN.
struct AttemptResolved {
  int attempt = 0;
  bool confirmed = false;  // Else rejected.
  std::string resolved_by, evidence;
  std::string provider_number;  // Empty: not said. Only with `confirmed`.
};
struct ComeDue {};    // `due_time` has passed.
struct Restarted {};  // The process begins; what was SENDING has lost its answer.
struct KeyTaken {};   // The new attempt's number belongs to another resource: nothing was sent.
// A link: what became of the payer's older links, or of this one.
struct SuccessionSettled {
  bool stands = true;  // False: a newer link of the same payer stands instead.
};

using Input = std::variant<AttemptAnswered, PushEnded, FactsReported, QueryTaughtNothing,
                           ToBeConfirmed, CancelRequested, RevokeRequested, AttemptResolved,
                           ComeDue, Restarted, KeyTaken, SuccessionSettled>;

struct EmittedEvent {
  std::string_view type;                     // event_type::...
  ResourceKind kind = ResourceKind::kOrder;  // Which resource of the subject.
};

struct Decision {
  // Not OK: what was asked for is not possible now; nothing changes.
  absl::Status refusal;
  // Resources that changed are new objects with the next revision, the others the same pointers.
  Subject after;
  bool changed = false;
  std::vector<EmittedEvent> events;
  // After the commit: send this attempt (its `provider_key` may still be empty: the engine fills it
  // in before the commit). 0: none.
  int send_attempt = 0;
  // After the commit: send the request behind this attempt once more. 0: none.
  int send_push = 0;
  // After the commit: ask the provider.
  bool query = false;
  // After the commit: end the older links of the same payer.
  bool settle_succession = false;
  // Not null: the facts were not believed, one of "AMOUNT_MISMATCH", "CURRENCY_MISMATCH",
  // "RECEIVER_MISMATCH".
  const char* disbelief = nullptr;

  // Whether an event of it is of that kind of resource.
  bool Tells(ResourceKind kind) const {
    return std::any_of(events.begin(), events.end(),
                       [kind](const EmittedEvent& event) { return event.kind == kind; });
  }
};

// Decides for a subject of any kind.
Decision Decide(const Subject& before, const Input& input, const FlowPolicy& policy,
                absl::Time now);

// Whether there is anything that a query could still teach about it (final resources: no).
bool IsSettled(const Subject& subject);

// Settled, or in a state that nothing is expected to end soon: PAID, ACTIVE.
bool IsAtRest(const Subject& subject);

// Begin: the resource as validated, with everything but state, attempts and times filled in,
// becomes SUBMITTING with its first attempt SENDING.
Decision BeginOrder(Order order, absl::Time now);
Decision BeginPayout(Payout payout, absl::Time now);
Decision BeginAccountLink(AccountLink link, absl::Time now);
// `order` is the refund's; an empty amount means all that is left. Refuses with STATE_FORBIDS or
// REFUND_EXCEEDS_PAID.
Decision BeginRefund(Refund refund, std::shared_ptr<const Order> order, absl::Time now);

// paid - refunded - refund_pending of a PAID order; zero otherwise.
Money Refundable(const Order& order);

}  // namespace sluice
