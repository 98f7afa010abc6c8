// What the callers of the load ask for.
//
// Threads: functions without state.
// Ownership: values.

#pragma once

#include <cstdint>
#include <string>

#include "sluice/v1/account_link.pb.h"
#include "sluice/v1/order.pb.h"
#include "sluice/v1/payout.pb.h"
#include "sluice/v1/refund.pb.h"

namespace sluice::crash {

std::string OrderName(const std::string& id);
std::string RefundName(const std::string& order, const std::string& id);
std::string PayoutName(const std::string& id);
std::string LinkName(const std::string& id);

// Of 'botim' in AED, else of a wallet in IDR; paid with `link` unless that is empty. Each has the
// request id "create-<id>".
v1::CreateOrderRequest MakeOrder(const std::string& id, const std::string& wallet,
                                 int64_t minor_units, const std::string& link = "");
v1::CreateRefundRequest MakeRefund(const std::string& order, const std::string& id,
                                   const std::string& currency_code, int64_t minor_units);
v1::CreatePayoutRequest MakePayout(const std::string& id, int64_t minor_units);
v1::CreateAccountLinkRequest MakeLink(const std::string& id);

}  // namespace sluice::crash
