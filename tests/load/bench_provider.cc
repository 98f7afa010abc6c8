#include "tests/load/bench_provider.h"

#include "server/base/stopwatch.h"
#include "server/base/strings.h"

namespace sluice::bench {
namespace {

class BenchProvider final : public Provider {
 public:
  BenchProvider() {
    descriptor_.provider = "bench";
    descriptor_.display_name = "Bench";
    descriptor_.resend_create_order = Resend::kSameKey;
    WalletCapability wallet;
    wallet.wallet = kWallet;
    wallet.display_name = "Bench wallet";
    wallet.verbs = {Verb::kCreateOrder, Verb::kQueryOrder, Verb::kCancelOrder};
    wallet.presentations = {Presentation::kRedirect};
    wallet.currency_codes = {"AED"};
    wallet.default_expiry = absl::Hours(2);
    wallet.maximum_expiry = absl::Hours(48);
    descriptor_.wallets.push_back(std::move(wallet));
  }

  const Descriptor& descriptor() const override { return descriptor_; }
  absl::Status Validate(const Operation&) const override { return absl::OkStatus(); }

  std::string ProviderKey(const Operation& operation, int abandoned) const override {
    return abandoned == 0 ? operation.order->id : StrCat(operation.order->id, "-", abandoned);
  }

  absl::StatusOr<HttpRequest> Build(const Operation& operation, const CallContext&) const override {
    HttpRequest request;
    request.url = "http://provider.test/orders";
    request.body = StrCat("{\"number\":\"", operation.order->id, "\",\"verb\":\"",
                          VerbName(operation.verb), "\"}");
    return request;
  }

  Step Interpret(const Operation& operation, const CallContext&,
                 const HttpReply& reply) const override {
    Step step;
    if (reply.transport != Transport::kReplied || reply.status != 200) return step;
    step.outcome.verdict = Verdict::kAccepted;
    Facts& facts = step.outcome.facts;
    facts.report = Report::kOpen;
    facts.provider_number = StrCat("P-", operation.order->id);
    facts.amount = operation.order->amount;
    facts.next_action = NextAction{.kind = NextAction::Kind::kRedirect,
                                   .url = StrCat("https://provider.test/pay/", operation.order->id),
                                   .app_deep_link = {},
                                   .payload = {}};
    return step;
  }

  absl::StatusOr<Notification> ReadNotification(const RawRequest&,
                                                const CallContext&) const override {
    return absl::UnauthenticatedError(notification_reason::kSignatureMissing);
  }
  HttpReply Acknowledge(NotificationResult) const override { return HttpReply{.status = 200}; }
  Diagnosis Diagnose(const RawRequest&, const CallContext&) const override {
    return Diagnosis{.summary = "this provider does not notify"};
  }

 private:
  Descriptor descriptor_;
};

}  // namespace

std::shared_ptr<const Provider> MakeBenchProvider() { return std::make_shared<BenchProvider>(); }

void HoldingClient::Send(HttpRequest, net::HttpDone done) {
  MutexLock lock(&mutex_);
  held_.push_back(std::move(done));
}

void InstantClient::Send(HttpRequest, net::HttpDone done) {
  HttpReply reply;
  reply.status = 200;
  done(std::move(reply));
}

void TimedClient::Send(HttpRequest request, net::HttpDone done) {
  const std::string* const trace = FindHeader(request.headers, "traceparent");
  std::string traceparent = trace == nullptr ? std::string() : *trace;
  real_->Send(std::move(request),
              [kept = kept_, traceparent = std::move(traceparent), watch = Stopwatch(),
               done = std::move(done)](HttpReply reply) mutable {
                const int64_t took_us = absl::ToInt64Microseconds(watch.Elapsed());
                {
                  MutexLock lock(&kept->mutex);
                  if (kept->exchanges.size() < kMaxKept) {
                    kept->exchanges.emplace_back(std::move(traceparent), took_us);
                  }
                }
                done(std::move(reply));
              });
}

std::vector<std::pair<std::string, int64_t>> TimedClient::Exchanges() const {
  MutexLock lock(&kept_->mutex);
  return kept_->exchanges;
}

void TimedClient::Forget() {
  MutexLock lock(&kept_->mutex);
  kept_->exchanges.clear();
}

}  // namespace sluice::bench
