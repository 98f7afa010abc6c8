// What holds of whatever a provider's backend makes of a message.
//
// Threads: pure functions. Ownership: none.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "providers/api/provider.h"
#include "tests/fuzz/targets.h"

namespace sluice::fuzz {

// The first characters of an input choose; they are letters, so that seeds can be read.
class Choices {
 public:
  explicit Choices(std::string_view input) : input_(input) {}

  size_t Next(size_t of) {
    if (input_.empty()) return 0;
    const auto letter = static_cast<unsigned char>(input_.front());
    input_.remove_prefix(1);
    return (letter - 'a') % of;
  }
  std::string_view rest() const { return input_; }

 private:
  std::string_view input_;
};

inline HttpReply ReplyOf(Choices& choices) {
  static constexpr int kStatuses[] = {200, 200, 201, 400, 401, 404, 500, 502, 100, 302};
  HttpReply reply;
  reply.status = kStatuses[choices.Next(std::size(kStatuses))];
  reply.headers = {{"Content-Type", "application/json"}};
  reply.body = std::string(choices.rest());
  return reply;
}

inline void CheckNotification(const absl::StatusOr<Notification>& read) {
  if (!read.ok()) {
    Require(absl::IsUnauthenticated(read.status()) || absl::IsInvalidArgument(read.status()),
            "a notification that is refused is not believed, or cannot be read");
    Require(!read.status().message().empty() && read.status().message().size() < 40,
            "the reason is a word");
    return;
  }
  Require(!read->provider_key.empty(), "a notification names what it is about");
  Require(!read->dedup_key.empty(), "a notification has a key by which a repeat is known");
  const Money& amount = read->facts.amount;
  Require(amount.empty() || amount.minor_units >= 0, "an amount is not negative");
}

inline void CheckStep(const Step& step, const HttpReply& reply) {
  const Verdict verdict = step.outcome.verdict;
  Require(verdict >= Verdict::kAccepted && verdict <= Verdict::kUnknown, "there is a verdict");
  const bool failed = reply.status >= 500;
  Require(!failed || (verdict != Verdict::kAccepted && verdict != Verdict::kDeclined),
          "a server's trouble proves nothing");
  Require(verdict == Verdict::kAccepted || step.outcome.facts.report != Report::kPaid ||
              verdict == Verdict::kDeclined,
          "what is not certain does not say paid");
}

}  // namespace sluice::fuzz
