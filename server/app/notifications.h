// Notification intake, and what operators see of it. The same entry serves the listener and tests:
// no socket is needed.
//
// Threads: every method is safe from any thread and returns at once.
// Ownership: borrows everything from Engine.

#pragma once

#include <string>
#include <vector>

#include "providers/api/notification.h"
#include "server/app/call.h"
#include "server/store/store.h"
#include "server/wire/http.h"

namespace sluice::app {

struct ListNotificationsRequest {
  std::string merchant;
  std::string provider_account;                  // Empty: all.
  std::vector<store::NotificationState> states;  // Empty: all.
  int limit = 50;
  std::string page;
};

class Notifications {
 public:
  virtual ~Notifications() = default;

  // One delivery at /notify/{provider}/{account}: verify → parse → match → decide → one commit →
  // the provider's exact answer, which `answer` gets only after the commit is durable.
  virtual void Receive(std::string provider, std::string account, RawRequest request,
                       absl::AnyInvocable<void(HttpReply)> answer) = 0;

  // A payer's browser comes back from the wallet at /return/{account}/{kind}/{id}/{mark}. Believes
  // nothing: asks the provider, and sends the browser on to the resource's return_url (303). With
  // another mark than ours it tells nothing (404).
  virtual void ReturnPage(std::string account, std::string kind, std::string id, std::string mark,
                          absl::AnyInvocable<void(HttpReply)> answer) = 0;

  virtual void Get(std::string merchant, std::string id, Reply<store::NotificationRow> reply) = 0;
  virtual void List(ListNotificationsRequest request,
                    Reply<Page<store::NotificationRow>> reply) = 0;
  // Applies a stored delivery again, from its raw bytes (e.g. after a key was corrected).
  virtual void Replay(Call call, std::string id, Reply<store::NotificationRow> reply) = 0;
  virtual void Diagnose(std::string merchant, std::string id, Reply<Diagnosis> reply) = 0;
};

}  // namespace sluice::app
