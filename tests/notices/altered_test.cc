// Every change of one byte in every golden notification of every provider, delivered to the engine:
// refused, nothing changed, kept and counted; and where the wire format or a weak signature leaves
// a byte open, that and no more. A dozen other values of each byte in `./dev test`, all 255 in
// `./dev test notices --long`.
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <set>
#include <string>

#include "server/base/environment.h"
#include "server/base/random.h"
#include "server/base/strings.h"
#include "tests/notices/world.h"

namespace sluice::notices {
namespace {

constexpr uint64_t kSeed = 20261121;
// A world keeps every delivery that it has refused: so many, and a new one takes its place.
constexpr int kMostPerWorld = 20'000;
constexpr int kProgressEvery = 10'000;

bool IsLong() { return GetEnvironment("SLUICE_LONG").has_value(); }

struct Counts {
  int bytes = 0, tried = 0, refused = 0, asked = 0, harmless = 0, open = 0;

  void Add(const Counts& more) {
    bytes += more.bytes, tried += more.tried, refused += more.refused, asked += more.asked;
    harmless += more.harmless, open += more.open;
  }
  std::string ToString() const {
    return StrCat(bytes, " bytes, ", tried, " changes: ", refused, " refused, ", asked,
                  " asked about, 0 believed; not delivered: ", harmless, " harmless, ", open,
                  " open");
  }
};

// In place of `byte`: all others, or the other case, the neighbours, the bytes that have a meaning,
// and some others.
std::set<char> OthersThan(char byte, Random& random) {
  std::set<char> others;
  if (IsLong()) {
    for (int value = 0; value < 256; ++value) others.insert(static_cast<char>(value));
  } else {
    const auto turned = [byte](int bits) { return static_cast<char>(byte ^ bits); };
    others = {turned(0x20), turned(1), turned(0x80), '\0', ' ', '+',
              '%',          '&',       '=',          '"',  '0', static_cast<char>(random.Next())};
  }
  others.erase(byte);
  return others;
}

// Copies with one byte changed, one taken out, or one put in, with the place of the change.
template <typename Visit>
void ForEachChange(const std::string& text, Random& random, Visit visit) {
  for (size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size()) {
      for (const char other : OthersThan(text[at], random)) {
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

using DeskOf = const Desk* (*)();

class AlteredTest : public ::testing::TestWithParam<DeskOf> {
 protected:
  const Desk& desk() const { return *GetParam()(); }

  // Its resources wait for news.
  std::unique_ptr<NoticeWorld> MakeWorld(const Notice& golden) const {
    auto world = std::make_unique<NoticeWorld>(desk(), desk().Waiting(golden));
    world->Start();
    desk().Create(*world, golden);
    world->LiveInThePast();
    return world;
  }

  void Try(const Notice& golden, const RawRequest& request, Change change, Counts& counts) {
    if (counts.tried++ % kMostPerWorld == 0) Begin(golden);
    if (IsLong() && counts.tried % kProgressEvery == 0) {
      std::cout << "    " << golden.name << ", under way: " << counts.ToString() << std::endl;
    }
    if (change == Change::kHarmless) {
      ++counts.harmless;
      return;
    }
    if (change == Change::kOpen) {
      ++counts.open;
      return;
    }
    const NoticeWorld::Told told = world_->Deliver(request);
    ASSERT_FALSE(told.changed) << world_->Snapshot();
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

  void Begin(const Notice& golden) {
    End(golden);
    world_ = MakeWorld(golden);
  }

  // The genuine one is believed after all of that.
  void End(const Notice& golden) {
    if (world_ == nullptr) return;
    const std::string before = world_->Snapshot();
    EXPECT_EQ(world_->Deliver(golden.request).status, 200) << before;
    world_.reset();
  }

  void TryBody(const Notice& golden, Random& random, Counts& counts) {
    counts.bytes += static_cast<int>(golden.request.body.size());
    ForEachChange(golden.request.body, random, [&](const std::string& body, size_t at) {
      if (HasFatalFailure()) return;
      RawRequest request = golden.request;
      request.body = body;
      SCOPED_TRACE(StrCat("byte ", at, " of ", body.substr(at > 20 ? at - 20 : 0, 40)));
      Try(golden, request, desk().ChangeOf(golden, body), counts);
    });
  }

  void TrySignature(const Notice& golden, size_t header, Random& random, Counts& counts) {
    const std::string& value = golden.request.headers[header].second;
    counts.bytes += static_cast<int>(value.size());
    ForEachChange(value, random, [&](const std::string& changed, size_t at) {
      if (HasFatalFailure()) return;
      RawRequest request = golden.request;
      request.headers[header].second = changed;
      SCOPED_TRACE(StrCat("byte ", at, " of the signature"));
      Try(golden, request, Change::kCovered, counts);
    });
  }

  std::unique_ptr<NoticeWorld> world_;
};

TEST_P(AlteredTest, NoChangeOfOneByteIsBelieved) {
  SeededRandom random(kSeed);
  Counts all;
  for (const Notice& golden : desk().Goldens()) {
    SCOPED_TRACE(golden.name);
    Counts counts;
    TryBody(golden, random, counts);
    for (size_t header = 0; header < golden.request.headers.size(); ++header) {
      if (golden.request.headers[header].first != desk().signature_header()) continue;
      TrySignature(golden, header, random, counts);
    }
    End(golden);
    std::cout << "    " << desk().provider() << " " << golden.name << ": " << counts.ToString()
              << std::endl;
    EXPECT_EQ(counts.tried, counts.refused + counts.asked + counts.harmless + counts.open);
    all.Add(counts);
  }
  std::cout << "    " << desk().provider() << " in all: " << all.ToString() << " (seed " << kSeed
            << ")" << std::endl;
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
