#include "server/rpc/services.h"

#include <utility>

namespace sluice::rpc {

std::vector<NamedService> MakeServices(const ServiceDependencies& dependencies) {
  std::vector<NamedService> services;
  services.push_back({"sluice.v1.OrderService", MakeOrderService(dependencies)});
  services.push_back({"sluice.v1.RefundService", MakeRefundService(dependencies)});
  services.push_back({"sluice.v1.PayoutService", MakePayoutService(dependencies)});
  services.push_back({"sluice.v1.AccountLinkService", MakeAccountLinkService(dependencies)});
  services.push_back({"sluice.v1.EventService", MakeEventService(dependencies)});
  services.push_back({"sluice.v1.NotificationService", MakeNotificationService(dependencies)});
  services.push_back({"sluice.v1.ProviderService", MakeProviderService(dependencies)});
  services.push_back({"sluice.v1.ReconciliationService", MakeReconciliationService(dependencies)});
  return services;
}

}  // namespace sluice::rpc
