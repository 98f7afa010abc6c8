// Who may include whom. The picture is in server/ARCHITECTURE.md; this table is what holds it.
#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/house/rules.h"

namespace sluice::house {
namespace {

using Folders = std::vector<std::string>;

// A folder of the product, and the folders or single headers it may include beside its own.
const std::map<std::string, Folders>& Layers() {
  static const auto* const kLayers = new std::map<std::string, Folders>{
      {"server/base", {}},
      {"server/core", {"server/base"}},
      {"server/wire", {"server/base"}},
      {"server/crypto", {"server/base"}},
      {"providers/api", {"server/base", "server/core", "server/wire"}},
      {"server/store", {"server/base", "server/core", "server/wire"}},
      {"server/net", {"server/base", "server/core", "server/wire"}},
      {"server/stream", {"server/base", "server/core", "server/wire", "server/store/store.h"}},
      {"server/app",
       {"server/base", "server/core", "server/wire", "providers/api", "server/store/store.h",
        "server/net/http_client.h", "server/stream/event_hub.h"}},
      {"server/rpc",
       {"server/base", "server/core", "server/app", "server/stream", "server/wire/qr_svg.h"}},
      // The simulators' host and controls; a provider's simulator is the provider's own.
      {"providers/simulation",
       {"server/base", "server/core", "server/wire", "server/crypto", "providers/api"}},
  };
  return *kLayers;
}

// Any provider's folder: never gRPC, curl, SQL or another provider.
const Folders& ProviderLayer() {
  static const auto* const kLayer =
      new Folders{"server/base",   "server/core",   "server/wire",
                  "server/crypto", "providers/api", "providers/simulation"};
  return *kLayer;
}

// The module that a folder belongs to: server/store/sqlite is of server/store.
std::string ModuleOf(const std::string& folder) {
  const size_t first = folder.find('/');
  if (first == std::string::npos) return folder;
  const size_t second = folder.find('/', first + 1);
  return folder.substr(0, second);
}

bool IsWithin(std::string_view path, std::string_view folder_or_file) {
  return path == folder_or_file || path.starts_with(std::string(folder_or_file) + "/");
}

// nullptr: a folder that may include everything (server/main, tests).
const Folders* LayerOf(const std::string& module) {
  const auto it = Layers().find(module);
  if (it != Layers().end()) return &it->second;
  return module.starts_with("providers/") ? &ProviderLayer() : nullptr;
}

// A library, how its headers look, and the folders that may name them.
struct Library {
  std::string name;
  Folders prefixes;
  Folders folders;
};

const std::vector<Library>& Libraries() {
  static const auto* const kLibraries = new std::vector<Library>{
      {"gRPC", {"grpc/", "grpcpp/", "grpc++/"}, {"server/rpc", "server/main", "tests", "clients"}},
      {"protobuf", {"google/", "sluice/"}, {"server/rpc", "server/main", "tests", "clients"}},
      {"SQLite", {"sqlite3.h"}, {"server/store", "tests"}},
      {"curl", {"curl/"}, {"server/net", "server/main", "tests"}},
      {"Boost", {"boost/"}, {"server/net", "server/wire"}},
      {"OpenSSL", {"openssl/"}, {"server/crypto"}},
      {"spdlog", {"spdlog/"}, {"server/base"}},
      {"prometheus", {"prometheus/"}, {"server/main"}},
      {"RapidJSON", {"rapidjson/"}, {"server/base", "server/core", "server/wire"}},
      {"qrencode", {"qrencode.h"}, {"server/wire", "tests"}},
  };
  return *kLibraries;
}

// The path between the quotes or angle brackets of an #include line.
std::optional<std::string> IncludedPath(std::string_view line) {
  if (!line.starts_with("#include")) return std::nullopt;
  const size_t open = line.find_first_of("\"<");
  if (open == std::string_view::npos) return std::nullopt;
  const size_t close = line.find_first_of("\">", open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  return std::string(line.substr(open + 1, close - open - 1));
}

template <typename Judge>
std::vector<Finding> JudgeIncludes(const SourceFile& file, const Judge& judge) {
  std::vector<Finding> findings;
  if (!IsCpp(file)) return findings;
  int number = 0;
  for (std::string_view line : Lines(file.code)) {
    ++number;
    const std::optional<std::string> path = IncludedPath(line);
    if (!path.has_value()) continue;
    if (std::string what = judge(*path); !what.empty()) {
      findings.push_back({file.path, number, std::move(what)});
    }
  }
  return findings;
}

bool IsOurs(std::string_view path) {
  return path.starts_with("server/") || path.starts_with("providers/") ||
         path.starts_with("tests/") || path.starts_with("clients/");
}

// A unit test may stand on more than its subject (a real store, a fake from tests/), but a provider
// knows no other provider, not even there.
bool MayInclude(const SourceFile& file, const std::string& module, const std::string& path) {
  const Folders* const layer = LayerOf(module);
  if (layer == nullptr || IsWithin(path, module)) return true;
  if (IsTest(file)) {
    const std::string other = ModuleOf(path);
    return !module.starts_with("providers/") || !other.starts_with("providers/") ||
           std::find(layer->begin(), layer->end(), other) != layer->end();
  }
  return std::any_of(layer->begin(), layer->end(),
                     [&](const std::string& allowed) { return IsWithin(path, allowed); });
}

}  // namespace

std::vector<Finding> IncludesKeepTheLayers(const SourceFile& file) {
  const std::string module = ModuleOf(file.folder);
  return JudgeIncludes(file, [&](const std::string& path) -> std::string {
    if (!IsOurs(path) || MayInclude(file, module, path)) return "";
    return absl::StrCat(module, " must not include ", path);
  });
}

std::vector<Finding> LibrariesStayInTheirFolders(const SourceFile& file) {
  return JudgeIncludes(file, [&](const std::string& path) -> std::string {
    for (const Library& library : Libraries()) {
      const bool named =
          std::any_of(library.prefixes.begin(), library.prefixes.end(),
                      [&](const std::string& prefix) { return path.starts_with(prefix); });
      const bool allowed =
          std::any_of(library.folders.begin(), library.folders.end(),
                      [&](const std::string& folder) { return IsWithin(file.path, folder); });
      if (named && !allowed) return absl::StrCat(library.name, " is not for ", file.folder);
    }
    return "";
  });
}

}  // namespace sluice::house
