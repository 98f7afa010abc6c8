// The API's messages to core's values and back: the one place where both are known.
//
// From proto: checks what can be checked by looking at the message alone (enums, times, names of
// other merchants); the rules of the business are the app's. Output-only fields are ignored.
// To proto: never writes input-only fields. A value without a meaning in the API is left unset.
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/notifications.h"
#include "server/app/payouts.h"
#include "server/app/provider_accounts.h"
#include "server/core/event.h"
#include "server/core/event_filter.h"
#include "server/core/resources.h"
#include "sluice/v1/account_link.pb.h"
#include "sluice/v1/event.pb.h"
#include "sluice/v1/notification.pb.h"
#include "sluice/v1/order.pb.h"
#include "sluice/v1/payout.pb.h"
#include "sluice/v1/provider.pb.h"
#include "sluice/v1/refund.pb.h"

namespace sluice::rpc {

// --- To proto -------------------------------------------------------------------------------

void ToProto(const Money& money, v1::Money* out);
void ToProto(absl::Time time, google::protobuf::Timestamp* out);
void ToProto(absl::Duration duration, google::protobuf::Duration* out);
void ToProto(const Failure& failure, v1::Failure* out);
void ToProto(const Attempt& attempt, v1::Attempt* out);
void ToProto(const NextAction& next_action, v1::NextAction* out);  // Without svg.
void ToProto(const Order& order, v1::Order* out);
void ToProto(const Refund& refund, v1::Refund* out);
void ToProto(const Payout& payout, v1::Payout* out);
void ToProto(const AccountLink& link, v1::AccountLink* out);
void ToProto(const app::PayoutLimitsAnswer& limits, std::string_view merchant,
             v1::GetPayoutLimitsResponse* out);
void ToProto(const Descriptor& descriptor, v1::Provider* out);  // Without accounts.
void ToProto(const app::ProviderAccount& account, v1::ProviderAccount* out);
void ToProto(const store::NotificationRow& row, bool with_request, v1::Notification* out);
void ToProto(const Diagnosis& diagnosis, v1::DiagnoseNotificationResponse* out);

// INTERNAL when the event's body is not one of ours.
absl::Status ToProto(const Event& event, v1::Event* out);

// --- From proto -----------------------------------------------------------------------------

// `field` is the path that errors name. INVALID_ARGUMENT; PERMISSION_DENIED for a name of another
// merchant than `merchant`.
absl::StatusOr<absl::Time> TimeFromProto(const google::protobuf::Timestamp& time,
                                         std::string_view field);
absl::StatusOr<absl::Duration> DurationFromProto(const google::protobuf::Duration& duration,
                                                 std::string_view field);
Money MoneyFromProto(const v1::Money& money);
absl::StatusOr<Order> OrderFromProto(std::string_view merchant, std::string_view id,
                                     const v1::Order& order);
absl::StatusOr<Refund> RefundFromProto(std::string_view merchant, std::string_view order_id,
                                       std::string_view id, const v1::Refund& refund);
absl::StatusOr<Payout> PayoutFromProto(std::string_view merchant, std::string_view id,
                                       const v1::Payout& payout);
absl::StatusOr<AccountLink> AccountLinkFromProto(std::string_view merchant, std::string_view id,
                                                 const v1::AccountLink& link);

// Empty text gives an empty id; else the name of a provider account of `merchant`.
absl::StatusOr<std::string> ProviderAccountFromProto(std::string_view merchant,
                                                     std::string_view name, std::string_view field);

// Validated (types exist, the prefix is a name).
absl::StatusOr<EventFilter> FilterFromProto(const v1::EventFilter& filter, std::string_view field);

}  // namespace sluice::rpc
