// NICEPAY's result codes (resultCd) as its documents list them.
//
// Threads: constants and pure functions. Ownership: none.

#pragma once

#include <string_view>

namespace sluice::nicepay::simulator {

inline constexpr std::string_view kSuccess = "0000";
inline constexpr std::string_view kDataError = "8003";  // The message cannot be read.
inline constexpr std::string_view kUnknownTransaction = "8004";
inline constexpr std::string_view kFullCancelError = "8061";
inline constexpr std::string_view kFullCancelMid = "8063";
inline constexpr std::string_view kFullCancelTransaction = "8064";
inline constexpr std::string_view kPartialCancelMid = "8065";
inline constexpr std::string_view kPartialCancelTransaction = "8066";
inline constexpr std::string_view kInvalidOrder = "9003";
inline constexpr std::string_view kNoNumberLeft = "9006";
inline constexpr std::string_view kNoAmount = "9007";
inline constexpr std::string_view kBadAmount = "9008";
inline constexpr std::string_view kReferenceUsed = "9009";
inline constexpr std::string_view kBadToken = "9010";
inline constexpr std::string_view kUnknownMid = "9011";
inline constexpr std::string_view kMethodNotActive = "9012";
inline constexpr std::string_view kNoCurrency = "9013";
inline constexpr std::string_view kNoReference = "9014";
inline constexpr std::string_view kNoGoodsName = "9015";
inline constexpr std::string_view kNoBillingName = "9016";
inline constexpr std::string_view kNoBillingPhone = "9017";
inline constexpr std::string_view kNoBillingEmail = "9018";
inline constexpr std::string_view kNoCallbackUrl = "9019";
inline constexpr std::string_view kNoNotificationUrl = "9020";
inline constexpr std::string_view kBadCart = "9022";
inline constexpr std::string_view kCartSum = "9023";
inline constexpr std::string_view kNoUserIp = "9024";
inline constexpr std::string_view kNoBillingCity = "9025";
inline constexpr std::string_view kNoBillingState = "9026";
inline constexpr std::string_view kNoBillingPostCode = "9027";
inline constexpr std::string_view kNoBillingCountry = "9028";
inline constexpr std::string_view kDateTimeCheck = "9031";
inline constexpr std::string_view kReferenceTooLong = "9109";
inline constexpr std::string_view kBadCancelType = "9301";
inline constexpr std::string_view kBadCancelAmount = "9312";
inline constexpr std::string_view kNotCancellable = "9314";
inline constexpr std::string_view kDuplicateCancel = "9315";
inline constexpr std::string_view kCancelTooLarge = "9319";
inline constexpr std::string_view kFullAfterPartial = "9320";
inline constexpr std::string_view kCancelNotPositive = "9321";
inline constexpr std::string_view kCannotCancel = "9331";
inline constexpr std::string_view kCannotCancelPartially = "9332";
inline constexpr std::string_view kCancelPeriodOver = "9334";
inline constexpr std::string_view kInvalidParameter = "9751";
inline constexpr std::string_view kPaymentFailed = "9752";

// The message of a code, in short; "" when the documents do not name it.
std::string_view MessageOf(std::string_view code);

}  // namespace sluice::nicepay::simulator
