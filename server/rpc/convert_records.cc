// Events, notifications, providers and limits.

#include <google/protobuf/util/json_util.h>

#include <utility>

#include "server/core/codec.h"
#include "server/rpc/convert_common.h"

namespace sluice::rpc {
namespace {

#define SLUICE_SAME(core_value, proto_value) \
  static_assert(static_cast<int>(core_value) == static_cast<int>(proto_value))
SLUICE_SAME(store::NotificationState::kReceived, v1::Notification::STATE_RECEIVED);
SLUICE_SAME(store::NotificationState::kProcessed, v1::Notification::STATE_PROCESSED);
SLUICE_SAME(store::NotificationState::kDuplicate, v1::Notification::STATE_DUPLICATE);
SLUICE_SAME(store::NotificationState::kUnmatched, v1::Notification::STATE_UNMATCHED);
SLUICE_SAME(store::NotificationState::kRejected, v1::Notification::State_MAX);
#undef SLUICE_SAME

template <typename Resource, typename Proto>
absl::Status PayloadToProto(const Event& event, Proto* (v1::Event::*mutable_payload)(),
                            v1::Event* out) {
  absl::StatusOr<Resource> resource = DecodeBody<Resource>(event.body);
  if (!resource.ok()) return resource.status();
  ToProto(*resource, (out->*mutable_payload)());
  return absl::OkStatus();
}

// The body of an account's event has the API's own names.
absl::Status AccountToProto(const Event& event, v1::ProviderAccount* out) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(event.body, out, options).ok()) {
    return Internal("the event of a provider account cannot be read");
  }
  out->set_name(event.resource_name);
  out->set_provider(event.provider);
  return absl::OkStatus();
}

void WalletToProto(const WalletCapability& wallet, v1::WalletCapability* out) {
  out->set_wallet(wallet.wallet);
  out->set_display_name(wallet.display_name);
  for (const Verb verb : wallet.verbs) out->add_verbs(static_cast<v1::Verb>(verb));
  for (const Presentation presentation : wallet.presentations) {
    out->add_presentations(static_cast<v1::Presentation>(presentation));
  }
  for (const std::string& code : wallet.currency_codes) out->add_currency_codes(code);
  if (wallet.minimum.has_value()) ToProto(*wallet.minimum, out->mutable_minimum());
  if (wallet.maximum.has_value()) ToProto(*wallet.maximum, out->mutable_maximum());
  if (wallet.default_expiry > absl::ZeroDuration()) {
    ToProto(wallet.default_expiry, out->mutable_default_expiry());
  }
  if (wallet.maximum_expiry > absl::ZeroDuration()) {
    ToProto(wallet.maximum_expiry, out->mutable_maximum_expiry());
  }
  out->set_partial_refunds(wallet.partial_refunds);
  out->set_multiple_refunds(wallet.multiple_refunds);
  out->set_requires_account_link(wallet.requires_account_link);
  for (const std::string& field : wallet.required_fields) out->add_required_fields(field);
}

}  // namespace

absl::Status ToProto(const Event& event, v1::Event* out) {
  out->set_name(event.Name());
  out->set_sequence(event.sequence);
  out->set_type(event.type);
  out->set_resource(event.resource_name);
  out->set_provider(event.provider);
  ToProto(event.create_time, out->mutable_create_time());
  out->set_traceparent(event.traceparent);
  switch (event.kind) {
    case ResourceKind::kOrder:
      return PayloadToProto<Order>(event, &v1::Event::mutable_order, out);
    case ResourceKind::kRefund:
      return PayloadToProto<Refund>(event, &v1::Event::mutable_refund, out);
    case ResourceKind::kPayout:
      return PayloadToProto<Payout>(event, &v1::Event::mutable_payout, out);
    case ResourceKind::kAccountLink:
      return PayloadToProto<AccountLink>(event, &v1::Event::mutable_account_link, out);
    case ResourceKind::kProviderAccount:
      return AccountToProto(event, out->mutable_provider_account());
    case ResourceKind::kEvent:
    case ResourceKind::kNotification:
      break;
  }
  return Internal("an event of a kind that has no events");
}

void ToProto(const app::PayoutLimitsAnswer& limits, std::string_view merchant,
             v1::GetPayoutLimitsResponse* out) {
  out->set_provider_account(ProviderAccountName(merchant, limits.provider_account));
  out->set_wallet(limits.wallet);
  out->set_currency_code(limits.currency_code);
  out->set_known(limits.known);
  if (limits.limits.minimum.has_value()) ToProto(*limits.limits.minimum, out->mutable_minimum());
  if (limits.limits.maximum.has_value()) ToProto(*limits.limits.maximum, out->mutable_maximum());
  OptionalToProto(limits.read_time, [out] { return out->mutable_read_time(); });
}

void ToProto(const Descriptor& descriptor, v1::Provider* out) {
  out->set_provider(descriptor.provider);
  out->set_display_name(descriptor.display_name);
  for (const WalletCapability& wallet : descriptor.wallets) {
    WalletToProto(wallet, out->add_wallets());
  }
  out->set_max_id_length(descriptor.max_id_length);
  out->set_reports_settlement(descriptor.reports_settlement);
}

void ToProto(const app::ProviderAccount& account, v1::ProviderAccount* out) {
  const std::string& provider = account.provider->descriptor().provider;
  out->set_name(ProviderAccountName(account.merchant, account.account));
  out->set_provider(provider);
  out->set_paused(account.paused);
  out->set_pause_reason(account.pause_reason);
  out->set_notify_url(StrCat(account.notify_base_url, "/notify/", provider, "/", account.account));
}

void ToProto(const store::NotificationRow& row, bool with_request, v1::Notification* out) {
  out->set_name(NotificationName(row.merchant, row.id));
  out->set_state(static_cast<v1::Notification::State>(row.state));
  out->set_reason(row.reason);
  out->set_provider(row.provider);
  out->set_provider_account(ProviderAccountName(row.merchant, row.provider_account));
  out->set_resource(row.resource_name);
  ToProto(row.receive_time, out->mutable_receive_time());
  out->set_remote_address(row.remote_address);
  out->set_deliveries(row.deliveries);
  if (!with_request) return;
  v1::HttpMessage* request = out->mutable_request();
  request->set_method(row.method);
  request->set_path(row.path);
  request->set_query(row.query);
  request->set_headers(row.headers);
  request->set_body(row.body);
}

void ToProto(const Diagnosis& diagnosis, v1::DiagnoseNotificationResponse* out) {
  out->set_verified(diagnosis.verified);
  out->set_summary(diagnosis.summary);
  for (const auto& [subject, value] : diagnosis.details) {
    auto* detail = out->add_details();
    detail->set_subject(subject);
    detail->set_value(value);
  }
}

absl::StatusOr<EventFilter> FilterFromProto(const v1::EventFilter& in, std::string_view field) {
  EventFilter filter{.types = {in.types().begin(), in.types().end()},
                     .resource_prefix = in.resource_prefix(),
                     .provider = in.provider()};
  const absl::Status valid = filter.Validate(field);
  if (!valid.ok()) return valid;
  return filter;
}

}  // namespace sluice::rpc
