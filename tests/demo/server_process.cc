#include "tests/demo/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace sluice::demo {
namespace {

constexpr size_t kMaxLine = 4096;  // The addresses are some 150 bytes.

// Waits until `fd` has something. False: the deadline came first.
bool WaitReadable(int fd, absl::Time deadline) {
  while (true) {
    const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
    pollfd wanted = {.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = poll(&wanted, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

// In the child: never returns.
[[noreturn]] void Become(const std::vector<std::string>& arguments, int output, int log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  const char text[] = "exec failed\n";
  (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
  _exit(127);
}

std::string Ending(int status) {
  if (WIFEXITED(status)) return absl::StrCat("exit code ", WEXITSTATUS(status));
  return absl::StrCat("signal ", WTERMSIG(status));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const ServerCommand& command,
                                                                    absl::Duration timeout) {
  const std::string any = "127.0.0.1:0";
  const std::vector<std::string> arguments = {
      command.program,   "--sandbox", "--data-dir",          command.data_dir,
      "--grpc-address",  any,         "--notify-address",    any,
      "--admin-address", any,         "--simulator-address", any};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  const int log = open(command.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return absl::UnavailableError(absl::StrCat("cannot write ", command.log_file));
  const pid_t pid = fork();
  if (pid == 0) Become(arguments, ends[1], log);
  close(ends[1]);
  close(log);
  if (pid < 0) return absl::ResourceExhaustedError("no new process");
  auto server = std::unique_ptr<ServerProcess>(new ServerProcess(pid, ends[0]));
  if (absl::Status read = server->ReadAddresses(absl::Now() + timeout); !read.ok()) return read;
  return server;
}

absl::Status ServerProcess::ReadAddresses(absl::Time deadline) {
  while (addresses_.find('\n') == addresses_.npos) {
    if (!WaitReadable(output_, deadline)) {
      return absl::DeadlineExceededError("the server did not print its addresses in time");
    }
    char bytes[512];
    const ssize_t count = read(output_, bytes, sizeof(bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return absl::UnavailableError("the server ended instead of starting");
    addresses_.append(bytes, static_cast<size_t>(count));
    if (addresses_.size() > kMaxLine) return absl::InternalError("the server prints too much");
  }
  if (!Address("grpc").empty()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the server printed no addresses but: ", addresses_));
}

// The line is flat JSON of our own server: a key and a text without escapes.
std::string ServerProcess::Address(const std::string& which) const {
  const std::string key = absl::StrCat("\"", which, "\":\"");
  const size_t at = addresses_.find(key);
  if (at == addresses_.npos) return "";
  const size_t start = at + key.size();
  return addresses_.substr(start, addresses_.find('"', start) - start);
}

absl::Status ServerProcess::Stop(absl::Duration timeout) {
  if (pid_ <= 0) return absl::OkStatus();
  kill(pid_, SIGTERM);
  // A file descriptor of the process becomes readable when it ends: no polling, no race of ids.
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  const bool ended = process >= 0 && WaitReadable(process, absl::Now() + timeout);
  if (process >= 0) close(process);
  if (!ended) kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
  close(output_);
  if (!ended) return absl::DeadlineExceededError("the server did not stop in time; it was killed");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return absl::UnavailableError(absl::StrCat("the server ended with ", Ending(status)));
  }
  return absl::OkStatus();
}

ServerProcess::~ServerProcess() { (void)Stop(absl::Seconds(5)); }

}  // namespace sluice::demo
