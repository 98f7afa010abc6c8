// The seam: everything that Sluice knows of one provider account. A backend is pure: it builds
// requests and reads replies and notifications; it does no I/O, keeps no state and reads no clock.
//
// The laws that each backend keeps are the typed tests of tests/conformance/provider.
//
// Threads: const after construction; every method is safe from any thread.
// Ownership: made by the registry from an account's configuration, owned by the engine.

#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "providers/api/descriptor.h"
#include "providers/api/notification.h"
#include "providers/api/operation.h"
#include "providers/api/outcome.h"
#include "server/wire/http.h"

namespace sluice {

class Provider {
 public:
  virtual ~Provider() = default;

  virtual const Descriptor& descriptor() const = 0;

  // Checks what only this provider asks of a new resource (before anything is stored). Errors name
  // the field by its path in the request, e.g. "order.customer.phone".
  virtual absl::Status Validate(const Operation& operation) const = 0;

  // The number under which this attempt is made known to the provider. A function of the resource
  // and of how many attempts were abandoned; unique per account; stable across sends.
  virtual std::string ProviderKey(const Operation& operation, int abandoned) const = 0;

  // The request of step `operation.step`. Identical input gives identical bytes.
  virtual absl::StatusOr<HttpRequest> Build(const Operation& operation,
                                            const CallContext& context) const = 0;

  // Reads the reply to that request. Total: any reply gives a step. Only a verified success is
  // Accepted; a time-out, a 5xx or what cannot be read is Unknown.
  virtual Step Interpret(const Operation& operation, const CallContext& context,
                         const HttpReply& reply) const = 0;

  // Verifies, then reads. UNAUTHENTICATED when it cannot be believed, INVALID_ARGUMENT when it
  // cannot be read; the message is one of notification_reason.
  virtual absl::StatusOr<Notification> ReadNotification(const RawRequest& request,
                                                        const CallContext& context) const = 0;

  // The provider's exact answer.
  virtual HttpReply Acknowledge(NotificationResult result) const = 0;

  // Why a notification does or does not verify, masked.
  virtual Diagnosis Diagnose(const RawRequest& request, const CallContext& context) const = 0;
};

}  // namespace sluice
