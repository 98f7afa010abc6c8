// Reads what a merchant sends: JSON or form into fields, fields into terms, each by the documented
// table; what is wrong is one of NICEPAY's codes.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "providers/nicepay/simulator_model.h"
#include "server/wire/http.h"

namespace sluice::nicepay::simulator {

using Fields = std::map<std::string, std::string, std::less<>>;

// "" when there is none.
const std::string& Field(const Fields& fields, std::string_view name);

// A JSON object of strings and numbers (null counts as absent). Nothing when it is none.
std::optional<Fields> ReadJson(const RawRequest& request);

// The query of a GET; the body of a POST, as a form or, with `json_too`, as JSON.
std::optional<Fields> ReadForm(const RawRequest& request, bool json_too);

// The code that a missing or wrong timeStamp leads to, or kSuccess. `window` is infinite when the
// merchant's clock does not matter.
std::string_view CheckTimeStamp(const Fields& fields, absl::Time now, absl::Duration window);

// Each gives kSuccess, or the code of the first field that is missing or wrong.
std::string_view ReadRegistration(const Fields& fields, absl::Time now, PaymentTerms* terms);
std::string_view ReadLinkedPayment(const Fields& fields, PaymentTerms* terms);
std::string_view ReadLink(const Fields& fields, LinkTerms* terms);
std::string_view ReadCancel(const Fields& fields, CancelTerms* terms);

// Whole rupiah: one to twelve digits.
std::optional<int64_t> ReadAmount(std::string_view text);

// merchantToken: lower-case hex of SHA-256 over the parts, one after the other.
std::string MerchantToken(std::initializer_list<std::string_view> parts);

}  // namespace sluice::nicepay::simulator
