#include "tests/notices/world.h"

#include <utility>

#include "gtest/gtest.h"
#include "server/base/log.h"
#include "server/base/strings.h"
#include "server/core/codec.h"

namespace sluice::notices {
namespace {

template <typename T>
std::string Describe(const T& resource) {
  return StrCat(resource.id, "=", StateName(resource.state), " attention=", resource.attention);
}

std::string Describe(const Order& order) {
  return StrCat(order.id, "=", StateName(order.state), " paid=", order.paid.minor_units,
                " refunded=", order.refunded.minor_units,
                " settled=", order.settle_time.has_value(), " attention=", order.attention);
}

template <typename T>
std::string DescribeBody(const std::string& body) {
  const absl::StatusOr<T> resource = DecodeBody<T>(body);
  return resource.ok() ? Describe(*resource) : "unreadable";
}

}  // namespace

NoticeWorld::NoticeWorld(const Desk& desk, Truth first_truth)
    : truth(std::move(first_truth)), desk_(desk) {
  SetLogLevel(LogLevel::kOff);  // A line for each of a hundred thousand refusals says nothing.
  real_provider = desk.Backend(/*with_other_key=*/false);
  metrics = &counting_;
  http->SetResponder([this](const HttpRequest& request) { return desk_.Answer(request, truth); });
}

void NoticeWorld::AddAccount(const std::string& id, const std::string& merchant,
                             std::shared_ptr<const Provider> backend) {
  auto added = std::make_shared<app::ProviderAccount>(*account);
  added->account = id;
  added->merchant = merchant;
  added->provider = std::move(backend);
  more_accounts.push_back(std::move(added));
}

NoticeWorld::Told NoticeWorld::Deliver(const RawRequest& request, const std::string& to) {
  if (seen_.empty()) seen_ = Snapshot();
  const size_t rows = store.notifications().size();
  const int rejected = counting_.Of(desk_.provider(), "REJECTED");
  const absl::Time present = clock.Now();
  if (in_the_past_) clock.Set(present - absl::Hours(1) - absl::Minutes(deliveries_++ % 2));
  const auto status = std::make_shared<int>(0);  // The answer may come after we have returned.
  engine().notifications().Receive(desk_.provider(), to, request,
                                   [status](HttpReply reply) { *status = reply.status; });
  executor.RunAll();
  Told told;
  told.status = *status;
  clock.Set(present);
  if (store.notifications().size() > rows) {
    told.state = store::StateName(store.notifications().back().state);
    told.reason = store.notifications().back().reason;
  }
  told.counted_as_rejected = counting_.Of(desk_.provider(), "REJECTED") - rejected;
  std::string after = Snapshot();
  told.changed = after != seen_;
  seen_ = std::move(after);
  return told;
}

std::string NoticeWorld::States() {
  std::string text;
  for (const std::string& name : names_) {
    const auto record = store.Get(name);
    if (!record.ok() || !record->has_value()) continue;
    const std::string& body = (*record)->body;
    switch ((*record)->kind) {
      case ResourceKind::kRefund:
        text += DescribeBody<Refund>(body);
        break;
      case ResourceKind::kPayout:
        text += DescribeBody<Payout>(body);
        break;
      case ResourceKind::kAccountLink:
        text += DescribeBody<AccountLink>(body);
        break;
      default:
        text += DescribeBody<Order>(body);
        break;
    }
    text += "; ";
  }
  return text;
}

std::string NoticeWorld::Snapshot() { return StrCat(States(), store.events().size(), " events"); }

void NoticeWorld::CreateOrder(Order order) {
  order.merchant = "m";
  order.provider_account.clear();
  order.create_time = Order().create_time;
  names_.push_back(order.Name());
  seen_.clear();
  const auto created = Create(std::move(order));
  EXPECT_TRUE(created->ok()) << created->status();
}

// Starts the call and runs until nothing moves.
template <typename T, typename Service>
void NoticeWorld::CreateBy(Service& service, T resource) {
  resource.merchant = "m";
  resource.provider_account.clear();
  resource.create_time = T().create_time;
  names_.push_back(resource.Name());
  seen_.clear();
  const auto created = std::make_shared<Box<T>>();
  service.Create(MakeCall(), std::move(resource), Into(created));
  Drive();
  EXPECT_TRUE(created->ok()) << created->status();
}

void NoticeWorld::CreateRefundOf(Refund refund) { CreateBy(engine().refunds(), std::move(refund)); }

void NoticeWorld::CreatePayout(Payout payout) { CreateBy(engine().payouts(), std::move(payout)); }

void NoticeWorld::CreateLink(AccountLink link) {
  CreateBy(engine().account_links(), std::move(link));
}

}  // namespace sluice::notices
