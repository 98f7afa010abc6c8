#include "tests/crash/load.h"

#include <grpcpp/grpcpp.h>

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/random.h"
#include "tests/crash/world.h"

namespace sluice::crash {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

std::string OrderName(const std::string& id) { return absl::StrCat(kMerchant, "/orders/", id); }

v1::Money Aed(int64_t minor_units) {
  v1::Money money;
  money.set_currency_code("AED");
  money.set_minor_units(minor_units);
  return money;
}

// Whether the answer settles the call: what the server refuses for good is settled as well.
bool Settles(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return false;
    default:
      return true;
  }
}

}  // namespace

struct Load::Stubs {
  explicit Stubs(const std::string& address)
      : channel(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
        orders(v1::OrderService::NewStub(channel)),
        refunds(v1::RefundService::NewStub(channel)) {}
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::OrderService::Stub> orders;
  std::unique_ptr<v1::RefundService::Stub> refunds;
};

void Load::Run(const std::string& address, const std::string& name, uint64_t seed, int threads,
               int orders) {
  Stubs stubs(address);
  std::vector<std::thread> callers;
  for (int t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      RunOne(stubs, absl::StrCat(name, "-", t), seed * 100 + t, orders);
    });
  }
  for (std::thread& caller : callers) caller.join();
}

void Load::RunOne(Stubs& stubs, const std::string& name, uint64_t seed, int orders) {
  SeededRandom random(seed);
  for (int i = 0; i < orders; ++i) {
    const std::string id = absl::StrCat(name, "-", i);
    const int64_t amount = 100 + static_cast<int64_t>(random.Next() % 9900);
    Request* create = Add({.kind = Request::Kind::kCreate, .order = id, .minor_units = amount});
    if (!Call(stubs, create)) return;
    const uint64_t choice = random.Next() % 10;
    // The payer pays at the provider, whether or not the server lives to hear of it.
    const bool paid = choice < 7 && simulator_->Pay(id).ok();
    Request next{.kind = Request::Kind::kCancel, .order = id};
    if (paid && choice < 4) {
      next.kind = Request::Kind::kRefund;
      next.refund = "R-" + id;
      next.minor_units = 1 + static_cast<int64_t>(random.Next() % (amount / 2));
      // The notification may be on its way: a refund needs the order to be known as paid.
      Sync(stubs, id);
    } else if (choice == 9 || (paid && choice == 6)) {
      next.kind = Request::Kind::kRevoke;
    } else if (paid) {
      continue;
    }
    if (!Call(stubs, Add(std::move(next)))) return;
  }
}

Request* Load::Add(Request request) {
  MutexLock lock(&mutex_);
  requests_.push_back(std::make_unique<Request>(std::move(request)));
  return requests_.back().get();
}

bool Load::Call(Stubs& stubs, Request* request) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  const std::string name = OrderName(request->order);
  grpc::Status status;
  v1::Order order;
  v1::Refund refund;
  switch (request->kind) {
    case Request::Kind::kCreate: {
      v1::CreateOrderRequest create;
      create.set_parent(kMerchant);
      create.set_order_id(request->order);
      create.set_request_id("create-" + request->order);
      create.mutable_order()->set_wallet("botim");
      *create.mutable_order()->mutable_amount() = Aed(request->minor_units);
      create.mutable_order()->set_description("a crash test");
      status = stubs.orders->CreateOrder(&context, create, &order);
      break;
    }
    case Request::Kind::kRefund: {
      v1::CreateRefundRequest create;
      create.set_parent(name);
      create.set_refund_id(request->refund);
      create.set_request_id("refund-" + request->refund);
      *create.mutable_refund()->mutable_amount() = Aed(request->minor_units);
      status = stubs.refunds->CreateRefund(&context, create, &refund);
      break;
    }
    case Request::Kind::kCancel: {
      v1::CancelOrderRequest cancel;
      cancel.set_name(name);
      cancel.set_request_id("cancel-" + request->order);
      status = stubs.orders->CancelOrder(&context, cancel, &order);
      break;
    }
    case Request::Kind::kRevoke: {
      v1::RevokeOrderRequest revoke;
      revoke.set_name(name);
      revoke.set_request_id("revoke-" + request->order);
      status = stubs.orders->RevokeOrder(&context, revoke, &order);
      break;
    }
  }
  request->answered = Settles(status);
  request->accepted = status.ok();
  return request->answered;
}

void Load::Sync(Stubs& stubs, const std::string& id) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  v1::SyncOrderRequest sync;
  sync.set_name(OrderName(id));
  v1::Order order;
  (void)stubs.orders->SyncOrder(&context, sync, &order);
}

int Load::Retry(const std::string& address) {
  Stubs stubs(address);
  int unanswered = 0;
  for (const auto& request : requests_) {
    if (!request->answered && !Call(stubs, request.get())) ++unanswered;
  }
  return unanswered;
}

}  // namespace sluice::crash
