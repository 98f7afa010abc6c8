// For tests: an account with keys on both sides, golden messages, and calls to go with them.
//
// Threads: the keys are made once, at first use. Ownership: values.

#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "providers/payby/account.h"
#include "providers/payby/signing.h"
#include "server/base/encoding.h"
#include "server/wire/http.h"
#include "tests/conformance/provider/scenario.h"

namespace sluice::payby {

inline constexpr char kTestOrder[] = "ORD-20260101-0001";
inline constexpr char kTestRefund[] = "RFD-20260101-0001";

// Keys are made at run time: no private key lies in the repository.
struct TestKeys {
  crypto::RsaKeyPair merchant = *crypto::GenerateRsaKeyPair();
  crypto::RsaKeyPair provider = *crypto::GenerateRsaKeyPair();
  crypto::RsaKeyPair stranger = *crypto::GenerateRsaKeyPair();

  static const TestKeys& Get() {
    static const auto* const kKeys = new TestKeys();
    return *kKeys;
  }
};

inline ProviderAccountConfig TestConfig() {
  const TestKeys& keys = TestKeys::Get();
  return {.account = "demo-payby",
          .settings = {{setting::kBaseUrl, "https://uat.test2pay.com/sgs/api"},
                       {setting::kPartnerId, "200000999901"}},
          .secrets = {{setting::kPrivateKey, keys.merchant.private_pem},
                      {setting::kProviderPublicKey, Redacted(keys.provider.public_pem)}}};
}

inline std::string SignWith(const crypto::RsaKeyPair& pair, std::string_view body) {
  return *SignBody(*crypto::RsaPrivateKey::FromPem(pair.private_pem), body);
}

// A golden message, without the line end of its file.
inline std::string ReadTestdata(const std::string& path) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/providers/payby/testdata/" + path);
  EXPECT_TRUE(file.is_open()) << path;
  std::stringstream text;
  text << file.rdbuf();
  std::string body = text.str();
  if (!body.empty() && body.back() == '\n') body.pop_back();
  return body;
}

inline HttpReply UnsignedReply(std::string body) {
  HttpReply reply;
  reply.status = 200;
  reply.headers = {{"Content-Type", "application/json;charset=UTF-8"}};
  reply.body = std::move(body);
  return reply;
}

inline HttpReply SignedReply(std::string body) {
  HttpReply reply = UnsignedReply(std::move(body));
  // Header names come in any case.
  reply.headers.emplace_back("Sign", SignWith(TestKeys::Get().provider, reply.body));
  return reply;
}

inline std::string ErrorBody(std::string_view apply_status, std::string_view code,
                             std::string_view message = "WORD") {
  return absl::StrCat(R"({"head":{"applyStatus":")", std::string(apply_status), R"(","code":")",
                      std::string(code), R"(","msg":")", std::string(message),
                      R"(","traceCode":"100004"}})");
}

inline RawRequest SignedNotification(std::string body) {
  RawRequest request;
  request.method = "POST";
  request.path = "/notify/payby/demo-payby";
  request.body = std::move(body);
  request.headers = {{"Content-Type", "application/json;charset=UTF-8"},
                     {"sign", SignWith(TestKeys::Get().provider, request.body)}};
  request.remote_address = "203.0.113.7";
  return request;
}

// A call of `verb` on the order and refund of the golden messages.
inline conformance::Scenario TestScenario(Verb verb) {
  const absl::Time start = absl::FromUnixSeconds(1767225600);
  conformance::Scenario scenario;
  scenario.name = std::string(VerbName(verb));
  scenario.verb = verb;
  Order& order = scenario.order;
  order.merchant = "demo";
  order.id = kTestOrder;
  order.provider = "payby";
  order.provider_account = "demo-payby";
  order.create_time = start;
  order.wallet = "botim";
  order.presentation = Presentation::kRedirect;
  order.amount = {"AED", 1234};
  order.description = "Demo item";
  order.return_url = absl::StrCat("https://shop.example/pay/done?ref=", kTestOrder);
  order.customer.display_name = "Amina Testperson";
  order.customer.phone = "+971500000001";
  Refund& refund = scenario.refund;
  refund.merchant = "demo";
  refund.id = kTestRefund;
  refund.order_id = kTestOrder;
  refund.amount = {"AED", 234};
  refund.description = "returned";
  scenario.SendAt(start);
  scenario.context = {.now = start, .notify_url = "https://shop.example/hooks/payby"};
  return scenario;
}

inline conformance::Scenario QrScenario() {
  conformance::Scenario scenario = TestScenario(Verb::kCreateOrder);
  scenario.name = "create_order by QR code";
  scenario.order.presentation = Presentation::kQrCode;
  scenario.order.expire_time = scenario.order.create_time + absl::Hours(2);
  return scenario;
}

}  // namespace sluice::payby
