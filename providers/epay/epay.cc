#include "providers/epay/epay.h"

#include <utility>

#include "providers/epay/callbacks.h"
#include "providers/epay/descriptor.h"
#include "providers/epay/replies.h"
#include "providers/epay/requests.h"

namespace sluice::epay {

Epay::Epay(Account account) : account_(std::move(account)), descriptor_(MakeDescriptor(account_)) {}

absl::Status Epay::Validate(const Operation& operation) const {
  return ValidateFields(account_, operation);
}

std::string Epay::ProviderKey(const Operation& operation, int) const {
  return std::string(NumberOf(operation));
}

absl::StatusOr<HttpRequest> Epay::Build(const Operation& operation,
                                        const CallContext& context) const {
  return BuildRequest(account_, operation, context);
}

Step Epay::Interpret(const Operation& operation, const CallContext&, const HttpReply& reply) const {
  return InterpretReply(account_, operation, reply);
}

absl::StatusOr<Notification> Epay::ReadNotification(const RawRequest& request,
                                                    const CallContext&) const {
  return ReadCallback(account_, request);
}

HttpReply Epay::Acknowledge(NotificationResult result) const { return AcknowledgeCallback(result); }

Diagnosis Epay::Diagnose(const RawRequest& request, const CallContext&) const {
  return DiagnoseCallback(account_, request);
}

}  // namespace sluice::epay
