// What went wrong with a call, and whether money may have moved.
//
// A provider's trouble is no error: the call then answers OK with the resource, whose state,
// failure and attempts tell.
//
// Threads: plain values. Ownership: values.

#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::client {

// Whether the call may have had an effect.
enum class SideEffect {
  kNone,      // Nothing has happened and nothing will: correct the call, or repeat it as it is.
  kPossible,  // Repeat it with the same request_id, or read the resource; never with a new id.
};

struct FieldViolation {
  std::string field;        // Path in the request: "order.amount.minor_units".
  std::string description;  // The rule that it breaks.
};

struct Error {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  std::string reason;  // The name of a sluice.v1.ErrorReason without its prefix; empty: none given.
  std::string message;
  std::vector<FieldViolation> field_violations;
  SideEffect side_effect = SideEffect::kPossible;
  std::optional<std::chrono::milliseconds> retry_after;  // The server asks to wait so long.
  std::string request_id;  // What the call was sent with; empty: it has none.
  // Metadata of the server's ErrorInfo, such as `oldest_cursor`, where an expired watch can go on.
  std::map<std::string, std::string> metadata = {};
};

// The error of a status that is not OK. Without an ErrorInfo of Sluice an effect is possible.
Error ErrorFrom(const grpc::Status& status, std::string request_id = "");

// An error that this client found before anything was sent.
Error RefusedHere(std::string message);

// "INVALID_ARGUMENT", ...
std::string CodeName(grpc::StatusCode code);

// A value or an Error. `*result` and `result->` need ok().
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}      // NOLINT: meant to convert
  Result(Error error) : held_(std::move(error)) {}  // NOLINT: meant to convert

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const T& operator*() const& { return *std::get_if<0>(&held_); }
  T& operator*() & { return *std::get_if<0>(&held_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&held_)); }
  const T* operator->() const { return std::get_if<0>(&held_); }
  T* operator->() { return std::get_if<0>(&held_); }
  const Error& error() const { return *std::get_if<1>(&held_); }

 private:
  std::variant<T, Error> held_;
};

}  // namespace sluice::client
