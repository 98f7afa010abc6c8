#include "tests/load/watch_scan.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "sluice/v1/event.pb.h"

namespace sluice::bench {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using sluice::v1::Event;
using sluice::v1::EventBatch;
using sluice::v1::WatchEventsResponse;

// Calls `field(number, wire_type)` for each field up to the input's limit; it must consume the
// field. False when the bytes are no message.
template <typename Field>
bool EachField(CodedInputStream& in, Field field) {
  while (const uint32_t tag = in.ReadTag()) {
    if (!field(WireFormatLite::GetTagFieldNumber(tag), tag)) return false;
  }
  return in.ConsumedEntireMessage();
}

// Reads a length and calls `body` within it.
template <typename Body>
bool Within(CodedInputStream& in, Body body) {
  uint32_t length = 0;
  if (!in.ReadVarint32(&length)) return false;
  const auto limit = in.PushLimit(static_cast<int>(length));
  const bool read = body(length);
  in.PopLimit(limit);
  return read;
}

bool ReadEvent(CodedInputStream& in, WatchScan& scan) {
  uint64_t sequence = 0;
  const bool read = EachField(in, [&](int number, uint32_t tag) {
    if (number == Event::kSequenceFieldNumber) return in.ReadVarint64(&sequence);
    return WireFormatLite::SkipField(&in, tag);
  });
  const auto found = static_cast<int64_t>(sequence);
  if (scan.events++ == 0) {
    scan.first_sequence = found;
  } else if (found != scan.last_sequence + 1) {
    ++scan.breaks;
  }
  scan.last_sequence = found;
  return read;
}

bool ReadBatch(CodedInputStream& in, WatchScan& scan) {
  return EachField(in, [&](int number, uint32_t tag) {
    if (number != EventBatch::kEventsFieldNumber) return WireFormatLite::SkipField(&in, tag);
    return Within(in, [&](uint32_t length) {
      scan.event_bytes += length;
      return ReadEvent(in, scan);
    });
  });
}

bool ReadText(CodedInputStream& in, std::string* text) {
  uint32_t length = 0;
  return in.ReadVarint32(&length) && in.ReadString(text, static_cast<int>(length));
}

}  // namespace

WatchScan ScanWatchEvents(const Bytes& message) {
  WatchScan scan;
  Bytes copy = message;  // Shares the slices; reading a buffer consumes it.
  grpc::ProtoBufferReader reader(&copy);
  CodedInputStream in(&reader);
  scan.ok = EachField(in, [&](int number, uint32_t tag) {
    switch (number) {
      case WatchEventsResponse::kBatchFieldNumber:
        return Within(in, [&](uint32_t) { return ReadBatch(in, scan); });
      case WatchEventsResponse::kCursorFieldNumber:
        return ReadText(in, &scan.cursor);
      default:
        return WireFormatLite::SkipField(&in, tag);
    }
  });
  return scan;
}

}  // namespace sluice::bench
