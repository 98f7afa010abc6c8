// For tests: the account of the documents' vectors, golden messages, and calls to go with them.
//
// Threads: constant. Ownership: values.

#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "providers/epay/account.h"
#include "providers/epay/signing.h"
#include "server/wire/form.h"
#include "server/wire/http.h"
#include "tests/conformance/provider/scenario.h"

namespace sluice::epay {

inline constexpr char kTestAccount[] = "merchant@example.test";
inline constexpr char kTestKey[] = "TESTKEY0123456789ABCDEF00000001";
inline constexpr char kForeignKey[] = "OTHERKEY0123456789ABCDEF00000002";
inline constexpr char kTestPayout[] = "W-1001";
inline constexpr char kTestNumber[] = "231151598560704599180001";  // EPAY's.
inline constexpr char kTestReceiver[] = "U123456789012";

inline ProviderAccountConfig TestConfig() {
  return {.account = "demo-epay",
          .settings = {{setting::kBaseUrl, "https://api.epay.com/capi/openapi"},
                       {setting::kEpayAccount, kTestAccount}},
          .secrets = {{setting::kApiKeyPayout, Redacted(kTestKey)}}};
}

inline Account TestAccount() { return *Account::Make(TestConfig()); }

// A golden message, without the line end of its file.
inline std::string ReadTestdata(const std::string& path) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/providers/epay/testdata/" + path);
  EXPECT_TRUE(file.is_open()) << path;
  std::stringstream text;
  text << file.rdbuf();
  std::string body = text.str();
  if (!body.empty() && body.back() == '\n') body.pop_back();
  return body;
}

inline HttpReply ReplyOf(std::string body) {
  HttpReply reply;
  reply.status = 200;
  reply.headers = {{"Content-Type", "application/json;charset=UTF-8"}};
  reply.body = std::move(body);
  return reply;
}

// As EPAY signs: JSON text is read as an object.
inline std::string SignAsEpay(const Json& object, const char* key = kTestKey) {
  return SignText(CanonicalText(object, NestedStyle::kCommaSpace, JsonText::kExpanded),
                  Redacted(key));
}

inline HttpReply SuccessOf(Json data, const char* key = kTestKey) {
  Json envelope = Json::Object({{"sign", SignAsEpay(data, key)},
                                {"epayAccount", kTestAccount},
                                {"version", "V2.0.0"},
                                {"code", Json::Int(1)},
                                {"message", "success"}});
  envelope.Set("data", std::move(data));
  return ReplyOf(envelope.Write());
}

// The `data` of the golden reply `name`.
inline Json DataOf(const std::string& name) {
  return *Json::Parse(ReadTestdata("replies/" + name + ".json"))->Find("data");
}

inline HttpReply RefusalOf(int64_t code, const std::string& message) {
  return ReplyOf(Json::Object({{"sign", ""},
                               {"epayAccount", kTestAccount},
                               {"version", "V2.0.0"},
                               {"code", Json::Int(code)},
                               {"message", message},
                               {"data", Json::Null()}})
                     .Write());
}

inline RawRequest CallbackOf(std::string body) {
  RawRequest request;
  request.method = "POST";
  request.path = "/notify/epay/demo-epay";
  request.headers = {{"Content-Type", std::string(kFormContentType)}};
  request.body = std::move(body);
  request.remote_address = "203.0.113.7";
  return request;
}

// The fields, signed.
inline RawRequest SignedCallback(FormFields fields, const char* key = kTestKey) {
  Json object = Json::Object();
  for (const auto& [name, value] : fields) object.Set(name, Json(value));
  fields.emplace_back("sign", SignAsEpay(object, key));
  return CallbackOf(BuildForm(fields));
}

// The fields of the golden callback `name`, without its sign.
inline FormFields FieldsOf(const std::string& name) {
  FormFields fields = *ParseForm(ReadTestdata("callbacks/" + name + ".txt"));
  EXPECT_EQ(fields.back().first, "sign");
  fields.pop_back();
  return fields;
}

inline void SetField(FormFields& fields, std::string_view name, const std::string& value) {
  for (auto& [each, text] : fields) {
    if (each == name) {
      text = value;
      return;
    }
  }
  fields.emplace_back(std::string(name), value);
}

// A call of `verb` on the payout of the golden messages.
inline conformance::Scenario TestScenario(Verb verb) {
  const absl::Time start = absl::FromUnixSeconds(1767225600);
  conformance::Scenario scenario;
  scenario.name = std::string(VerbName(verb));
  scenario.verb = verb;
  Payout& payout = scenario.payout;
  payout.merchant = "demo";
  payout.id = kTestPayout;
  payout.provider = "epay";
  payout.provider_account = "demo-epay";
  payout.create_time = start;
  payout.wallet = "advcash";
  payout.amount = {"USD", 2550};
  payout.receiver_account = kTestReceiver;
  payout.description = "order W-1001";
  payout.state = PayoutState::kSubmitting;
  scenario.wallet = "advcash";
  scenario.currency_code = "USD";
  scenario.SendAt(start);
  scenario.context = {.now = start, .notify_url = "https://shop.example.test/epay/notify?x=1"};
  return scenario;
}

}  // namespace sluice::epay
