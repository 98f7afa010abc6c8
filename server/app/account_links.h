// Use cases of account links.
//
// Threads: every method is safe from any thread and returns at once.
// Ownership: borrows everything from Engine.

#pragma once

#include <string>

#include "server/app/call.h"
#include "server/core/resources.h"

namespace sluice::app {

class AccountLinks {
 public:
  virtual ~AccountLinks() = default;

  // `link`: id, wallet, return_url, customer, labels, provider_account.
  virtual void Create(Call call, AccountLink link, Reply<AccountLink> reply) = 0;
  virtual void Get(std::string name, Reply<AccountLink> reply) = 0;
  virtual void List(ListRequest request, Reply<Page<AccountLink>> reply) = 0;
  virtual void Revoke(Call call, std::string name, Reply<AccountLink> reply) = 0;
  virtual void Sync(Call call, std::string name, Reply<AccountLink> reply) = 0;
};

}  // namespace sluice::app
