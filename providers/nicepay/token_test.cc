#include "providers/nicepay/token.h"

#include <optional>

#include "gtest/gtest.h"
#include "providers/nicepay/test_account.h"

namespace sluice::nicepay {
namespace {

// The vectors were made with sha256sum over the formulas that NICEPAY's own printed tokens prove.
TEST(TokenTest, VectorsAreReproduced) {
  const Account account = TestAccount();
  EXPECT_EQ(OrderToken(account, "20260115103000", kTestOrder, "15000"),
            "3b32b8dd59f8707103a3674e9323696fc5dd74abf7e791f2cecf0bd63769febc");
  EXPECT_EQ(OrderToken(account, "20260115103005", kTestOrder, "15000"),
            "f3c9fefa81edd03e9889afce94f160fe26cf441c09058a54dda83604c13bac9f");
  EXPECT_EQ(OrderToken(account, "20260115103100", kTestOrder, "15000"),
            "22f62cf87f5400ee9461baf34e525c8c20f0e7331f35ed59ad639cff19dae9a1");
  EXPECT_EQ(CancelToken(account, "20260115110000", kTestTxid, "15000"),
            "8162d77be5bc65c03550cfa7d1ef523994a6861be7f14f4f2f05b589cb557040");
  EXPECT_EQ(NotificationToken(account, kTestTxid, "15000"),
            "88940b7f669e1135c78951ec9741204efd6dacec92b962f31b88fdbc463deea9");
  EXPECT_EQ(LinkToken(account, "LINK-0001", "081200000001"),
            "d7cbd017bb9007cde264637955d0fc96cd8e6f5d3ea29d42f9aa5e183449bcda");
  EXPECT_EQ(InitiateToken(account, "ORD-AP-0002", "15000"),
            "36de16f5411db6abf083139e676816f1079d3c72b4487f89dac9fbd2e854019d");
  // The legacy registration has the same formula as linkInitiate.
  EXPECT_EQ(InitiateToken(account, kTestOrder, "15000"),
            "aafc9c8234c2e1cbf5b3bc972483747ab195e65490be428f4f10c948b3c88843");
}

TEST(TokenTest, TimesAreJakartas) {
  EXPECT_EQ(TimeStamp(JakartaTime(10, 30, 0)), "20260115103000");
  EXPECT_EQ(
      TimeStamp(absl::FromCivil(absl::CivilSecond(2025, 12, 31, 17, 0, 0), absl::UTCTimeZone())),
      "20260101000000");
  EXPECT_EQ(ReadTime("20260115", "103042"), JakartaTime(10, 30, 42));
}

TEST(TokenTest, WhatIsNoTimeIsNotRead) {
  for (const auto& [date, time] : {std::pair{"", ""},
                                   {"20260115", ""},
                                   {"2026011", "103042"},
                                   {"20260231", "103042"},
                                   {"20260115", "250000"},
                                   {"20260115", "10304a"},
                                   {"2026-1-5", "103042"}}) {
    EXPECT_EQ(ReadTime(date, time), std::nullopt) << date << time;
  }
}

TEST(TokenTest, AmountsAreWholeRupiah) {
  EXPECT_EQ(AmountText({"IDR", 1}), "1");
  EXPECT_EQ(AmountText({"IDR", 15000}), "15000");
  EXPECT_EQ(AmountText({"IDR", 999'999'999'999}), "999999999999");
}

}  // namespace
}  // namespace sluice::nicepay
