#include "tests/crash/resources.h"

#include <utility>

#include "tests/crash/requests.h"

namespace sluice::crash {
namespace {

constexpr int kPageSize = 1000;

bool IsCreate(v1::Verb verb) {
  return verb == v1::VERB_CREATE_ORDER || verb == v1::VERB_CREATE_REFUND ||
         verb == v1::VERB_CREATE_PAYOUT || verb == v1::VERB_CREATE_ACCOUNT_LINK;
}

template <typename Message>
Resource Common(Resource::Kind kind, const Message& message) {
  Resource resource;
  resource.kind = kind;
  resource.name = message.name();
  resource.provider = message.provider();
  resource.state = Message::State_Name(message.state());
  resource.attention = message.attention();
  resource.revision = message.revision();
  for (const v1::Attempt& attempt : message.attempts()) {
    if (IsCreate(attempt.verb())) {
      resource.keys.insert(resource.keys.begin(), attempt.provider_key());
    }
    const bool open = attempt.state() == v1::Attempt::STATE_UNKNOWN ||
                      attempt.state() == v1::Attempt::STATE_SENDING;
    if (open && !attempt.abandoned()) resource.unknown = true;
  }
  return resource;
}

Resource Of(const v1::Order& order) {
  Resource resource = Common(Resource::Kind::kOrder, order);
  resource.minor_units = order.amount().minor_units();
  resource.paid = order.paid().minor_units();
  resource.refunded = order.refunded().minor_units();
  return resource;
}

Resource Of(const v1::Refund& refund) {
  Resource resource = Common(Resource::Kind::kRefund, refund);
  resource.minor_units = refund.amount().minor_units();
  return resource;
}

Resource Of(const v1::Payout& payout) {
  Resource resource = Common(Resource::Kind::kPayout, payout);
  resource.minor_units = payout.amount().minor_units();
  return resource;
}

Resource Of(const v1::AccountLink& link) { return Common(Resource::Kind::kLink, link); }

// `list` fills a page and gives the token of the next; empty: the last.
template <typename Request, typename List>
void Pages(Request request, const List& list) {
  request.set_parent(kMerchant);
  request.set_page_size(kPageSize);
  do {
    grpc::ClientContext context;
    request.set_page_token(list(&context, request));
  } while (!request.page_token().empty());
}

}  // namespace

std::map<std::string, Resource> ReadResources(Stubs& stubs, const Load& load) {
  std::map<std::string, Resource> found;
  const auto add = [&](const auto& messages) {
    for (const auto& message : messages) found[message.name()] = Of(message);
  };
  Pages(v1::ListOrdersRequest(), [&](grpc::ClientContext* context, const auto& request) {
    v1::ListOrdersResponse page;
    if (stubs.orders->ListOrders(context, request, &page).ok()) add(page.orders());
    return page.next_page_token();
  });
  Pages(v1::ListPayoutsRequest(), [&](grpc::ClientContext* context, const auto& request) {
    v1::ListPayoutsResponse page;
    if (stubs.payouts->ListPayouts(context, request, &page).ok()) add(page.payouts());
    return page.next_page_token();
  });
  Pages(v1::ListAccountLinksRequest(), [&](grpc::ClientContext* context, const auto& request) {
    v1::ListAccountLinksResponse page;
    if (stubs.links->ListAccountLinks(context, request, &page).ok()) add(page.account_links());
    return page.next_page_token();
  });
  for (const auto& story : load.stories()) {
    if (story->acts.back() != Act::kRefund) continue;
    grpc::ClientContext context;
    v1::GetRefundRequest get;
    get.set_name(RefundName(story->id, story->refund()));
    v1::Refund refund;
    if (stubs.refunds->GetRefund(&context, get, &refund).ok()) found[refund.name()] = Of(refund);
  }
  return found;
}

std::vector<LoggedEvent> ReadEvents(Stubs& stubs) {
  std::vector<LoggedEvent> events;
  Pages(v1::ListEventsRequest(), [&](grpc::ClientContext* context, const auto& request) {
    v1::ListEventsResponse page;
    if (!stubs.events->ListEvents(context, request, &page).ok()) return std::string();
    for (const v1::Event& event : page.events()) {
      LoggedEvent logged{event.sequence(), event.type(), event.resource(), "", 0};
      const auto show = [&logged](const Resource& resource) {
        logged.state = resource.state;
        logged.revision = resource.revision;
      };
      if (event.has_order()) show(Of(event.order()));
      if (event.has_refund()) show(Of(event.refund()));
      if (event.has_payout()) show(Of(event.payout()));
      if (event.has_account_link()) show(Of(event.account_link()));
      events.push_back(std::move(logged));
    }
    return page.next_page_token();
  });
  return events;
}

}  // namespace sluice::crash
