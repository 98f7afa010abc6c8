#include "providers/epay/simulator_codes.h"

namespace sluice::epay::simulator {
namespace {

std::string_view MessageOf(int code) {
  switch (code) {
    case kSuccess:
      return "success";
    case kBadParameter:
      return "bad parameter";
    case kBadSign:
      return "sign error";
    case kUnknownAccount:
      return "epayAccount does not exist";
    case kIpNotAllowed:
      return "IP not allowed";
    case kDuplicateOrderNo:
      return "merchantOrderNo already exists";
    case kOrderNotFound:
      return "order not found";
    case kOutOfLimits:
      return "amount out of limits";
    case kBalanceTooLow:
      return "balance is too low";
    case kUnsupported:
      return "channel or currency not supported";
    case kBadVersion:
      return "bad version";
    case kSystemError:
      return "system error";
    default:
      return "refused";
  }
}

}  // namespace

Outcome Refused(int code) { return {code, std::string(MessageOf(code))}; }

Outcome BadParameter(std::string_view rule) { return {kBadParameter, std::string(rule)}; }

}  // namespace sluice::epay::simulator
