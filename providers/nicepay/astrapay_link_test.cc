#include "providers/nicepay/astrapay_link.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "providers/nicepay/nicepay.h"
#include "providers/nicepay/test_account.h"
#include "server/core/error.h"

namespace sluice::nicepay {
namespace {

using conformance::Scenario;

NicePay Backend(const std::map<std::string, std::string>& settings = {}) {
  ProviderAccountConfig config = TestConfig();
  for (const auto& [name, value] : settings) config.settings[name] = value;
  return NicePay(*Account::Make(config));
}

HttpRequest Build(const Scenario& scenario, const NicePay& backend = Backend()) {
  auto request = backend.Build(scenario.ToOperation(), scenario.context);
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? *request : HttpRequest();
}

std::string FieldOf(const HttpRequest& request, std::string_view name) {
  const auto fields = ParseForm(request.body);
  EXPECT_TRUE(fields.ok());
  const std::string* const value = FindField(*fields, name);
  return value == nullptr ? "" : *value;
}

Scenario Linking() { return TestScenario(Verb::kCreateAccountLink, "astrapay"); }
Scenario Initiating() { return TestScenario(Verb::kCreateOrder, "astrapay"); }

HttpReply LinkedReply(const std::string& reference, const std::string& name = "redirectUrl") {
  return JsonReply(absl::StrReplaceAll(ReadTestdata("replies/linked.json"),
                                       {{"LINK-0001.link", reference}, {"redirectUrl", name}}));
}

TEST(AstraPayTest, LinkEnableIsAForm) {
  Scenario scenario = Linking();
  scenario.attempt.provider_key = "LINK-0001";
  const HttpRequest request = Build(scenario);
  EXPECT_EQ(request.url, "https://dev.nicepay.co.id/nicepay/api/linkEnable.do");
  EXPECT_EQ(*FindHeader(request.headers, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_TRUE(request.at_most_once);
  EXPECT_EQ(FieldOf(request, "merchantToken"),
            "d7cbd017bb9007cde264637955d0fc96cd8e6f5d3ea29d42f9aa5e183449bcda");
  EXPECT_EQ(FieldOf(request, "billingPhone"), "081200000001");
  EXPECT_EQ(FieldOf(request, "mitraCd"), "ASTR");
  EXPECT_EQ(FieldOf(request, "dbProcessUrl"), scenario.context.notify_url);
  EXPECT_EQ(FieldOf(request, "callBackUrl"), scenario.context.return_page_url);
  EXPECT_EQ(FieldOf(request, "userIP"), "192.0.2.10");
}

TEST(AstraPayTest, LinkInitiateCarriesTheMandate) {
  Scenario scenario = Initiating();
  scenario.attempt.provider_key = "ORD-AP-0002";
  const HttpRequest request = Build(scenario);
  EXPECT_EQ(request.url, "https://dev.nicepay.co.id/nicepay/api/linkInitiate.do");
  EXPECT_EQ(FieldOf(request, "mandateID"), kTestMandate);
  EXPECT_EQ(FieldOf(request, "amt"), "15000");
  EXPECT_EQ(FieldOf(request, "merchantToken"),
            "36de16f5411db6abf083139e676816f1079d3c72b4487f89dac9fbd2e854019d");
  EXPECT_TRUE(request.at_most_once);
}

TEST(AstraPayTest, TheFormatIsASwitch) {
  const HttpRequest request = Build(Linking(), Backend({{"astrapay_request_format", "json"}}));
  EXPECT_EQ(*FindHeader(request.headers, "Content-Type"), "application/json");
  const auto json = Json::Parse(request.body);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(*json->GetString("referenceNo"), "LINK-0001.link");
}

TEST(AstraPayTest, OnlyAnActiveLinkPays) {
  const auto code = [](const Scenario& scenario) {
    return Backend().Build(scenario.ToOperation(), scenario.context).status().code();
  };
  EXPECT_EQ(code(Initiating()), absl::StatusCode::kOk);
  Scenario scenario = Initiating();
  scenario.pays_with_link = false;
  EXPECT_EQ(code(scenario), absl::StatusCode::kFailedPrecondition);
  scenario = Initiating();
  scenario.account_link.state = AccountLinkState::kRevoked;
  EXPECT_EQ(code(scenario), absl::StatusCode::kFailedPrecondition);
  scenario = Initiating();
  scenario.account_link.provider_data.clear();
  EXPECT_EQ(code(scenario), absl::StatusCode::kFailedPrecondition);
  scenario = Initiating();
  scenario.account_link.provider_account = "another";
  EXPECT_EQ(code(scenario), absl::StatusCode::kFailedPrecondition);
}

TEST(AstraPayTest, EachAcceptedNameOfTheUrlIsRead) {
  for (const char* name : {"redirectUrl", "redirectURL", "redirectUrlHttp", "requestURL"}) {
    const Scenario scenario = Linking();
    const Step step = Backend().Interpret(scenario.ToOperation(), scenario.context,
                                          LinkedReply("LINK-0001.link", name));
    EXPECT_EQ(step.outcome.verdict, Verdict::kAccepted) << name;
    EXPECT_EQ(step.outcome.facts.report, Report::kOpen);
    EXPECT_EQ(step.outcome.facts.next_action->url, "https://astrapay.example/link?token=1");
  }
  const Scenario scenario = Linking();
  const HttpReply reply = LinkedReply("LINK-0001.link", "newUrl");
  EXPECT_EQ(Backend().Interpret(scenario.ToOperation(), scenario.context, reply).outcome.verdict,
            Verdict::kUnknown);
  EXPECT_EQ(Backend({{"astrapay_redirect_fields", "newUrl"}})
                .Interpret(scenario.ToOperation(), scenario.context, reply)
                .outcome.verdict,
            Verdict::kAccepted);
}

TEST(AstraPayTest, ARedirectingAnswerIsReadToo) {
  HttpReply reply;
  reply.status = 302;
  reply.headers = {{"Location", "https://astrapay.example/pay?token=1"}};
  const auto read = [&](const Scenario& scenario) {
    return Backend().Interpret(scenario.ToOperation(), scenario.context, reply).outcome;
  };
  EXPECT_EQ(read(Linking()).verdict, Verdict::kAccepted);
  // A payment without a transaction id could never be asked about.
  EXPECT_EQ(read(Initiating()).verdict, Verdict::kUnknown);
  reply.headers = {{"Location", absl::StrCat("https://astrapay.example/pay?tXid=", kTestTxid)}};
  EXPECT_EQ(read(Initiating()).verdict, Verdict::kAccepted);
  EXPECT_EQ(read(Initiating()).facts.provider_data.at("txid"), kTestTxid);
  reply.headers = {{"Location", "http://astrapay.example/pay"}};
  EXPECT_EQ(read(Linking()).verdict, Verdict::kUnknown);
  reply.headers = {{"Location", "https://astrapay.example/pay"}};
  reply.status = 200;
  EXPECT_EQ(read(Linking()).verdict, Verdict::kUnknown);
}

TEST(AstraPayTest, AnOrderOfALinkedAccountIsRegisteredByInitiating) {
  const Scenario scenario = Initiating();
  const Step step =
      Backend().Interpret(scenario.ToOperation(), scenario.context, LinkedReply(kTestOrder));
  EXPECT_EQ(step.outcome.verdict, Verdict::kAccepted);
  EXPECT_FALSE(step.next.has_value());
  EXPECT_EQ(step.outcome.facts.provider_number, kTestTxid);
  EXPECT_EQ(step.outcome.facts.provider_data.at("reference_no"), kTestOrder);
  const Outcome retired =
      Backend().Interpret(scenario.ToOperation(), scenario.context, CodeReply("9751")).outcome;
  EXPECT_EQ(retired.verdict, Verdict::kDeclined);
  EXPECT_EQ(retired.failure.reason, FailureReason::kInvalidAccount);
}

// --- Notifications of links

std::string LinkForm(const std::map<std::string, std::string>& changes = {}) {
  FormFields fields = *ParseForm(ReadTestdata("notifications/linked.form"));
  FormFields changed;
  for (auto& [name, value] : fields) {
    const auto change = changes.find(name);
    if (change == changes.end()) {
      changed.emplace_back(name, value);
    } else if (change->second != "[none]") {
      changed.emplace_back(name, change->second);
    }
  }
  return BuildForm(changed);
}

absl::StatusOr<Notification> ReadLink(const std::string& body) {
  return Backend().ReadNotification(FormNotification(body), {});
}

TEST(LinkNotificationTest, BringsTheMandate) {
  const auto read = ReadLink(LinkForm());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->kind, ResourceKind::kAccountLink);
  EXPECT_EQ(read->provider_key, "LINK-0001.link");
  EXPECT_EQ(read->facts.report, Report::kSucceeded);
  EXPECT_EQ(read->facts.provider_data.at("mandate"), kTestMandate);
  EXPECT_FALSE(read->confirm_by_query);  // There is nothing to ask.
  EXPECT_EQ(read->dedup_key.find(kTestMandate), std::string::npos);
  EXPECT_EQ(Backend().descriptor().sealed_data, std::vector<std::string>{"mandate"});
}

TEST(LinkNotificationTest, EveryStatusIsMapped) {
  for (const auto& [status, report] : {std::pair{"0", Report::kSucceeded},
                                       {"1", Report::kCanceled},
                                       {"3", Report::kOpen},
                                       {"5", Report::kExpired},
                                       {"8", Report::kFailed},
                                       {"7", Report::kNone}}) {
    const auto read = ReadLink(LinkForm({{"status", status}}));
    ASSERT_TRUE(read.ok()) << status;
    EXPECT_EQ(read->facts.report, report) << status;
    EXPECT_EQ(read->facts.provider_data.empty(), report != Report::kSucceeded);
  }
}

TEST(LinkNotificationTest, TellsWhosePhoneItIsAndSinceWhen) {
  const auto first = ReadLink(LinkForm({{"transDt", "20260115"}, {"transTm", "103042"}}));
  EXPECT_EQ(first->facts.payer_key.size(), 64u);
  EXPECT_EQ(first->facts.payer_key.find("81200000001"), std::string::npos) << "hashed";
  EXPECT_EQ(first->facts.activate_time, JakartaTime(10, 30, 42));
  const auto unlinked = ReadLink(LinkForm({{"status", "1"}}));
  EXPECT_EQ(unlinked->facts.payer_key, "");
  EXPECT_FALSE(ReadLink(LinkForm({{"transTm", "256199"}}))->facts.activate_time.has_value());
}

TEST(LinkNotificationTest, OtherReadingsAreSettings) {
  const NicePay backend =
      Backend({{"astrapay_mandate_field", "mandateNo"},
               {"astrapay_link_statuses", "linked=A,pending=P,refused=R,expired=E,unlinked=U"},
               {"astrapay_relink_retires", "false"},
               {"astrapay_minutes", "30"},
               {"push_again", "false"}});
  FormFields fields = *ParseForm(LinkForm({{"status", "A"}, {"mandateID", "[none]"}}));
  fields.emplace_back("mandateNo", kTestMandate);
  const auto read = backend.ReadNotification(FormNotification(BuildForm(fields)), {});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->facts.report, Report::kSucceeded);
  EXPECT_EQ(read->facts.provider_data.at("mandate"), kTestMandate);
  EXPECT_EQ(read->facts.payer_key, "");
  EXPECT_EQ(backend.descriptor().FindWallet("astrapay")->default_expiry, absl::Minutes(30));
  EXPECT_FALSE(backend.descriptor().resend_push);
}

TEST(LinkNotificationTest, ARefusedLinkNeedsNoMandateAndALinkedOneDoes) {
  EXPECT_TRUE(ReadLink(LinkForm({{"status", "8"}, {"mandateID", ""}})).ok());
  EXPECT_TRUE(ReadLink(LinkForm({{"status", "8"}, {"mandateID", "[none]"}})).ok());
  for (const char* mandate : {"", "[none]", "with space", "x/y"}) {
    EXPECT_FALSE(ReadLink(LinkForm({{"mandateID", mandate}})).ok()) << mandate;
  }
  EXPECT_FALSE(ReadLink(LinkForm({{"mandateID", std::string(41, '1')}})).ok());
}

TEST(LinkNotificationTest, ANewMandateIsNews) {
  const auto first = ReadLink(LinkForm());
  const auto again = ReadLink(LinkForm());
  const auto other = ReadLink(LinkForm({{"mandateID", "DEMOEWTEST00000000000000000002"}}));
  EXPECT_EQ(first->dedup_key, again->dedup_key);
  EXPECT_NE(first->dedup_key, other->dedup_key);
}

TEST(LinkNotificationTest, WhatTheTokenCoversCannotBeChanged) {
  const auto message = [](const std::string& body) {
    return std::string(ReadLink(body).status().message());
  };
  EXPECT_EQ(message(LinkForm({{"referenceNo", "LINK-0002.link"}})),
            notification_reason::kSignatureInvalid);
  EXPECT_EQ(message(LinkForm({{"billingPhone", "081200000002"}})),
            notification_reason::kSignatureInvalid);
  EXPECT_EQ(message(LinkForm({{"merchantToken", ""}})), notification_reason::kSignatureMissing);
  EXPECT_EQ(message(LinkForm({{"iMid", "OTHERMERCH"}})), notification_reason::kMerchantMismatch);
  EXPECT_EQ(message(LinkForm({{"mitraCd", "DANA"}})), notification_reason::kMalformed);
  EXPECT_EQ(message(LinkForm({{"status", ""}})), notification_reason::kMalformed);
}

}  // namespace
}  // namespace sluice::nicepay
