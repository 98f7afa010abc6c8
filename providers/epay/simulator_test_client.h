// A merchant and its web server for the tests of the EPAY simulator: an independent client that
// writes the wire and the signed texts by hand, and checks every signature it gets.
//
// Threads: one. Ownership: owns the simulator and its fake time.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "providers/epay/simulator.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"
#include "server/crypto/sha256.h"
#include "server/wire/form.h"
#include "server/wire/json.h"

namespace sluice::epay::simulator_test {

inline constexpr char kAccount[] = "merchant@example.test";
inline constexpr char kKey[] = "TESTKEY0123456789ABCDEF00000001";
inline constexpr char kNotifyUrl[] = "https://shop.example.test/epay/notify?x=1";

inline std::string HashOf(const std::string& text, const std::string& key = kKey) {
  return crypto::Sha256HexUpper(absl::StrCat(text, "&key=", key));
}

// The merchant's reading of flat texts with one JSON text of one member, which every style writes
// the same: sorted, empty ones left out, `extendFields` and `message` expanded.
inline std::string SignedTextOf(const std::map<std::string, std::string>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    absl::StrAppend(&text, text.empty() ? "" : "&", name, "=");
    const absl::StatusOr<Json> json = Json::Parse(value);
    if (json.ok() && json->is_object()) {
      const Json::Member& only = json->members().at(0);
      absl::StrAppend(&text, "{", only.first, "=", only.second.text(), "}");
    } else {
      absl::StrAppend(&text, value);
    }
  }
  return text;
}

struct Answered {
  SimulatedAnswer raw;
  Json json;  // Null when the body is no JSON.

  std::string Text(std::string_view path) const {
    const Json* found = json.FindPath(path);
    if (found == nullptr) return "(absent)";
    return found->is_null() ? "(null)" : found->text();
  }
  int64_t code() const { return json.GetInt("code").value_or(-1); }
  std::string message() const { return Text("message"); }
  std::string sign() const { return Text("sign"); }
  std::string status() const { return Text("data.status"); }
  std::string order_no() const { return Text("data.epayOrderNo"); }
  std::map<std::string, std::string> Data() const {
    std::map<std::string, std::string> fields;
    const Json* data = json.Find("data");
    if (data == nullptr) return fields;
    for (const auto& [name, value] : data->members()) fields[name] = value.text();
    return fields;
  }
  bool verified() const { return sign() == HashOf(SignedTextOf(Data())); }
};

struct Received {
  HttpRequest request;
  std::map<std::string, std::string> fields;  // Without sign.
  std::string sign;
  absl::Time time;  // Virtual.

  bool verified() const { return sign == HashOf(SignedTextOf(fields)); }
  std::string Field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "(absent)" : found->second;
  }
};

// What is asked of createEwalletTransaction; each text as it stands in JSON and in the signature.
struct Order {
  std::string no = "W-1001", amount = "25.50", channel = "12", currency = "USD";
  std::string notify_url = kNotifyUrl;
  std::string extend_json = "{\"ref\":\"r-77\"}", extend_signed = "{ref=r-77}";
  std::string receiver_json = "{\"accountNo\":\"U123456789012\"}";
  std::string receiver_signed = "{accountNo=U123456789012}";
};

class EpaySimulatorTest : public ::testing::Test {
 protected:
  EpaySimulatorTest() { Start(7); }

  // The same seed again is the same world again. Nothing happens to payouts by itself.
  void Start(uint64_t seed) {
    simulator_.reset();
    timers_ = std::make_unique<FakeTimers>(&clock_);
    SimulatorContext context;
    context.clock = &clock_;
    context.timers = timers_.get();
    context.seed = seed;
    context.base_url = "http://127.0.0.1:7070/epay";
    context.send = [this](HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
      Receive(std::move(request), std::move(done));
    };
    simulator_ = MakeEpaySimulator(context).value();
    ASSERT_TRUE(
        simulator_
            ->AddAccount({{"epay_account", kAccount}, {"api_key", kKey}, {"balance", "10000.00"}})
            .ok());
    Switch("auto_result", "none");
  }

  void Receive(HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
    Received received;
    if (const absl::StatusOr<FormFields> form = ParseForm(request.body); form.ok()) {
      for (const auto& [name, value] : *form) {
        (name == "sign" ? received.sign : received.fields[name]) = value;
      }
    }
    received.time = simulator_->Now();
    received.request = std::move(request);
    received_.push_back(std::move(received));
    HttpReply reply;
    reply.status = reply_status_;
    reply.body = reply_body_;
    done(reply);
  }

  static RawRequest Post(const std::string& call, std::string body) {
    RawRequest request;
    request.method = "POST";
    request.path = absl::StrCat("/payoutApi/", call);
    request.headers = {{"content-type", "application/json; charset=utf-8"}};
    request.body = std::move(body);
    request.remote_address = "192.0.2.7";
    return request;
  }

  Answered Send(const RawRequest& request) {
    Answered answered;
    answered.raw = simulator_->Handle(request);
    if (absl::StatusOr<Json> json = Json::Parse(answered.raw.reply.body); json.ok()) {
      answered.json = *json;
    }
    return answered;
  }

  // `param` as JSON, and the text that is signed for it.
  Answered Call(const std::string& call, const std::string& param, const std::string& text,
                const std::string& key = kKey) {
    return Send(
        Post(call, absl::StrCat("{\"param\":", param, ",\"sign\":\"", HashOf(text, key), "\"}")));
  }

  // Flat texts alone.
  Answered CallFlat(const std::string& call, std::map<std::string, std::string> fields) {
    fields.try_emplace("epayAccount", kAccount);
    fields.try_emplace("version", "V2.0.0");
    Json param = Json::Object();
    for (const auto& [name, value] : fields) param.Set(name, value);
    return Call(call, param.Write(), SignedTextOf(fields));
  }

  static std::string CreateParam(const Order& order) {
    return absl::StrCat(
        "{\"epayAccount\":\"", kAccount, "\",\"category\":\"EWALLET\",\"channelCode\":\"",
        order.channel, "\",\"notifyUrl\":\"", order.notify_url, "\",\"merchantOrderNo\":\"",
        order.no, "\",\"amount\":\"", order.amount, "\",\"currency\":\"", order.currency,
        "\",\"version\":\"V2.0.0\",\"extendFields\":", order.extend_json,
        ",\"receiverInfo\":", order.receiver_json, "}");
  }
  static std::string CreateText(const Order& order) {
    const auto pair = [](const std::string& name, const std::string& value) {
      return value.empty() ? "" : absl::StrCat(name, "=", value, "&");
    };
    return absl::StrCat("amount=", order.amount, "&category=EWALLET&channelCode=", order.channel,
                        "&currency=", order.currency, "&epayAccount=", kAccount, "&",
                        pair("extendFields", order.extend_signed), "merchantOrderNo=", order.no,
                        "&", pair("notifyUrl", order.notify_url),
                        "receiverInfo=", order.receiver_signed, "&version=V2.0.0");
  }
  Answered Create(const Order& order) {
    return Call("createEwalletTransaction", CreateParam(order), CreateText(order));
  }
  Answered Create(const std::string& no, const std::string& amount) {
    Order order;
    order.no = no;
    order.amount = amount;
    return Create(order);
  }
  Answered Query(const std::string& no) {
    return CallFlat("queryTransaction", {{"merchantOrderNo", no}});
  }
  Answered GetLimit(const std::string& channel) {
    return CallFlat("getLimit", {{"category", "EWALLET"},
                                 {"currency", "USD"},
                                 {"channelCode", channel},
                                 {"type", "PAYMENT"}});
  }

  void Switch(std::string_view name, std::string_view value) {
    ASSERT_TRUE(simulator_->SetSwitch(name, value).ok()) << name << "=" << value;
  }
  void PutFault(FaultKind kind, std::string operation) {
    Fault fault;
    fault.kind = kind;
    fault.operation = std::move(operation);
    ASSERT_TRUE(simulator_->PutFault(fault).ok());
  }
  // Lets happen what is due now.
  void Settle() { simulator_->AdvanceClock(absl::ZeroDuration()); }

  // Operations of the ledger about `key`, in order, as "operation:state:amount".
  std::vector<std::string> Ledger(std::string_view key) const {
    std::vector<std::string> words;
    for (const LedgerEntry& entry : simulator_->Ledger()) {
      if (entry.provider_key != key || entry.operation == "notification") continue;
      EXPECT_EQ(entry.currency_code, "USD");
      EXPECT_EQ(entry.account, kAccount);
      words.push_back(absl::StrCat(entry.operation, ":", entry.state, ":", entry.minor_units));
    }
    return words;
  }
  std::vector<std::string> DeliveryStates() const {
    std::vector<std::string> states;
    for (const LedgerEntry& entry : simulator_->Ledger()) {
      if (entry.operation == "notification") states.push_back(entry.state);
    }
    return states;
  }

  FakeClock clock_{absl::FromUnixMillis(1767225600123)};  // 2026-01-01T00:00:00.123Z
  std::unique_ptr<FakeTimers> timers_;
  std::vector<Received> received_;
  int reply_status_ = 200;
  std::string reply_body_ = "success";
  std::unique_ptr<Simulator> simulator_;
};

}  // namespace sluice::epay::simulator_test
