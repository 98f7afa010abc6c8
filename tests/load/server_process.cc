#include "tests/load/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "server/base/stopwatch.h"
#include "server/base/strings.h"

extern char** environ;

namespace sluice::bench {
namespace {

// A start with a million orders is a matter of seconds; one that hangs must not hang the bench.
constexpr absl::Duration kStartTimeout = absl::Seconds(60);
constexpr int kConnections = 4;

// The child inherits three descriptors by number: 0 its end, 1 its address, 2 its log.
absl::StatusOr<pid_t> Spawn(const std::string& mode, const std::string& data_dir, int input,
                            int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  const std::string log = StrCat(data_dir, "/server.log");
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::string words[] = {"sluice_bench", "serve", mode, data_dir};
  char* const argv[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                        nullptr};
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return absl::ErrnoToStatus(failed, "no new process");
  return pid;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const std::string& mode,
                                                                    const std::string& data_dir) {
  std::error_code error;
  std::filesystem::create_directories(data_dir, error);
  if (error) return absl::UnavailableError(StrCat("cannot make ", data_dir));
  int input[2], output[2];
  if (pipe2(input, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "no pipe");
  if (pipe2(output, O_CLOEXEC) != 0) {
    close(input[0]);
    close(input[1]);
    return absl::ErrnoToStatus(errno, "no pipe");
  }
  const absl::StatusOr<pid_t> pid = Spawn(mode, data_dir, input[0], output[1]);
  close(input[0]);
  close(output[1]);
  if (!pid.ok()) {
    close(input[1]);
    close(output[0]);
    return pid.status();
  }
  std::unique_ptr<ServerProcess> process(new ServerProcess(*pid, input[1], output[0], data_dir));
  const absl::Status read = process->ReadAddress(kStartTimeout);
  if (!read.ok()) return read;
  process->connections_ = std::make_unique<Connections>(process->address_, kConnections);
  return process;
}

absl::Status ServerProcess::ReadAddress(absl::Duration timeout) {
  const Stopwatch watch;
  while (address_.empty() || address_.back() != '\n') {
    pollfd wanted = {.fd = output_, .events = POLLIN, .revents = 0};
    const absl::Duration left = timeout - watch.Elapsed();
    if (left <= absl::ZeroDuration()) return absl::UnavailableError("the server does not start");
    if (poll(&wanted, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1) <= 0) continue;
    char byte = 0;
    const ssize_t count = read(output_, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return absl::UnavailableError(
          StrCat("the server ended at its start: see ", data_dir_, "/server.log"));
    }
    address_ += byte;
  }
  address_.pop_back();
  return absl::OkStatus();
}

ServerProcess::~ServerProcess() {
  connections_.reset();
  close(input_);  // Which tells it to end.
  close(output_);
  kill(pid_, SIGTERM);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  std::error_code ignored;
  std::filesystem::remove_all(data_dir_, ignored);
}

}  // namespace sluice::bench
