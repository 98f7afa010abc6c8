// A server that kills itself, as kill -9 would, the n-th time it passes a named edge.
//
//   crash_server CONFIG [EDGE N]
//
// Prints its addresses on one line, and runs until it is killed. It ends with its parent.

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "provider_list.h"
#include "server/main/config_check.h"
#include "server/main/config_load.h"
#include "server/main/server.h"

namespace {

// Counts passes of one edge. The process has no chance to tidy up: that is the point.
class Edge {
 public:
  Edge(std::string name, int pass) : name_(std::move(name)), left_(pass) {}
  void Pass(std::string_view edge) {
    if (edge == name_ && --left_ == 0) kill(getpid(), SIGKILL);
  }

 private:
  const std::string name_;
  std::atomic<int> left_;
};

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int pass = 0;
  if (argc != 2 && (argc != 4 || !absl::SimpleAtoi(argv[3], &pass))) {
    std::cerr << "usage: crash_server CONFIG [EDGE N]" << std::endl;
    return 2;
  }
  Edge edge(argc == 4 ? argv[2] : "", pass);
  const auto probe = [&edge](std::string_view point) { edge.Pass(point); };

  auto loaded = sluice::LoadedConfig::Read(argv[1]);
  auto settings = loaded.ok() ? sluice::CheckConfig(*loaded, {}, sluice::AllProviders())
                              : absl::StatusOr<sluice::Settings>(loaded.status());
  if (!settings.ok()) {
    std::cerr << settings.status() << std::endl;
    return 2;
  }
  sluice::ServerOptions options;
  options.settings = *std::move(settings);
  options.store_probe = probe;
  options.engine_probe = probe;
  auto server = sluice::StartServer(std::move(options));
  if (!server.ok()) {
    std::cerr << server.status() << std::endl;
    return 1;
  }
  std::cout << (*server)->addresses().ToJson() << std::endl;
  while (true) pause();
}
