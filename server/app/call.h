// What every use case is told about its call, and how it answers.
//
// Threads: plain values. A Reply is called exactly once, on any thread; it must be short.
// Ownership: values.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::app {

template <typename T>
using Reply = absl::AnyInvocable<void(absl::StatusOr<T>)>;

// Of a mutating call. Dropping the caller never stops the operation.
struct Call {
  std::string merchant;    // The caller's; names in the request were checked to be of it.
  std::string request_id;  // Empty: none.
  std::string traceparent;
  // How long the answer may wait for the provider; then what is durable is answered.
  absl::Duration provider_wait = absl::Seconds(2);
};

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next_page;  // Opaque; empty: no more.
};

struct ListRequest {
  std::string parent;               // "merchants/m", for refunds the order's name.
  std::vector<std::string> states;  // Empty: all.
  std::optional<absl::Time> create_time_from, create_time_before;
  int limit = 50;  // 1 to 1000.
  std::string page;
};

}  // namespace sluice::app
