#include "server/rpc/watch_messages.h"

#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/slice.h>

#include <algorithm>

#include "server/base/log.h"
#include "server/base/strings.h"
#include "server/rpc/convert.h"
#include "sluice/v1/event.pb.h"

namespace sluice::rpc {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr auto kBytes = WireFormatLite::WIRETYPE_LENGTH_DELIMITED;

size_t FieldSize(int number, size_t length) {
  return WireFormatLite::TagSize(number, WireFormatLite::TYPE_BYTES) +
         CodedOutputStream::VarintSize32(static_cast<uint32_t>(length)) + length;
}

uint8_t* WriteHeader(int number, size_t length, uint8_t* target) {
  target = CodedOutputStream::WriteTagToArray(WireFormatLite::MakeTag(number, kBytes), target);
  return CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(length), target);
}

uint8_t* WriteField(int number, std::string_view bytes, uint8_t* target) {
  target = WriteHeader(number, bytes.size(), target);
  return std::copy(bytes.begin(), bytes.end(), target);
}

// A batch and its cursor, copied once into one slice of the exact size.
grpc::ByteBuffer EncodeBatch(const stream::Delivery& delivery, std::string_view cursor) {
  constexpr int kBatch = v1::WatchEventsResponse::kBatchFieldNumber;
  constexpr int kEvents = v1::EventBatch::kEventsFieldNumber;
  constexpr int kCursor = v1::WatchEventsResponse::kCursorFieldNumber;
  size_t batch_size = 0;
  for (const stream::EventRef& ref : delivery.events) {
    batch_size += FieldSize(kEvents, ref->Encoded(EncodeEvent).size());
  }
  grpc::Slice slice(FieldSize(kBatch, batch_size) + FieldSize(kCursor, cursor.size()));
  uint8_t* target = const_cast<uint8_t*>(slice.begin());
  target = WriteHeader(kBatch, batch_size, target);
  for (const stream::EventRef& ref : delivery.events) {
    target = WriteField(kEvents, ref->Encoded(EncodeEvent), target);
  }
  WriteField(kCursor, cursor, target);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

std::string EncodeEvent(const Event& event) {
  v1::Event message;
  // One that cannot be read goes out without its payload rather than leaving a gap.
  if (absl::Status status = ToProto(event, &message); !status.ok()) {
    LogError("event_unreadable", {{"event", event.Name()}});
  }
  return message.SerializeAsString();
}

grpc::ByteBuffer Serialize(const google::protobuf::MessageLite& message) {
  grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

int ClosingReason(std::string_view word) {
  v1::Closing::Reason reason = v1::Closing::REASON_UNSPECIFIED;
  v1::Closing::Reason_Parse(StrCat("REASON_", word), &reason);
  return reason;
}

grpc::ByteBuffer EncodeWatchEvents(const stream::Delivery& delivery, std::string_view cursor,
                                   absl::Time now) {
  if (delivery.kind == stream::Delivery::Kind::kEvents) return EncodeBatch(delivery, cursor);
  v1::WatchEventsResponse response;
  if (delivery.kind == stream::Delivery::Kind::kProgress) {
    ToProto(now, response.mutable_progress()->mutable_time());
  } else {
    response.mutable_closing()->set_reason(
        static_cast<v1::Closing::Reason>(ClosingReason(delivery.closing)));
  }
  response.set_cursor(std::string(cursor));
  return Serialize(response);
}

}  // namespace sluice::rpc
