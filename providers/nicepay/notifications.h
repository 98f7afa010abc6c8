// NICEPAY's notifications of payments: verify the token, then read. It covers neither the status
// nor the number, so nothing is believed that the inquiry has not confirmed. Notifications of links
// are handed on to astrapay_link.h.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include "absl/status/statusor.h"
#include "providers/api/notification.h"
#include "providers/api/operation.h"
#include "providers/nicepay/account.h"
#include "server/wire/http.h"

namespace sluice::nicepay {

// UNAUTHENTICATED or INVALID_ARGUMENT with a word of notification_reason as its message.
absl::StatusOr<Notification> ReadNotificationOf(const Account& account, const RawRequest& request);

// 200 once durable; anything else makes NICEPAY send again.
HttpReply AcknowledgeNotification(NotificationResult result);

// Why a token does or does not fit: what was concatenated, with the key and personal data masked,
// and which other reading would fit.
Diagnosis DiagnoseNotification(const Account& account, const RawRequest& request);

}  // namespace sluice::nicepay
