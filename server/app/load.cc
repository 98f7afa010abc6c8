// Reading resources: from memory, else from the store under the resource's lane.
#include <utility>

#include "server/app/engine_core.h"
#include "server/core/codec.h"
#include "server/core/error.h"

namespace sluice::app {

EngineCore::EngineCore(EngineDependencies dependencies, EngineOptions options)
    : deps_(std::move(dependencies)),
      options_(std::make_shared<const EngineOptions>(std::move(options))),
      catalog_(deps_.clock),
      lanes_(deps_.executor),
      cache_(options_->cached_resources),
      admission_(deps_.clock) {}

std::shared_ptr<const EngineOptions> EngineCore::options() const {
  MutexLock lock(&options_mutex_);
  return options_;
}

absl::Status EngineCore::Configure(EngineOptions options) {
  if (absl::Status status = catalog_.Configure(options); !status.ok()) return status;
  auto next = std::make_shared<const EngineOptions>(std::move(options));
  MutexLock lock(&options_mutex_);
  options_ = std::move(next);
  return absl::OkStatus();
}

std::optional<Subject> EngineCore::Cached(ResourceKind kind, const std::string& name) {
  Subject subject;
  subject.kind = kind;
  switch (kind) {
    case ResourceKind::kRefund:
      subject.refund = cache_.Get<Refund>(name);
      if (subject.refund != nullptr) subject.order = cache_.Get<Order>(LaneOf(kind, name));
      if (subject.order == nullptr) return std::nullopt;
      break;
    case ResourceKind::kPayout:
      subject.payout = cache_.Get<Payout>(name);
      break;
    case ResourceKind::kAccountLink:
      subject.account_link = cache_.Get<AccountLink>(name);
      break;
    default:
      subject.order = cache_.Get<Order>(name);
      break;
  }
  if (!subject.Named()) return std::nullopt;
  return subject;
}

template <typename T>
absl::StatusOr<std::shared_ptr<const T>> EngineCore::ReadOne(ResourceKind kind,
                                                             const std::string& name) {
  if (auto cached = cache_.Get<T>(name)) return cached;
  auto found = deps_.store->Get(name);
  if (!found.ok()) return StoreUnavailable("the store cannot read now", false);
  if (!found->has_value() || (*found)->kind != kind) {
    return NotFound(KindType(kind), name);
  }
  absl::StatusOr<T> decoded = DecodeBody<T>((*found)->body);
  if (!decoded.ok()) return decoded.status();
  decoded->version = (*found)->revision;
  auto resource = std::make_shared<const T>(*std::move(decoded));
  cache_.Put(name, resource);
  return resource;
}

absl::StatusOr<Subject> EngineCore::Read(ResourceKind kind, const std::string& name) {
  Subject subject;
  subject.kind = kind;
  absl::Status status;
  const auto take = [&status](auto read, auto& into) {
    if (read.ok()) {
      into = *std::move(read);
    } else {
      status = read.status();
    }
  };
  switch (kind) {
    case ResourceKind::kRefund:
      take(ReadOne<Refund>(kind, name), subject.refund);
      if (status.ok()) {
        take(ReadOne<Order>(ResourceKind::kOrder, LaneOf(kind, name)), subject.order);
      }
      break;
    case ResourceKind::kPayout:
      take(ReadOne<Payout>(kind, name), subject.payout);
      break;
    case ResourceKind::kAccountLink:
      take(ReadOne<AccountLink>(kind, name), subject.account_link);
      break;
    default:
      take(ReadOne<Order>(ResourceKind::kOrder, name), subject.order);
      break;
  }
  if (!status.ok()) return status;
  return subject;
}

void EngineCore::Load(ResourceKind kind, std::string name, Answer then) {
  if (auto cached = Cached(kind, name)) return then(*std::move(cached));
  // Under the lane, so that what is read is not put over what is being committed.
  std::string lane = LaneOf(kind, name);
  lanes_.Run(std::move(lane), [self = shared_from_this(), kind, name = std::move(name),
                               then = std::move(then)](Lanes::Hold hold) mutable {
    auto shared_then = std::make_shared<Answer>(std::move(then));
    EngineCore* core = self.get();
    const bool posted = core->deps_.readers->TryPost(
        [self = std::move(self), kind, name, shared_then, hold = std::move(hold)]() mutable {
          absl::StatusOr<Subject> read = self->Read(kind, name);
          hold.Release();
          (*shared_then)(std::move(read));
        });
    if (!posted) (*shared_then)(Overloaded("too many reads", absl::Milliseconds(200)));
  });
}

}  // namespace sluice::app
