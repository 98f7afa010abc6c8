// Notifications and the payer's page.

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "providers/payby/simulator_test_client.h"

namespace sluice::payby::simulator_test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SimulatorNotifyTest : public SimulatorTest {
 protected:
  std::vector<std::string> States() const {
    std::vector<std::string> states;
    for (const Received& received : received_) {
      EXPECT_TRUE(received.verified);
      const Json* order = received.json.FindPath("acquireOrder.status");
      const Json* refund = received.json.FindPath("refundOrder.status");
      EXPECT_NE(order == nullptr, refund == nullptr);
      states.push_back(order != nullptr ? order->text() : "refund " + refund->text());
    }
    return states;
  }
  void Settle() { Wait(absl::Seconds(30)); }
};

TEST_F(SimulatorNotifyTest, ByDefaultOnlyPaymentsAndEndedRefunds) {
  PlacePaid("O1");
  Refund("R1", "O1", "1");
  Settle();
  Refund("R2", "O1", "1");
  ASSERT_TRUE(simulator_->SetState("R2", "FAILURE").ok());
  ASSERT_TRUE(simulator_->SetState("O1", "SETTLED").ok());
  PlaceFailed("O2");
  Settle();
  EXPECT_THAT(States(), ElementsAre("PAID_SUCCESS", "refund SUCCESS", "refund FAILURE"));
  EXPECT_THAT(DeliveryStates(), Each("accepted"));
}

TEST_F(SimulatorNotifyTest, SwitchesAddTheOthers) {
  Switch("notify_failure", "true");
  Switch("notify_settled", "true");
  Switch("notify_refund_settled", "true");
  PlaceSettled("O1");
  Settle();
  Refund("R1", "O1", "1");
  Settle();
  EXPECT_THAT(States(),
              ElementsAre("PAID_SUCCESS", "SETTLED", "refund REFUNDED_SETTLED", "refund SUCCESS"));
  received_.clear();
  Place("O2"), Cancel("O2");
  Place("O3"), Revoke("O3");
  PlacePaid("O4"), Revoke("O4");
  PlaceFailed("O5");
  Settle();
  EXPECT_THAT(States(), ElementsAre("FAILURE", "FAILURE", "PAID_SUCCESS", "FAILURE", "FAILURE"));
}

TEST_F(SimulatorNotifyTest, WithoutAnAddressNobodyIsTold) {
  std::string terms = Terms("O1");
  const std::string url = absl::StrCat(",\"notifyUrl\":\"", kNotifyUrl, "\"");
  terms.erase(terms.find(url), url.size());
  ASSERT_EQ(Call("placeOrder", terms).code(), "0");
  ASSERT_TRUE(simulator_->Pay("O1").ok());
  Settle();
  EXPECT_THAT(received_, IsEmpty());
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->EmitNotification("O1")));
  EXPECT_TRUE(absl::IsNotFound(simulator_->EmitNotification("NONE")));
}

TEST_F(SimulatorNotifyTest, RetriesByTheDocumentedSchedule) {
  reply_body_ = "no";
  PlacePaid("O1");
  simulator_->AdvanceClock(absl::Hours(48));
  std::vector<int64_t> minutes;
  for (const Received& received : received_) {
    minutes.push_back(absl::ToInt64Minutes(received.time - absl::FromUnixMillis(kStartMs)));
    // The same notice: same id, same content, sent anew.
    EXPECT_TRUE(received.verified);
    EXPECT_EQ(received.json.Find("notify_id")->text(), "202601010000000001");
    EXPECT_EQ(received.json.Find("notify_timestamp")->text(),
              absl::StrCat(absl::ToUnixMillis(received.time)));
    EXPECT_EQ(*received.json.Find("acquireOrder"), *received_[0].json.Find("acquireOrder"));
  }
  EXPECT_THAT(minutes, ElementsAre(0, 2, 12, 22, 82, 202, 562, 1462));
  EXPECT_THAT(DeliveryStates(), Each("failed"));
}

TEST_F(SimulatorNotifyTest, WhatCountsAsAccepted) {
  const auto accepted = [&](int status, std::string body) {
    Start(1);
    received_.clear();
    reply_status_ = status;
    reply_body_ = std::move(body);
    PlacePaid("O1");
    simulator_->AdvanceClock(absl::Minutes(3));
    return received_.size() == 1;
  };
  for (const char* body : {"{\"response\":\"SUCCESS\"}", "{ \"response\" : \"success\" }",
                           "SUCCESS", "success", "Success\n"}) {
    EXPECT_TRUE(accepted(200, body)) << body;
  }
  for (const char* body : {"", "OK", "{\"response\":\"FAIL\"}", "{\"result\":\"SUCCESS\"}",
                           "SUCCESS!", "{\"response\":true}", "<html>SUCCESS</html>"}) {
    EXPECT_FALSE(accepted(200, body)) << body;
  }
  EXPECT_FALSE(accepted(201, "SUCCESS"));
  EXPECT_FALSE(accepted(500, "{\"response\":\"SUCCESS\"}"));
}

TEST_F(SimulatorNotifyTest, EmitSendsThePresentStateAgainUnderItsId) {
  PlacePaid("O1");
  Settle();
  ASSERT_TRUE(simulator_->EmitNotification("O1").ok());
  ASSERT_TRUE(simulator_->SetState("O1", "SETTLED").ok());
  ASSERT_TRUE(simulator_->EmitNotification("O1").ok());
  Settle();
  EXPECT_THAT(States(), ElementsAre("PAID_SUCCESS", "PAID_SUCCESS", "SETTLED"));
  const auto id = [&](int i) { return received_[i].json.Find("notify_id")->text(); };
  EXPECT_EQ(id(0), id(1));
  EXPECT_NE(id(1), id(2));
}

TEST_F(SimulatorNotifyTest, NotificationFaults) {
  PutFault(FaultKind::kBadSignature, "notification");
  PlacePaid("O1");
  Settle();
  ASSERT_EQ(received_.size(), 1u);
  EXPECT_TRUE(received_[0].is_signed);
  EXPECT_FALSE(received_[0].verified);
  received_.clear();
  PutFault(FaultKind::kMissingSignature, "notification");
  PlacePaid("O2");
  Settle();
  ASSERT_EQ(received_.size(), 1u);
  EXPECT_FALSE(received_[0].is_signed);
  received_.clear();
  PutFault(FaultKind::kDuplicateNotification, "");
  PlacePaid("O3");
  Settle();
  EXPECT_THAT(States(), ElementsAre("PAID_SUCCESS", "PAID_SUCCESS"));
  received_.clear();
  PutFault(FaultKind::kDroppedNotification, "notification");
  PlacePaid("O4");
  simulator_->AdvanceClock(absl::Hours(48));
  EXPECT_THAT(received_, IsEmpty());
  Switch("notify_settled", "true");
  PutFault(FaultKind::kReorderedNotifications, "notification");
  PlaceSettled("O5");
  Settle();
  EXPECT_THAT(States(), ElementsAre("SETTLED", "PAID_SUCCESS"));
  received_.clear();
  PutFault(FaultKind::kReorderedNotifications, "notification");
  PlacePaid("O6");
  Settle();
  EXPECT_THAT(received_, IsEmpty());
  simulator_->ClearFaults();
  Settle();
  EXPECT_THAT(States(), ElementsAre("PAID_SUCCESS"));
  received_.clear();
  PutFault(FaultKind::kClockSkew, "notification", absl::Hours(1));
  PlacePaid("O7");
  Settle();
  EXPECT_EQ(received_[0].json.Find("notify_timestamp")->text(),
            absl::StrCat(absl::ToUnixMillis(received_[0].time + absl::Hours(1))));
}

class SimulatorPageTest : public SimulatorTest {
 protected:
  // The path of the payment page, as the host passes it on.
  std::string PlaceForPage(const std::string& no, const std::string& params) {
    std::string link =
        Call("placeOrder", Terms(no, "", params)).Text("body.interActionParams.tokenUrl");
    absl::string_view path = link;
    EXPECT_TRUE(absl::ConsumePrefix(&path, "http://127.0.0.1:7070/payby"));
    return std::string(path);
  }
  HttpReply Browse(const std::string& method, const std::string& path, std::string body = "") {
    RawRequest request;
    request.method = method;
    request.path = path;
    request.body = std::move(body);
    return simulator_->Handle(request).reply;
  }
  static std::string Between(const std::string& text, const std::string& from,
                             const std::string& to) {
    const size_t start = text.find(from);
    if (start == std::string::npos) return "(absent)";
    return text.substr(start + from.size(),
                       text.find(to, start + from.size()) - start - from.size());
  }
  std::string Form(const std::string& path) {
    return "token=" + Between(Browse("GET", path).body, "name=\"token\" value=\"", "\"");
  }
};

TEST_F(SimulatorPageTest, ShowsTheOrderAndPays) {
  const std::string path =
      PlaceForPage("O1", R"({"redirectUrl":"https://shop.example/done?ref=O1"})");
  const HttpReply page = Browse("GET", path);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("12.34 AED"));
  EXPECT_THAT(page.body, HasSubstr("Demo Shop"));
  EXPECT_THAT(page.body, HasSubstr("Demo item"));
  EXPECT_THAT(page.body, HasSubstr("action=\"http://127.0.0.1:7070/payby" + path + "/pay\""));
  const HttpReply paid = Browse("POST", path + "/pay", Form(path));
  EXPECT_EQ(paid.status, 303);
  EXPECT_EQ(*FindHeader(paid.headers, "Location"), "https://shop.example/done?ref=O1");
  EXPECT_EQ(Get("O1").status(), "PAID_SUCCESS");
  const HttpReply after = Browse("GET", path);
  EXPECT_THAT(after.body, Not(HasSubstr("<form")));
  EXPECT_THAT(after.body, HasSubstr("Paid."));
}

TEST_F(SimulatorPageTest, ADeclineStaysHere) {
  const std::string once =
      PlaceForPage("O1", R"({"redirectUrl":"https://shop.example/done","oneTimePayment":"true"})");
  EXPECT_THAT(Browse("GET", once).body, HasSubstr("One try only"));
  const HttpReply declined = Browse("POST", once + "/decline", Form(once));
  EXPECT_EQ(*FindHeader(declined.headers, "Location"), "http://127.0.0.1:7070/payby" + once);
  EXPECT_EQ(Get("O1").status(), "FAILURE");
  EXPECT_THAT(Browse("GET", once).body, HasSubstr("not paid"));
  const std::string many = PlaceForPage("O2", "{}");
  Browse("POST", many + "/decline", Form(many));
  EXPECT_EQ(Get("O2").status(), "CREATED");
  EXPECT_THAT(Browse("GET", many).body, HasSubstr("try again"));
  const HttpReply paid = Browse("POST", many + "/pay", Form(many));  // No redirectUrl.
  EXPECT_EQ(*FindHeader(paid.headers, "Location"), "http://127.0.0.1:7070/payby" + many);
}

TEST_F(SimulatorPageTest, OnlyItsOwnFormDecides) {
  const std::string path = PlaceForPage("O1", "{}"), other = PlaceForPage("O2", "{}");
  EXPECT_EQ(Browse("POST", path + "/pay").status, 403);
  EXPECT_EQ(Browse("POST", path + "/pay", "token=1").status, 403);
  EXPECT_EQ(Browse("POST", path + "/pay", Form(other)).status, 403);
  EXPECT_EQ(Browse("GET", path + "/pay").status, 405);
  EXPECT_EQ(Browse("POST", path).status, 405);
  EXPECT_EQ(Browse("GET", path + "/steal").status, 404);
  EXPECT_EQ(Browse("GET", "/pay/unknown").status, 404);
  EXPECT_EQ(Get("O1").status(), "CREATED");
}

TEST_F(SimulatorPageTest, AClosedOrderCannotBePaid) {
  const std::string path = PlaceForPage("O1", R"({"redirectUrl":"https://shop.example/done"})");
  const std::string form = Form(path);
  Cancel("O1");
  const HttpReply late = Browse("POST", path + "/pay", form);
  EXPECT_EQ(*FindHeader(late.headers, "Location"), "http://127.0.0.1:7070/payby" + path);
  EXPECT_EQ(Get("O1").status(), "FAILURE");
}

TEST_F(SimulatorPageTest, EscapesWhatMerchantsWrite) {
  std::string terms = Terms("O1");
  terms.replace(terms.find("Demo item"), 9, "<script>alert(1)</script>");
  std::string link = Call("placeOrder", terms).Text("body.interActionParams.tokenUrl");
  const std::string html = Browse("GET", link.substr(link.find("/pay/"))).body;
  EXPECT_THAT(html, Not(HasSubstr("<script>")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
}

}  // namespace
}  // namespace sluice::payby::simulator_test
