#include "tests/simulation/wire.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "tests/fakes/fake_provider.h"

namespace sluice::simulation_run {
namespace {

std::string Word(const std::string& body, const std::string& name) {
  for (absl::string_view word : absl::StrSplit(body, ' ')) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
    if (parts.first == name) return parts.second;
  }
  return "";
}

}  // namespace

void Wire::Settle() {
  std::stable_sort(late_.begin(), late_.end(),
                   [](const Late& a, const Late& b) { return a.arrives < b.arrives; });
  while (!late_.empty() && late_.front().arrives <= clock_.Now()) {
    (void)model_.Do(late_.front().verb, late_.front().key);
    late_.erase(late_.begin());
  }
}

void Wire::Reply(absl::Duration after, HttpReply reply, net::HttpDone done) {
  if (after == absl::ZeroDuration()) return done(std::move(reply));
  timers_.After(after, [done = std::move(done), reply = std::move(reply)]() mutable {
    done(std::move(reply));
  });
}

void Wire::Send(HttpRequest request, net::HttpDone done) {
  if (cut_) return done(Failed(Transport::kBroken));
  Settle();
  const std::string verb = Word(request.body, "verb");
  const std::string key = Word(request.body, "key");
  const auto chance = [&] { return static_cast<int>(random_->Next() % 1000); };
  if (chance() >= faults_permille_) return Reply({}, Said(model_.Do(verb, key)), std::move(done));
  const absl::Duration way =
      absl::Milliseconds(random_->Next() % absl::ToInt64Milliseconds(kLongestWay));
  switch (random_->Next() % 8) {
    case 0:
      return Reply({}, Failed(Transport::kNotSent), std::move(done));
    case 1:  // Lost on its way.
      return Reply(kTimeout, Failed(Transport::kTimedOut), std::move(done));
    case 2:  // The answer is lost.
      (void)model_.Do(verb, key);
      return Reply(kTimeout, Failed(Transport::kTimedOut), std::move(done));
    case 3:  // Arrives late, perhaps when it is given up.
      late_.push_back({clock_.Now() + way, verb, key});
      return Reply(kTimeout, Failed(Transport::kTimedOut), std::move(done));
    case 4:
      (void)model_.Do(verb, key);
      return Reply({}, Failed(Transport::kBroken), std::move(done));
    case 5:
      return Reply({}, Status(503), std::move(done));
    case 6:
      (void)model_.Do(verb, key);
      return Reply({}, Status(502), std::move(done));
    default:  // The answer takes its time, and is overtaken by what comes after.
      return Reply(way / 2, Said(model_.Do(verb, key)), std::move(done));
  }
}

}  // namespace sluice::simulation_run
