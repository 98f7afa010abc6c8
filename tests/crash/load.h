// Callers who create, pay, refund, cancel, revoke, pay out and link while the server dies under
// them, and who go on, with the same request ids, when it is back.
//
// Threads: Run starts its own and joins them; the rest is for the test's thread.
// Ownership: borrows the world.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/base/mutex.h"
#include "tests/crash/story.h"
#include "tests/crash/stubs.h"
#include "tests/crash/world.h"

namespace sluice::crash {

// The last that callers have heard of a resource.
struct Told {
  int64_t revision = 0;
  std::string state;
  bool final = false;
};

class Load {
 public:
  explicit Load(World* world) : world_(*world) {}

  // `threads` callers go on with the stories that are not over, and begin `fresh` new ones, until
  // the server does not answer. `name` makes their numbers unique, `seed` their choices.
  void Run(const std::string& address, const std::string& name, uint64_t seed, int threads,
           int fresh);

  // How many stories are not over.
  int Unfinished() const;

  int64_t calls() const { return calls_; }
  int64_t repeated() const { return repeated_; }
  const std::deque<std::unique_ptr<Story>>& stories() const { return stories_; }
  const std::map<std::string, Told>& told() const { return told_; }
  // Creates that were refused for good, though they were in order.
  const std::vector<std::string>& refused() const { return refused_; }
  // Answers that showed less than an answer before.
  const std::vector<std::string>& went_back() const { return went_back_; }

 private:
  void Perform(Stubs& stubs);
  Story* Next();
  // False: the server did not answer.
  bool Do(Stubs& stubs, Story& story);
  bool Create(Stubs& stubs, Story& story);
  bool Call(Stubs& stubs, Story& story, Act act);
  bool Await(Stubs& stubs, Story& story);
  bool Pay(Stubs& stubs, Story& story);
  bool Look(Stubs& stubs, Story& story);
  // The server's answer; false: there was none.
  template <typename Resource>
  bool Hear(const grpc::Status& status, const Resource& resource);
  void Refused(const Story& story, const grpc::Status& status);
  Simulator& ProviderOf(const Story& story);

  World& world_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<std::unique_ptr<Story>> stories_;
  std::deque<Story*> waiting_;
  std::map<std::string, Told> told_;
  std::vector<std::string> refused_, went_back_;
  int64_t calls_ = 0, repeated_ = 0;
  bool gone_ = false;  // The server.
};

}  // namespace sluice::crash
