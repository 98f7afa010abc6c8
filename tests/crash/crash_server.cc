// A server that kills itself, as kill -9 would, the n-th time it passes a named edge.
//
//   crash_server CONFIG SHIFT_SECONDS [EDGE N]
//
// Of "send.after" and "reply.received" EDGE may name the requests: "send.after /placeOrder" counts
// those whose URL ends so. Its clock is ahead by SHIFT_SECONDS. Prints its addresses on one line,
// and runs until it is killed. It ends with its parent.

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "provider_list.h"
#include "server/main/config_check.h"
#include "server/main/config_load.h"
#include "server/main/server.h"
#include "server/net/curl_http_client.h"
#include "server/store/sqlite/vfs.h"
#include "tests/crash/shifted_clock.h"

namespace {

using sluice::store::sqlite::FileRole;
using sluice::store::sqlite::VfsFile;
using sluice::store::sqlite::VfsHooks;
using sluice::store::sqlite::VfsLayer;

// So small that a load of some dozen orders makes several copies of the log.
constexpr int kCheckpointPages = 48;

// Counts passes of one edge. The process has no chance to tidy up: that is the point.
class Edge {
 public:
  Edge(std::string name, int pass) : name_(std::move(name)), left_(pass) {}
  void Pass(std::string_view edge) {
    if (edge == name_ && --left_ == 0) kill(getpid(), SIGKILL);
  }
  // With the request that passes it, of which the edge's name may have the end.
  void Pass(std::string_view edge, std::string_view url) {
    const std::string_view name = name_;
    const bool named = name.starts_with(edge) && name.substr(edge.size()).starts_with(' ');
    if (named && url.ends_with(name.substr(edge.size() + 1))) Pass(name);
  }

 private:
  const std::string name_;
  std::atomic<int> left_;
};

// The edges of one request: as the engine's own "reply.received", a moment earlier.
class RequestEdges final : public sluice::net::HttpClient {
 public:
  RequestEdges(Edge* edge, sluice::net::HttpClient* http) : edge_(*edge), http_(*http) {}
  void Send(sluice::HttpRequest request, sluice::net::HttpDone done) override {
    auto passing = [this, url = request.url, done = std::move(done)](auto reply) mutable {
      edge_.Pass("reply.received", url);
      done(std::move(reply));
    };
    http_.Send(std::move(request), std::move(passing));
  }

 private:
  Edge& edge_;
  sluice::net::HttpClient& http_;
};

// The edges inside a commit and inside a checkpoint, where only the file system is called.
class FileEdges final : public VfsHooks {
 public:
  explicit FileEdges(Edge* edge) : edge_(*edge) {}
  int BeforeWrite(const VfsFile& file, const void* data, int size, int64_t offset) override {
    if (file.role == FileRole::kWal) edge_.Pass("log.write");
    if (file.role == FileRole::kDatabase) edge_.Pass("checkpoint.write");
    return VfsHooks::BeforeWrite(file, data, size, offset);
  }
  int BeforeSync(const VfsFile& file) override {
    if (file.role == FileRole::kWal) edge_.Pass("log.sync");
    if (file.role == FileRole::kDatabase) edge_.Pass("checkpoint.sync");
    return VfsHooks::BeforeSync(file);
  }

 private:
  Edge& edge_;
};

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int pass = 0;
  int64_t shift_s = 0;
  const bool understood = (argc == 3 || (argc == 5 && absl::SimpleAtoi(argv[4], &pass))) &&
                          absl::SimpleAtoi(argv[2], &shift_s);
  if (!understood) {
    std::cerr << "usage: crash_server CONFIG SHIFT_SECONDS [EDGE N]" << std::endl;
    return 2;
  }
  Edge edge(argc == 5 ? argv[3] : "", pass);
  const auto probe = [&edge](std::string_view point) { edge.Pass(point); };
  FileEdges file_edges(&edge);
  sluice::crash::ShiftedClock clock;
  clock.Shift(shift_s);

  auto loaded = sluice::LoadedConfig::Read(argv[1]);
  auto settings = loaded.ok() ? sluice::CheckConfig(*loaded, {}, sluice::AllProviders())
                              : absl::StatusOr<sluice::Settings>(loaded.status());
  auto layer = VfsLayer::Wrap("", &file_edges);
  // The server's own client, but that it tells when a request is out.
  auto http = sluice::net::CurlHttpClient::Create(
      {.request_written = [&edge](const sluice::HttpRequest& request) {
        edge.Pass("send.after");
        edge.Pass("send.after", request.url);
      }});
  if (!settings.ok() || !layer.ok() || !http.ok()) {
    std::cerr << settings.status() << layer.status() << http.status() << std::endl;
    return 2;
  }
  sluice::ServerOptions options;
  options.settings = *std::move(settings);
  options.clock = &clock;
  RequestEdges request_edges(&edge, http->get());
  options.http = &request_edges;
  options.store_probe = probe;
  options.engine_probe = probe;
  options.store_vfs = (*layer)->name();
  options.store_checkpoint_pages = kCheckpointPages;
  auto server = sluice::StartServer(std::move(options));
  if (!server.ok()) {
    std::cerr << server.status() << std::endl;
    return 1;
  }
  std::cout << (*server)->addresses().ToJson() << std::endl;
  while (true) pause();
}
