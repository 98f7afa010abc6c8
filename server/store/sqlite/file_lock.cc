#include "server/store/sqlite/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace sluice::store::sqlite {
namespace {

// The holder writes its process id right after taking the lock; in between the file is empty.
std::string HolderOf(int descriptor) {
  char text[32];
  const ssize_t size = pread(descriptor, text, sizeof(text), 0);
  std::string pid(text, size > 0 ? static_cast<size_t>(size) : 0);
  absl::StripAsciiWhitespace(&pid);
  return pid.empty() ? "another process" : absl::StrCat("process ", pid);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileLock>> FileLock::Acquire(const std::string& path) {
  const std::string lock_path = absl::StrCat(path, ".lock");
  const int descriptor = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot open the lock file ", lock_path, ": ", strerror(errno)));
  }
  // flock, not fcntl: it belongs to this descriptor, so a second store in the same process is
  // refused too, and no other close() lets go of it.
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string holder = HolderOf(descriptor);
    close(descriptor);
    if (error == EWOULDBLOCK) {
      return absl::FailedPreconditionError(absl::StrCat("the store ", path, " is in use by ",
                                                        holder, " (lock file ", lock_path, ")"));
    }
    return absl::UnavailableError(absl::StrCat("cannot lock ", lock_path, ": ", strerror(error)));
  }
  const std::string pid = absl::StrCat(getpid(), "\n");
  // For people only: that it fails (a full disk) does not weaken the lock.
  const bool written =
      ftruncate(descriptor, 0) == 0 &&
      pwrite(descriptor, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
  static_cast<void>(written);
  return std::unique_ptr<FileLock>(new FileLock(descriptor));
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace sluice::store::sqlite
