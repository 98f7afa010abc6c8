// Laws of notifications: nothing altered is believed, a repeat is recognised, the answer is exact.
//
// Threads: tests run on one thread unless they say otherwise. Ownership: the fixture owns all.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/conformance/provider/fixture.h"

namespace sluice::conformance {

template <typename Traits>
class NotificationLaws : public ProviderConformance<Traits> {
 protected:
  // Not believed; or, where the signature covers parts only, harmless: it means what the golden
  // meant, or the provider is asked first.
  void ExpectHarmless(const GoldenNotification& golden, const RawRequest& altered) {
    const auto read = this->provider().ReadNotification(altered, golden.context);
    if (!read.ok()) {
      EXPECT_TRUE(absl::IsUnauthenticated(read.status()) || absl::IsInvalidArgument(read.status()))
          << read.status();
      return;
    }
    if (Traits::kNotificationsCoverBody) {
      ADD_FAILURE() << golden.name << ": an altered notification was believed";
      return;
    }
    const auto original = this->provider().ReadNotification(golden.request, golden.context);
    EXPECT_TRUE(read->confirm_by_query || SameMeaning(*read, *original)) << golden.name;
  }
};
TYPED_TEST_SUITE_P(NotificationLaws);

TYPED_TEST_P(NotificationLaws, GoldensSayWhatTheySay) {
  ASSERT_FALSE(TypeParam::GoldenNotifications().empty());
  for (const GoldenNotification& golden : TypeParam::GoldenNotifications()) {
    SCOPED_TRACE(golden.name);
    const auto read = this->provider().ReadNotification(golden.request, golden.context);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->kind, golden.kind);
    EXPECT_EQ(read->provider_key, golden.provider_key);
    EXPECT_EQ(read->facts.report, golden.report);
    EXPECT_EQ(read->facts.amount, golden.amount);
    EXPECT_FALSE(read->dedup_key.empty());
    EXPECT_TRUE(this->provider().Diagnose(golden.request, golden.context).verified);
  }
}

TYPED_TEST_P(NotificationLaws, RepeatsHaveOneKeyAndOthersAnother) {
  std::map<std::string, std::string> names;
  for (const GoldenNotification& golden : TypeParam::GoldenNotifications()) {
    SCOPED_TRACE(golden.name);
    const auto read = this->provider().ReadNotification(golden.request, golden.context);
    CallContext later = golden.context;
    later.now += absl::Hours(25);
    const auto again =
        this->provider().ReadNotification(TypeParam::Redeliver(golden.request), later);
    ASSERT_TRUE(read.ok() && again.ok()) << read.status() << again.status();
    EXPECT_TRUE(SameMeaning(*read, *again));
    const auto [other, is_new] = names.emplace(read->dedup_key, golden.name);
    EXPECT_TRUE(is_new) << "has the key of " << other->second;
  }
}

TYPED_TEST_P(NotificationLaws, AFlippedNotificationIsRefused) {
  for (const GoldenNotification& golden : TypeParam::GoldenNotifications()) {
    SCOPED_TRACE(golden.name);
    ForEachFlip(golden.request.body, [&](const std::string& body, size_t) {
      RawRequest altered = golden.request;
      altered.body = body;
      this->ExpectHarmless(golden, altered);
    });
    if constexpr (!TypeParam::kSignatureHeader.empty()) {
      RawRequest altered = golden.request;
      std::string* const signature = MutableHeader(altered.headers, TypeParam::kSignatureHeader);
      ASSERT_NE(signature, nullptr);
      const std::string right = *signature;
      ForEachFlip(right, [&](const std::string& wrong, size_t) {
        *signature = wrong;
        this->ExpectHarmless(golden, altered);
      });
    }
  }
}

TYPED_TEST_P(NotificationLaws, NoneOfManyMutationsIsBelieved) {
  constexpr int kMutations = 100'000;
  SeededRandom random(this->kSeed);
  const std::vector<GoldenNotification> goldens = TypeParam::GoldenNotifications();
  for (int round = 0; round < kMutations && !this->HasFailure(); ++round) {
    const GoldenNotification& golden = goldens[round % goldens.size()];
    RawRequest altered = golden.request;
    std::string* const signature =
        TypeParam::kSignatureHeader.empty()
            ? nullptr
            : MutableHeader(altered.headers, TypeParam::kSignatureHeader);
    const bool in_signature = signature != nullptr && random.Next() % 4 == 0;
    std::string& target = in_signature ? *signature : altered.body;
    target = Mutate(target, random);
    this->ExpectHarmless(golden, altered);
  }
}

TYPED_TEST_P(NotificationLaws, AnythingElseIsRefused) {
  SeededRandom random(this->kSeed);
  std::vector<std::string> bodies = StrangeBodies();
  for (int i = 0; i < 500; ++i) bodies.push_back(RandomBytes(random, random.Next() % 500));
  for (const GoldenNotification& golden : TypeParam::GoldenNotifications()) {
    for (const std::string& body : bodies) {
      RawRequest altered = golden.request;
      altered.body = body;
      EXPECT_FALSE(this->provider().ReadNotification(altered, golden.context).ok());
      EXPECT_FALSE(this->provider().Diagnose(altered, golden.context).verified);
      altered.headers.clear();
      EXPECT_FALSE(this->provider().ReadNotification(altered, golden.context).ok());
    }
    for (size_t size = 0; size < golden.request.body.size(); ++size) {
      RawRequest altered = golden.request;
      altered.body.resize(size);
      this->ExpectHarmless(golden, altered);
    }
  }
}

TYPED_TEST_P(NotificationLaws, AcknowledgementsAreExact) {
  ASSERT_EQ(TypeParam::Acknowledgements().size(), 3u);
  for (const Acknowledgement& golden : TypeParam::Acknowledgements()) {
    const HttpReply reply = this->provider().Acknowledge(golden.result);
    EXPECT_EQ(reply.status, golden.status);
    EXPECT_EQ(reply.body, golden.body);
    const std::string* const type = FindHeader(reply.headers, "Content-Type");
    ASSERT_NE(type, nullptr);
    EXPECT_EQ(*type, golden.content_type);
  }
}

REGISTER_TYPED_TEST_SUITE_P(NotificationLaws, GoldensSayWhatTheySay,
                            RepeatsHaveOneKeyAndOthersAnother, AFlippedNotificationIsRefused,
                            NoneOfManyMutationsIsBelieved, AnythingElseIsRefused,
                            AcknowledgementsAreExact);

}  // namespace sluice::conformance
