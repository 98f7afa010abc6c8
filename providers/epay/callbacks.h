// EPAY's callbacks: form fields, verified over all of them, then read.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include "absl/status/statusor.h"
#include "providers/api/notification.h"
#include "providers/epay/account.h"
#include "server/wire/form.h"
#include "server/wire/http.h"
#include "server/wire/json.h"

namespace sluice::epay {

// The fields that a callback's signature covers, as one object of texts: all but `sign` and the two
// that EPAY's own plugin leaves out.
Json SignedFields(const FormFields& fields);

// UNAUTHENTICATED or INVALID_ARGUMENT with a word of notification_reason as its message; with a
// hint when the signature is missing or wrong, but a payout is named.
absl::StatusOr<Notification> ReadCallback(const Account& account, const RawRequest& request);

// 200 `success` once durable; anything else makes EPAY send again.
HttpReply AcknowledgeCallback(NotificationResult result);

// Why a callback does or does not verify: the text that is signed, with the key and personal data
// masked, and which other reading would fit.
Diagnosis DiagnoseCallback(const Account& account, const RawRequest& request);

}  // namespace sluice::epay
