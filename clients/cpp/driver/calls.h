// The unary methods by the names that commands use.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>

#include "driver/json.h"
#include "sluice/client/client.h"

namespace sluice::client::driver {

// Calls "OrderService/CreateOrder" with a request in JSON; the answer line's content.
Json CallByName(Client& client, const std::string& method, const Json& request,
                const CallOptions& options);

}  // namespace sluice::client::driver
