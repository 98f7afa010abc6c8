#include "providers/payby/simulator_codes.h"

namespace sluice::payby::simulator {
namespace {

// Every documented code of the calls simulated, also those that only a fault brings about.
constexpr ReturnCode kDocumented[] = {
    kSuccess,
    kInvalidParameter,
    kRateLimitReject,
    kUnauthorized,
    kServiceNotAvailable,
    kSystemError,
    {"504", "SERVICE_TIMEOUT"},
    {"601", "RISK_FAIL"},
    kVerifySignFail,
    kOrderPaid,
    kOrderFailure,
    kOrderSettled,
    kMerchantOrderNoNotExist,
    kRefundAmountExceeded,
    kRefundNoNotExist,
    kExpiredTimeTooEarly,
    kExpiredTimeTooLater,
    kPaySceneCodeIllegal,
    kOrderNotPaid,
    kMerchantOrderNoExist,
    kRefundNoExist,
    {"62018", "PAYERMID_NOT_EXIST"},
    kPayeeMidNotExist,
    {"62020", "PAYERMID_PAYEEMID_ARE_SAME"},
    kProductNotApplied,
    {"62030", "ORDER_BANK_FAIL"},
    {"62031", "MISSING_IAP_DEVICE_ID"},
    {"62032", "MISSING_APP_ID"},
    {"62033", "MISSING_AUTHCODE"},
    {"62034", "INVALID_APP_ID"},
    kOrderNoNotExist,
    {"62036", "MERCHANT_DEVICE_NOT_EXIST"},
    {"62037", "DEVICE_ACCESS_FORBIDDEN"},
    {"62038", "INVALID_SECONDARY_MERCHANT"},
    {"62039", "REVOKE_FAILURE"},
    kOrderRevoked,
    kOrderRefunded,
    {"62042", "MISSING_AUTH_PROTOCOL_NO"},
    {"62043", "MISSING_BUSINESS_TYPE"},
    {"62044", "INVALID_BUSINESS_TYPE"},
    kRefundRejected,
    {"62046", "REVOKE_REJECTED"},
    {"62072", "MISSING_REDIRECT_URL"},
    kInvalidOneTimePayment,
    kMissingEWalletCode,
    kInvalidEWalletCode,
    {"62082", "TOKEN_URL_NOT_EXIST"},
    kSharingMemberNotExist,
    {"62084", "REFUND_SHARING_MEMBER_MISMATCH"},
    {"62085", "MISSING_PROTOCOL_SCENE_CODE"},
    kInvalidPayeeMid,
    {"62087", "INVALID_TYPE"},
    {"62088", "MISSING_UNIQUE_ID"},
    {"62089", "INVALID_EXPIRED_TIME"},
};

}  // namespace

std::string_view MessageOf(std::string_view code) {
  for (const ReturnCode& known : kDocumented) {
    if (known.code == code) return known.msg;
  }
  return "";
}

bool IsSigned(std::string_view code) {
  return code == kSuccess.code || (code.size() == 5 && code.substr(0, 2) == "62");
}

}  // namespace sluice::payby::simulator
