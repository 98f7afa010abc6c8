// Reads NICEPAY's replies: a complete answer, the result code, then whether it is about what was
// asked. Replies are not signed: TLS alone says from whom they are.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include "providers/api/operation.h"
#include "providers/api/outcome.h"
#include "providers/nicepay/account.h"
#include "server/wire/http.h"

namespace sluice::nicepay {

// Total. After a registration the step has the payment call of a wallet that needs one: in the
// background for a push, inline where it brings the links. An inquiry about an order without links
// brings a second request for them.
Step InterpretReply(const Account& account, const Operation& operation, const CallContext& context,
                    const HttpReply& reply);

}  // namespace sluice::nicepay
