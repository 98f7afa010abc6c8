// One unary RPC: from the reaction that starts it to the answer, whichever thread that comes on.
//
// The RPC ends by its answer or by the caller's going away (cancellation, deadline), whichever is
// first; the operation behind it goes on in both cases and its late answer is dropped.
//
// Threads: an Answer is used by one thread at a time, on any thread; nothing here blocks.
// Ownership: a UnaryCall owns itself: it lives until gRPC is done with it and its Answer is gone.

#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/error.h"
#include "server/rpc/call.h"

namespace sluice::rpc {

class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  // Two references are held: gRPC's, until OnDone, and the Answer's.
  UnaryCall(const Environment* environment, std::string_view method);

  // True for the one who may write the response and must then call End.
  bool Claim() { return !claimed_.exchange(true, std::memory_order_acq_rel); }
  void End(absl::Status status);
  void Release();

  // The reactions below are short and wait for nothing, so gRPC may run them where it is instead of
  // handing each to another thread: that hand-over costs as much as the rest of a read.
  bool InternalInlineable() override { return true; }

 private:
  ~UnaryCall() override = default;
  void OnCancel() override;
  void OnDone() override;

  const Environment* const environment_;
  const std::string_view method_;
  const absl::Time start_time_;
  absl::Status status_;  // Written before Finish, read in OnDone.
  std::atomic<bool> claimed_ = false;
  std::atomic<int> references_ = 2;
};

// The right and duty to answer once. Destroyed unused (work was dropped at shutdown), it answers
// INTERNAL, so that no caller waits for ever.
template <typename Response>
class Answer {
 public:
  Answer(UnaryCall* call, Response* response) : call_(call), response_(response) {}
  Answer(Answer&& other) noexcept
      : call_(std::exchange(other.call_, nullptr)), response_(other.response_) {}
  Answer& operator=(Answer&&) = delete;
  ~Answer() {
    if (call_ != nullptr) Fail(Internal("the call was dropped"));
  }

  void Fail(absl::Status status) {
    UnaryCall* call = std::exchange(call_, nullptr);
    if (call->Claim()) call->End(std::move(status));
    call->Release();
  }

  // `write(response)` runs only while somebody waits for the answer. It may return an absl::Status.
  template <typename Write>
  void Succeed(Write&& write) {
    UnaryCall* call = std::exchange(call_, nullptr);
    if (call->Claim()) {
      if constexpr (std::is_void_v<decltype(write(response_))>) {
        write(response_);
        call->End(absl::OkStatus());
      } else {
        call->End(write(response_));
      }
    }
    call->Release();
  }

  // As the reply of a use case: `convert(value, response)` when it went well.
  template <typename Value, typename Convert>
  auto As(Convert convert) && {
    return [answer = std::move(*this), convert](absl::StatusOr<Value> result) mutable {
      if (!result.ok()) return answer.Fail(std::move(result).status());
      answer.Succeed([&](Response* response) { return convert(*result, response); });
    };
  }

  bool used() const { return call_ == nullptr; }

 private:
  UnaryCall* call_;
  Response* response_;
};

// `body(caller, answer)` checks the request and hands `answer` on; what it returns, when not OK, is
// the answer.
template <typename Response, typename Body>
grpc::ServerUnaryReactor* ServeUnary(const Environment& environment, std::string_view method,
                                     const grpc::CallbackServerContext* context, Response* response,
                                     Body body) {
  auto* call = new UnaryCall(&environment, method);
  Answer<Response> answer(call, response);
  absl::StatusOr<Caller> caller = Identify(environment, *context);
  absl::Status status = caller.ok() ? body(*caller, answer) : std::move(caller).status();
  if (!status.ok() && !answer.used()) answer.Fail(std::move(status));
  return call;
}

}  // namespace sluice::rpc
