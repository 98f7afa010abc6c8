// PayBy (Botim Money) as a provider: orders in the wallets `botim` and `payby`, by redirect or QR
// code, and their refunds. What is documented and what is assumed is in README.md.
//
// Threads: const after construction; every method is safe from any thread; no I/O, no clock.
// Ownership: owns the account's keys.

#pragma once

#include <string>

#include "providers/api/provider.h"
#include "providers/payby/account.h"

namespace sluice::payby {

class PayBy final : public Provider {
 public:
  explicit PayBy(Account account);

  const Descriptor& descriptor() const override { return descriptor_; }
  absl::Status Validate(const Operation& operation) const override;

  // The merchant's own number, also after abandoned attempts: it is PayBy's idempotency key, and a
  // second number for the same order could be paid a second time.
  std::string ProviderKey(const Operation& operation, int abandoned) const override;

  absl::StatusOr<HttpRequest> Build(const Operation& operation,
                                    const CallContext& context) const override;
  Step Interpret(const Operation& operation, const CallContext& context,
                 const HttpReply& reply) const override;
  absl::StatusOr<Notification> ReadNotification(const RawRequest& request,
                                                const CallContext& context) const override;
  HttpReply Acknowledge(NotificationResult result) const override;
  Diagnosis Diagnose(const RawRequest& request, const CallContext& context) const override;

 private:
  const Account account_;
  const Descriptor descriptor_;
};

}  // namespace sluice::payby
