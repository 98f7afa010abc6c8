// sluice_demo: starts a server with its simulators, shows money moving, stops the server in the
// middle, starts it again, and proves that nothing was lost. Ends by itself.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/demo/event_stream.h"
#include "tests/demo/ledger.h"
#include "tests/demo/narrator.h"
#include "tests/demo/scene.h"
#include "tests/demo/server_process.h"
#include "tests/demo/world.h"

namespace sluice::demo {
namespace {

namespace fs = std::filesystem;

constexpr char kUsage[] = R"(usage: sluice_demo [--server PATH] [--keep]

  --server PATH  the sluiced to start (default: beside this program)
  --keep         keep the data folder, and say where it is
)";
// A start takes some hundred milliseconds, most of it making keys; a stop drains what runs.
constexpr absl::Duration kStartTimeout = absl::Seconds(30), kStopTimeout = absl::Seconds(20);
constexpr int kLogLinesShown = 15;

struct Arguments {
  std::string server;
  bool keep = false;
};

// The data folder of one run.
class Folder {
 public:
  explicit Folder(bool keep) : keep_(keep) {
    std::string path = (fs::temp_directory_path() / "sluice-demo-XXXXXX").string();
    if (mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ~Folder() {
    std::error_code ignored;
    if (!keep_ && !path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }  // Empty: none could be made.

 private:
  const bool keep_;
  std::string path_;
};

class Demo {
 public:
  Demo(const Arguments& arguments, const std::string& folder, Narrator* narrator)
      : say_(*narrator),
        events_(narrator),
        world_(narrator, &events_),
        command_{arguments.server, folder + "/data", folder + "/server.log"} {}

  absl::Status Play();
  void Summarise(absl::Duration took);

 private:
  absl::Status Start();
  absl::Status Stop();
  absl::Status ReadProviders();
  absl::Status PlayScenes(bool after_restart);
  absl::Status PlayUnwatched();
  absl::Status Resume();
  absl::Status CheckLedger();
  bool Plays(const Scene& scene) const { return providers_.count(scene.provider) > 0; }

  Narrator& say_;
  EventStream events_;
  World world_;
  const ServerCommand command_;
  std::unique_ptr<ServerProcess> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::set<std::string> providers_;
};

absl::Status Demo::Start() {
  auto server = ServerProcess::Start(command_, kStartTimeout);
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  const std::string address = server_->Address("grpc");
  channel_ = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  world_.Connect(channel_);
  say_.Say(absl::StrCat("sluiced --sandbox serves gRPC on ", address));
  return absl::OkStatus();
}

absl::Status Demo::ReadProviders() {
  v1::ListProvidersRequest request;
  request.set_parent(kMerchant);
  const auto list =
      world_.Call(world_.provider_stub, &v1::ProviderService::Stub::ListProviders, request);
  if (!list.ok()) return list.status();
  for (const v1::Provider& provider : list->providers()) providers_.insert(provider.provider());
  if (providers_.empty()) return absl::InternalError("the server has no provider");
  return absl::OkStatus();
}

absl::Status Demo::PlayScenes(bool after_restart) {
  for (const Scene* scene : AllScenes()) {
    if (scene->after_restart != after_restart || !Plays(*scene)) continue;
    if (!after_restart) say_.Heading(scene->title);
    if (absl::Status played = scene->play(world_); !played.ok()) return played;
  }
  return absl::OkStatus();
}

absl::Status Demo::PlayUnwatched() {
  for (const Scene* scene : AllScenes()) {
    if (!scene->after_restart || scene->unwatched == nullptr || !Plays(*scene)) continue;
    say_.Heading(scene->title);
    if (absl::Status played = scene->unwatched(world_); !played.ok()) return played;
  }
  return absl::OkStatus();
}

absl::Status Demo::CheckLedger() {
  if (absl::Status same = CompareWithLedger(world_); !same.ok()) return same;
  say_.Good("the providers' ledgers agree with every order, refund, link and payout");
  return absl::OkStatus();
}

absl::Status Demo::Stop() {
  if (absl::Status stopped = server_->Stop(kStopTimeout); !stopped.ok()) return stopped;
  return events_.WaitForClosing(kEventTimeout);
}

absl::Status Demo::Resume() {
  say_.Heading("The stream resumes from its last cursor");
  const int64_t last = events_.last_sequence();
  if (absl::Status followed = events_.Follow(channel_, kMerchant, kCallTimeout); !followed.ok()) {
    return followed;
  }
  return events_
      .WaitFor([&](const v1::Event& event) { return event.sequence() == last + 1; },
               absl::StrCat("event ", last + 1), kEventTimeout)
      .status();
}

absl::Status Demo::Play() {
  say_.Heading("A server with its simulators, on an empty store");
  if (absl::Status started = Start(); !started.ok()) return started;
  if (absl::Status read = ReadProviders(); !read.ok()) return read;
  if (absl::Status followed = events_.Follow(channel_, kMerchant, kCallTimeout); !followed.ok()) {
    return followed;
  }
  say_.Say("WatchEvents is open: every change of the merchant comes as a line `event`.");
  if (absl::Status played = PlayScenes(false); !played.ok()) return played;
  say_.Heading("The books");
  if (absl::Status same = CheckLedger(); !same.ok()) return same;

  say_.Heading("The server stops (SIGTERM) and starts again on the same store");
  say_.Say("The simulators keep their state in memory: what they knew is compared above.");
  if (absl::Status stopped = Stop(); !stopped.ok()) return stopped;
  say_.Good(
      absl::StrCat("the stream was closed with a cursor, after event ", events_.last_sequence()));
  if (absl::Status started = Start(); !started.ok()) return started;
  if (absl::Status played = PlayUnwatched(); !played.ok()) return played;
  if (absl::Status resumed = Resume(); !resumed.ok()) return resumed;
  if (absl::Status played = PlayScenes(true); !played.ok()) return played;
  if (absl::Status same = CheckLedger(); !same.ok()) return same;
  if (absl::Status stopped = Stop(); !stopped.ok()) return stopped;
  if (events_.gaps() > 0) return absl::DataLossError("the event stream had gaps");
  return absl::OkStatus();
}

void Demo::Summarise(absl::Duration took) {
  say_.Heading("Summary");
  say_.Say(absl::StrCat("orders        ", world_.orders_made));
  say_.Say(absl::StrCat("refunds       ", world_.refunds_made));
  if (world_.links_made > 0) say_.Say(absl::StrCat("account links ", world_.links_made));
  if (world_.payouts_made > 0) say_.Say(absl::StrCat("payouts       ", world_.payouts_made));
  say_.Say(absl::StrCat("events seen   ", events_.events().size(), " (sequence 1 to ",
                        events_.last_sequence(), ", over one restart)"));
  say_.Say(absl::StrCat("gaps          ", events_.gaps()));
  say_.Say("ledger        agrees");
  say_.Say(absl::StrCat("took          ",
                        absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(100)))));
}

void ShowEndOf(const std::string& log_file, Narrator* narrator) {
  std::ifstream log(log_file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(log, line);) lines.push_back(line);
  const size_t first = lines.size() > kLogLinesShown ? lines.size() - kLogLinesShown : 0;
  if (!lines.empty()) narrator->Trouble("the end of the server's log:");
  for (size_t i = first; i < lines.size(); ++i) narrator->Trouble("  " + lines[i]);
}

int Run(const Arguments& arguments) {
  Narrator narrator;
  const Folder folder(arguments.keep);
  if (folder.path().empty()) {
    narrator.Trouble("sluice_demo: no temporary folder can be made");
    return EXIT_FAILURE;
  }
  const absl::Time start = absl::Now();
  absl::Status played;
  {
    Demo demo(arguments, folder.path(), &narrator);
    played = demo.Play();
    if (played.ok()) demo.Summarise(absl::Now() - start);
  }
  if (!played.ok()) {
    narrator.Trouble(absl::StrCat("sluice_demo: ", played.ToString()));
    ShowEndOf(folder.path() + "/server.log", &narrator);
  }
  if (arguments.keep) narrator.Say("data and log are kept in " + folder.path());
  return played.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}

// 0: run; otherwise the exit code and one.
int Parse(int count, char** words, Arguments* arguments) {
  std::error_code unknown;
  arguments->server =
      (fs::read_symlink("/proc/self/exe", unknown).parent_path() / "sluiced").string();
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--keep") {
      arguments->keep = true;
    } else if (word == "--server" && i + 1 < count) {
      arguments->server = words[++i];
    } else {
      const bool help = word == "--help";
      (help ? std::cout : std::cerr) << kUsage;
      return help ? 1 : 3;
    }
  }
  if (access(arguments->server.c_str(), X_OK) == 0) return 0;
  std::cerr << "sluice_demo: there is no program " << arguments->server << std::endl;
  return 2;
}

}  // namespace
}  // namespace sluice::demo

int main(int count, char** words) {
  sluice::demo::Arguments arguments;
  if (const int end = sluice::demo::Parse(count, words, &arguments); end != 0) return end - 1;
  return sluice::demo::Run(arguments);
}
