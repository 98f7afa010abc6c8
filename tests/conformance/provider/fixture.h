// The fixture of the provider laws: one Traits type per provider gives what they are held against.
//
// Threads: the test's. Ownership: values.

#pragma once

// A Traits type has, all static:
//   constexpr ReplySignature kReplySignature;  // What a signature covers in a reply.
//   constexpr bool kNotificationsCoverBody;    // Notifications: the same. Else: parts only.
//   constexpr std::string_view kSignatureHeader;  // Empty: the signature is inside the body.
//   ProviderRegistration Registration();
//   ProviderAccountConfig Config();            // Of an account whose keys the traits hold.
//   std::vector<Scenario> Scenarios();         // At least one for each verb that is served.
//   std::vector<GoldenRequest> GoldenRequests();
//   bool IsAuthentic(const HttpRequest&);      // As the provider would check what we send.
//   absl::StatusOr<Money> AmountIn(const HttpRequest&);  // Of a create.
//   HttpReply SuccessReply(const Scenario&);   // What the provider answers when all is well.
//   std::vector<GoldenReply> GoldenReplies();
//   HttpReply WithoutSignature(HttpReply), WithForeignSignature(HttpReply);
//   std::vector<GoldenNotification> GoldenNotifications();  // Each another notice.
//   RawRequest Redeliver(const RawRequest&);   // The same notice, sent again by the provider.
//   std::vector<Acknowledgement> Acknowledgements();
//   std::vector<std::string> PrivateTexts();   // Secrets and personal data that must never show.
// with ReplySignature::kFields:
//   bool IsSigned(const HttpReply&);           // Refusals may not be.
//   std::vector<HttpReply> WithEachFieldAltered(const HttpReply&);  // One signed field each, under
//                                              // the signature that is there.
// and, where it is not true:
//   constexpr bool kRefundsHaveNumbers;        // The provider's replies name the refund, not only
//                                              // its order.

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "providers/api/provider.h"
#include "providers/api/registry.h"
#include "tests/conformance/provider/mutations.h"
#include "tests/conformance/provider/scenario.h"

namespace sluice::conformance {

enum class ReplySignature {
  kNone,       // Replies are not signed: all trust is in the connection.
  kFields,     // Of a success: named parts of the body, each by its value.
  kWholeBody,  // Of every reply, byte by byte.
};

template <typename Traits>
class ProviderConformance : public ::testing::Test {
 protected:
  static constexpr uint64_t kSeed = 20260115;

  void SetUp() override {
    auto made = Traits::Registration().make_provider(Traits::Config());
    ASSERT_TRUE(made.ok()) << made.status();
    provider_ = *std::move(made);
  }

  const Provider& provider() const { return *provider_; }

  Step Interpret(const Scenario& scenario, const HttpReply& reply) const {
    return provider_->Interpret(scenario.ToOperation(), scenario.context, reply);
  }

  // Answers other than a provider's success; none may count as one.
  static HttpReply Plain(int status, std::string body) {
    HttpReply reply;
    reply.status = status;
    reply.headers = {{"Content-Type", "application/json"}};
    reply.body = std::move(body);
    return reply;
  }

  std::unique_ptr<Provider> provider_;
};

template <typename Traits>
constexpr bool RefundsHaveNumbers() {
  if constexpr (requires { Traits::kRefundsHaveNumbers; }) {
    return Traits::kRefundsHaveNumbers;
  } else {
    return true;
  }
}

// The words that failure and facts carry to callers and logs.
inline std::string TextOf(const Step& step) {
  const Failure& failure = step.outcome.failure;
  const Failure& reported = step.outcome.facts.failure;
  std::string text = failure.message + "\n" + failure.provider_code + "\n" +
                     failure.provider_message + "\n" + reported.message + "\n" +
                     reported.provider_code + "\n" + reported.provider_message;
  return text;
}

inline std::string TextOf(const Diagnosis& diagnosis) {
  std::string text = diagnosis.summary;
  for (const auto& [name, value] : diagnosis.details) text += "\n" + name + ": " + value;
  return text;
}

// Whether two readings lead to the same decision.
inline bool SameMeaning(const Step& a, const Step& b) {
  const Facts &x = a.outcome.facts, &y = b.outcome.facts;
  const auto limits = [](const Step& step) { return step.limits.value_or(PayoutLimits()); };
  return a.outcome.verdict == b.outcome.verdict && a.outcome.query_now == b.outcome.query_now &&
         x.report == y.report && x.provider_number == y.provider_number && x.amount == y.amount &&
         x.paid == y.paid && x.returned == y.returned && x.fee == y.fee &&
         x.fee_kept == y.fee_kept && x.receive_amount == y.receive_amount &&
         x.exchange_rate == y.exchange_rate && x.provider_data == y.provider_data &&
         limits(a).minimum == limits(b).minimum && limits(a).maximum == limits(b).maximum;
}

inline bool SameMeaning(const Notification& a, const Notification& b) {
  return a.kind == b.kind && a.provider_key == b.provider_key && a.dedup_key == b.dedup_key &&
         a.merchant_id == b.merchant_id && a.facts.report == b.facts.report &&
         a.facts.amount == b.facts.amount && a.facts.paid == b.facts.paid;
}

}  // namespace sluice::conformance
