// AstraPay's account linking (linkEnable, linkInitiate) and the notification of a link: the place
// for what NICEPAY's documents leave open, so that it can be changed when the real pages are seen.
// What is assumed is listed in README.md, with the settings that switch to other readings.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "providers/api/notification.h"
#include "providers/api/operation.h"
#include "providers/api/outcome.h"
#include "providers/nicepay/account.h"
#include "server/core/facts.h"
#include "server/wire/form.h"
#include "server/wire/http.h"
#include "server/wire/json.h"

namespace sluice::nicepay {

absl::StatusOr<HttpRequest> BuildLinkEnable(const Account& account, const Operation& operation,
                                            const CallContext& context);
// Needs the mandate of an active link: STATE_FORBIDS without it.
absl::StatusOr<HttpRequest> BuildLinkInitiate(const Account& account, const Operation& operation,
                                              const CallContext& context);

// A redirecting answer (302 with Location) in place of the JSON one, as if it were JSON: the URL
// and, where its query names it, tXid. nullopt: it is no such answer.
std::optional<Json> ReadRedirect(const Account& account, const HttpReply& reply);
// A successful answer to either call: whether it is about what was asked, and where the payer goes.
Step ReadLinkReply(const Account& account, const Operation& operation, const Json& reply);

// Whether a form is the notification of a link, not of a payment.
bool IsLinkNotification(const Account& account, const FormFields& fields);

// Verifies, then reads it. Errors as Provider::ReadNotification's.
absl::StatusOr<Notification> ReadLinkNotification(const Account& account, const FormFields& fields);

}  // namespace sluice::nicepay
