// The answer of a call, with its error's standard details decoded.
//
// Threads: plain values.
// Ownership: values.

#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace sluice::e2e {

struct Problem {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string message;
  std::string reason, domain;                   // ErrorInfo.
  std::map<std::string, std::string> metadata;  // ErrorInfo, with side_effect.
  std::vector<std::string> fields;              // BadRequest.
  std::string resource;                         // ResourceInfo.
  std::string precondition;                     // PreconditionFailure: the subject.
  bool has_retry_info = false;

  std::string side_effect() const {
    const auto found = metadata.find("side_effect");
    return found == metadata.end() ? "(absent)" : found->second;
  }
  friend std::ostream& operator<<(std::ostream& out, const Problem& problem);
};

Problem Explain(const grpc::Status& status);

template <typename Value>
struct Result {
  grpc::Status status;
  Value value;

  bool ok() const { return status.ok(); }
  const Value& operator*() const { return value; }
  const Value* operator->() const { return &value; }
  Problem problem() const { return Explain(status); }
};

}  // namespace sluice::e2e
