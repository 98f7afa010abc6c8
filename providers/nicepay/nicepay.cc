#include "providers/nicepay/nicepay.h"

#include <utility>

#include "providers/nicepay/calls.h"
#include "providers/nicepay/fields.h"
#include "providers/nicepay/notifications.h"
#include "providers/nicepay/replies.h"
#include "providers/nicepay/requests.h"
#include "providers/nicepay/wallets.h"

namespace sluice::nicepay {

NicePay::NicePay(Account account)
    : account_(std::move(account)), descriptor_(MakeDescriptor(account_)) {}

absl::Status NicePay::Validate(const Operation& operation) const {
  if (absl::Status status = ValidateFields(operation); !status.ok()) return status;
  return CheckNoOtherRefund(operation);
}

std::string NicePay::ProviderKey(const Operation& operation, int abandoned) const {
  return ReferenceNo(operation, abandoned);
}

absl::StatusOr<HttpRequest> NicePay::Build(const Operation& operation,
                                           const CallContext& context) const {
  return BuildRequest(account_, operation, context);
}

Step NicePay::Interpret(const Operation& operation, const CallContext& context,
                        const HttpReply& reply) const {
  return InterpretReply(account_, operation, context, reply);
}

absl::StatusOr<Notification> NicePay::ReadNotification(const RawRequest& request,
                                                       const CallContext&) const {
  return ReadNotificationOf(account_, request);
}

HttpReply NicePay::Acknowledge(NotificationResult result) const {
  return AcknowledgeNotification(result);
}

Diagnosis NicePay::Diagnose(const RawRequest& request, const CallContext&) const {
  return DiagnoseNotification(account_, request);
}

}  // namespace sluice::nicepay
