// The process sluiced: what signals do to it, and what it does when it has no files left.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/crypto/sha256.h"
#include "tests/e2e/fixture.h"
#include "tests/e2e/sluiced_process.h"

namespace sluice::e2e {
namespace {

class ProcessTest : public ServerFixture {
 protected:
  void SetUp() override {
    ServerFixture::SetUp();
    Stop();  // The server in this process; the tests start one of their own.
  }

  std::unique_ptr<SluicedProcess> Launch(std::vector<std::string> arguments, int max_files = 0) {
    arguments.insert(arguments.end(), {"--data-dir", absl::StrCat(folder_, "/process-data")});
    const char* const folder = getenv("SLUICE_BIN_DIR");
    const std::string binaries = folder == nullptr ? SLUICE_BINARY_DIR "/bin" : folder;
    auto process = SluicedProcess::Start({.program = binaries + "/sluiced",
                                          .arguments = std::move(arguments),
                                          .log_file = absl::StrCat(folder_, "/process.log"),
                                          .max_files = max_files});
    EXPECT_TRUE(process.ok()) << process.status();
    if (!process.ok()) return nullptr;
    Connect(grpc::CreateChannel((*process)->Address("grpc"), grpc::InsecureChannelCredentials()));
    return *std::move(process);
  }

  void WriteConfig(const std::string& text) {
    std::ofstream(absl::StrCat(folder_, "/sluice.txtpb")) << text;
  }
  static std::string DemoWithKey(const std::string& key) {
    return absl::StrCat("merchants { id: 'demo' api_keys { id: 'k' sha256: '",
                        absl::BytesToHexString(crypto::Sha256(key)), "' } }\n");
  }
  grpc::StatusCode CodeWith(const std::string& key) {
    api_key_ = key;
    return GetOrder("nothing").problem().code;
  }
};

TEST_F(ProcessTest, SighupTakesOverKeysAndKeepsTheOldOnesWhenTheFileIsWrong) {
  constexpr auto kIn = grpc::StatusCode::NOT_FOUND, kOut = grpc::StatusCode::UNAUTHENTICATED;
  WriteConfig(DemoWithKey("first-key"));
  const auto process = Launch({"--config", absl::StrCat(folder_, "/sluice.txtpb")});
  ASSERT_NE(process, nullptr);
  EXPECT_EQ(CodeWith("first-key"), kIn);

  WriteConfig(absl::StrCat(DemoWithKey("second-key"), "no_such_field: 1\n"));
  process->Signal(SIGHUP);
  ASSERT_TRUE(process->WaitForLog("reload_refused"));
  EXPECT_EQ(CodeWith("first-key"), kIn);
  EXPECT_EQ(CodeWith("second-key"), kOut);

  WriteConfig(DemoWithKey("second-key"));
  process->Signal(SIGHUP);
  ASSERT_TRUE(process->WaitForLog("server_reloaded"));
  EXPECT_EQ(CodeWith("first-key"), kOut);
  EXPECT_EQ(CodeWith("second-key"), kIn);

  WriteConfig(absl::StrCat(DemoWithKey("second-key"), "limits { max_watches: 7 }\n"));
  process->Signal(SIGHUP);
  ASSERT_TRUE(process->WaitForLog("reload_needs_restart"));
  process->Signal(SIGTERM);
  EXPECT_EQ(process->WaitForExit(kPatience), 0);
}

TEST_F(ProcessTest, TheSimulatorsSeedCanBeSetAndIsLogged) {
  {
    const auto process = Launch({"--sandbox", "--sandbox-seed", "18446744073709551615"});
    ASSERT_NE(process, nullptr);
    EXPECT_TRUE(process->WaitForLog(R"("sandbox_seed":"18446744073709551615")"));
  }
  const auto process = Launch({"--sandbox"});
  ASSERT_NE(process, nullptr);
  ASSERT_TRUE(process->WaitForLog("server_started", 2));
  std::ifstream file(absl::StrCat(folder_, "/process.log"));
  const std::string log{std::istreambuf_iterator<char>(file), {}};
  const size_t drawn = log.rfind(R"("sandbox_seed":")");
  ASSERT_NE(drawn, log.npos);
  EXPECT_TRUE(absl::ascii_isdigit(log[drawn + 16])) << "also one that was drawn: " << log;
}

TEST_F(ProcessTest, SigtermClosesStreamsWithTheirCursorAndExitsWithZero) {
  std::string cursor;
  {
    const auto process = Launch({"--sandbox"});
    ASSERT_NE(process, nullptr);
    const auto watch = WatchAll();
    OpenOrder("A-1");
    ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return EventsOf(m).size() >= 2; }));
    process->Signal(SIGTERM);
    EXPECT_TRUE(watch->WaitForEnd().ok());
    const auto messages = watch->messages();
    ASSERT_TRUE(messages.back().has_closing());
    EXPECT_EQ(messages.back().closing().reason(), v1::Closing::REASON_DRAINING);
    cursor = messages.back().cursor();
    EXPECT_EQ(process->WaitForExit(kPatience), 0);
    EXPECT_TRUE(process->WaitForLog("server_stopped"));
  }
  // The next process has it all, and the stream goes on where it was.
  const auto process = Launch({"--sandbox"});
  ASSERT_NE(process, nullptr);
  EXPECT_EQ(GetOrder("A-1")->state(), v1::Order::STATE_AWAITING_PAYER);
  v1::WatchEventsRequest request;
  request.set_parent("merchants/demo");
  request.set_cursor(cursor);
  const auto watch = WatchEvents(request);
  OpenOrder("A-2");
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return EventsOf(m).size() >= 2; }));
  EXPECT_EQ(EventsOf(watch->messages())[0].sequence(), 3);
}

// A connection that says nothing; -1: it was not taken.
int ConnectTo(const std::string& address) {
  const std::vector<std::string> parts = absl::StrSplit(address, ':');
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(parts[1])));
  inet_pton(AF_INET, parts[0].c_str(), &to.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0) return fd;
  close(fd);
  return -1;
}

TEST_F(ProcessTest, ServesAgainAfterItHadNoFilesLeft) {
  constexpr int kMaxFiles = 160;  // A sandbox at rest has some 60.
  constexpr int kSpare = 10;      // What the calls below may leave open.
  struct Listener {
    const char* name;
    const char*
        exhausted;  // What its log says then: the number of open files shows it too briefly.
  };
  const auto process = Launch({"--sandbox"}, kMaxFiles);
  ASSERT_NE(process, nullptr);
  const int at_rest = process->OpenFiles();
  for (const Listener& listener :
       {Listener{"grpc", "grpc_accept_waits"}, Listener{"admin", "http_accept_failed"}}) {
    std::vector<int> connections;
    for (int i = 0; i < kMaxFiles; ++i) {
      connections.push_back(ConnectTo(process->Address(listener.name)));
    }
    ASSERT_TRUE(process->WaitForLog(listener.exhausted)) << listener.name << ": not exhausted";
    for (const int fd : connections) close(fd);
    const absl::Time give_up = absl::Now() + kPatience;
    while (process->OpenFiles() > at_rest + kSpare && absl::Now() < give_up) {
    }
    ASSERT_LE(process->OpenFiles(), at_rest + kSpare) << listener.name << ": files are kept";
    // New connections, by new channels: what was open before would not show it.
    grpc::ChannelArguments arguments;
    arguments.SetString("test", listener.name);
    Connect(grpc::CreateCustomChannel(process->Address("grpc"), grpc::InsecureChannelCredentials(),
                                      arguments));
    EXPECT_EQ(GetOrder("nothing").problem().code, grpc::StatusCode::NOT_FOUND) << listener.name;
    EXPECT_EQ(Http("GET", process->Address("admin"), "/healthz").status, 200) << listener.name;
  }
}

}  // namespace
}  // namespace sluice::e2e
