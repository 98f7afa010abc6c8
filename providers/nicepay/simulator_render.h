// What the simulated NICEPAY writes: answers, callbacks and notifications, key for key as
// documented.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>
#include <string_view>

#include "providers/nicepay/simulator_model.h"
#include "server/wire/form.h"
#include "server/wire/json.h"

namespace sluice::nicepay::simulator {

std::string JakartaDate(absl::Time time);       // yyyyMMdd
std::string JakartaClock(absl::Time time);      // HHmmss
std::string JakartaTimeStamp(absl::Time time);  // yyyyMMddHHmmss

Json Failure(std::string_view code);
Json RegistrationAnswer(const Transaction& transaction);
// `app_url` empty: null.
Json OpenedAnswer(const Transaction& transaction, std::string_view app_url,
                  std::string_view http_url);
Json InquiryAnswer(const Transaction& transaction, std::string_view cancel_amt_key);
Json CancelAnswer(const Transaction& transaction, const CancelTerms& terms,
                  std::string_view cancel_t_xid, absl::Time now);
// Of linkEnable; `url_key` empty: without the URL.
Json LinkAnswer(const Link& link, std::string_view url_key, std::string_view url);
Json LinkedPaymentAnswer(const Transaction& transaction, std::string_view url_key,
                         std::string_view url);
// Keys that belong to other payment methods, as null, added to an answer.
void AddOtherChannelKeys(Json* answer);

// What a return to the shop carries.
FormFields CallbackFields(const Transaction& transaction, std::string_view code);
FormFields CallbackFields(const Link& link);
// The code of a return in the present status.
std::string_view CallbackCode(const Transaction& transaction);

// `status` is the notification's own: 0 deposit, 1 reversal. An empty `token`: none is sent.
FormFields NotificationFields(const Transaction& transaction, std::string_view status,
                              const std::string& token);
FormFields NotificationFields(const Link& link, const std::string& token);

// `url` with fields added after the query it has and before its fragment; the rest stays as it is.
std::string WithQuery(std::string_view url, const FormFields& fields);

}  // namespace sluice::nicepay::simulator
