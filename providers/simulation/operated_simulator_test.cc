#include "providers/simulation/operated_simulator.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"

namespace sluice::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Writes down what happens, in order.
class FakeBook final : public OperatedBook {
 public:
  absl::Status Pay(std::string_view key) override { return Note("pay", key); }
  absl::Status Decline(std::string_view key) override { return Note("decline", key); }
  absl::Status Expire(std::string_view key) override { return Note("expire", key); }
  absl::Status ConfirmLink(std::string_view key) override { return Note("confirm", key); }
  absl::Status SetState(std::string_view key, std::string_view state) override {
    return Note(state, key);
  }
  absl::Status EmitNotification(std::string_view key) override { return Note("emit", key); }

  absl::Status Note(std::string_view what, std::string_view key) {
    happened.push_back(std::string(what) + " " + std::string(key));
    return key == "nobody" ? absl::NotFoundError("nobody") : absl::OkStatus();
  }

  std::vector<std::string> happened;
};

class FakeServer final : public OperatedSimulator {
 public:
  explicit FakeServer(const SimulatorContext& context) : OperatedSimulator(context, {"call"}, {}) {}
  ~FakeServer() override { Stop(); }

  std::string_view provider() const override { return "fake"; }
  absl::Status AddAccount(const std::map<std::string, std::string>&) override {
    return absl::OkStatus();
  }
  SimulatedAnswer Handle(const RawRequest&) override { return {}; }
  absl::Status SetSwitch(std::string_view, std::string_view) override { return absl::OkStatus(); }

  void ExpireAfter(absl::Duration delay) {
    clock_.After(delay, [this] { book_.happened.push_back("due"); });
  }
  FakeBook& fake_book() { return book_; }

 private:
  OperatedBook& book() override { return book_; }

  FakeBook book_;
};

class OperatedSimulatorTest : public ::testing::Test {
 protected:
  SimulatorContext Context() {
    SimulatorContext context;
    context.clock = &clock_;
    context.timers = &timers_;
    context.base_url = "http://127.0.0.1:7070/fake";
    context.send = [](HttpRequest, absl::AnyInvocable<void(HttpReply)>) {};
    return context;
  }

  FakeClock clock_;
  FakeTimers timers_{&clock_};
};

TEST_F(OperatedSimulatorTest, WhatIsDueHappensBeforeAnybodyActs) {
  FakeServer server(Context());
  const std::vector<std::function<absl::Status()>> acts = {
      [&] { return server.Pay("1"); },           [&] { return server.Decline("1"); },
      [&] { return server.Expire("1"); },        [&] { return server.ConfirmLink("1"); },
      [&] { return server.SetState("1", "x"); }, [&] { return server.EmitNotification("1"); }};
  const char* const kWords[] = {"pay 1", "decline 1", "expire 1", "confirm 1", "x 1", "emit 1"};
  for (size_t i = 0; i < acts.size(); ++i) {
    server.fake_book().happened.clear();
    server.ExpireAfter(absl::Seconds(5));
    clock_.Advance(absl::Seconds(5));  // And no timer has run yet.
    EXPECT_TRUE(acts[i]().ok());
    EXPECT_THAT(server.fake_book().happened, ElementsAre("due", kWords[i]));
  }
  EXPECT_TRUE(absl::IsNotFound(server.Pay("nobody"))) << "the book's refusal is the answer";
}

TEST_F(OperatedSimulatorTest, ClockAndFaultsAreTheOperators) {
  FakeServer server(Context());
  const absl::Time before = server.Now();
  server.ExpireAfter(absl::Hours(1));
  server.AdvanceClock(absl::Hours(2));
  EXPECT_EQ(server.Now(), before + absl::Hours(2));
  EXPECT_THAT(server.fake_book().happened, ElementsAre("due"));
  EXPECT_TRUE(server.Ledger().empty());
  EXPECT_TRUE(server.PutFault({.kind = FaultKind::kHtmlBody, .operation = "call"}).ok());
  EXPECT_FALSE(server.PutFault({.kind = FaultKind::kHtmlBody, .operation = "other"}).ok());
}

TEST_F(OperatedSimulatorTest, AContextLacksNothing) {
  EXPECT_TRUE(CheckContext(Context()).ok());
  SimulatorContext context = Context();
  context.clock = nullptr;
  EXPECT_FALSE(CheckContext(context).ok());
  context = Context();
  context.timers = nullptr;
  EXPECT_FALSE(CheckContext(context).ok());
  context = Context();
  context.send = nullptr;
  EXPECT_FALSE(CheckContext(context).ok());
  context = Context();
  context.base_url = "nowhere";
  EXPECT_THAT(CheckContext(context).message(), HasSubstr("base_url"));
}

TEST_F(OperatedSimulatorTest, SettingsAreTakenByName) {
  std::string a = "default", b;
  EXPECT_TRUE(TakeSettings({{"b", "2"}}, {{"a", &a}, {"b", &b}}).ok());
  EXPECT_EQ(a, "default");
  EXPECT_EQ(b, "2");
  EXPECT_THAT(TakeSettings({{"c", "secret"}}, {{"a", &a}}).message(),
              ::testing::AllOf(HasSubstr("settings.c"), ::testing::Not(HasSubstr("secret"))));
}

}  // namespace
}  // namespace sluice::simulation
