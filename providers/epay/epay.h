// EPAY (epay.com) as a provider: payouts to e-wallets. What is documented and what is assumed is in
// README.md.
//
// Threads: const after construction; every method is safe from any thread; no I/O, no clock.
// Ownership: owns the account's key.

#pragma once

#include <string>

#include "providers/api/provider.h"
#include "providers/epay/account.h"

namespace sluice::epay {

class Epay final : public Provider {
 public:
  explicit Epay(Account account);

  const Descriptor& descriptor() const override { return descriptor_; }
  absl::Status Validate(const Operation& operation) const override;

  // The merchant's own number: EPAY's only key, and never another, because nothing proves that the
  // first was not paid.
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

}  // namespace sluice::epay
