// What a merchant and a payer's browser send to the simulated NICEPAY, written by hand and hashed
// with formulas of its own: an independent client.
//
// Threads: one. Ownership: owns the simulator, which the fixture makes.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "providers/nicepay/simulator.h"
#include "server/crypto/sha256.h"
#include "server/wire/form.h"
#include "server/wire/json.h"

namespace sluice::nicepay::simulator_test {

inline constexpr char kMid[] = "DEMOEWTEST";
inline constexpr char kKey[] = "demo-merchant-key-0123456789abcdef";
inline constexpr char kNotify[] = "https://merchant.example/nicepay/notify";
inline constexpr char kReturn[] = "https://merchant.example/return";
// 2026-01-15 10:30:01 in Jakarta.
inline constexpr int64_t kStartSeconds = 1768447801;

// Left out of a message where a test maps a field to it.
inline constexpr char kAbsent[] = "(absent)";
using Change = std::map<std::string, std::string>;

struct Answered {
  SimulatedAnswer raw;
  Json json;  // Null when the body is no JSON.

  std::string Text(std::string_view name) const {
    const Json* found = json.Find(name);
    if (found == nullptr) return kAbsent;
    return found->is_null() ? "null" : found->text();
  }
  std::string code() const { return Text("resultCd"); }
  std::string t_xid() const { return Text("tXid"); }
  std::string status() const { return Text("status"); }
  std::string location() const {
    const std::string* found = FindHeader(raw.reply.headers, "Location");
    return found == nullptr ? "" : *found;
  }
};

struct Received {
  HttpRequest request;
  FormFields fields;
  absl::Time time;  // Virtual.

  std::string Text(std::string_view name) const {
    const std::string* found = FindField(fields, name);
    return found == nullptr ? kAbsent : *found;
  }
};

class Client : public ::testing::Test {
 protected:
  static std::string Hash(std::string_view text) { return crypto::Sha256HexLower(text); }
  std::string Stamp() const {
    return absl::FormatTime("%Y%m%d%H%M%S", simulator_->Now(), absl::FixedTimeZone(7 * 3600));
  }

  Answered Send(const std::string& method, const std::string& path, const std::string& type,
                const std::string& body, const std::string& query = "") {
    RawRequest request;
    request.method = method;
    request.path = path;
    request.query = query;
    if (!type.empty()) request.headers = {{"content-type", type}};
    request.body = body;
    request.remote_address = "192.0.2.7";
    Answered answered;
    answered.raw = simulator_->Handle(request);
    if (auto json = Json::Parse(answered.raw.reply.body); json.ok()) answered.json = *json;
    return answered;
  }

  static std::string ToJson(const Change& fields) {
    Json json = Json::Object();
    for (const auto& [name, value] : fields) {
      if (value != kAbsent) json.Set(name, value);
    }
    return json.Write();
  }
  static std::string ToForm(const Change& fields) {
    FormFields form;
    for (const auto& [name, value] : fields) {
      if (value != kAbsent) form.emplace_back(name, value);
    }
    return BuildForm(form);
  }
  // `change` over `fields`, then the token over the named parts unless the change has one.
  static Change Complete(Change fields, const Change& change,
                         std::initializer_list<const char*> parts) {
    for (const auto& [name, value] : change) fields[name] = value;
    std::string text;
    for (const char* part : parts) {
      const auto found = fields.find(part);
      if (found != fields.end() && found->second != kAbsent) text += found->second;
    }
    fields.emplace("merchantToken", Hash(text + kKey));
    return fields;
  }
  Answered Post(const std::string& call, const Change& fields) {
    return Send("POST", "/nicepay/direct/v2/" + call, "application/json", ToJson(fields));
  }

  static std::string Cart(const std::string& price, const std::string& quantity = "1") {
    return absl::StrCat(
        "{\"count\":\"1\",\"item\":[{\"img_url\":\"https://example.com/a.png\",\"goods_name\":"
        "\"Demo goods\",\"goods_detail\":\"x\",\"goods_amt\":\"",
        price, "\",\"goods_quantity\":\"", quantity, "\"}]}");
  }
  Change Registration(const std::string& reference, const std::string& mitra,
                      const Change& change = {}) const {
    const auto amt = change.find("amt");
    return Complete({{"timeStamp", Stamp()},
                     {"iMid", kMid},
                     {"payMethod", "05"},
                     {"currency", "IDR"},
                     {"amt", "15000"},
                     {"referenceNo", reference},
                     {"goodsNm", "Demo goods"},
                     {"billingNm", "Budi Demo"},
                     {"billingPhone", "081200000001"},
                     {"billingEmail", "budi@example.com"},
                     {"billingAddr", "Jalan Contoh 1"},
                     {"billingCity", "Jakarta"},
                     {"billingState", "DKI Jakarta"},
                     {"billingPostCd", "12345"},
                     {"billingCountry", "Indonesia"},
                     {"mitraCd", mitra},
                     {"userIP", "192.0.2.10"},
                     {"cartData", Cart(amt == change.end() ? "15000" : amt->second)},
                     {"dbProcessUrl", kNotify}},
                    change, {"timeStamp", "iMid", "referenceNo", "amt"});
  }
  // Registers; the tXid, "" when refused.
  std::string Register(const std::string& reference, const std::string& mitra,
                       const Change& change = {}) {
    const Answered answer = Post("registration", Registration(reference, mitra, change));
    return answer.code() == "0000" ? answer.t_xid() : "";
  }

  Change Opening(const std::string& reference, const std::string& t_xid, const Change& change = {},
                 const std::string& amt = "15000") const {
    Change fields = {{"timeStamp", Stamp()}, {"tXid", t_xid}, {"callBackUrl", kReturn}};
    for (const auto& [name, value] : change) fields[name] = value;
    fields.emplace("merchantToken",
                   Hash(absl::StrCat(fields["timeStamp"], kMid, reference, amt, kKey)));
    return fields;
  }
  Answered Open(const Change& fields) {
    return Send("GET", "/nicepay/direct/v2/payment", "", "", ToForm(fields));
  }
  std::string RegisterAndOpen(const std::string& reference, const std::string& mitra) {
    const std::string t_xid = Register(reference, mitra);
    Open(Opening(reference, t_xid));
    return t_xid;
  }
  std::string Paid(const std::string& reference, const std::string& mitra) {
    const std::string t_xid = RegisterAndOpen(reference, mitra);
    EXPECT_TRUE(simulator_->Pay(reference).ok());
    return t_xid;
  }

  Answered Inquire(const std::string& reference, const std::string& t_xid,
                   const Change& change = {}) {
    return Post("inquiry", Complete({{"timeStamp", Stamp()},
                                     {"tXid", t_xid},
                                     {"iMid", kMid},
                                     {"referenceNo", reference},
                                     {"amt", "15000"}},
                                    change, {"timeStamp", "iMid", "referenceNo", "amt"}));
  }
  Answered Cancel(const std::string& t_xid, const std::string& type, const std::string& amt,
                  const Change& change = {}) {
    return Post("cancel", Complete({{"timeStamp", Stamp()},
                                    {"tXid", t_xid},
                                    {"iMid", kMid},
                                    {"payMethod", "05"},
                                    {"cancelType", type},
                                    {"amt", amt},
                                    {"cancelMsg", "Customer asked"}},
                                   change, {"timeStamp", "iMid", "tXid", "amt"}));
  }

  Answered Link(const std::string& reference, const Change& change = {}) {
    return Send("POST", "/nicepay/api/linkEnable.do", "application/x-www-form-urlencoded",
                ToForm(Complete({{"timeStamp", Stamp()},
                                 {"iMid", kMid},
                                 {"referenceNo", reference},
                                 {"payMethod", "05"},
                                 {"billingNm", "Budi Demo"},
                                 {"billingPhone", "081200000001"},
                                 {"billingEmail", "budi@example.com"},
                                 {"mitraCd", "ASTR"},
                                 {"dbProcessUrl", kNotify},
                                 {"userIP", "192.0.2.10"}},
                                change, {"iMid", "referenceNo", "billingPhone"})));
  }
  Change LinkedPayment(const std::string& reference, const std::string& mandate,
                       const Change& change = {}) const {
    return Complete({{"timeStamp", Stamp()},
                     {"iMid", kMid},
                     {"mandateID", mandate},
                     {"payMethod", "05"},
                     {"currency", "IDR"},
                     {"amt", "15000"},
                     {"goodsNm", "Demo goods"},
                     {"referenceNo", reference},
                     {"billingNm", "Budi Demo"},
                     {"billingPhone", "081200000001"},
                     {"billingEmail", "budi@example.com"},
                     {"dbProcessUrl", kNotify},
                     {"callBackUrl", kReturn}},
                    change, {"iMid", "referenceNo", "amt"});
  }
  Answered PayLinked(const Change& fields) {
    return Send("POST", "/nicepay/api/linkInitiate.do", "application/x-www-form-urlencoded",
                ToForm(fields));
  }

  // What a browser does. `url` is under base_url.
  Answered Browse(const std::string& method, const std::string& url, const std::string& body = "") {
    const std::string base = "http://127.0.0.1:7070/nicepay";
    EXPECT_TRUE(absl::StartsWith(url, base)) << url;
    return Send(method, url.substr(base.size()), "application/x-www-form-urlencoded", body);
  }
  // Presses a button of the page at `url`.
  Answered Press(const std::string& url, const std::string& decision) {
    const std::string page = Browse("GET", url).raw.reply.body;
    const size_t at = page.find("name=\"token\" value=\"");
    if (at == std::string::npos) return {};
    const size_t begin = at + 20;
    return Browse("POST", url + "/" + decision,
                  "token=" + page.substr(begin, page.find('"', begin) - begin));
  }

  std::unique_ptr<Simulator> simulator_;
};

}  // namespace sluice::nicepay::simulator_test
