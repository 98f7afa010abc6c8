#include "server/core/attempt_decide.h"
#include "server/rpc/service_parts.h"
#include "sluice/v1/reconciliation.grpc.pb.h"

namespace sluice::rpc {
namespace {

using v1::ListUnresolvedResponse;
using v1::ResolveAttemptResponse;

const Money* AmountOf(const Subject& subject) {
  switch (subject.kind) {
    case ResourceKind::kRefund:
      return &subject.refund->amount;
    case ResourceKind::kPayout:
      return &subject.payout->amount;
    case ResourceKind::kAccountLink:
      return nullptr;
    default:
      return &subject.order->amount;
  }
}

void ShowUnresolved(const Subject& subject, v1::UnresolvedResource* out) {
  const ResourceBase& base = subject.base();
  out->set_name(subject.Name());
  out->set_state(std::string(subject.state_name()));
  out->set_provider(base.provider);
  out->set_provider_account(ProviderAccountName(base.merchant, base.provider_account));
  if (const Money* amount = AmountOf(subject)) ToProto(*amount, out->mutable_amount());
  for (const Attempt& attempt : base.attempts) {
    if (attempt.state != AttemptState::kUnknown || attempt.abandoned) continue;
    ToProto(attempt, out->add_attempts());
  }
  if (const auto since = UnknownSince(base)) ToProto(*since, out->mutable_unknown_since());
  if (base.due_time.has_value()) ToProto(*base.due_time, out->mutable_next_query_time());
  out->set_attention(base.attention);
}

void ShowResource(const Subject& subject, ResolveAttemptResponse* out) {
  switch (subject.kind) {
    case ResourceKind::kRefund:
      return ToProto(*subject.refund, out->mutable_refund());
    case ResourceKind::kPayout:
      return ToProto(*subject.payout, out->mutable_payout());
    case ResourceKind::kAccountLink:
      return ToProto(*subject.account_link, out->mutable_account_link());
    default:
      return ToProto(*subject.order, out->mutable_order());
  }
}

bool HasAttempts(ResourceKind kind) {
  return kind == ResourceKind::kOrder || kind == ResourceKind::kRefund ||
         kind == ResourceKind::kPayout || kind == ResourceKind::kAccountLink;
}

absl::StatusOr<AttemptResolved> ResolvedFromProto(const Caller& caller,
                                                  const v1::ResolveAttemptRequest& in) {
  AttemptResolved resolved;
  switch (in.verdict()) {
    case v1::ResolveAttemptRequest::VERDICT_CONFIRMED:
      resolved.confirmed = true;
      break;
    case v1::ResolveAttemptRequest::VERDICT_REJECTED:
      break;
    default:
      return InvalidField("verdict", "must be VERDICT_CONFIRMED or VERDICT_REJECTED");
  }
  resolved.attempt = in.attempt();
  resolved.resolved_by = caller.principal.credential;
  resolved.evidence = in.evidence();
  resolved.provider_number = in.provider_number();
  return resolved;
}

class ReconciliationService final : public v1::ReconciliationService::CallbackService {
 public:
  explicit ReconciliationService(const ServiceDependencies& dependencies)
      : environment_(dependencies.environment),
        reconciliation_(dependencies.engine->reconciliation()) {}

  Unary ListUnresolved(Context* context, const v1::ListUnresolvedRequest* request,
                       ListUnresolvedResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.ReconciliationService/ListUnresolved", context, response,
        [&](const Caller& caller, Answer<ListUnresolvedResponse>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent(), true);
          if (!merchant.ok()) return merchant.status();
          app::ListUnresolvedRequest list{.merchant = *merchant};
          if (request->has_min_age()) {
            auto age = DurationFromProto(request->min_age(), "min_age");
            if (!age.ok()) return age.status();
            if (*age < absl::ZeroDuration()) return InvalidField("min_age", "must not be negative");
            list.min_age = *age;
          }
          auto limit = PageSize(request->page_size());
          if (!limit.ok()) return limit.status();
          list.limit = *limit;
          const uint64_t hash =
              PageRequestHash({"ListUnresolved", *merchant, absl::FormatDuration(list.min_age)});
          auto page = DecodePageToken(request->page_token(), hash);
          if (!page.ok()) return page.status();
          list.page = *std::move(page);
          reconciliation_.List(
              std::move(list),
              std::move(answer).As<app::Page<Subject>>(
                  [hash](const auto& found, ListUnresolvedResponse* out) {
                    for (const Subject& subject : found.items) {
                      ShowUnresolved(subject, out->add_resources());
                    }
                    out->set_next_page_token(EncodePageToken(found.next_page, hash));
                  }));
          return absl::OkStatus();
        });
  }

  Unary ResolveAttempt(Context* context, const v1::ResolveAttemptRequest* request,
                       ResolveAttemptResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.ReconciliationService/ResolveAttempt", context, response,
        [&](const Caller& caller, Answer<ResolveAttemptResponse>& answer) -> absl::Status {
          if (!caller.principal.is_operator()) {
            return PermissionDenied("only operators resolve attempts");
          }
          auto name = ParseName(request->name(), "name");
          if (!name.ok()) return name.status();
          if (!HasAttempts(name->kind)) {
            return InvalidField("name", "must be of an order, refund, payout or account link");
          }
          auto call = MakeCall(caller, name->merchant, request->request_id());
          if (!call.ok()) return call.status();
          auto resolved = ResolvedFromProto(caller, *request);
          if (!resolved.ok()) return resolved.status();
          reconciliation_.Resolve(
              *std::move(call),
              {.kind = name->kind, .name = request->name(), .resolved = *std::move(resolved)},
              std::move(answer).As<Subject>(ShowResource));
          return absl::OkStatus();
        });
  }

 private:
  const Environment environment_;
  app::Reconciliation& reconciliation_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeReconciliationService(const ServiceDependencies& dependencies) {
  return std::make_unique<ReconciliationService>(dependencies);
}

}  // namespace sluice::rpc
