// A merchant with a web server of its own, for the tests of the NICEPAY simulator.
//
// Threads: one. Ownership: owns the simulator and its fake time.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/nicepay/simulator_test_wire.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"

namespace sluice::nicepay::simulator_test {

class SimulatorTest : public Client {
 protected:
  void SetUp() override {
    timers_ = std::make_unique<FakeTimers>(&clock_);
    SimulatorContext context;
    context.clock = &clock_;
    context.timers = timers_.get();
    context.seed = 7;
    context.base_url = "http://127.0.0.1:7070/nicepay";
    context.send = [this](HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
      Receive(std::move(request), std::move(done));
    };
    simulator_ = MakeNicePaySimulator(context).value();
    ASSERT_TRUE(simulator_->AddAccount({{"i_mid", kMid}, {"merchant_key", kKey}}).ok());
  }
  void TearDown() override { simulator_.reset(); }

  void Receive(HttpRequest request, absl::AnyInvocable<void(HttpReply)> done) {
    Received received;
    received.fields = ParseForm(request.body).value_or(FormFields());
    received.request = std::move(request);
    received.time = simulator_->Now();
    received_.push_back(std::move(received));
    HttpReply reply;
    reply.status = reply_status_;
    done(reply);
  }

  // Links and confirms: the mandate.
  std::string Mandate(const std::string& reference) {
    EXPECT_EQ(Link(reference).code(), "0000");
    EXPECT_TRUE(simulator_->ConfirmLink(reference).ok());
    simulator_->AdvanceClock(absl::ZeroDuration());
    return received_.empty() ? "" : received_.back().Text("mandateID");
  }
  void Switch(std::string_view name, std::string_view value) {
    ASSERT_TRUE(simulator_->SetSwitch(name, value).ok()) << name << "=" << value;
  }
  void PutFault(FaultKind kind, std::string operation, std::string code = "",
                absl::Duration delay = {}) {
    Fault fault;
    fault.kind = kind;
    fault.operation = std::move(operation);
    fault.code = std::move(code);
    fault.delay = delay;
    ASSERT_TRUE(simulator_->PutFault(fault).ok());
  }
  void Advance(absl::Duration by) { simulator_->AdvanceClock(by); }

  // Of the ledger about `key`, in order, as "operation:state:amount".
  std::vector<std::string> Ledger(std::string_view key) const {
    std::vector<std::string> words;
    for (const LedgerEntry& entry : simulator_->Ledger()) {
      if (entry.provider_key != key || entry.operation == "notification") continue;
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

  FakeClock clock_{absl::FromUnixSeconds(kStartSeconds)};
  std::unique_ptr<FakeTimers> timers_;
  std::vector<Received> received_;
  int reply_status_ = 200;
};

}  // namespace sluice::nicepay::simulator_test
