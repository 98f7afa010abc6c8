// PayBy's return codes as its documents list them (head.code and head.msg).
//
// Threads: constants and pure functions. Ownership: none.

#pragma once

#include <string_view>

namespace sluice::payby::simulator {

struct ReturnCode {
  std::string_view code;
  std::string_view msg;

  bool ok() const { return code == "0"; }
  friend bool operator==(const ReturnCode&, const ReturnCode&) = default;
};

inline constexpr ReturnCode kSuccess{"0", "SUCCESS"};
inline constexpr ReturnCode kInvalidParameter{"400", "INVALID_PARAMETER"};
inline constexpr ReturnCode kRequestTimeTooEarly{"400", "REQUESTTIME_TOO_EARLY"};
inline constexpr ReturnCode kRequestTimeTooLater{"400", "REQUESTTIME_TOO_LATER"};
inline constexpr ReturnCode kRateLimitReject{"402", "RATE_LIMIT_REJECT"};
inline constexpr ReturnCode kUnauthorized{"403", "UNAUTHORIZED"};
inline constexpr ReturnCode kServiceNotAvailable{"404", "SERVICE_NOT_AVAILABLE"};
inline constexpr ReturnCode kSystemError{"500", "SYSTEM_ERROR"};
// The number is not documented: a placeholder in the range that the official client leaves to the
// gateway. Comes with applyStatus ERROR.
inline constexpr ReturnCode kVerifySignFail{"58000", "VERIFY_SIGN_FAIL"};
inline constexpr ReturnCode kOrderPaid{"62001", "ORDER_PAID"};
inline constexpr ReturnCode kOrderFailure{"62002", "ORDER_FAILURE"};
inline constexpr ReturnCode kOrderSettled{"62003", "ORDER_SETTLED"};
inline constexpr ReturnCode kMerchantOrderNoNotExist{"62004", "MERCHANT_ORDER_NO_NOT_EXIST"};
inline constexpr ReturnCode kRefundAmountExceeded{"62006", "REFUND_AMOUNT_EXCEEDED"};
inline constexpr ReturnCode kRefundNoNotExist{"62007", "REFUND_MERCHANT_ORDER_NO_NOT_EXIST"};
inline constexpr ReturnCode kExpiredTimeTooEarly{"62008", "EXPIREDTIME_LESS_THAN_REQUESTTIME"};
inline constexpr ReturnCode kExpiredTimeTooLater{"62009", "EXPIREDTIME_TOO_LATER"};
inline constexpr ReturnCode kPaySceneCodeIllegal{"62012", "PAYSCENECODE_ILLEGAL"};
inline constexpr ReturnCode kOrderNotPaid{"62015", "ORDER_NOT_PAID"};
inline constexpr ReturnCode kMerchantOrderNoExist{"62016", "MERCHANT_ORDER_NO_EXIST"};
inline constexpr ReturnCode kRefundNoExist{"62017", "REFUND_MERCHANT_ORDER_NO_EXIST"};
inline constexpr ReturnCode kPayeeMidNotExist{"62019", "PAYEEMID_NOT_EXIST"};
inline constexpr ReturnCode kProductNotApplied{"62026", "PRODUCT_IS_NOT_APPLIED"};
inline constexpr ReturnCode kOrderNoNotExist{"62035", "ORDER_NO_NOT_EXIST"};
inline constexpr ReturnCode kOrderRevoked{"62040", "ACQUIRE_ORDER_REVOKED"};
inline constexpr ReturnCode kOrderRefunded{"62041", "ACQUIRE_ORDER_REFUNDED"};
inline constexpr ReturnCode kRefundRejected{"62045", "REFUND_REJECTED"};
inline constexpr ReturnCode kInvalidOneTimePayment{"62073", "INVALID_ONE_TIME_PAYMENT"};
inline constexpr ReturnCode kMissingEWalletCode{"62080", "MISSING_EWALLET_CODE"};
inline constexpr ReturnCode kInvalidEWalletCode{"62081", "INVALID_EWALLET_CODE"};
inline constexpr ReturnCode kSharingMemberNotExist{"62083", "SHARING_MEMBER_NOT_EXIST"};
inline constexpr ReturnCode kInvalidPayeeMid{"62086", "INVALID_PAYEEMID"};

// The documented message of a code; "" when the documents do not name it. Of the three messages of
// 400 the general one.
std::string_view MessageOf(std::string_view code);

// Whether an answer with this code carries a signature: successes and 62xxx do; the gateway's own
// codes do not.
bool IsSigned(std::string_view code);

}  // namespace sluice::payby::simulator
