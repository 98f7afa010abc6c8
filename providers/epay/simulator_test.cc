// The three calls as the documents print them, what is checked and in which order.

#include "providers/epay/simulator_test_client.h"

namespace sluice::epay::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

using EpaySimulatorCallsTest = EpaySimulatorTest;

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST_F(EpaySimulatorCallsTest, GetLimitAsPrinted) {
  const Answered answered = Send(Post(
      "getLimit",
      R"({"param":{"epayAccount":"merchant@example.test","category":"EWALLET","currency":"USD",)"
      R"("channelCode":"12","type":"PAYMENT","version":"V2.0.0"},)"
      R"("sign":"EAE3FBAC27CFF71A401F760EEDB611E0195DC5127FF17D8607E195A26EF42377"})"));
  EXPECT_EQ(
      answered.raw.reply.body,
      R"({"sign":"4DC7AB7B978AE5533CC749B34D60E31EED4508A4FB343FFE6027E9C76116F807",)"
      R"("epayAccount":"merchant@example.test","version":"V2.0.0","code":1,"message":"success",)"
      R"("data":{"singleMin":"10","singleMax":"5000"}})");
  EXPECT_EQ(answered.raw.reply.status, 200);
}

constexpr char kCreate[] =
    R"({"param":{"epayAccount":"merchant@example.test","category":"EWALLET","channelCode":"12",)"
    R"("notifyUrl":"https://shop.example.test/epay/notify?x=1","merchantOrderNo":"W-1001",)"
    R"("amount":"25.50","currency":"USD","version":"V2.0.0",)"
    R"("extendFields":{"ref":"r-77"},"receiverInfo":{"accountNo":"U123456789012"}},)"
    R"("sign":"E26D06CB7CC7B3256E9D9CB5164D41E248DD11B70870AC44F709BAF6742EC26A"})";

TEST_F(EpaySimulatorCallsTest, CreateAndQueryAsPrinted) {
  const Answered created = Send(Post("createEwalletTransaction", kCreate));
  const std::string no = created.order_no();
  EXPECT_THAT(no, MatchesRegex("[0-9]{24}"));
  EXPECT_EQ(
      created.raw.reply.body,
      absl::StrCat(
          R"({"sign":")", created.sign(),
          R"(","epayAccount":"merchant@example.test","version":"V2.0.0","code":1,)",
          R"("message":"success","data":{"category":"EWALLET","merchantOrderNo":"W-1001",)",
          R"("epayOrderNo":")", no,
          R"(","status":"1","amount":"25.50","settlementCurrency":"USD","receiveAmount":"25.50",)",
          R"("receiveCurrency":"USD","rate":"1.000000","payerFee":"0.51",)",
          R"("extendFields":"{\"ref\":\"r-77\"}","rateMode":null}})"));
  EXPECT_TRUE(created.verified());
  ASSERT_TRUE(simulator_->Pay("W-1001").ok());
  const Answered queried =
      Send(Post("queryTransaction",
                R"({"param":{"epayAccount":"merchant@example.test","version":"V2.0.0",)"
                R"("merchantOrderNo":"W-1001"},)"
                R"("sign":"5DAAEF0672E260920F362A89F9263AF97DED1924DC263E2A747119F29D8EFEDA"})"));
  EXPECT_EQ(queried.raw.reply.body,
            absl::StrCat(
                R"({"sign":")", queried.sign(),
                R"(","epayAccount":"merchant@example.test","version":"V2.0.0","code":1,)",
                R"("message":"success","data":{"category":"EWALLET","merchantOrderNo":"W-1001",)",
                R"("epayOrderNo":")", no,
                R"(","pinCode":"","status":"7","amount":"25.50","currency":"USD",)",
                R"("receiveAmount":"25.50","receiveCurrency":"USD","paymentAmount":"25.50",)",
                R"("paymentCurrency":"USD","rate":"1.000000","fee":"0.51",)",
                R"("extendFields":"{\"ref\":\"r-77\"}","rateMode":"0","senderInfo":null,)",
                R"("receiveInfo":null,"orderDescription":null}})"));
  EXPECT_TRUE(queried.verified());
}

TEST_F(EpaySimulatorCallsTest, TheDocumentedPrefixLeadsToTheSame) {
  RawRequest request = Post("createEwalletTransaction", kCreate);
  request.path = "/capi/openapi/payoutApi/createEwalletTransaction";
  EXPECT_EQ(Send(request).code(), 1);
  request.method = "GET";
  EXPECT_EQ(Send(request).raw.reply.status, 405);
  request.path = "/payoutApi/createTransaction";
  EXPECT_EQ(Send(request).raw.reply.status, 404);
}

TEST_F(EpaySimulatorCallsTest, EveryWallet) {
  for (const char* channel : {"11", "12", "16", "18"}) {
    Order order;
    order.no = absl::StrCat("W-", channel);
    order.channel = channel;
    EXPECT_EQ(Create(order).code(), 1) << channel;
    EXPECT_EQ(GetLimit(channel).code(), 1) << channel;
  }
}

TEST_F(EpaySimulatorCallsTest, ARefusalIsUnsignedAndEmpty) {
  EXPECT_EQ(Create("W-1001", "25.50").code(), 1);
  EXPECT_EQ(Create("W-1001", "25.50").raw.reply.body,
            R"({"sign":"","epayAccount":"merchant@example.test","version":"V2.0.0","code":1005,)"
            R"("message":"merchantOrderNo already exists","data":null})");
}

TEST_F(EpaySimulatorCallsTest, JsonShapeComesFirst) {
  for (const char* body : {"", "no json", "[]", "{}", R"({"param":"x","sign":"y"})"}) {
    const Answered answered = Send(Post("queryTransaction", body));
    EXPECT_EQ(answered.code(), 1001) << body;
    EXPECT_EQ(answered.raw.reply.status, 200) << body;
    EXPECT_EQ(answered.Text("epayAccount"), "") << body;
  }
  RawRequest form = Post("createEwalletTransaction", kCreate);
  form.headers = {{"Content-Type", "text/plain"}};
  EXPECT_EQ(Send(form).code(), 1001);
}

TEST_F(EpaySimulatorCallsTest, TheOrderOfChecks) {
  ASSERT_TRUE(simulator_
                  ->AddAccount({{"epay_account", "strict@example.test"},
                                {"api_key", "STRICT"},
                                {"balance", "20.00"},
                                {"allowed_ips", "198.51.100.1, 198.51.100.2"}})
                  .ok());
  // Everything is wrong at first; each step puts the next thing right.
  std::map<std::string, std::string> fields = {
      {"epayAccount", "nobody"}, {"version", "V3.0.0"}, {"channelCode", "13"}, {"amount", "9999"}};
  std::string key = "WRONG", address = "192.0.2.7";
  bool receiver = false;
  const auto code = [&] {
    Json param = Json::Object();
    for (const auto& [name, value] : fields) param.Set(name, value);
    std::string text = SignedTextOf(fields);
    if (receiver) {
      param.Set("receiverInfo", Json::Object({{"accountNo", "U1"}}));
      text = Replaced(text, "&version", "&receiverInfo={accountNo=U1}&version");
    }
    RawRequest request =
        Post("createEwalletTransaction",
             absl::StrCat(R"({"sign":")", HashOf(text, key), R"(","param":)", param.Write(), "}"));
    request.remote_address = address;
    return Send(request).code();
  };
  EXPECT_EQ(code(), 1003);
  fields["epayAccount"] = "strict@example.test";
  EXPECT_EQ(code(), 1010);
  fields["version"] = "V1.0.0";
  EXPECT_EQ(code(), 1002);
  key = "STRICT";
  EXPECT_EQ(code(), 1004);
  address = "198.51.100.2";
  EXPECT_EQ(code(), 1001);
  fields["category"] = "EWALLET";
  fields["currency"] = "EUR";
  fields["merchantOrderNo"] = "S-1";
  EXPECT_EQ(code(), 1001);
  receiver = true;
  EXPECT_EQ(code(), 1009);
  fields["channelCode"] = "16";
  EXPECT_EQ(code(), 1009);
  fields["currency"] = "USD";
  EXPECT_EQ(code(), 1007);
  fields["amount"] = "10";
  EXPECT_EQ(code(), 1);
  fields["amount"] = "5001";
  EXPECT_EQ(code(), 1007);
  fields["amount"] = "500";
  EXPECT_EQ(code(), 1005);
  fields["merchantOrderNo"] = "S-2";
  EXPECT_EQ(code(), 1008);
  fields["amount"] = "9.99";
  EXPECT_EQ(code(), 1007);
  EXPECT_EQ(simulator_->Ledger().size(), 1u);
}

TEST_F(EpaySimulatorCallsTest, VersionsAreUpperCase) {
  const auto code = [&](const std::string& version) {
    return CallFlat("queryTransaction", {{"merchantOrderNo", "W"}, {"version", version}}).code();
  };
  EXPECT_EQ(code("V2.0.0"), 1006);
  EXPECT_EQ(code("V1.0.0"), 1006);
  EXPECT_EQ(code("v2.0.0"), 1010);
  EXPECT_EQ(code(""), 1010);
}

TEST_F(EpaySimulatorCallsTest, ASignatureThatIsNotRight) {
  const std::string sign = "E26D06CB7CC7B3256E9D9CB5164D41E248DD11B70870AC44F709BAF6742EC26A";
  const auto code = [&](const std::string& from, const std::string& to) {
    return Send(Post("createEwalletTransaction", Replaced(kCreate, from, to))).code();
  };
  EXPECT_EQ(code(sign, Replaced(sign, "E26D", "e26d")), 1002);
  EXPECT_EQ(code(sign, ""), 1002);
  EXPECT_EQ(code("\"" + sign + "\"", "null"), 1002);
  EXPECT_EQ(code("25.50", "25.5"), 1002);
  EXPECT_EQ(code("r-77", "r-78"), 1002);
  // Fields that are not known are signed like the others.
  EXPECT_EQ(code(R"("amount":)", R"("more":"x","amount":)"), 1002);
  EXPECT_THAT(simulator_->Ledger(), IsEmpty());
}

TEST_F(EpaySimulatorCallsTest, UnknownAndEmptyFieldsAreTolerated) {
  const std::string param =
      Replaced(CreateParam({}), "\"amount\"", "\"zeta\":{\"a\":\"1\"},\"none\":null,\"amount\"");
  EXPECT_EQ(Call("createEwalletTransaction", param, CreateText({}) + "&zeta={a=1}").code(), 1);
  Order bare;
  bare.no = "W-2";
  bare.extend_json = "null";
  bare.extend_signed = "";
  bare.notify_url = "";
  const Answered created = Create(bare);
  EXPECT_EQ(created.code(), 1);
  EXPECT_EQ(created.Text("data.extendFields"), "(null)");
  EXPECT_TRUE(created.verified());
}

TEST_F(EpaySimulatorCallsTest, FieldsOfACreate) {
  const auto message = [&](Order order) {
    const Answered answered = Create(order);
    EXPECT_EQ(answered.code(), 1001);
    EXPECT_THAT(simulator_->Ledger(), IsEmpty());
    return answered.message();
  };
  for (const char* amount :
       {"0", "0.00", "-5", "25.505", "1e2", "25,5", ".5", "25.", " 25", "99999999999", "abc"}) {
    Order order;
    order.amount = amount;
    EXPECT_THAT(message(order), HasSubstr("amount")) << amount;
  }
  Order order;
  for (const std::string& no : {std::string("W 1"), std::string("Wé"), std::string(65, 'x')}) {
    order.no = no;
    EXPECT_THAT(message(order), HasSubstr("merchantOrderNo")) << no;
  }
  order = {};
  order.notify_url = "ftp://shop.example.test/";
  EXPECT_THAT(message(order), HasSubstr("notifyUrl"));
  order = {};
  order.receiver_json = "\"U1\"";
  order.receiver_signed = "U1";
  EXPECT_THAT(message(order), HasSubstr("receiverInfo"));
  order.receiver_json = "{\"remark\":\"x\"}";
  order.receiver_signed = "{remark=x}";
  EXPECT_EQ(message(order), "receiverInfo.accountNo is required");
  order.receiver_json = "{\"accountNo\":12}";
  order.receiver_signed = "{accountNo=12}";
  EXPECT_EQ(message(order), "receiverInfo.accountNo must be a string");
  order = {};
  order.extend_json = "\"x\"";
  order.extend_signed = "x";
  EXPECT_THAT(message(order), HasSubstr("extendFields"));
  order = {};
  order.no = std::string(64, '~');
  EXPECT_EQ(Create(order).code(), 1);
}

TEST_F(EpaySimulatorCallsTest, NumbersInPlaceOfTextsAreRefused) {
  const std::string param = Replaced(CreateParam({}), "\"25.50\"", "25.50");
  EXPECT_EQ(Call("createEwalletTransaction", param, CreateText({})).message(),
            "amount must be a string");
}

TEST_F(EpaySimulatorCallsTest, ACategoryOtherThanWallets) {
  const std::string param = Replaced(CreateParam({}), "EWALLET", "BANK");
  const std::string text = Replaced(CreateText({}), "EWALLET", "BANK");
  EXPECT_EQ(Call("createEwalletTransaction", param, text).code(), 1001);
  const auto limit = [&](const std::string& category, const std::string& channel,
                         const std::string& type) {
    return CallFlat("getLimit", {{"category", category},
                                 {"currency", "USD"},
                                 {"channelCode", channel},
                                 {"type", type}})
        .code();
  };
  EXPECT_EQ(limit("EWALLET", "", ""), 1);
  EXPECT_EQ(limit("EWALLET", "18", "RECEIVE"), 1);
  EXPECT_EQ(limit("EWALLET", "46", ""), 1009);
  EXPECT_EQ(limit("BANK", "", ""), 1009);
  EXPECT_EQ(limit("COIN", "", ""), 1001);
  EXPECT_EQ(limit("EWALLET", "12", "REFUND"), 1001);
  EXPECT_EQ(CallFlat("getLimit", {{"category", "EWALLET"}, {"currency", "EUR"}}).code(), 1009);
  EXPECT_EQ(CallFlat("getLimit", {{"category", "EWALLET"}}).code(), 1001);
}

TEST_F(EpaySimulatorCallsTest, LimitsAreInclusiveAndPerWallet) {
  EXPECT_EQ(Create("a", "9.99").code(), 1007);
  EXPECT_EQ(Create("b", "10").code(), 1);
  EXPECT_EQ(Create("c", "5000.01").code(), 1007);
  EXPECT_EQ(Create("d", "5000").code(), 1);
  Switch("single_min", "0");
  Switch("singleMax", "9999999");
  Switch("single_min_11", "30.5");
  EXPECT_EQ(GetLimit("12").Text("data.singleMin"), "0");
  EXPECT_EQ(GetLimit("12").Text("data.singleMax"), "9999999");
  EXPECT_EQ(GetLimit("11").Text("data.singleMin"), "30.5");
  EXPECT_TRUE(GetLimit("11").verified());
  EXPECT_EQ(Create("e", "0.01").code(), 1);
  Order order;
  order.no = "f";
  order.channel = "11";
  order.amount = "30.49";
  EXPECT_EQ(Create(order).code(), 1007);
  order.amount = "30.50";
  EXPECT_EQ(Create(order).code(), 1);
}

TEST_F(EpaySimulatorCallsTest, ARefusedNumberIsNotUsedUp) {
  EXPECT_EQ(Create("W-1", "1").code(), 1007);
  EXPECT_EQ(Query("W-1").code(), 1006);
  EXPECT_EQ(Create("W-1", "20").code(), 1);
  EXPECT_EQ(Create("W-1", "30").code(), 1005);
  EXPECT_EQ(Query("W-1").Text("data.amount"), "20.00");
  EXPECT_THAT(Ledger("W-1"), ElementsAre("payout:1:2040"));
}

TEST_F(EpaySimulatorCallsTest, NestedStylesOfRequests) {
  const auto code = [&](const std::string& no, const std::string& separator) {
    Order order;
    order.no = no;
    order.receiver_json = R"({"remark":"r","accountNo":"U1","memo":""})";
    order.receiver_signed = absl::StrCat("{accountNo=U1", separator, "remark=r}");
    return Create(order).code();
  };
  EXPECT_EQ(code("a", ","), 1002);
  EXPECT_EQ(code("a", "&"), 1002);
  EXPECT_EQ(code("a", ", "), 1);
  Switch("nested_style", "comma");
  EXPECT_EQ(code("b", ", "), 1002);
  EXPECT_EQ(code("b", ","), 1);
  Switch("nestedStyle", "amp");
  EXPECT_EQ(code("c", ","), 1002);
  EXPECT_EQ(code("c", "&"), 1);
  Switch("nested_style", "any");
  EXPECT_EQ(code("d", "&"), 1);
  EXPECT_EQ(code("e", ","), 1);
  EXPECT_EQ(code("f", ", "), 1);
  EXPECT_EQ(code("g", ";"), 1002);
}

TEST_F(EpaySimulatorCallsTest, NestedStylesOfAnswers) {
  const auto signed_nested = [&](const std::string& style) {
    Switch("nested_style", style);
    std::map<std::string, std::string> data = Query("W-1001").Data();
    EXPECT_EQ(data["extendFields"], R"({"b":"2","a":"1"})");
    data["extendFields"] = "MARK";
    const std::string text = SignedTextOf(data), sign = Query("W-1001").sign();
    for (const char* nested : {"{a=1, b=2}", "{a=1,b=2}", "{a=1&b=2}", R"({"b":"2","a":"1"})"}) {
      if (sign == HashOf(Replaced(text, "MARK", nested))) return std::string(nested);
    }
    return std::string("none");
  };
  Order order;
  order.extend_json = R"({"b":"2","a":"1"})";
  order.extend_signed = "{a=1, b=2}";
  ASSERT_EQ(Create(order).code(), 1);
  EXPECT_EQ(signed_nested("comma-space"), "{a=1, b=2}");
  EXPECT_EQ(signed_nested("comma"), "{a=1,b=2}");
  EXPECT_EQ(signed_nested("amp"), "{a=1&b=2}");
  EXPECT_EQ(signed_nested("any"), "{a=1, b=2}");
  Switch("json_text", "plain");
  EXPECT_EQ(signed_nested("comma-space"), R"({"b":"2","a":"1"})");
}

TEST_F(EpaySimulatorCallsTest, JsonInTheRemarkIsReadAsTheSwitchSays) {
  const auto code = [&](const std::string& no, const std::string& remark) {
    Order order;
    order.no = no;
    order.receiver_json = R"({"remark":"{\"n\":\"1\"}","accountNo":"U1"})";
    order.receiver_signed = absl::StrCat("{accountNo=U1, remark=", remark, "}");
    return Create(order).code();
  };
  EXPECT_EQ(code("a", "{n=1}"), 1);
  EXPECT_EQ(code("b", R"({"n":"1"})"), 1002);
  Switch("json_text", "plain");
  EXPECT_EQ(code("b", R"({"n":"1"})"), 1);
  Switch("nested_style", "any");
  EXPECT_EQ(code("c", "{n=1}"), 1);
}

TEST_F(EpaySimulatorCallsTest, ShortAmounts) {
  Switch("amount_text", "short");
  const Answered created = Create("W-1", "25.50");
  EXPECT_EQ(created.Text("data.amount"), "25.5");
  EXPECT_EQ(Create("W-2", "50.00").Text("data.receiveAmount"), "50");
  EXPECT_EQ(Query("W-2").Text("data.fee"), "1");
  EXPECT_TRUE(created.verified());
}

TEST_F(EpaySimulatorCallsTest, TheSameSeedGivesTheSameNumbers) {
  const auto numbers = [&](uint64_t seed) {
    Start(seed);
    std::vector<std::string> all;
    for (const char* no : {"a", "b", "c"}) all.push_back(Create(no, "10").order_no());
    return all;
  };
  const std::vector<std::string> first = numbers(7);
  EXPECT_EQ(numbers(7), first);
  EXPECT_NE(numbers(8), first);
  EXPECT_NE(first[0], first[1]);
  for (const std::string& no : first) EXPECT_THAT(no, MatchesRegex("[0-9]{24}"));
}

TEST_F(EpaySimulatorCallsTest, MerchantsDoNotSeeEachOther) {
  ASSERT_TRUE(
      simulator_
          ->AddAccount(
              {{"epay_account", "other@example.test"}, {"api_key", "OTHER"}, {"balance", "100"}})
          .ok());
  ASSERT_EQ(Create("W-1", "10").code(), 1);
  const std::string text = "epayAccount=other@example.test&merchantOrderNo=W-1&version=V2.0.0";
  const std::string param =
      R"({"epayAccount":"other@example.test","merchantOrderNo":"W-1","version":"V2.0.0"})";
  EXPECT_EQ(Call("queryTransaction", param, text, "OTHER").code(), 1006);
  EXPECT_EQ(Call("queryTransaction", param, text, kKey).code(), 1002);
}

TEST_F(EpaySimulatorCallsTest, SettingsAndSwitchesThatDoNotFit) {
  const auto refused = [&](std::map<std::string, std::string> settings) {
    return absl::IsInvalidArgument(simulator_->AddAccount(settings));
  };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{"epay_account", "a b"}, {"api_key", "k"}, {"balance", "1"}}));
  EXPECT_TRUE(refused({{"epay_account", "a"}, {"balance", "1"}}));
  EXPECT_TRUE(refused({{"epay_account", "a"}, {"api_key", "k"}, {"balance", "1.005"}}));
  EXPECT_TRUE(
      refused({{"epay_account", "a"}, {"api_key", "k"}, {"balance", "1"}, {"colour", "red"}}));
  EXPECT_TRUE(absl::IsNotFound(simulator_->SetSwitch("colour", "red")));
  for (const auto& [name, value] : std::map<std::string, std::string>{{"nested_style", "dots"},
                                                                      {"fee_permille", "1001"},
                                                                      {"single_min", ""},
                                                                      {"auto_result", "1"},
                                                                      {"auto_delay", "-1s"},
                                                                      {"fail_remark", "\xff"}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetSwitch(name, value))) << name;
  }
  EXPECT_EQ(simulator_->provider(), "epay");
  EXPECT_TRUE(absl::IsInvalidArgument(MakeEpaySimulator({}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->ConfirmLink("x")));
}

}  // namespace
}  // namespace sluice::epay::simulator_test
