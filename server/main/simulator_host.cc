#include "server/main/simulator_host.h"

#include <memory>
#include <utility>

#include "server/base/strings.h"
#include "server/main/http_routes.h"

namespace sluice {
namespace {

// A signature is half a millisecond: two threads serve some thousand requests a second.
constexpr int kThreads = 2;
constexpr size_t kMaxQueued = 4096;
// A real provider has processors of its own: the server goes first.
constexpr int kNiceness = 5;

net::HttpAnswer ToHttp(SimulatedAnswer answer) {
  return {.reply = std::move(answer.reply),
          .delay = answer.delay,
          .chunk_delay = answer.chunk_delay,
          .truncate_body_at = answer.truncate_body_at,
          .drop_connection = answer.drop_connection};
}

// Takes "/payby" off the path and gives "payby"; empty when there is no such prefix.
std::string TakeProvider(std::string* path) {
  if (path->empty() || path->front() != '/') return "";
  const size_t end = path->find('/', 1);
  std::string provider = path->substr(1, end == path->npos ? end : end - 1);
  *path = end == path->npos ? "/" : path->substr(end);
  return provider;
}

}  // namespace

SimulatorHost::SimulatorHost() : threads_("simulators", kThreads, kMaxQueued, kNiceness) {}

absl::StatusOr<std::unique_ptr<SimulatorHost>> SimulatorHost::Start(
    const Options& options, const std::vector<ProviderRegistration>& providers) {
  std::unique_ptr<SimulatorHost> host(new SimulatorHost);
  SimulatorHost* const self = host.get();
  auto listener = net::StartHttpListener(
      {.address = options.address.ToString(), .clock = options.clock},
      [self](RawRequest request, net::HttpResponder responder) {
        // A refused task is destroyed with its responder, which then answers 500.
        (void)self->threads_.TryPost(
            [self, request = std::move(request), responder = std::move(responder)]() mutable {
              self->Serve(std::move(request), std::move(responder));
            });
      });
  if (!listener.ok()) return listener.status();
  host->listener_ = *std::move(listener);
  for (const ProviderRegistration& registration : providers) {
    auto simulator = registration.make_simulator(
        {.clock = options.clock,
         .timers = options.timers,
         .seed = options.seed,
         .base_url = host->BaseUrl(registration.provider),
         .send = [http = options.http](HttpRequest request,
                                       absl::AnyInvocable<void(HttpReply)> done) {
           http->Send(std::move(request), std::move(done));
         }});
    if (!simulator.ok()) return simulator.status();
    MutexLock lock(&host->mutex_);
    host->simulators_[registration.provider] = *std::move(simulator);
  }
  return host;
}

SimulatorHost::~SimulatorHost() { Stop(); }

void SimulatorHost::Stop() {
  if (listener_ != nullptr) listener_->Stop();
  threads_.Shutdown();
}

std::string SimulatorHost::address() const { return listener_->address(); }

std::string SimulatorHost::BaseUrl(std::string_view provider) const {
  return StrCat("http://", listener_->address(), "/", provider);
}

Simulator* SimulatorHost::Find(std::string_view provider) const {
  MutexLock lock(&mutex_);
  const auto found = simulators_.find(provider);
  return found == simulators_.end() ? nullptr : found->second.get();
}

std::vector<Simulator*> SimulatorHost::All() const {
  MutexLock lock(&mutex_);
  std::vector<Simulator*> all;
  for (const auto& [provider, simulator] : simulators_) all.push_back(simulator.get());
  return all;
}

void SimulatorHost::Serve(RawRequest request, net::HttpResponder responder) {
  Simulator* const simulator = Find(TakeProvider(&request.path));
  if (simulator == nullptr) {
    responder({.reply = TextReply(404, "no simulator is served here")});
    return;
  }
  SimulatedAnswer answer = simulator->Handle(request);
  const auto later = std::move(answer.later);
  if (!later) return responder(ToHttp(std::move(answer)));
  // Copied by whoever keeps it; dropped with the last copy, it answers 500.
  auto shared = std::make_shared<net::HttpResponder>(std::move(responder));
  later([shared, answer = std::move(answer)](HttpReply reply) {
    SimulatedAnswer whole = answer;
    whole.reply = std::move(reply);
    (*shared)(ToHttp(std::move(whole)));
  });
}

}  // namespace sluice
