// Every change of one byte in every golden notification of every provider, delivered to the engine:
// refused, nothing changed, kept and counted; and where the wire format or a weak signature leaves
// a byte open, that and no more.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/base/random.h"
#include "server/base/strings.h"
#include "tests/notices/world.h"

namespace sluice::notices {
namespace {

constexpr uint64_t kSeed = 20261121;

struct Counts {
  int refused = 0, asked = 0, harmless = 0, open = 0;
};

// Copies with one byte changed, one taken out, or one put in, with the place of the change.
template <typename Visit>
void ForEachChange(const std::string& text, Random& random, Visit visit) {
  for (size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size()) {
      const char byte = text[at];
      const auto turned = [byte](int bits) { return static_cast<char>(byte ^ bits); };
      // The other case, the neighbours, the bytes that have a meaning, and some others.
      std::set<char> others = {
          turned(0x20), turned(1), turned(0x80), '\0', ' ', '+',
          '%',          '&',       '=',          '"',  '0', static_cast<char>(random.Next())};
      others.erase(byte);
      for (const char other : others) {
        std::string changed = text;
        changed[at] = other;
        visit(changed, at);
      }
      visit(text.substr(0, at) + text.substr(at + 1), at);
    }
    for (const char added : {'0', ' ', '&', at < text.size() ? text[at] : 'x'}) {
      visit(text.substr(0, at) + added + text.substr(at), at);
    }
  }
}

class AlteredTest : public ::testing::TestWithParam<const Desk* (*)()> {
 protected:
  const Desk& desk() const { return *GetParam()(); }

  void Try(NoticeWorld& world, const RawRequest& request, Change change, Counts& counts) {
    if (change == Change::kHarmless) {
      ++counts.harmless;
      return;
    }
    if (change == Change::kOpen) {
      ++counts.open;
      return;
    }
    const NoticeWorld::Told told = world.Deliver(request);
    ASSERT_FALSE(told.changed) << world.Snapshot();
    if (told.state == "REJECTED") {
      ++counts.refused;
      ASSERT_EQ(told.counted_as_rejected, 1);
      ASSERT_NE(told.reason, "");
      ASSERT_GE(told.status, 400);
      return;
    }
    // Asked about, or of nothing that we know; or the same claim as one before.
    ASSERT_EQ(change, Change::kWeak) << told.state;
    ++counts.asked;
  }
};

TEST_P(AlteredTest, NoChangeOfOneByteIsBelieved) {
  SeededRandom random(kSeed);
  Counts all;
  for (const Notice& golden : desk().Goldens()) {
    SCOPED_TRACE(golden.name);
    Counts counts;
    NoticeWorld world(desk(), desk().Waiting(golden));
    world.Start();
    desk().Create(world, golden);
    world.LiveInThePast();
    ForEachChange(golden.request.body, random, [&](const std::string& body, size_t at) {
      if (HasFatalFailure()) return;
      RawRequest request = golden.request;
      request.body = body;
      SCOPED_TRACE(StrCat("byte ", at, " of ", body.substr(at > 20 ? at - 20 : 0, 40)));
      Try(world, request, desk().ChangeOf(golden, body), counts);
    });
    for (size_t header = 0; header < golden.request.headers.size(); ++header) {
      if (golden.request.headers[header].first != desk().signature_header()) continue;
      const std::string value = golden.request.headers[header].second;
      ForEachChange(value, random, [&](const std::string& changed, size_t at) {
        if (HasFatalFailure()) return;
        RawRequest request = golden.request;
        request.headers[header].second = changed;
        SCOPED_TRACE(StrCat("byte ", at, " of the signature"));
        Try(world, request, Change::kCovered, counts);
      });
    }
    // The genuine one is believed after all of that.
    const std::string before = world.Snapshot();
    EXPECT_EQ(world.Deliver(golden.request).status, 200) << before;
    printf("    %s %s: %d refused, %d asked about, %d harmless, %d open\n",
           desk().provider().c_str(), golden.name.c_str(), counts.refused, counts.asked,
           counts.harmless, counts.open);
    all.refused += counts.refused;
    all.asked += counts.asked;
    all.harmless += counts.harmless;
    all.open += counts.open;
  }
  printf("    %s in all: %d refused, %d asked about, %d harmless, %d open (seed %llu)\n",
         desk().provider().c_str(), all.refused, all.asked, all.harmless, all.open,
         static_cast<unsigned long long>(kSeed));
}

// The name of a header may come in any case; but its other letters are what it is found by.
TEST(SignatureHeaderTest, IsFoundByItsNameInAnyCase) {
  const Desk& desk = PaybyDesk();  // The others have their signature in the body.
  const Notice golden = desk.Goldens()[1];
  for (size_t at = 0; at < desk.signature_header().size(); ++at) {
    for (const bool other_case : {true, false}) {
      NoticeWorld world(desk, desk.Waiting(golden));
      world.Start();
      desk.Create(world, golden);
      RawRequest request = golden.request;
      for (auto& [name, value] : request.headers) {
        if (name == desk.signature_header()) name[at] ^= other_case ? 0x20 : 1;
      }
      const NoticeWorld::Told told = world.Deliver(request);
      EXPECT_EQ(told.changed, other_case);
      EXPECT_EQ(told.reason, other_case ? "" : "SIGNATURE_MISSING");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, AlteredTest,
                         ::testing::Values(
                             +[] { return &PaybyDesk(); }, +[] { return &NicepayDesk(); },
                             +[] { return &EpayDesk(); }),
                         [](const auto& info) { return info.param()->provider(); });

}  // namespace
}  // namespace sluice::notices
