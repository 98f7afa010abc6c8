#include "tests/load/machine.h"

#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <thread>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "server/base/stopwatch.h"
#include "server/base/strings.h"

namespace sluice::bench {
namespace {

constexpr long kTmpfs = 0x01021994, kRamfs = 0x858458f6, kExt4 = 0xEF53, kXfs = 0x58465342,
               kBtrfs = 0x9123683E, kOverlay = 0x794c7630, kZfs = 0x2FC12FC1;
constexpr size_t kPage = 4096;
constexpr int kPages = 256;  // The file that is overwritten: one MiB.

// The value of the first "name : value" line of a file in /proc.
std::string ProcValue(const std::string& path, const std::string& name) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (absl::StripAsciiWhitespace(parts.first) == name) {
      return std::string(absl::StripAsciiWhitespace(parts.second));
    }
  }
  return "unknown";
}

std::string FileSystem(const std::string& folder) {
  struct statfs info {};
  if (statfs(folder.c_str(), &info) != 0) return "unknown";
  switch (static_cast<long>(info.f_type)) {
    case kTmpfs:
      return "tmpfs (in memory)";
    case kRamfs:
      return "ramfs (in memory)";
    case kExt4:
      return "ext4";
    case kXfs:
      return "xfs";
    case kBtrfs:
      return "btrfs";
    case kOverlay:
      return "overlayfs";
    case kZfs:
      return "zfs";
    default:
      return absl::StrFormat("type 0x%x", static_cast<unsigned long>(info.f_type));
  }
}

std::string LoadAverage() {
  std::ifstream in("/proc/loadavg");
  std::string one, five, fifteen;
  in >> one >> five >> fifteen;
  return StrCat(one, " ", five, " ", fifteen);
}

// A file of kPages pages that is removed when it is closed.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& folder) : path_(StrCat(folder, "/fdatasync.probe")) {
    fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  }
  ~ScratchFile() {
    if (fd_ < 0) return;
    close(fd_);
    unlink(path_.c_str());
  }
  bool Write(int page, const std::vector<char>& bytes) const {
    return fd_ >= 0 && pwrite(fd_, bytes.data(), bytes.size(),
                              static_cast<off_t>(page) * static_cast<off_t>(kPage)) ==
                           static_cast<ssize_t>(bytes.size());
  }
  bool Sync() const { return fdatasync(fd_) == 0; }

 private:
  const std::string path_;
  int fd_ = -1;
};

}  // namespace

std::string DescribeMachine(const std::string& folder) {
  utsname system{};
  uname(&system);
  return StrCat("- processor: ", ProcValue("/proc/cpuinfo", "model name"), ", ",
                std::thread::hardware_concurrency(), " cores\n",
                "- memory: ", ProcValue("/proc/meminfo", "MemTotal"), "\n",
                "- kernel: ", system.sysname, " ", system.release, " ", system.machine, "\n",
                "- file system of the data: ", FileSystem(folder), "\n", "- built with ",
                SLUICE_COMPILER, ", ", SLUICE_BUILD_TYPE, "\n",
                "- load average at the start: ", LoadAverage(),
                " (anything else on the machine weighs on what is seen)\n");
}

bool IsInMemory(const std::string& folder) {
  struct statfs info {};
  if (statfs(folder.c_str(), &info) != 0) return false;
  const auto type = static_cast<long>(info.f_type);
  return type == kTmpfs || type == kRamfs;
}

absl::StatusOr<Latencies> MeasureSync(const std::string& folder, int count) {
  const ScratchFile file(folder);
  std::vector<char> page(kPage, 'x');
  bool written = true;
  for (int i = 0; i < kPages && written; ++i) written = file.Write(i, page);
  written = written && file.Sync();
  Latencies latencies;
  for (int i = 0; i < count && written; ++i) {
    page[0] = static_cast<char>(i);
    const Stopwatch watch;
    written = file.Write(i % kPages, page) && file.Sync();
    latencies.Add(watch.Elapsed());
  }
  if (!written) return absl::ErrnoToStatus(errno, StrCat("cannot write in ", folder));
  return latencies;
}

std::string Today() { return absl::FormatTime("%Y-%m-%d", absl::Now(), absl::LocalTimeZone()); }

}  // namespace sluice::bench
