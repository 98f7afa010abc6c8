#include "providers/payby/notifications.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/payby/test_account.h"
#include "server/base/encoding.h"
#include "server/wire/json.h"

namespace sluice::payby {
namespace {

using ::testing::HasSubstr;

Account TestAccount() { return *Account::Make(TestConfig()); }

RawRequest Golden(const std::string& name) {
  return SignedNotification(ReadTestdata("notifications/" + name + ".json"));
}

RawRequest Changed(const std::string& name, const std::string& from, const std::string& to) {
  std::string body = ReadTestdata("notifications/" + name + ".json");
  EXPECT_GT(absl::StrReplaceAll({{from, to}}, &body), 0) << from;
  return SignedNotification(body);
}

absl::StatusOr<Notification> Read(const RawRequest& request) {
  return ReadNotificationOf(TestAccount(), request);
}

TEST(NotificationsTest, APaymentIsReadWhole) {
  const auto read = Read(Golden("paid"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->dedup_key, "order/131767225600123456/PAID_SUCCESS");
  EXPECT_FALSE(read->confirm_by_query);
  EXPECT_EQ(read->merchant_id, "") << "it was checked";
  EXPECT_EQ(read->facts.paid, (Money{"AED", 1234}));
  EXPECT_EQ(read->facts.pay_time, absl::FromUnixMillis(1767226190000));
  EXPECT_EQ(read->facts.provider_number, "131767225600123456");
}

TEST(NotificationsTest, ARefundIsReadWhole) {
  const auto read = Read(Golden("refund_success"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->dedup_key, "refund/191767226500123789/SUCCESS");
  EXPECT_EQ(read->facts.provider_number, "191767226500123789");
  EXPECT_EQ(read->order_key, kTestOrder) << "the engine compares it";
}

TEST(NotificationsTest, ARevokedSettledOrderIsAnotherNotice) {
  EXPECT_NE(Read(Golden("settled"))->dedup_key, Read(Golden("settled_revoked"))->dedup_key);
}

TEST(NotificationsTest, WhyItIsNotBelieved) {
  RawRequest request = Golden("paid");
  request.headers.pop_back();
  EXPECT_EQ(Read(request).status(), absl::UnauthenticatedError("SIGNATURE_MISSING"));

  request = Golden("paid");
  request.headers.back().second = "";
  EXPECT_EQ(Read(request).status(), absl::UnauthenticatedError("SIGNATURE_MISSING"));

  request = Golden("paid");
  request.headers.back().second = Golden("refund_success").headers.back().second;
  EXPECT_EQ(Read(request).status(), absl::UnauthenticatedError("SIGNATURE_INVALID"));

  request = Golden("paid");
  request.headers.back().second = SignWith(TestKeys::Get().merchant, request.body);
  EXPECT_EQ(Read(request).status(), absl::UnauthenticatedError("SIGNATURE_INVALID"))
      << "our own key is not PayBy's";

  EXPECT_EQ(Read(Changed("paid", "200000999901", "200000999902")).status(),
            absl::UnauthenticatedError("MERCHANT_MISMATCH"));
}

TEST(NotificationsTest, WhatCannotBeReadIsMalformed) {
  const absl::Status malformed = absl::InvalidArgumentError("MALFORMED");
  EXPECT_EQ(Read(SignedNotification("")).status(), malformed);
  EXPECT_EQ(Read(SignedNotification("{}")).status(), malformed);
  EXPECT_EQ(Read(SignedNotification("[1]")).status(), malformed);
  EXPECT_EQ(Read(SignedNotification("not json")).status(), malformed);
  EXPECT_EQ(Read(SignedNotification(R"({"acquireOrder":7})")).status(), malformed);
  EXPECT_EQ(Read(Changed("paid", "acquireOrder", "refundOrder")).status(), malformed);
  EXPECT_EQ(
      Read(Changed("paid", "\"acquireOrder\"", "\"refundOrder\":{},\"acquireOrder\"")).status(),
      malformed)
      << "one or the other";
  EXPECT_EQ(Read(Changed("paid", "PAID_SUCCESS", std::string(100, 'X'))).status(), malformed);
  EXPECT_EQ(Read(Changed("paid", "12.34", "12.341")).status(), malformed);
  EXPECT_EQ(Read(Changed("revoked", "\"revoked\":\"true\"", "\"revoked\":\"false\"")).status(),
            malformed)
      << "it contradicts itself";
}

TEST(NotificationsTest, AnotherAmountIsForTheEngineToCompare) {
  const auto read = Read(Changed("paid", "12.34", "0.01"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->facts.amount, (Money{"AED", 1}));
  const auto foreign = Read(Changed("paid", "AED", "USD"));
  ASSERT_TRUE(foreign.ok()) << foreign.status();
  EXPECT_EQ(foreign->facts.amount.currency_code, "USD");
}

TEST(NotificationsTest, AStatusThatIsNotKnownSaysNothing) {
  const auto read = Read(Changed("paid", "PAID_SUCCESS", "SOMETHING_NEW"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->facts.report, Report::kNone);
  EXPECT_TRUE(read->facts.paid.empty());
}

std::string Diagnose(const RawRequest& request) {
  const Diagnosis diagnosis = DiagnoseNotification(TestAccount(), request);
  EXPECT_FALSE(diagnosis.verified) << diagnosis.summary;
  std::string text = diagnosis.summary;
  for (const auto& [name, value] : diagnosis.details) text += "|" + name + "=" + value;
  for (const char* secret : {"100000999902", "12.34", "BALANCE"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << text;
  }
  return text;
}

// The golden's signature, with other bytes than it is for.
RawRequest WithBody(RawRequest request, std::string body) {
  request.body = std::move(body);
  return request;
}

RawRequest WithSign(RawRequest request, std::string sign) {
  request.headers.back().second = std::move(sign);
  return request;
}

TEST(DiagnoseTest, TellsWhatIsWrongWithTheHeader) {
  RawRequest request = Golden("paid");
  request.headers.pop_back();
  EXPECT_THAT(Diagnose(request), HasSubstr("the header sign is missing"));
  EXPECT_THAT(Diagnose(WithSign(Golden("paid"), "")), HasSubstr("header sign=empty"));
  EXPECT_THAT(Diagnose(WithSign(Golden("paid"), "***")), HasSubstr("is not Base64"));
  EXPECT_THAT(Diagnose(WithSign(Golden("paid"), Base64Encode("short"))),
              HasSubstr("the signature has 5 bytes, the key's have 256"));

  // A signature with a '+' that a form decoder has made a space.
  const RawRequest golden = Golden("paid");
  std::string spoilt = golden.headers.back().second;
  if (absl::StrReplaceAll({{"+", " "}}, &spoilt) > 0) {
    EXPECT_THAT(Diagnose(WithSign(golden, spoilt)), HasSubstr("spaces read as '+'"));
  }
  spoilt = golden.headers.back().second;
  spoilt.insert(76, "\r\n");
  EXPECT_THAT(Diagnose(WithSign(golden, spoilt)), HasSubstr("with its white space removed"));
  spoilt = golden.headers.back().second;
  absl::StrReplaceAll({{"=", "%3D"}}, &spoilt);
  EXPECT_THAT(Diagnose(WithSign(golden, spoilt)), HasSubstr("percent escapes"));
}

TEST(DiagnoseTest, TellsWhoseKeyItWas) {
  const RawRequest golden = Golden("paid");
  EXPECT_THAT(Diagnose(WithSign(golden, SignWith(TestKeys::Get().merchant, golden.body))),
              HasSubstr("the merchant's own key"));
  EXPECT_THAT(Diagnose(WithSign(golden, SignWith(TestKeys::Get().stranger, golden.body))),
              HasSubstr("not the configured PayBy key's"));
}

TEST(DiagnoseTest, TellsHowTheBytesWereChanged) {
  const RawRequest golden = Golden("paid");
  EXPECT_THAT(Diagnose(WithBody(golden, golden.body + "\r\n")),
              HasSubstr("without white space at its ends"));
  const RawRequest with_end = SignedNotification(golden.body + "\n");
  EXPECT_THAT(Diagnose(WithBody(with_end, golden.body)), HasSubstr("with a line end added"));
  std::string body = golden.body;
  absl::StrReplaceAll({{"\n", "\r\n"}}, &body);
  EXPECT_THAT(Diagnose(WithBody(golden, body)), HasSubstr("with CR LF read as LF"));
  EXPECT_THAT(Diagnose(WithBody(golden, "\xEF\xBB\xBF" + golden.body)),
              HasSubstr("without its byte order mark"));
  const RawRequest compact = SignedNotification(Json::Parse(golden.body)->Write());
  EXPECT_THAT(Diagnose(WithBody(compact, golden.body)), HasSubstr("written compactly"));
}

TEST(DiagnoseTest, TellsWhatIsNotBelievedAlthoughSigned) {
  EXPECT_THAT(Diagnose(SignedNotification("{}")), HasSubstr("reason=MALFORMED"));
  EXPECT_THAT(Diagnose(Changed("paid", "200000999901", "200000999902")),
              HasSubstr("reason=MERCHANT_MISMATCH"));
}

TEST(DiagnoseTest, TellsWhenAllIsWell) {
  const Diagnosis diagnosis = DiagnoseNotification(TestAccount(), Golden("paid"));
  EXPECT_TRUE(diagnosis.verified);
  EXPECT_THAT(diagnosis.details,
              ::testing::Contains(std::pair<std::string, std::string>("number", kTestOrder)));
}

}  // namespace
}  // namespace sluice::payby
