// For tests: the account of the documents' vectors, golden messages, and calls to go with them.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "providers/nicepay/account.h"
#include "server/crypto/sha256.h"
#include "server/wire/http.h"
#include "tests/conformance/provider/scenario.h"

namespace sluice::nicepay {

inline constexpr char kTestKey[] = "demo-merchant-key-0123456789abcdef";
inline constexpr char kTestMid[] = "DEMOEWTEST";
inline constexpr char kTestOrder[] = "ORD-EW-0001";
inline constexpr char kTestRefund[] = "RFD-EW-0001";
inline constexpr char kTestLink[] = "LINK-0001";
inline constexpr char kTestTxid[] = "DEMOEWTEST05202601151030011234";
inline constexpr char kTestMandate[] = "DEMOEWTEST00000000000000000001";

inline ProviderAccountConfig TestConfig() {
  return {.account = "demo-nicepay",
          .settings = {{setting::kBaseUrl, "https://dev.nicepay.co.id"},
                       {setting::kMerchantId, kTestMid}},
          .secrets = {{setting::kMerchantKey, Redacted(kTestKey)}}};
}

inline Account TestAccount() { return *Account::Make(TestConfig()); }

// 15 January 2026 in Jakarta.
inline absl::Time JakartaTime(int hour, int minute, int second) {
  return absl::FromCivil(absl::CivilSecond(2026, 1, 15, hour, minute, second),
                         absl::FixedTimeZone(7 * 60 * 60));
}

// A golden message, without the line end of its file.
inline std::string ReadTestdata(const std::string& path) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/providers/nicepay/testdata/" + path);
  EXPECT_TRUE(file.is_open()) << path;
  std::stringstream text;
  text << file.rdbuf();
  std::string body = text.str();
  if (!body.empty() && body.back() == '\n') body.pop_back();
  return body;
}

inline HttpReply JsonReply(std::string body, int status = 200) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "application/json;charset=UTF-8"}};
  reply.body = std::move(body);
  return reply;
}

inline HttpReply CodeReply(const std::string& code, const std::string& message = "words") {
  return JsonReply(absl::StrCat(R"({"resultCd":")", code, R"(","resultMsg":")", message,
                                R"(","tXid":null,"referenceNo":null})"));
}

// An inquiry's answer about the test order; `more` is further members, each with a comma before it.
inline HttpReply InquiryReply(const std::string& status, const std::string& more = "") {
  return JsonReply(absl::StrCat(
      R"({"resultCd":"0000","resultMsg":"word","tXid":")", kTestTxid, R"(","iMid":")", kTestMid,
      R"(","currency":"IDR","amt":"15000","referenceNo":")", kTestOrder,
      R"(","transDt":"20260115","transTm":"103042","status":")", status, "\"", more, "}"));
}

inline RawRequest FormNotification(std::string body) {
  RawRequest request;
  request.method = "POST";
  request.path = "/notify/nicepay/demo-nicepay";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"User-Agent", "Jakarta Commons-HttpClient/3.1"}};
  request.body = std::move(body);
  request.remote_address = "103.20.51.39";
  return request;
}

inline Customer TestCustomer() {
  return {.display_name = "Budi Demo",
          .email = "budi@example.com",
          .phone = "+6281200000001",
          .address = "Jalan Contoh 1",
          .city = "Jakarta",
          .state = "DKI Jakarta",
          .postal_code = "12345",
          .country = "ID",
          .ip_address = "192.0.2.10"};
}

inline AccountLink TestLink() {
  AccountLink link;
  link.merchant = "demo";
  link.id = kTestLink;
  link.provider = "nicepay";
  link.provider_account = "demo-nicepay";
  link.wallet = "astrapay";
  link.return_url = "https://shop.example/linked";
  link.customer = TestCustomer();
  link.state = AccountLinkState::kActive;
  link.provider_data = {{"mandate", kTestMandate}};
  return link;
}

// A call of `verb` in `wallet`, on resources that have been registered where the verb needs it.
inline conformance::Scenario TestScenario(Verb verb, const std::string& wallet = "dana") {
  const absl::Time start = JakartaTime(10, 30, 0);
  conformance::Scenario scenario;
  scenario.name = absl::StrCat(std::string(VerbName(verb)), " ", wallet);
  scenario.verb = verb;
  Order& order = scenario.order;
  order.merchant = "demo";
  order.id = kTestOrder;
  order.provider = "nicepay";
  order.provider_account = "demo-nicepay";
  order.create_time = start;
  order.wallet = wallet;
  order.presentation = wallet == "ovo" ? Presentation::kPush : Presentation::kRedirect;
  order.amount = {"IDR", 15000};
  order.paid = order.refunded = order.refund_pending = {"IDR", 0};
  order.description = "Demo goods";
  order.return_url = "https://shop.example/done?ref=1";
  order.customer = TestCustomer();
  scenario.account_link = TestLink();
  if (wallet == "astrapay") {
    order.account_link = scenario.account_link.Name();
    scenario.pays_with_link = verb == Verb::kCreateOrder;
  }
  if (verb != Verb::kCreateOrder) {
    order.provider_number = kTestTxid;
    order.provider_data = {{"txid", kTestTxid}};
  }
  Refund& refund = scenario.refund;
  refund.merchant = "demo";
  refund.id = kTestRefund;
  refund.order_id = kTestOrder;
  refund.amount = {"IDR", 5000};
  refund.description = "returned";
  scenario.SendAt(start);
  scenario.context = {.now = start,
                      .notify_url = "https://merchant.example/nicepay/notify",
                      .return_page_url = "https://merchant.example/return?a=1&b=2"};
  return scenario;
}

// The documents' own registration, in OVO and with a cart.
inline conformance::Scenario SampleRegistration() {
  conformance::Scenario scenario = TestScenario(Verb::kCreateOrder, "ovo");
  scenario.name = "the documents' registration";
  scenario.order.line_items = {{.display_name = "Demo goods",
                                .description = "x",
                                .image_url = "https://example.com/a.png",
                                .unit_price = {"IDR", 15000}}};
  return scenario;
}

inline std::string Sha256Of(const std::string& text) { return crypto::Sha256HexLower(text); }

}  // namespace sluice::nicepay
