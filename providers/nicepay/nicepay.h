// NICEPAY Indonesia as a provider: e-wallet orders by its V2 Direct API (OVO by push; DANA, LinkAja
// and ShopeePay by redirect), refunds, and AstraPay accounts that are linked once and then pay.
// What is documented and what is assumed is in README.md.
//
// Threads: const after construction; every method is safe from any thread; no I/O, no clock.
// Ownership: owns the account's key.

#pragma once

#include <string>

#include "providers/api/provider.h"
#include "providers/nicepay/account.h"

namespace sluice::nicepay {

class NicePay final : public Provider {
 public:
  explicit NicePay(Account account);

  const Descriptor& descriptor() const override { return descriptor_; }
  absl::Status Validate(const Operation& operation) const override;

  // referenceNo: the order's id, and with a suffix for each number that was given up before: a
  // number is used up by its first registration, whether or not its answer arrived.
  std::string ProviderKey(const Operation& operation, int abandoned) const override;

  // Queries of an order whose registration was never answered cannot be built
  // (FAILED_PRECONDITION): without a transaction id NICEPAY cannot be asked.
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

}  // namespace sluice::nicepay
