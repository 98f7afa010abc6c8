// Writes PayBy's JSON: orders, refunds, answers and notifications.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "providers/payby/simulator_codes.h"
#include "providers/payby/simulator_model.h"
#include "server/wire/json.h"

namespace sluice::payby::simulator {

// How amounts are written: both occur in PayBy's answers, and mean the same.
enum class AmountText { kShort, kFull };  // 10 and 0.1, or 10.00 and 0.10

// Notifications leave the settlement amount out.
enum class For { kAnswer, kNotification };

Json AcquireOrder(const Order& order, For use, AmountText amounts);
Json RefundOrder(const Refund& refund, AmountText amounts);
Json RefundSummary(const Refund& refund, AmountText amounts);

// {"tokenUrl": ...} or {"deepLink": ...}, by the order's scene.
Json InterActionParams(const Order& order, std::string_view link);
// The link of the documented shape and host.
std::string DocumentedLink(const Order& order, std::string_view token, absl::Time now);

// {"head": ..., "body": ...}. `body` is left out when null.
std::string Answer(std::string_view apply_status, ReturnCode code, std::string_view trace_code,
                   Json body);

// The body of a notification about `resource`, which becomes the member `name`.
std::string NotificationBody(std::string_view notify_id, absl::Time time, std::string_view name,
                             Json resource);

}  // namespace sluice::payby::simulator
