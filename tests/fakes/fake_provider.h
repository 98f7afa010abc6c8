// A provider in plain words, so that a test's script reads as what the provider said.
//
// A request's body is words: "verb=create_order key=o-1 step=0". A reply or notification is words
// as well:
//   accepted | declined | not_processed | unknown     the verdict (none: unknown)
//   report=paid  number=P1  amount=1234.AED  paid=…  returned=…  fee=…  receive=…  rate=1.5
//   receiver=U1  fee_in_amount                         of a payout: whose; the fee may be in it
//   url=https://…  code=E1  reason=expired  query_now  data.mandate=m-1  min=…  max=…
//   payer=p-1  active=1768473000                       of a link: whose, and since when
//   next | background                                 one more request follows
// A notification adds: kind=order key=o-1 dedup=d-1 sign=ok [confirm] [order=o-1]. With sign=bad
// and `hint` the refusal names the resource.
//
// Threads: const after construction. Ownership: values.

#pragma once

#include <string>

#include "providers/api/provider.h"

namespace sluice {

class FakeProvider final : public Provider {
 public:
  FakeProvider();

  // Change before use only.
  Descriptor& mutable_descriptor() { return descriptor_; }
  WalletCapability& wallet(std::string_view name);
  // Requests are marked as such when the provider must not see them twice.
  bool build_fails = false;

  const Descriptor& descriptor() const override { return descriptor_; }
  absl::Status Validate(const Operation& operation) const override;
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
  Descriptor descriptor_;
};

// A reply of status 200 with these words.
HttpReply Said(std::string words);
HttpReply Failed(Transport transport);
HttpReply Status(int status);

}  // namespace sluice
