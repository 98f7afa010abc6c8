#include "server/app/reconciliation_service.h"

#include <memory>
#include <utility>

#include "server/base/strings.h"
#include "server/core/codec.h"
#include "server/core/error.h"
#include "server/core/fingerprint.h"
#include "server/core/validate.h"

namespace sluice::app {
namespace {

// A sentence or two and a reference; it travels with every event of the resource.
constexpr size_t kMaxEvidenceBytes = 1000;
constexpr size_t kMaxProviderNumberBytes = 128;  // Providers' own numbers have up to 64.

template <typename T>
absl::Status Decode(const store::Record& record, std::shared_ptr<const T>* out) {
  absl::StatusOr<T> decoded = DecodeBody<T>(record.body);
  if (!decoded.ok()) return decoded.status();
  *out = std::make_shared<const T>(*std::move(decoded));
  return absl::OkStatus();
}

absl::StatusOr<Subject> ToSubject(const store::Record& record) {
  Subject subject;
  subject.kind = record.kind;
  absl::Status status;
  switch (record.kind) {
    case ResourceKind::kRefund:
      status = Decode(record, &subject.refund);
      break;
    case ResourceKind::kPayout:
      status = Decode(record, &subject.payout);
      break;
    case ResourceKind::kAccountLink:
      status = Decode(record, &subject.account_link);
      break;
    default:
      status = Decode(record, &subject.order);
      break;
  }
  if (!status.ok()) return status;
  return subject;
}

absl::StatusOr<Page<Subject>> ReadPage(store::Store& store, const store::UnknownQuery& query) {
  absl::StatusOr<store::ListPage> read = store.ListUnknown(query);
  if (!read.ok()) {
    if (absl::IsInvalidArgument(read.status())) return read.status();
    return StoreUnavailable("the store cannot read now", false);
  }
  Page<Subject> page;
  for (const store::Record& record : read->records) {
    absl::StatusOr<Subject> subject = ToSubject(record);
    if (!subject.ok()) return subject.status();
    page.items.push_back(*std::move(subject));
  }
  page.next_page = std::move(read->next);
  return page;
}

absl::Status Validate(const AttemptResolved& resolved) {
  Violations violations;
  violations.Add(ValidateRequired(resolved.evidence, "evidence"));
  violations.Add(ValidateText(resolved.evidence, "evidence", kMaxEvidenceBytes));
  violations.Add(
      ValidateText(resolved.provider_number, "provider_number", kMaxProviderNumberBytes));
  if (!resolved.confirmed && !resolved.provider_number.empty()) {
    violations.Add("provider_number", "must be empty unless the verdict is CONFIRMED");
  }
  return violations.ToStatus();
}

class ReconciliationService final : public Reconciliation {
 public:
  explicit ReconciliationService(CorePtr core) : core_(std::move(core)) {}

  void List(ListUnresolvedRequest request, Reply<Page<Subject>> reply) override {
    store::UnknownQuery query;
    if (request.merchant != "-") query.merchant = std::move(request.merchant);
    query.unknown_before = core_->Now() - request.min_age;
    query.limit = request.limit;
    query.after = std::move(request.page);
    auto shared_reply = std::make_shared<Reply<Page<Subject>>>(std::move(reply));
    const bool posted = core_->deps().readers->TryPost([core = core_, query, shared_reply] {
      (*shared_reply)(ReadPage(*core->deps().store, query));
    });
    if (!posted) (*shared_reply)(Overloaded("too many reads", absl::Milliseconds(200)));
  }

  void Resolve(Call call, ResolveRequest request, Reply<Subject> reply) override {
    const AttemptResolved& resolved = request.resolved;
    if (absl::Status valid = Validate(resolved); !valid.ok()) return reply(valid);
    std::string fingerprint =
        Fingerprint(FieldValues{{"name", request.name},
                                {"attempt", StrCat(resolved.attempt)},
                                {"verdict", resolved.confirmed ? "CONFIRMED" : "REJECTED"},
                                {"evidence", resolved.evidence},
                                {"provider_number", resolved.provider_number}});
    const ResourceKind kind = request.kind;
    std::string name = request.name;
    core_->Admit(std::move(call), "ResolveAttempt", std::move(fingerprint), kind, std::move(name),
                 std::move(reply), [core = core_, request](TicketPtr ticket) {
                   core->Mutate(std::move(ticket), request.kind, request.name,
                                [core, request](const Subject& before) {
                                  return core->DecideOn(before, Input(request.resolved));
                                });
                 });
  }

 private:
  const CorePtr core_;
};

}  // namespace

std::unique_ptr<Reconciliation> MakeReconciliation(CorePtr core) {
  return std::make_unique<ReconciliationService>(std::move(core));
}

}  // namespace sluice::app
