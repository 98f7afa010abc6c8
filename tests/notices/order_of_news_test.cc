// However the notices of one life arrive (in any order, more than once, five in all), the resource
// ends in the same state.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/base/strings.h"
#include "tests/notices/world.h"

namespace sluice::notices {
namespace {

constexpr size_t kDeliveries = 5;

class OrderOfNewsTest : public ::testing::TestWithParam<const Desk* (*)()> {
 protected:
  const Desk& desk() const { return *GetParam()(); }

  static const Notice& Find(const std::vector<Notice>& goldens, const std::string& name) {
    return *std::find_if(goldens.begin(), goldens.end(),
                         [&](const Notice& golden) { return golden.name == name; });
  }

  std::string EndOf(const History& history, const std::vector<size_t>& sequence) {
    const std::vector<Notice> goldens = desk().Goldens();
    const Notice& first = Find(goldens, history.notices[0]);
    NoticeWorld world(desk(), desk().Waiting(first));
    world.Start();
    desk().Create(world, first);
    world.truth = history.end;
    for (const size_t number : sequence) {
      const auto told = world.Deliver(Find(goldens, history.notices[number]).request);
      EXPECT_EQ(told.status, 200);
    }
    world.Drive();
    return world.States();
  }

  // Sequences of `length` in which each of `kinds` is there.
  static std::vector<std::vector<size_t>> Sequences(size_t kinds, size_t length) {
    std::vector<std::vector<size_t>> all;
    size_t total = 1;
    for (size_t i = 0; i < length; ++i) total *= kinds;
    for (size_t code = 0; code < total; ++code) {
      std::vector<size_t> sequence;
      size_t rest = code;
      for (size_t i = 0; i < length; ++i, rest /= kinds) sequence.push_back(rest % kinds);
      if (std::set<size_t>(sequence.begin(), sequence.end()).size() == kinds) {
        all.push_back(std::move(sequence));
      }
    }
    return all;
  }
};

TEST_P(OrderOfNewsTest, EveryPermutationWithRepeatsEndsTheSame) {
  int count = 0;
  for (const History& history : desk().Histories()) {
    SCOPED_TRACE(history.name);
    const size_t kinds = history.notices.size();
    std::map<std::string, int> ends;
    for (size_t length = kinds; length <= kDeliveries; ++length) {
      for (const std::vector<size_t>& sequence : Sequences(kinds, length)) {
        const std::string end = EndOf(history, sequence);
        if (ends[end]++ == 0 && ends.size() > 1) {
          std::string names;
          for (const size_t number : sequence) names += StrCat(history.notices[number], " ");
          ADD_FAILURE() << names << "ends in " << end << ", others in " << ends.begin()->first
                        << " or " << ends.rbegin()->first;
        }
        ++count;
      }
    }
    printf("    %s: %s\n", history.name.c_str(), ends.begin()->first.c_str());
  }
  printf("    %s: %d sequences\n", desk().provider().c_str(), count);
}

INSTANTIATE_TEST_SUITE_P(Providers, OrderOfNewsTest,
                         ::testing::Values(
                             +[] { return &PaybyDesk(); }, +[] { return &NicepayDesk(); },
                             +[] { return &EpayDesk(); }),
                         [](const auto& info) { return info.param()->provider(); });

}  // namespace
}  // namespace sluice::notices
