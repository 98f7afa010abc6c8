// Laws of how a provider's replies are read: total, and believed only when verified.
//
// Threads: tests run on one thread unless they say otherwise. Ownership: the fixture owns all.

#pragma once

#include <string>
#include <vector>

#include "tests/conformance/provider/fixture.h"

namespace sluice::conformance {

template <typename Traits>
class ReplyLaws : public ProviderConformance<Traits> {
 protected:
  void ExpectUnknown(const Scenario& scenario, const HttpReply& reply) const {
    EXPECT_EQ(this->Interpret(scenario, reply).outcome.verdict, Verdict::kUnknown) << reply.body;
  }

  static bool IsSigned(const HttpReply& reply) {
    if constexpr (Traits::kReplySignature == ReplySignature::kFields) {
      return Traits::IsSigned(reply);
    } else {
      return Traits::kReplySignature == ReplySignature::kWholeBody;
    }
  }

  // What a reply that was altered on its way may do at most, by what the signature covers.
  void ExpectHarmless(Scenario scenario, const HttpReply& original, const HttpReply& altered) {
    const Step step = this->Interpret(scenario, altered);
    if (step.outcome.verdict == Verdict::kUnknown) return;
    switch (Traits::kReplySignature) {
      case ReplySignature::kWholeBody:
        ADD_FAILURE() << "an altered reply was believed";
        return;
      case ReplySignature::kFields:
        EXPECT_TRUE(SameMeaning(step, this->Interpret(scenario, original)));
        return;
      case ReplySignature::kNone:
        // Of another amount nothing is believed, whoever says it.
        EXPECT_TRUE(step.outcome.facts.amount.empty() || scenario.Amount() == nullptr ||
                    step.outcome.facts.amount == *scenario.Amount());
        return;
    }
  }
};
TYPED_TEST_SUITE_P(ReplyLaws);

TYPED_TEST_P(ReplyLaws, GoldensMeanWhatTheyMean) {
  const std::vector<GoldenReply> goldens = TypeParam::GoldenReplies();
  ASSERT_FALSE(goldens.empty());
  for (const GoldenReply& golden : goldens) {
    SCOPED_TRACE(golden.name);
    const Step step = this->Interpret(golden.scenario, golden.reply);
    EXPECT_EQ(step.outcome.verdict, golden.verdict) << TextOf(step);
    EXPECT_EQ(step.outcome.facts.report, golden.report) << TextOf(step);
    if (golden.verdict != Verdict::kAccepted) {
      EXPECT_NE(step.outcome.failure.reason, FailureReason::kNone);
      EXPECT_NE(step.outcome.failure.message, "");
    }
  }
}

TYPED_TEST_P(ReplyLaws, NoAnswerIsUnknownAndNotSentIsNotProcessed) {
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    SCOPED_TRACE(scenario.name);
    // Whatever is in the other fields: without a complete reply they mean nothing.
    HttpReply reply = TypeParam::SuccessReply(scenario);
    for (const Transport transport : {Transport::kTimedOut, Transport::kBroken}) {
      reply.transport = transport;
      const Step step = this->Interpret(scenario, reply);
      EXPECT_EQ(step.outcome.verdict, Verdict::kUnknown);
      EXPECT_NE(step.outcome.failure.message, "");
    }
    reply.transport = Transport::kNotSent;
    EXPECT_EQ(this->Interpret(scenario, reply).outcome.verdict, Verdict::kNotProcessed);
  }
}

TYPED_TEST_P(ReplyLaws, EveryHttpStatusHasAMeaning) {
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    SCOPED_TRACE(scenario.name);
    HttpReply success = TypeParam::SuccessReply(scenario);
    const HttpReply html = this->Plain(200, "<html><body>error</body></html>");
    for (int status = 0; status <= 1000; status = status == 0 ? 100 : status + 1) {
      if (status >= 200 && status < 300) continue;
      success.status = status;
      const Verdict verdict = this->Interpret(scenario, success).outcome.verdict;
      EXPECT_NE(verdict, Verdict::kAccepted) << status;
      if (status >= 500) {
        EXPECT_EQ(verdict, Verdict::kUnknown) << status;
      }
      HttpReply page = html;
      page.status = status;
      EXPECT_EQ(this->Interpret(scenario, page).outcome.verdict, Verdict::kUnknown) << status;
    }
  }
}

TYPED_TEST_P(ReplyLaws, StrangeBodiesAreUnknown) {
  const std::vector<std::string> bodies = StrangeBodies();
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    SCOPED_TRACE(scenario.name);
    const HttpReply success = TypeParam::SuccessReply(scenario);
    for (const std::string& body : bodies) {
      HttpReply reply = success;
      reply.body = body;
      EXPECT_EQ(this->Interpret(scenario, reply).outcome.verdict, Verdict::kUnknown)
          << body.substr(0, 40);
      EXPECT_EQ(this->Interpret(scenario, this->Plain(200, body)).outcome.verdict,
                Verdict::kUnknown)
          << body.substr(0, 40);
    }
  }
}

TYPED_TEST_P(ReplyLaws, RandomBytesAreUnknown) {
  SeededRandom random(this->kSeed);
  const std::vector<Scenario> scenarios = TypeParam::Scenarios();
  constexpr int kRounds = 3000;
  for (int round = 0; round < kRounds; ++round) {
    const Scenario& scenario = scenarios[round % scenarios.size()];
    HttpReply reply = TypeParam::WithoutSignature(this->Plain(200, ""));
    reply.body = RandomBytes(random, random.Next() % 600);
    for (const char* name : {"Content-Type", "sign", "Content-Length"}) {
      reply.headers.emplace_back(name, RandomBytes(random, random.Next() % 400));
    }
    EXPECT_EQ(this->Interpret(scenario, reply).outcome.verdict, Verdict::kUnknown) << round;
  }
}

TYPED_TEST_P(ReplyLaws, ATruncatedReplyIsUnknown) {
  for (const GoldenReply& golden : TypeParam::GoldenReplies()) {
    SCOPED_TRACE(golden.name);
    for (size_t size = 0; size < golden.reply.body.size(); ++size) {
      HttpReply reply = golden.reply;
      reply.body.resize(size);
      EXPECT_EQ(this->Interpret(golden.scenario, reply).outcome.verdict, Verdict::kUnknown) << size;
    }
  }
}

TYPED_TEST_P(ReplyLaws, OnlyAVerifiedSuccessIsAccepted) {
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    SCOPED_TRACE(scenario.name);
    const HttpReply success = TypeParam::SuccessReply(scenario);
    EXPECT_EQ(this->Interpret(scenario, success).outcome.verdict, Verdict::kAccepted);
    if constexpr (TypeParam::kReplySignature != ReplySignature::kNone) {
      this->ExpectUnknown(scenario, TypeParam::WithoutSignature(success));
      this->ExpectUnknown(scenario, TypeParam::WithForeignSignature(success));
    }
  }
  for (const GoldenReply& golden : TypeParam::GoldenReplies()) {
    SCOPED_TRACE(golden.name);
    if (this->IsSigned(golden.reply)) {
      this->ExpectUnknown(golden.scenario, TypeParam::WithForeignSignature(golden.reply));
    } else if constexpr (TypeParam::kReplySignature == ReplySignature::kFields) {
      // What is not signed proves nothing that there could be.
      const Outcome outcome = this->Interpret(golden.scenario, golden.reply).outcome;
      EXPECT_TRUE(outcome.facts.report == Report::kNone ||
                  outcome.facts.report == Report::kNotFound);
      EXPECT_TRUE(outcome.facts.provider_number.empty());
    }
  }
}

// A reply without a signature is as good as its connection; and every request has personal data.
TYPED_TEST_P(ReplyLaws, NoAccountIsServedWithoutTls) {
  int urls = 0;
  for (const auto& [name, value] : TypeParam::Config().settings) {
    if (value.rfind("https://", 0) != 0) continue;
    ++urls;
    ProviderAccountConfig config = TypeParam::Config();
    config.settings[name] = "http" + value.substr(sizeof("https") - 1);
    const absl::Status status = TypeParam::Registration().make_provider(config).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
  }
  EXPECT_GT(urls, 0);
}

TYPED_TEST_P(ReplyLaws, AnAlteredReplyIsRefusedOrHarmless) {
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    SCOPED_TRACE(scenario.name);
    const HttpReply success = TypeParam::SuccessReply(scenario);
    ForEachFlip(success.body, [&](const std::string& body, size_t at) {
      HttpReply reply = success;
      reply.body = body;
      SCOPED_TRACE(at);
      this->ExpectHarmless(scenario, success, reply);
    });
    if constexpr (TypeParam::kReplySignature == ReplySignature::kFields) {
      const std::vector<HttpReply> altered = TypeParam::WithEachFieldAltered(success);
      EXPECT_FALSE(altered.empty());
      for (const HttpReply& reply : altered) this->ExpectUnknown(scenario, reply);
    }
    if constexpr (!TypeParam::kSignatureHeader.empty()) {
      HttpReply reply = success;
      std::string* const signature = MutableHeader(reply.headers, TypeParam::kSignatureHeader);
      ASSERT_NE(signature, nullptr);
      const std::string right = *signature;
      ForEachFlip(right, [&](const std::string& wrong, size_t) {
        *signature = wrong;
        this->ExpectUnknown(scenario, reply);
      });
    }
  }
}

TYPED_TEST_P(ReplyLaws, AReplyAboutAnotherResourceIsNotAccepted) {
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    Scenario other = scenario;
    std::string* id = other.Id();
    if (id == nullptr) continue;
    if (id == &other.refund.id && !RefundsHaveNumbers<TypeParam>()) id = &other.order.id;
    SCOPED_TRACE(scenario.name);
    id->back() = id->back() == 'x' ? 'y' : 'x';
    const Step step = this->Interpret(other, TypeParam::SuccessReply(scenario));
    EXPECT_EQ(step.outcome.verdict, Verdict::kUnknown);
  }
}

REGISTER_TYPED_TEST_SUITE_P(ReplyLaws, GoldensMeanWhatTheyMean,
                            NoAnswerIsUnknownAndNotSentIsNotProcessed, EveryHttpStatusHasAMeaning,
                            StrangeBodiesAreUnknown, RandomBytesAreUnknown,
                            ATruncatedReplyIsUnknown, OnlyAVerifiedSuccessIsAccepted,
                            NoAccountIsServedWithoutTls, AnAlteredReplyIsRefusedOrHarmless,
                            AReplyAboutAnotherResourceIsNotAccepted);

}  // namespace sluice::conformance
