// The requests of NICEPAY's V2 Direct API: registration, payment, inquiry, cancel.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "providers/api/operation.h"
#include "providers/nicepay/account.h"
#include "server/wire/http.h"

namespace sluice::nicepay {

// The request of the operation's step. Identical input gives identical bytes: each `timeStamp` is
// `context.now`. FAILED_PRECONDITION CAPABILITY_MISSING for what NICEPAY does not offer,
// STATE_FORBIDS where a transaction id or a mandate is needed and not known; INVALID_ARGUMENT for
// what NICEPAY would refuse.
absl::StatusOr<HttpRequest> BuildRequest(const Account& account, const Operation& operation,
                                         const CallContext& context);

// What a payment needs to know of a registered order.
struct Payment {
  std::string txid, reference_no, amount;
};
Payment PaymentOf(const Order& order);

// The URL that leads a payer's browser to the wallet.
std::string PaymentUrl(const Account& account, const Payment& payment, const Order& order,
                       const CallContext& context);

// The same as a call of ours. `as_json`: the answer is to hold links (ShopeePay). Else it may block
// until the payer has acted (OVO).
HttpRequest PaymentRequest(const Account& account, const Payment& payment, const Order& order,
                           const CallContext& context, bool as_json);

// Where the wallet sends the payer's browser: our return page, else the merchant's.
std::string_view CallBackUrl(const Order& order, const CallContext& context);

// --- Parts that the AstraPay calls share.

// As NICEPAY takes them; a registration must be on the wire at most once.
HttpRequest MakePost(const Account& account, std::string_view path, std::string_view content_type,
                     std::string body, const CallContext& context);

// INVALID_ARGUMENT or FAILED_PRECONDITION when the addresses that NICEPAY needs are not there.
absl::Status CheckAddresses(std::string_view callback_url, const CallContext& context);

}  // namespace sluice::nicepay
