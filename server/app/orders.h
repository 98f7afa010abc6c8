// Use cases of orders and their refunds.
//
// Each mutating call: validate and decide (pure) → commit the intent → answer or ask the provider →
// commit the result → answer. The state machines are in core/; the order of work per order is kept
// by a strand keyed by the order's name.
//
// Threads: every method is safe from any thread and returns at once.
// Ownership: borrows everything from Engine.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/app/call.h"
#include "server/core/resources.h"

namespace sluice::app {

class Orders {
 public:
  virtual ~Orders() = default;

  // `order` holds what the caller gave: id, wallet, presentation, amount, description, return_url,
  // expire_time, customer, line_items, account_link, labels, provider_account (may be empty: the
  // merchant's first that serves the wallet, currency and presentation).
  virtual void Create(Call call, Order order, Reply<Order> reply) = 0;

  // Answered in the calling thread when the order is in memory, else after a read.
  virtual void Get(std::string name, Reply<Order> reply) = 0;
  // The order without a copy, when it is in memory; nullptr: use Get.
  virtual std::shared_ptr<const Order> Find(std::string_view name) = 0;
  virtual void List(ListRequest request, Reply<Page<Order>> reply) = 0;

  // Ends an order that is not paid. STATE_FORBIDS when paid or final.
  virtual void Cancel(Call call, std::string name, Reply<Order> reply) = 0;
  // Undoes whatever happened: also of a paid order, or of one whose outcome is unknown.
  virtual void Revoke(Call call, std::string name, Reply<Order> reply) = 0;
  // Asks the provider now. Joins a query under way.
  virtual void Sync(Call call, std::string name, Reply<Order> reply) = 0;
};

class Refunds {
 public:
  virtual ~Refunds() = default;

  // `refund`: order_id, id, amount (empty: all that is left), description, labels.
  virtual void Create(Call call, Refund refund, Reply<Refund> reply) = 0;
  virtual void Get(std::string name, Reply<Refund> reply) = 0;
  virtual void List(ListRequest request, Reply<Page<Refund>> reply) = 0;
  virtual void Sync(Call call, std::string name, Reply<Refund> reply) = 0;
};

}  // namespace sluice::app
