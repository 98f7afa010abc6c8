// What callers were told: what was answered OK exists, no older than told; what was refused without
// a side effect has none.
//
// Threads: one.
// Ownership: shares the boxes with the calls under way.

#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "tests/fakes/engine_harness.h"

namespace sluice::simulation_run {

class Told {
 public:
  template <typename T>
  void Asked(const std::string& name, BoxPtr<T> box, bool create) {
    waiting_.push_back([this, name, box = std::move(box), create] {
      if (!box->answered()) return false;
      Heard(name, box->ok() ? (*box)->revision : 0, box->status(), create);
      return true;
    });
    if (create) names_[name].asked = true;
  }

  // Takes in what was answered meanwhile.
  void Listen() {
    waiting_.erase(
        std::remove_if(waiting_.begin(), waiting_.end(), [](const auto& heard) { return heard(); }),
        waiting_.end());
  }

  // The process is dead: whatever its calls say from now on, nobody hears.
  void HangUp() {
    Listen();
    waiting_.clear();
    for (auto& [name, one] : names_) one.settle();
  }

  // `revision_of` is 0 for what does not exist.
  template <typename RevisionOf>
  void Judge(const RevisionOf& revision_of, std::vector<std::string>* wrong) {
    HangUp();
    for (const auto& [name, one] : names_) {
      const int64_t here = revision_of(name);
      if (here < one.revision) {
        wrong->push_back(absl::StrCat(name, ": was told revision ", one.revision, ", is ", here));
      }
      if (here != 0 && !one.possible) {
        wrong->push_back(name + ": exists, but callers were told: no side effect");
      }
    }
  }

  size_t hash_of_answers() const { return answers_; }

 private:
  struct One {
    bool asked = false;     // A create has no answer yet.
    bool possible = false;  // Some create may have had an effect.
    int64_t revision = 0;
    void settle() {
      possible = possible || asked;
      asked = false;
    }
  };

  void Heard(const std::string& name, int64_t revision, const absl::Status& status, bool create) {
    ++answers_;
    One& one = names_[name];
    one.revision = std::max(one.revision, revision);
    if (status.ok()) one.possible = true;
    if (!create || status.ok()) return;
    one.asked = false;
    const auto details = GetErrorDetails(status);
    if (!details.has_value() || details->side_effect_possible) one.possible = true;
  }

  std::vector<std::function<bool()>> waiting_;
  std::map<std::string, One> names_;
  size_t answers_ = 0;
};

}  // namespace sluice::simulation_run
