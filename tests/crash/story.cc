#include "tests/crash/story.h"

namespace sluice::crash {
namespace {

Story MakePayBy(uint64_t choice) {
  Story story{.wallet = "botim"};
  switch (choice) {
    case 0:
      story.acts = {Act::kCreate, Act::kCancel};
      break;
    case 1:
      story.acts = {Act::kCreate, Act::kRevoke};
      break;
    case 2:
      story.acts = {Act::kCreate, Act::kPay, Act::kRevoke};
      break;
    case 3:
      story.acts = {Act::kCreate, Act::kPay, Act::kCancel};
      break;
    case 4:
      story.acts = {Act::kCreate, Act::kDecline};
      break;
    case 5:
      story.acts = {Act::kCreate, Act::kPay};
      break;
    default:
      // The notification may be on its way: a refund needs the order to be known as paid.
      story.acts = {Act::kCreate, Act::kPay, Act::kSync, Act::kRefund};
      break;
  }
  return story;
}

Story MakeNicePay(std::string wallet, uint64_t choice) {
  Story story{.wallet = std::move(wallet)};
  story.acts = {Act::kCreate, choice == 0 ? Act::kDecline : Act::kPay};
  if (choice >= 8) story.acts.push_back(Act::kRevoke);
  if (choice == 6 || choice == 7) {
    story.acts.push_back(Act::kSync);
    story.acts.push_back(Act::kRefund);
  }
  return story;
}

}  // namespace

Story MakeStory(const std::string& id, Random& random) {
  const uint64_t what = random.Next() % 20, choice = random.Next() % 10;
  Story story;
  if (what < 8) {
    story = MakePayBy(choice);
    story.minor_units = 100 + static_cast<int64_t>(random.Next() % 9'900);
  } else if (what < 11) {
    story = MakeNicePay("ovo", choice);
    story.minor_units = 10'000 + static_cast<int64_t>(random.Next() % 90'000);
  } else if (what < 14) {
    story = MakeNicePay("dana", choice);
    story.minor_units = 10'000 + static_cast<int64_t>(random.Next() % 90'000);
  } else if (what < 16) {
    story.kind = Story::Kind::kLink;
    story.wallet = "astrapay";
    story.acts = {Act::kCreate, choice == 0 ? Act::kDecline : Act::kConfirm, Act::kAwait,
                  Act::kOrder};
  } else {
    story.kind = Story::Kind::kPayout;
    story.wallet = "advcash";
    story.minor_units = 1'000 + static_cast<int64_t>(random.Next() % 9'000);
    story.acts = {Act::kCreate, choice < 4 ? Act::kPay : Act::kSync, Act::kSync};
    if (choice == 4) story.acts[1] = Act::kDecline;
  }
  story.id = id;
  return story;
}

Story MakeLinkedOrder(const std::string& link) {
  Story story{.wallet = "astrapay", .link = link, .minor_units = 12'000};
  story.id = "O-" + link;
  story.acts = {Act::kCreate, Act::kPay};
  return story;
}

}  // namespace sluice::crash
