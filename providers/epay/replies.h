// Reads EPAY's replies. Only `data` is signed: neither the code nor the message is, so a success is
// judged by what is in `data`, and a refusal is believed only together with a query.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include "providers/api/operation.h"
#include "providers/api/outcome.h"
#include "providers/epay/account.h"
#include "server/wire/http.h"

namespace sluice::epay {

// Total. A create that is refused is Declined with `query_now`: the refusal counts when the query
// does not find the payout either. A query that is refused: see ReadQueryRefusal in replies.cc.
Step InterpretReply(const Account& account, const Operation& operation, const HttpReply& reply);

}  // namespace sluice::epay
