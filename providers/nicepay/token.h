// merchantToken and the texts that go into it: lower-case hexadecimal SHA-256 over a concatenation
// that ends in the merchant key, one formula for each call.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "providers/nicepay/account.h"
#include "server/core/money.h"

namespace sluice::nicepay {

// "20260115103000": always Jakarta's time (UTC+7, without summer time).
std::string TimeStamp(absl::Time time);

// transDt ("20260115") and transTm ("103000"); nullopt when they are not a time.
std::optional<absl::Time> ReadTime(std::string_view date, std::string_view time);

// Whole rupiah, digits only: "15000".
std::string AmountText(const Money& amount);

// Registration, payment and inquiry: timeStamp + iMid + referenceNo + amt + key.
std::string OrderToken(const Account& account, std::string_view time_stamp,
                       std::string_view reference_no, std::string_view amount);
// Cancel: timeStamp + iMid + tXid + amt + key; `amount` is what is cancelled.
std::string CancelToken(const Account& account, std::string_view time_stamp, std::string_view txid,
                        std::string_view amount);
// linkEnable, and notifications of links: iMid + referenceNo + billingPhone + key.
std::string LinkToken(const Account& account, std::string_view reference_no,
                      std::string_view billing_phone);
// linkInitiate: iMid + referenceNo + amt + key.
std::string InitiateToken(const Account& account, std::string_view reference_no,
                          std::string_view amount);
// Notifications of payments: iMid + tXid + amt + key.
std::string NotificationToken(const Account& account, std::string_view txid,
                              std::string_view amount);

}  // namespace sluice::nicepay
