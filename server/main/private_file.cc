#include "server/main/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "server/base/strings.h"

namespace sluice {
namespace {

constexpr mode_t kOwnerFile = 0600, kOwnerDirectory = 0700;

absl::Status Failed(std::string_view what, const std::string& path) {
  return absl::UnavailableError(StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

absl::Status WriteAll(int file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file) == 0 ? absl::OkStatus() : Failed("sync", path);
}

absl::Status SyncDirectory(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  const int folder =
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Failed("open", directory);
  const bool synced = ::fsync(folder) == 0;
  ::close(folder);
  return synced ? absl::OkStatus() : Failed("sync", directory);
}

}  // namespace

absl::Status EnsurePrivateDirectory(const std::string& path) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : std::filesystem::path(path)) {
    made /= part;
    if (::mkdir(made.c_str(), kOwnerDirectory) != 0 && errno != EEXIST) {
      return Failed("create the directory", made.string());
    }
  }
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return absl::UnavailableError(StrCat(path, " is not a directory"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> ReadPrivateFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) return Failed("read", path);
  return content.str();
}

absl::Status WritePrivateFile(const std::string& path, std::string_view content) {
  const std::string fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerFile);
  if (file < 0) return Failed("create", fresh);
  const absl::Status written = WriteAll(file, content, fresh);
  ::close(file);
  if (!written.ok()) return written;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return Failed("replace", path);
  return SyncDirectory(path);
}

}  // namespace sluice
