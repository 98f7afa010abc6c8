#include "server/main/health_watches.h"

#include <grpcpp/server_context.h>

#include <mutex>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace sluice {
namespace {

constexpr std::string_view kWatch = "/grpc.health.v1.Health/Watch";

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerInterceptorFactoryInterface;
using grpc::experimental::ServerRpcInfo;

class OpenWatch;

}  // namespace

struct HealthWatches::Open {
  // Recursive: a call that is canceled may end, and leave the set, inside TryCancel. Held during
  // TryCancel, so that a call that ends elsewhere meanwhile waits with its context alive.
  std::recursive_mutex mutex;
  bool ended = false;
  absl::flat_hash_set<OpenWatch*> watches;
};

namespace {

using OpenPtr = std::shared_ptr<HealthWatches::Open>;
using Lock = std::lock_guard<std::recursive_mutex>;

// One call of Watch, from its first message.
class OpenWatch final : public Interceptor {
 public:
  OpenWatch(OpenPtr open, grpc::ServerContextBase* call) : open_(std::move(open)), call_(call) {}

  ~OpenWatch() override {
    const Lock lock(open_->mutex);
    open_->watches.erase(this);
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      const Lock lock(open_->mutex);
      open_->watches.insert(this);
      sending_ = true;
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_SEND_MESSAGE)) {
      const Lock lock(open_->mutex);
      sending_ = false;
      if (open_->ended) End();
    }
    methods->Proceed();
  }

  // What is being sent, the news that the server stops, goes out first.
  void End() {
    if (!sending_) call_->TryCancel();
  }

 private:
  const OpenPtr open_;
  grpc::ServerContextBase* const call_;
  bool sending_ = false;  // Under open_->mutex.
};

class OpenWatchFactory final : public ServerInterceptorFactoryInterface {
 public:
  explicit OpenWatchFactory(OpenPtr open) : open_(std::move(open)) {}

  Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    if (info->method() != kWatch) return nullptr;
    return new OpenWatch(open_, info->server_context());
  }

 private:
  const OpenPtr open_;
};

}  // namespace

HealthWatches::HealthWatches() : open_(std::make_shared<Open>()) {}

std::unique_ptr<ServerInterceptorFactoryInterface> HealthWatches::MakeInterceptors() const {
  return std::make_unique<OpenWatchFactory>(open_);
}

void HealthWatches::EndAll() {
  const Lock lock(open_->mutex);
  open_->ended = true;
  const auto watches = open_->watches;  // A copy: each may leave the set as it ends.
  for (OpenWatch* watch : watches) {
    if (open_->watches.contains(watch)) watch->End();
  }
}

}  // namespace sluice
