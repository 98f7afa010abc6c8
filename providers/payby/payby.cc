#include "providers/payby/payby.h"

#include <utility>

#include "providers/payby/descriptor.h"
#include "providers/payby/notifications.h"
#include "providers/payby/replies.h"
#include "providers/payby/requests.h"

namespace sluice::payby {

PayBy::PayBy(Account account)
    : account_(std::move(account)), descriptor_(MakeDescriptor(account_)) {}

absl::Status PayBy::Validate(const Operation& operation) const { return ValidateFields(operation); }

std::string PayBy::ProviderKey(const Operation& operation, int) const {
  return std::string(NumberOf(operation));
}

absl::StatusOr<HttpRequest> PayBy::Build(const Operation& operation,
                                         const CallContext& context) const {
  return BuildRequest(account_, operation, context);
}

Step PayBy::Interpret(const Operation& operation, const CallContext&,
                      const HttpReply& reply) const {
  return InterpretReply(account_, operation, reply);
}

absl::StatusOr<Notification> PayBy::ReadNotification(const RawRequest& request,
                                                     const CallContext&) const {
  return ReadNotificationOf(account_, request);
}

HttpReply PayBy::Acknowledge(NotificationResult result) const {
  return AcknowledgeNotification(result);
}

Diagnosis PayBy::Diagnose(const RawRequest& request, const CallContext&) const {
  return DiagnoseNotification(account_, request);
}

}  // namespace sluice::payby
