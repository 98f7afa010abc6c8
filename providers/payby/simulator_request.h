// Reads and checks what a merchant sends: the envelope and the bizContent of each operation.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <cstdint>
#include <string>

#include "providers/payby/simulator_codes.h"
#include "providers/payby/simulator_model.h"
#include "server/wire/json.h"

namespace sluice::payby::simulator {

// One of the two numbers.
struct NumberPair {
  std::string merchant_no;
  std::string provider_no;
};

// Each fills `out` and gives kSuccess, or the code of the first rule broken.
ReturnCode ReadOrderTerms(const Json& biz_content, int64_t request_time_ms, OrderTerms* out);
ReturnCode ReadRefundTerms(const Json& biz_content, RefundTerms* out);
// getOrder, cancelOrder, revokeOrder: merchantOrderNo xor orderNo.
ReturnCode ReadOrderNumbers(const Json& biz_content, NumberPair* out);
// refund/getOrder: refundMerchantOrderNo xor orderNo.
ReturnCode ReadRefundNumbers(const Json& biz_content, NumberPair* out);

}  // namespace sluice::payby::simulator
