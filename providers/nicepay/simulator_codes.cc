#include "providers/nicepay/simulator_codes.h"

namespace sluice::nicepay::simulator {
namespace {

struct Entry {
  std::string_view code, message;
};

// What an e-wallet merchant can meet. Callers must not depend on the wording.
constexpr Entry kMessages[] = {
    {"0000", "SUCCESS"},
    {"1001", "Connection error"},
    {"1002", "Socket error"},
    {"1003", "Server error"},
    {"1004", "Timeout error"},
    {"8001", "Order registration error."},
    {"8002", "Order inquiry error."},
    {"8003", "Order registration data error."},
    {"8004", "The tXid error during the order inquiry."},
    {"8061", "Full cancel error."},
    {"8062", "Partial cancel error."},
    {"8063", "The MID error during the full cancel."},
    {"8064", "The tXid error during the full cancel."},
    {"8065", "The MID error during the partial cancel."},
    {"8066", "The tXid error during the partial cancel."},
    {"8067", "The amount error during the partial cancel."},
    {"9001", "Failed to register the order."},
    {"9002", "Server is busy. Please try again in a few minutes."},
    {"9003", "Invalid Order."},
    {"9004", "Error on inquiry of order confirmation."},
    {"9005", "Failed to check status."},
    {"9006", "Transaction number generation error."},
    {"9007", "Undefined: [amt]."},
    {"9008", "Invalid Request Amount. Only digits, no decimals."},
    {"9009", "Reference Number already exist."},
    {"9010", "Invalid Merchant Token."},
    {"9011", "Invalid MID. Merchant is not registered."},
    {"9012", "This payment method is currently not activated."},
    {"9013", "Undefined: [currency]."},
    {"9014", "Undefined: [referenceNo]."},
    {"9015", "Undefined: [goodsNm]."},
    {"9016", "Undefined: [billingNm]."},
    {"9017", "Undefined: [billingPhone]."},
    {"9018", "Undefined: [billingEmail]."},
    {"9019", "Undefined: [callBackUrl]."},
    {"9020", "Undefined: [dbProcessUrl]."},
    {"9021", "Failed in inquiring the merchant's settings."},
    {"9022", "Invalid [cartData]: not valid JSON."},
    {"9023", "Invalid [cartData]: its sum differs from [amt]."},
    {"9024", "Undefined: [userIP]."},
    {"9025", "Undefined: [billingCity]."},
    {"9026", "Undefined: [billingState]."},
    {"9027", "Undefined: [billingPostCd]."},
    {"9028", "Undefined: [billingCountry]."},
    {"9030", "Transaction Fail. Please check information."},
    {"9031", "Date/Time check."},
    {"9109", "[referenceNo] is longer than 40 characters."},
    {"9301", "Invalid Cancel Type."},
    {"9312", "No cancellation amount, or it is not a number."},
    {"9314", "Can not cancel this transaction."},
    {"9315", "Duplicate cancellation."},
    {"9319", "The amount is larger than what can be cancelled."},
    {"9320", "Can not cancel in full what is already partially cancelled."},
    {"9321", "The amount must be greater than zero."},
    {"9331", "The merchant can not cancel."},
    {"9332", "The merchant can not cancel partially."},
    {"9333", "The merchant can not cancel (debt restriction)."},
    {"9334", "The cancellation period is over."},
    {"9501", "Invalid transaction number."},
    {"9502", "Transaction not allowed."},
    {"9503", "The store is stopped or terminated."},
    {"9504", "No off-us information."},
    {"9505", "No bank information."},
    {"9506", "No payment method information."},
    {"9507", "HTTP timeout."},
    {"9750", "E-Wallet Generate ID Fail."},
    {"9751", "Invalid Parameter."},
    {"9752", "E-Wallet Payment Fail."},
};

}  // namespace

std::string_view MessageOf(std::string_view code) {
  for (const Entry& entry : kMessages) {
    if (entry.code == code) return entry.message;
  }
  return "";
}

}  // namespace sluice::nicepay::simulator
