#include "tests/e2e/sluiced_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/e2e/stream_reader.h"  // kPatience

namespace sluice::e2e {
namespace {

// In the child: never returns.
[[noreturn]] void Become(const std::vector<std::string>& words, int output, int log, int files) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (files > 0) {
    const rlimit limit = {static_cast<rlim_t>(files), static_cast<rlim_t>(files)};
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  dup2(output, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

bool WaitReadable(int fd, absl::Duration timeout) {
  pollfd wanted = {.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&wanted, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) > 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SluicedProcess>> SluicedProcess::Start(const Options& options) {
  std::vector<std::string> words = {options.program};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  for (const char* flag :
       {"--grpc-address", "--notify-address", "--admin-address", "--simulator-address"}) {
    words.insert(words.end(), {flag, "127.0.0.1:0"});
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  const int log = open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t pid = fork();
  if (pid == 0) Become(words, ends[1], log, options.max_files);
  close(ends[1]);
  close(log);
  if (pid < 0) return absl::ResourceExhaustedError("no new process");
  std::unique_ptr<SluicedProcess> process(new SluicedProcess(pid, ends[0], options.log_file));
  if (!process->ReadAddresses()) {
    return absl::UnavailableError(absl::StrCat("sluiced did not start: see ", options.log_file));
  }
  return process;
}

bool SluicedProcess::ReadAddresses() {
  while (addresses_.find('\n') == addresses_.npos) {
    char bytes[512];
    if (!WaitReadable(output_, kPatience)) return false;
    const ssize_t count = read(output_, bytes, sizeof(bytes));
    if (count <= 0) return false;
    addresses_.append(bytes, static_cast<size_t>(count));
  }
  return !Address("grpc").empty();
}

SluicedProcess::~SluicedProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(output_);
}

std::string SluicedProcess::Address(const std::string& which) const {
  const std::string key = absl::StrCat("\"", which, "\":\"");
  const size_t at = addresses_.find(key);
  if (at == addresses_.npos) return "";
  const size_t start = at + key.size();
  return addresses_.substr(start, addresses_.find('"', start) - start);
}

void SluicedProcess::Signal(int signal) const { kill(pid_, signal); }

int SluicedProcess::WaitForExit(absl::Duration timeout) {
  // A file descriptor of the process becomes readable when it ends.
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  const bool ended = process >= 0 && WaitReadable(process, timeout);
  if (process >= 0) close(process);
  if (!ended) return -1;
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool SluicedProcess::WaitForLog(const std::string& text, int count) const {
  const absl::Time give_up = absl::Now() + kPatience;
  do {
    std::ifstream file(log_file_);
    const std::string log{std::istreambuf_iterator<char>(file), {}};
    int found = 0;
    for (size_t at = log.find(text); at != log.npos; at = log.find(text, at + 1)) ++found;
    if (found >= count) return true;
    absl::SleepFor(absl::Milliseconds(20));  // A file of another process tells nobody.
  } while (absl::Now() < give_up);
  return false;
}

int SluicedProcess::OpenFiles() const {
  std::error_code error;
  const std::filesystem::directory_iterator files(absl::StrCat("/proc/", pid_, "/fd"), error);
  return static_cast<int>(std::distance(begin(files), end(files)));
}

}  // namespace sluice::e2e
