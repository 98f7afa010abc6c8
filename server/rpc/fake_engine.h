// An engine whose answers are the test's.
//
// Threads: set the functions before calls are made.
// Ownership: owns its use cases.

#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/app/engine.h"

namespace sluice::rpc {

struct FakeOrders final : app::Orders {
  using Named = std::function<void(app::Call, std::string, app::Reply<Order>)>;
  std::function<void(app::Call, Order, app::Reply<Order>)> create;
  std::function<void(std::string, app::Reply<Order>)> get;
  std::function<void(app::ListRequest, app::Reply<app::Page<Order>>)> list;
  Named cancel, revoke, sync;

  void Create(app::Call call, Order order, app::Reply<Order> reply) override {
    create(std::move(call), std::move(order), std::move(reply));
  }
  void Get(std::string name, app::Reply<Order> reply) override {
    get(std::move(name), std::move(reply));
  }
  std::shared_ptr<const Order> Find(std::string_view) override { return nullptr; }
  void List(app::ListRequest request, app::Reply<app::Page<Order>> reply) override {
    list(std::move(request), std::move(reply));
  }
  void Cancel(app::Call call, std::string name, app::Reply<Order> reply) override {
    cancel(std::move(call), std::move(name), std::move(reply));
  }
  void Revoke(app::Call call, std::string name, app::Reply<Order> reply) override {
    revoke(std::move(call), std::move(name), std::move(reply));
  }
  void Sync(app::Call call, std::string name, app::Reply<Order> reply) override {
    sync(std::move(call), std::move(name), std::move(reply));
  }
};

struct FakeProviderAccounts final : app::ProviderAccounts {
  std::vector<app::ProviderAccountPtr> accounts;
  std::string paused, pause_reason;

  app::ProviderAccountPtr Get(std::string_view account) const override {
    for (const app::ProviderAccountPtr& known : accounts) {
      if (known->account == account) return known;
    }
    return nullptr;
  }
  std::vector<app::ProviderAccountPtr> All(std::string_view merchant) const override {
    std::vector<app::ProviderAccountPtr> found;
    for (const app::ProviderAccountPtr& known : accounts) {
      if (merchant == "-" || known->merchant == merchant) found.push_back(known);
    }
    return found;
  }
  void Pause(app::Call, std::string account, std::string reason,
             app::Reply<app::ProviderAccountPtr> reply) override {
    paused = account;
    pause_reason = reason;
    auto changed = std::make_shared<app::ProviderAccount>(*Get(account));
    changed->paused = true;
    changed->pause_reason = std::move(reason);
    reply(app::ProviderAccountPtr(std::move(changed)));
  }
  void Resume(app::Call, std::string account, app::Reply<app::ProviderAccountPtr> reply) override {
    paused.clear();
    reply(Get(account));
  }
};

struct FakeReconciliation final : app::Reconciliation {
  std::function<void(app::ListUnresolvedRequest, app::Reply<app::Page<Subject>>)> list;
  std::function<void(app::Call, app::ResolveRequest, app::Reply<Subject>)> resolve;

  void List(app::ListUnresolvedRequest request, app::Reply<app::Page<Subject>> reply) override {
    list(std::move(request), std::move(reply));
  }
  void Resolve(app::Call call, app::ResolveRequest request, app::Reply<Subject> reply) override {
    resolve(std::move(call), std::move(request), std::move(reply));
  }
};

// Orders, provider accounts and reconciliation; the other use cases are not there.
class FakeEngine final : public app::Engine {
 public:
  absl::Status Start() override { return absl::OkStatus(); }
  void Stop(absl::Duration) override {}
  app::Orders& orders() override { return orders_; }
  app::Refunds& refunds() override { std::abort(); }
  app::Payouts& payouts() override { std::abort(); }
  app::AccountLinks& account_links() override { std::abort(); }
  app::Notifications& notifications() override { std::abort(); }
  app::ProviderAccounts& provider_accounts() override { return accounts_; }
  app::Reconciliation& reconciliation() override { return reconciliation_; }
  void OnEvents(const std::vector<EventPtr>&) override {}
  absl::Status Reconfigure(app::EngineOptions) override { return absl::OkStatus(); }

  FakeOrders orders_;
  FakeProviderAccounts accounts_;
  FakeReconciliation reconciliation_;
};

}  // namespace sluice::rpc
