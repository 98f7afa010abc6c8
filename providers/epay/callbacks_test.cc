#include "providers/epay/callbacks.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/epay/test_account.h"
#include "server/core/attempt_decide.h"
#include "tests/conformance/provider/mutations.h"

namespace sluice::epay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<Notification> Read(const RawRequest& request) {
  return ReadCallback(TestAccount(), request);
}

RawRequest Golden(const std::string& name) {
  return CallbackOf(ReadTestdata("callbacks/" + name + ".txt"));
}

FormFields With(FormFields fields, std::string_view name, const std::string& value) {
  SetField(fields, name, value);
  return fields;
}

std::string Detail(const Diagnosis& diagnosis, const std::string& name) {
  for (const auto& [each, value] : diagnosis.details) {
    if (each == name) return value;
  }
  return "";
}

TEST(CallbacksTest, ASuccessSaysAll) {
  const auto read = Read(Golden("success"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->provider_key, kTestPayout);
  EXPECT_EQ(read->dedup_key, "payout/231151598560704599180001/7");
  EXPECT_FALSE(read->confirm_by_query);
  EXPECT_EQ(read->facts.report, Report::kSucceeded);
  EXPECT_EQ(read->facts.provider_number, kTestNumber);
  EXPECT_EQ(read->facts.amount, (Money{"USD", 2550}));
  EXPECT_EQ(read->facts.fee, (Money{"USD", 51}));
  EXPECT_EQ(read->facts.receive_amount, (Money{"USD", 2550}));
  EXPECT_EQ(read->facts.exchange_rate, "1.000000");
}

// EPAY's sibling call answers with the fee counted in, so a callback may, too.
TEST(CallbacksTest, AnAmountMayBeWithTheFee) {
  const auto read = Read(SignedCallback(With(FieldsOf("success"), "amount", "26.01")));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->confirm_by_query);
  EXPECT_EQ(AmountMismatch(read->facts, Money{"USD", 2550}), nullptr);
  EXPECT_EQ(AmountMismatch(read->facts, Money{"USD", 2601}), nullptr) << "or without it";
  EXPECT_STREQ(AmountMismatch(read->facts, Money{"USD", 2600}), "AMOUNT_MISMATCH");
  EXPECT_STREQ(AmountMismatch(read->facts, Money{"EUR", 2550}), "CURRENCY_MISMATCH");
  FormFields without = With(FieldsOf("success"), "amount", "26.01");
  SetField(without, "fee", "");
  EXPECT_STREQ(AmountMismatch(Read(SignedCallback(without))->facts, Money{"USD", 2550}),
               "AMOUNT_MISMATCH");
}

TEST(CallbacksTest, AFailureSaysWhy) {
  const auto read = Read(Golden("failure"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->facts.report, Report::kFailed);
  EXPECT_FALSE(read->facts.fee_kept);
  EXPECT_EQ(read->facts.failure.provider_code, "6");
  EXPECT_EQ(read->facts.failure.provider_message, "receiver account rejected");
  EXPECT_TRUE(Read(SignedCallback(With(FieldsOf("failure"), "status", "20")))->facts.fee_kept);
}

TEST(CallbacksTest, EitherReadingOfJsonTextIsTaken) {
  EXPECT_TRUE(Read(Golden("success")).ok());
  EXPECT_TRUE(Read(Golden("success_unexpanded")).ok());
}

TEST(CallbacksTest, AllFieldsCount) {
  FormFields fields = With(FieldsOf("success"), "brandNew", "1");
  EXPECT_TRUE(Read(SignedCallback(fields)).ok());
  RawRequest added = Golden("success");
  added.body += "&brandNew=1";
  EXPECT_FALSE(Read(added).ok());
  // Empty ones are signed by nobody; neither are the two that a browser's forward adds.
  added.body = Golden("success").body + "&empty=&isForward=1&payUrl=x";
  EXPECT_TRUE(Read(added).ok());
}

TEST(CallbacksTest, WhatIsNotBelievedMayBeAskedAbout) {
  RawRequest forged = SignedCallback(FieldsOf("success"), kForeignKey);
  absl::Status status = Read(forged).status();
  EXPECT_TRUE(absl::IsUnauthenticated(status));
  EXPECT_EQ(status.message(), notification_reason::kSignatureInvalid);
  ASSERT_TRUE(HintOf(status).has_value());
  EXPECT_EQ(HintOf(status)->provider_key, kTestPayout);
  EXPECT_EQ(HintOf(status)->kind, ResourceKind::kPayout);

  status = Read(CallbackOf(BuildForm(FieldsOf("failure")))).status();
  EXPECT_EQ(status.message(), notification_reason::kSignatureMissing);
  EXPECT_EQ(HintOf(status)->provider_key, "W-1002");

  status = Read(CallbackOf("merchantOrderNo=a+b&sign=00")).status();
  EXPECT_EQ(status.message(), notification_reason::kSignatureInvalid);
  EXPECT_FALSE(HintOf(status).has_value());
}

TEST(CallbacksTest, AnotherMerchantsCallbackIsNotOurs) {
  const absl::Status status =
      Read(SignedCallback(With(FieldsOf("success"), "epayAccount", "other@example.test"))).status();
  EXPECT_EQ(status.message(), notification_reason::kMerchantMismatch);
  EXPECT_FALSE(HintOf(status).has_value());
}

TEST(CallbacksTest, WhatIsNeededMustBeThere) {
  for (const char* name :
       {"merchantOrderNo", "epayOrderNo", "amount", "settlementCurrency", "status"}) {
    const absl::Status status = Read(SignedCallback(With(FieldsOf("success"), name, ""))).status();
    EXPECT_EQ(status.message(), notification_reason::kMalformed) << name;
  }
  RawRequest twice = Golden("success");
  twice.body += "&status=6";
  EXPECT_EQ(Read(twice).status().message(), notification_reason::kMalformed);
}

// The signed text of one callback, cut into other fields: a remark that somebody else has chosen
// could turn a failure into a success. It verifies, so EPAY must be asked.
TEST(CallbacksTest, ACallbackCutAnewIsAskedAbout) {
  const FormFields failure =
      With(FieldsOf("failure"), "remark", "x&settlementCurrency=USD&status=7&z=1");
  const auto original = Read(SignedCallback(failure));
  ASSERT_TRUE(original.ok()) << original.status();
  EXPECT_EQ(original->facts.report, Report::kFailed);
  EXPECT_TRUE(original->confirm_by_query);

  FormFields forged = With(FieldsOf("failure"), "remark", "x");
  SetField(forged, "status", "7");
  SetField(forged, "z", "1&settlementCurrency=USD&status=6");
  forged.emplace_back("sign", ParseForm(SignedCallback(failure).body)->back().second);
  const auto read = Read(CallbackOf(BuildForm(forged)));
  ASSERT_TRUE(read.ok()) << "the forgery must verify for this test to test anything";
  EXPECT_EQ(read->facts.report, Report::kSucceeded);
  EXPECT_TRUE(read->confirm_by_query);
}

TEST(CallbacksTest, EveryChangedValueIsRefused) {
  for (const char* name : {"success", "success_unexpanded", "failure"}) {
    const FormFields fields = *ParseForm(ReadTestdata(std::string("callbacks/") + name + ".txt"));
    for (size_t i = 0; i < fields.size(); ++i) {
      conformance::ForEachFlip(fields[i].second, [&](const std::string& value, size_t at) {
        FormFields changed = fields;
        changed[i].second = value;
        const bool only_case = fields[i].first == "sign" &&
                               (value[at] ^ fields[i].second[at]) == 0x20 &&
                               fields[i].second[at] >= 'A';
        EXPECT_EQ(Read(CallbackOf(BuildForm(changed))).ok(), only_case)
            << fields[i].first << " " << at;
      });
      if (fields[i].second.empty()) continue;
      FormFields missing = fields;
      missing.erase(missing.begin() + i);
      EXPECT_FALSE(Read(CallbackOf(BuildForm(missing))).ok()) << fields[i].first;
    }
  }
}

// --- Diagnosis

TEST(DiagnosisTest, ShowsTheSignedTextWithoutKeyAndPersonalData) {
  FormFields fields = With(FieldsOf("success"), "accountNo", kTestReceiver);
  SetField(fields, "message", R"({"name":"Amina Testperson","status":"7"})");
  const Diagnosis diagnosis = DiagnoseCallback(TestAccount(), SignedCallback(fields));
  EXPECT_TRUE(diagnosis.verified);
  const std::string text = Detail(diagnosis, "canonical string");
  EXPECT_THAT(text, HasSubstr("accountNo=U1*********12&amount=25.50&epayAccount=me"));
  EXPECT_THAT(text, HasSubstr("message={name=Am************on, status=7}"));
  EXPECT_THAT(text, HasSubstr("&status=7&key=[key]"));
  for (const char* secret : {kTestKey, kTestAccount, kTestReceiver, "Amina Testperson"}) {
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
  EXPECT_EQ(Detail(diagnosis, "reading"), "JSON text is read as an object");
}

TEST(DiagnosisTest, FindsTheStyleThatWouldFit) {
  FormFields fields = FieldsOf("success");
  SetField(fields, "message", R"({"a":"1","b":"2"})");
  Json object = SignedFields(fields);
  fields.emplace_back("sign",
                      SignText(CanonicalText(object, NestedStyle::kAmp, JsonText::kMessageOnly),
                               Redacted(kTestKey)));
  const Diagnosis diagnosis = DiagnoseCallback(TestAccount(), CallbackOf(BuildForm(fields)));
  EXPECT_FALSE(diagnosis.verified);
  EXPECT_THAT(diagnosis.summary, HasSubstr("nested_style amp"));
}

TEST(DiagnosisTest, FindsADoubleEncoding) {
  FormFields fields = FieldsOf("success");
  SetField(fields, "epayAccount", "merchant%40example.test");
  fields.emplace_back("sign", SignAsEpay(SignedFields(FieldsOf("success"))));
  EXPECT_THAT(DiagnoseCallback(TestAccount(), CallbackOf(BuildForm(fields))).summary,
              HasSubstr("a field was changed"));
  FormFields encoded = FieldsOf("success");
  SetField(encoded, "extendFields", "");
  Json object = SignedFields(encoded);
  object.Set("epayAccount", "merchant%40example.test");
  encoded.emplace_back("sign", SignAsEpay(object));
  EXPECT_THAT(DiagnoseCallback(TestAccount(), CallbackOf(BuildForm(encoded))).summary,
              HasSubstr("percent escapes"));
}

TEST(DiagnosisTest, FindsAForwardAndSaysWhatIsMissing) {
  FormFields fields = With(FieldsOf("success"), "isForward", "1");
  fields.emplace_back("payUrl", "https://pay.example.test");
  Json object = Json::Object();
  for (const auto& [name, value] : fields) object.Set(name, Json(value));
  fields.emplace_back("sign", SignAsEpay(object));
  EXPECT_THAT(DiagnoseCallback(TestAccount(), CallbackOf(BuildForm(fields))).summary,
              HasSubstr("isForward"));
  EXPECT_THAT(DiagnoseCallback(TestAccount(), CallbackOf("a=1")).summary, HasSubstr("missing"));
  EXPECT_THAT(DiagnoseCallback(TestAccount(), CallbackOf("a=1&sign=00")).summary,
              HasSubstr("64 hexadecimal digits"));
  EXPECT_THAT(DiagnoseCallback(TestAccount(), CallbackOf("%zz")).summary, HasSubstr("not a form"));
  const Diagnosis foreign =
      DiagnoseCallback(TestAccount(), SignedCallback(FieldsOf("success"), kForeignKey));
  EXPECT_FALSE(foreign.verified);
  EXPECT_THAT(foreign.summary, HasSubstr("api_key_payout"));
}

}  // namespace
}  // namespace sluice::epay
