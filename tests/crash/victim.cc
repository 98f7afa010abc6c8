#include "tests/crash/victim.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/wire/json.h"

namespace sluice::crash {
namespace {

// The child's side: only calls that are safe after fork.
[[noreturn]] void Become(const std::vector<char*>& arguments, int output, int log) {
  dup2(output, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments[0], arguments.data());
  _exit(127);
}

std::string ReadLine(int fd) {
  std::string line;
  for (char c = 0; read(fd, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

std::string LastLine(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) last = std::move(line);
  return last;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Victim>> Victim::Start(std::vector<std::string> words,
                                                      const CrashPoint& point,
                                                      const std::string& log_file) {
  if (!point.edge.empty()) {
    words.push_back(point.edge);
    words.push_back(absl::StrCat(point.pass));
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t pid = fork();
  if (pid == 0) Become(arguments, output[1], log);
  close(output[1]);
  close(log);
  if (pid < 0) return absl::InternalError("no process");
  const std::string line = ReadLine(output[0]);
  close(output[0]);
  absl::StatusOr<Json> addresses = Json::Parse(line);
  const Json* grpc = addresses.ok() ? addresses->Find("grpc") : nullptr;
  std::unique_ptr<Victim> victim(new Victim(pid, grpc == nullptr ? "" : grpc->text()));
  if (grpc == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("the server ended before it was up: ", LastLine(log_file)));
  }
  return victim;
}

Victim::Victim(pid_t pid, std::string grpc_address)
    : pid_(pid), grpc_address_(std::move(grpc_address)) {}

Victim::~Victim() { Kill(); }

bool Victim::Alive() {
  if (pid_ != 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
  return pid_ != 0;
}

void Victim::Kill() {
  if (!Alive()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

}  // namespace sluice::crash
