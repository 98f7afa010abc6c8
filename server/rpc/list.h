// What all list requests have in common: the page, the states, the times.
//
// A page token is the store's position bound to the request's other parameters: a token of another
// list is refused.
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/app/call.h"
#include "server/base/strings.h"
#include "server/core/cursor.h"
#include "server/core/error.h"
#include "server/rpc/convert.h"

namespace sluice::rpc {

inline constexpr int kDefaultPageSize = 50;
inline constexpr int kMaxPageSize = 1000;  // Some megabytes of answer at most.

// 0: the default; more than the maximum: the maximum. INVALID_ARGUMENT for less than 0.
absl::StatusOr<int> PageSize(int32_t page_size);

struct ListCall {
  app::ListRequest request;
  uint64_t hash = 0;  // Of the parameters, for the next page's token.
};

// Names of the states wanted. INVALID_ARGUMENT naming the index of one that is no state.
template <typename State>
absl::StatusOr<std::vector<std::string>> StatesFromProto(
    const google::protobuf::RepeatedField<int>& states, bool (*is_valid)(int)) {
  std::vector<std::string> names;
  for (int i = 0; i < states.size(); ++i) {
    if (states[i] == 0 || !is_valid(states[i])) {
      return InvalidField(StrCat("states[", i, "]"), "is not a state");
    }
    names.emplace_back(StateName(static_cast<State>(states[i])));
  }
  return names;
}

// `parent` is checked already. `Request` has the usual fields of a list request.
template <typename State, typename Request>
absl::StatusOr<ListCall> ListFromProto(std::string_view method, const Request& in,
                                       bool (*is_valid)(int)) {
  ListCall call;
  app::ListRequest& request = call.request;
  request.parent = in.parent();
  absl::StatusOr<int> limit = PageSize(in.page_size());
  if (!limit.ok()) return limit.status();
  request.limit = *limit;
  auto states = StatesFromProto<State>(in.states(), is_valid);
  if (!states.ok()) return states.status();
  request.states = *std::move(states);
  if (in.has_create_time_from()) {
    auto time = TimeFromProto(in.create_time_from(), "create_time_from");
    if (!time.ok()) return time.status();
    request.create_time_from = *time;
  }
  if (in.has_create_time_before()) {
    auto time = TimeFromProto(in.create_time_before(), "create_time_before");
    if (!time.ok()) return time.status();
    request.create_time_before = *time;
  }
  std::vector<std::string> parameters = request.states;
  parameters.insert(parameters.end(),
                    {std::string(method), in.parent(), in.create_time_from().SerializeAsString(),
                     in.create_time_before().SerializeAsString()});
  call.hash = PageRequestHash(parameters);
  auto page = DecodePageToken(in.page_token(), call.hash);
  if (!page.ok()) return page.status();
  request.page = *std::move(page);
  return call;
}

// For lists that are in memory: which of `total` items to give, and the token after them.
struct Slice {
  size_t begin = 0, end = 0;
  std::string next_page_token;
};
absl::StatusOr<Slice> SliceOf(size_t total, int32_t page_size, std::string_view page_token,
                              uint64_t hash);

}  // namespace sluice::rpc
