#include "server/main/http_routes.h"

#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "server/base/strings.h"
#include "server/net/forwarded.h"

namespace sluice {
namespace {

using net::HttpAnswer;
using net::HttpResponder;

void Answer(HttpResponder responder, HttpReply reply) {
  responder(HttpAnswer{.reply = std::move(reply)});
}

// "/notify/payby/demo" to {"notify", "payby", "demo"}; nothing for a path of another form.
std::vector<std::string> Segments(std::string_view path) {
  if (path.empty() || path.front() != '/') return {};
  return absl::StrSplit(AbslView(path.substr(1)), '/');
}

void Route(app::Engine& engine, RawRequest request, HttpResponder responder) {
  const std::vector<std::string> path = Segments(request.path);
  if (path.size() == 3 && path[0] == "notify") {
    if (request.method != "POST") return Answer(std::move(responder), TextReply(405, "POST only"));
    return engine.notifications().Receive(
        path[1], path[2], std::move(request),
        [responder = std::move(responder)](HttpReply reply) mutable {
          Answer(std::move(responder), std::move(reply));
        });
  }
  if (path.size() == 5 && path[0] == "return") {
    if (request.method != "GET" && request.method != "POST") {
      return Answer(std::move(responder), TextReply(405, "GET or POST only"));
    }
    return engine.notifications().ReturnPage(
        path[1], path[2], path[3], path[4],
        [responder = std::move(responder)](HttpReply reply) mutable {
          Answer(std::move(responder), std::move(reply));
        });
  }
  Answer(std::move(responder), TextReply(404, "nothing is served here"));
}

}  // namespace

HttpReply TextReply(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body) + "\n"};
}

net::HttpHandler NotifyHandler(std::shared_ptr<const NotifyGate> gate, net::IpAllowList trusted) {
  return [gate = std::move(gate), trusted = std::move(trusted)](RawRequest request,
                                                                HttpResponder responder) {
    app::Engine* const engine = gate->engine();
    if (engine == nullptr) {
      return Answer(std::move(responder), TextReply(503, "not serving: try again later"));
    }
    net::Caller caller = net::FindCaller(trusted, request.remote_address, request.headers);
    request.remote_address = std::move(caller.address);
    request.caller_known = caller.known;
    Route(*engine, std::move(request), std::move(responder));
  };
}

net::HttpHandler AdminHandler(const MetricsExport* metrics,
                              std::shared_ptr<const std::atomic<bool>> ready,
                              std::function<absl::Duration()> oldest_unknown) {
  return [metrics, ready = std::move(ready), oldest_unknown = std::move(oldest_unknown)](
             RawRequest request, HttpResponder responder) {
    if (request.method != "GET" && request.method != "HEAD") {
      return Answer(std::move(responder), TextReply(405, "GET only"));
    }
    if (request.path == "/metrics") {
      HttpReply reply{.status = 200,
                      .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                      .body = metrics->Text()};
      return Answer(std::move(responder), std::move(reply));
    }
    if (request.path == "/healthz") return Answer(std::move(responder), TextReply(200, "ok"));
    if (request.path == "/readyz") {
      if (!ready->load()) return Answer(std::move(responder), TextReply(503, "not serving"));
      return Answer(std::move(responder),
                    TextReply(200, StrCat("ready\noldest_unknown_age_seconds ",
                                          absl::ToInt64Seconds(oldest_unknown()))));
    }
    Answer(std::move(responder), TextReply(404, "try /metrics, /healthz or /readyz"));
  };
}

}  // namespace sluice
