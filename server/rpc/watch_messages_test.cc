#include "server/rpc/watch_messages.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/core/codec.h"
#include "server/core/names.h"
#include "sluice/v1/event.pb.h"

namespace sluice::rpc {
namespace {

constexpr int kMany = 300;  // Lengths of more than one byte.

v1::WatchEventsResponse Read(grpc::ByteBuffer bytes) {
  v1::WatchEventsResponse response;
  grpc::ProtoBufferReader reader(&bytes);
  EXPECT_TRUE(response.ParseFromZeroCopyStream(&reader));
  return response;
}

EventPtr MakeEvent(int64_t sequence) {
  Order order;
  order.merchant = "m";
  order.id = absl::StrCat("o", sequence);
  order.amount = order.paid = order.refunded = order.refund_pending = {"AED", 1234};
  order.state = OrderState::kPaid;
  order.description = "Tea";
  auto event = std::make_shared<Event>();
  event->type = "order.paid";
  event->resource_name = order.Name();
  event->merchant = "m";
  event->provider = "payby";
  event->body = EncodePublic(order);
  event->position = event->sequence = sequence;
  return event;
}

TEST(WatchMessagesTest, ABatchReadsAsTheGeneratedMessage) {
  std::vector<EventPtr> events;
  for (int i = 1; i <= kMany; ++i) events.push_back(MakeEvent(i));
  auto block = std::make_shared<const stream::EventBlock>(events);
  stream::Delivery delivery;
  for (size_t i = 0; i < kMany; ++i) delivery.events.push_back({block, i});

  const v1::WatchEventsResponse response =
      Read(EncodeWatchEvents(delivery, "the-cursor", absl::UnixEpoch()));

  EXPECT_EQ(response.cursor(), "the-cursor");
  ASSERT_EQ(response.batch().events_size(), kMany);
  for (int i = 0; i < kMany; ++i) {
    const v1::Event& event = response.batch().events(i);
    EXPECT_EQ(event.sequence(), i + 1);
    EXPECT_EQ(event.type(), "order.paid");
    EXPECT_EQ(event.order().name(), OrderName("m", absl::StrCat("o", i + 1)));
    EXPECT_EQ(event.order().state(), v1::Order::STATE_PAID);
    EXPECT_EQ(event.order().amount().minor_units(), 1234);
  }
}

TEST(WatchMessagesTest, AnEventThatCannotBeReadLeavesNoGap) {
  auto broken = std::make_shared<Event>(*MakeEvent(7));
  broken->body = "not ours";
  auto block = std::make_shared<const stream::EventBlock>(std::vector<EventPtr>{broken});
  stream::Delivery delivery;
  delivery.events.push_back({block, 0});
  const v1::WatchEventsResponse response =
      Read(EncodeWatchEvents(delivery, "c", absl::UnixEpoch()));
  ASSERT_EQ(response.batch().events_size(), 1);
  EXPECT_EQ(response.batch().events(0).sequence(), 7);
  EXPECT_EQ(response.batch().events(0).payload_case(), v1::Event::PAYLOAD_NOT_SET);
}

TEST(WatchMessagesTest, ProgressAndClosingCarryTheCursor) {
  stream::Delivery delivery;
  delivery.kind = stream::Delivery::Kind::kProgress;
  v1::WatchEventsResponse response =
      Read(EncodeWatchEvents(delivery, "here", absl::FromUnixSeconds(1767225600)));
  EXPECT_EQ(response.progress().time().seconds(), 1767225600);
  EXPECT_EQ(response.cursor(), "here");

  delivery.kind = stream::Delivery::Kind::kClosing;
  delivery.closing = "DRAINING";
  response = Read(EncodeWatchEvents(delivery, "there", absl::UnixEpoch()));
  EXPECT_EQ(response.closing().reason(), v1::Closing::REASON_DRAINING);
  EXPECT_EQ(response.cursor(), "there");
}

TEST(WatchMessagesTest, EveryReasonToCloseHasAWord) {
  EXPECT_EQ(ClosingReason("DRAINING"), v1::Closing::REASON_DRAINING);
  EXPECT_EQ(ClosingReason("MAX_AGE"), v1::Closing::REASON_MAX_AGE);
  EXPECT_EQ(ClosingReason("?"), v1::Closing::REASON_UNSPECIFIED);
}

}  // namespace
}  // namespace sluice::rpc
