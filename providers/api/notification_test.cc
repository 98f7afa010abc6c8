#include "providers/api/notification.h"

#include "gtest/gtest.h"

namespace sluice {
namespace {

TEST(NotificationHintTest, AnErrorCarriesItsHint) {
  for (const ResourceKind kind : {ResourceKind::kOrder, ResourceKind::kRefund,
                                  ResourceKind::kPayout, ResourceKind::kAccountLink}) {
    const absl::Status status =
        WithHint(absl::UnauthenticatedError(notification_reason::kSignatureInvalid),
                 {.kind = kind, .provider_key = "W-1001"});
    EXPECT_EQ(status.message(), notification_reason::kSignatureInvalid);
    EXPECT_TRUE(absl::IsUnauthenticated(status));
    const auto hint = HintOf(status);
    ASSERT_TRUE(hint.has_value());
    EXPECT_EQ(hint->kind, kind);
    EXPECT_EQ(hint->provider_key, "W-1001");
  }
}

TEST(NotificationHintTest, WithoutAKeyThereIsNothingToAskAbout) {
  const absl::Status status = absl::UnauthenticatedError(notification_reason::kSignatureInvalid);
  EXPECT_EQ(HintOf(status), std::nullopt);
  EXPECT_EQ(HintOf(WithHint(status, {.kind = ResourceKind::kPayout})), std::nullopt);
  EXPECT_EQ(HintOf(WithHint(status, {.kind = ResourceKind::kEvent, .provider_key = "x"})),
            std::nullopt);
}

TEST(NotificationHintTest, NoErrorHasNoHint) {
  EXPECT_EQ(HintOf(WithHint(absl::OkStatus(), {ResourceKind::kPayout, "x"})), std::nullopt);
}

}  // namespace
}  // namespace sluice
