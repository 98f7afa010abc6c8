#include "providers/nicepay/notifications.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/nicepay/test_account.h"

namespace sluice::nicepay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<Notification> Read(const std::string& body) {
  return ReadNotificationOf(TestAccount(), FormNotification(body));
}

std::string Why(const std::string& body) { return std::string(Read(body).status().message()); }

std::string Paid() { return ReadTestdata("notifications/paid.form"); }

std::string Changed(const std::string& from, const std::string& to) {
  std::string body = absl::StrReplaceAll(Paid(), {{from, to}});
  EXPECT_NE(body, Paid());
  return body;
}

// With a token that fits what stands in it.
std::string Signed(const std::string& txid, const std::string& amount, const std::string& more) {
  return absl::StrCat("tXid=", txid, "&amt=", amount,
                      "&merchantToken=", Sha256Of(absl::StrCat(kTestMid, txid, amount, kTestKey)),
                      more);
}

TEST(NotificationsTest, APaymentIsToBeConfirmed) {
  const auto read = Read(Paid());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->confirm_by_query);
  EXPECT_EQ(read->kind, ResourceKind::kOrder);
  EXPECT_EQ(read->provider_key, kTestOrder);
  EXPECT_EQ(read->dedup_key, absl::StrCat(kTestTxid, "/0"));
  EXPECT_EQ(read->facts.report, Report::kPaid);
  EXPECT_EQ(read->facts.amount, (Money{"IDR", 15000}));
  EXPECT_EQ(read->facts.pay_time, JakartaTime(10, 30, 42));
  EXPECT_EQ(read->facts.provider_number, kTestTxid);
}

TEST(NotificationsTest, AReversalMayBeOfAPart) {
  const auto read = Read(ReadTestdata("notifications/reversal.form"));
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->confirm_by_query);
  EXPECT_EQ(read->facts.report, Report::kReturned);
  EXPECT_TRUE(read->facts.amount.empty());
  EXPECT_EQ(read->facts.returned, (Money{"IDR", 15000}));
  const auto other = Read(Signed(kTestTxid, "5000", "&referenceNo=ORD-EW-0001&status=1"));
  EXPECT_NE(other->dedup_key, read->dedup_key);
}

// What the token does not cover may be altered by anybody: it is only ever asked about.
TEST(NotificationsTest, WhateverItSaysIsConfirmedFirst) {
  for (const auto& [from, to] : {std::pair{"&status=0", "&status=1"},
                                 {"&status=0", "&status=7"},
                                 {"ORD-EW-0001", "ORD-EW-0002"},
                                 {"matchCl=1", "matchCl=3"},
                                 {"transDt=20260115", "transDt=20260231"},
                                 {"mitraCd=OVOE", "mitraCd=DANA"}}) {
    const auto read = Read(Changed(from, to));
    ASSERT_TRUE(read.ok()) << to;
    EXPECT_TRUE(read->confirm_by_query) << to;
  }
}

TEST(NotificationsTest, WhatTheTokenCoversCannotBeChanged) {
  EXPECT_EQ(Why(Changed("amt=15000", "amt=15001")), notification_reason::kSignatureInvalid);
  EXPECT_EQ(
      Why(Changed("tXid=DEMOEWTEST05202601151030011234", "tXid=DEMOEWTEST05202601151030011235")),
      notification_reason::kSignatureInvalid);
  EXPECT_EQ(Why(Changed("merchantToken=88940b7f", "merchantToken=88940B7F")),
            notification_reason::kSignatureInvalid);
  EXPECT_EQ(Why(Changed("merchantToken=", "token=")), notification_reason::kSignatureMissing);
}

TEST(NotificationsTest, WhatCannotBeReadIsMalformed) {
  for (const std::string& body :
       {std::string("a=%zz"), Paid() + "&amt=1", Signed("", "15000", "&referenceNo=x&status=0"),
        Signed(kTestTxid, "", "&referenceNo=x&status=0"),
        Signed(kTestTxid, "1.5", "&referenceNo=x&status=0"),
        Signed(kTestTxid, "-1", "&referenceNo=x&status=0"),
        Signed(kTestTxid, "0", "&referenceNo=x&status=0"), Signed(kTestTxid, "15000", "&status=0"),
        Signed(kTestTxid, "15000", "&referenceNo=x"),
        Signed(kTestTxid, "15000", absl::StrCat("&status=0&referenceNo=", std::string(41, 'x')))}) {
    EXPECT_EQ(Why(body), notification_reason::kMalformed) << body;
    EXPECT_EQ(Read(body).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(Read(Signed(kTestTxid, "15000.00", "&referenceNo=x&status=0")).ok());
}

TEST(NotificationsTest, AnotherMerchantsOrCurrencysIsRefused) {
  EXPECT_EQ(Why(Paid() + "&iMid=OTHERMERCH"), notification_reason::kMerchantMismatch);
  EXPECT_TRUE(Read(Paid() + "&iMid=DEMOEWTEST").ok());
  EXPECT_EQ(Why(Changed("currency=IDR", "currency=USD")), notification_reason::kCurrencyMismatch);
}

TEST(NotificationsTest, TheAnswerIsASuccessOnlyOnceDurable) {
  EXPECT_EQ(AcknowledgeNotification(NotificationResult::kAccepted).status, 200);
  EXPECT_EQ(AcknowledgeNotification(NotificationResult::kRefused).status, 401);
  EXPECT_EQ(AcknowledgeNotification(NotificationResult::kTryLater).status, 503);
}

// --- Diagnosis

std::string Explain(const std::string& body) {
  const Diagnosis diagnosis = DiagnoseNotification(TestAccount(), FormNotification(body));
  std::string text = diagnosis.summary;
  for (const auto& [name, value] : diagnosis.details) text += "\n" + name + ": " + value;
  EXPECT_THAT(text, Not(HasSubstr(kTestKey)));
  EXPECT_THAT(text, Not(HasSubstr("Budi")));
  EXPECT_THAT(text, Not(HasSubstr("081200000001")));
  return text;
}

TEST(DiagnosisTest, ShowsWhatWasConcatenated) {
  const Diagnosis diagnosis = DiagnoseNotification(TestAccount(), FormNotification(Paid()));
  EXPECT_TRUE(diagnosis.verified);
  EXPECT_THAT(Explain(Paid()),
              HasSubstr("DEMOEWTEST + DEMOEWTEST05202601151030011234 + 15000 + [key]"));
  EXPECT_THAT(Explain(ReadTestdata("notifications/linked.form")),
              HasSubstr("DEMOEWTEST + LINK-0001.link + 08*"));
}

TEST(DiagnosisTest, NamesTheReadingThatWouldFit) {
  const auto with_token = [](const std::string& over) {
    return absl::StrReplaceAll(Paid(),
                               {{"88940b7f669e1135c78951ec9741204efd6dacec92b962f31b88fdbc463deea9",
                                 Sha256Of(over + kTestKey)}});
  };
  EXPECT_THAT(Explain(with_token("DEMOEWTESTORD-EW-000115000")), HasSubstr("referenceNo"));
  EXPECT_THAT(Explain(with_token(absl::StrCat(kTestMid, kTestTxid, "15000.00"))),
              HasSubstr("two decimals"));
  EXPECT_THAT(Explain(with_token(absl::StrCat("20260115103000", kTestMid, kTestTxid, "15000")) +
                      "&timeStamp=20260115103000"),
              HasSubstr("timeStamp"));
  EXPECT_THAT(Explain(with_token("something else")), HasSubstr("no known reading"));
  EXPECT_THAT(Explain(Changed("88940b7f669e1135c78951ec9741204efd6dacec92b962f31b88fdbc463deea9",
                              "88940B7F669E1135C78951EC9741204EFD6DACEC92B962F31B88FDBC463DEEA9")),
              HasSubstr("upper case"));
  EXPECT_THAT(Explain(Changed("c463deea9", "")), HasSubstr("64 characters"));
  EXPECT_THAT(Explain(Changed("merchantToken", "other")), HasSubstr("missing"));
  EXPECT_THAT(Explain("a=%zz"), HasSubstr("no form"));
  EXPECT_THAT(Explain(Changed("currency=IDR", "currency=USD")), HasSubstr("CURRENCY_MISMATCH"));
}

// A body that was cut together puts one field's text into another.
TEST(DiagnosisTest, ShowsNoTextThatDoesNotLookLikeANumber) {
  EXPECT_THAT(Explain(Changed("&goodsNm=Demo+goods&mitraCd=OVOE&transTm=103042&amt=15000&billingNm",
                              "&amt=15000billingNm")),
              HasSubstr("not as usual"));
}

}  // namespace
}  // namespace sluice::nicepay
