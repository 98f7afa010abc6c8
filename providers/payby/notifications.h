// PayBy's notifications of payments and refunds: verify the raw bytes, then read.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include "absl/status/statusor.h"
#include "providers/api/notification.h"
#include "providers/payby/account.h"
#include "server/wire/http.h"

namespace sluice::payby {

// UNAUTHENTICATED or INVALID_ARGUMENT with a word of notification_reason as its message.
absl::StatusOr<Notification> ReadNotificationOf(const Account& account, const RawRequest& request);

// 200 {"response":"SUCCESS"} once durable; anything else makes PayBy send again.
HttpReply AcknowledgeNotification(NotificationResult result);

// Why a notification does or does not verify: sizes, fingerprints and which near-by reading of the
// bytes would verify. Never the body or the signature.
Diagnosis DiagnoseNotification(const Account& account, const RawRequest& request);

}  // namespace sluice::payby
