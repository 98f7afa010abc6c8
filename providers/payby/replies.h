// Reads PayBy's replies: verify the bytes, then parse, then compare with what was asked for.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include "providers/api/operation.h"
#include "providers/api/outcome.h"
#include "providers/payby/account.h"
#include "server/wire/http.h"

namespace sluice::payby {

// Total. A query's answer is Accepted when it can be believed, also when PayBy does not know the
// number (Report::kNotFound); a query that was refused is Unknown: it says nothing of the order.
Step InterpretReply(const Account& account, const Operation& operation, const HttpReply& reply);

}  // namespace sluice::payby
