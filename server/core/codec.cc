#include "server/core/codec.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include "server/base/strings.h"
#include "server/base/utf8.h"
#include "server/core/error.h"
#include "server/core/json_fields.h"

namespace sluice {
namespace {

// Nearly all events are ASCII; a word at a time this costs next to nothing.
bool IsAscii(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  uint64_t seen = 0;
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= text.size(); i += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof word);
    seen |= word;
  }
  for (; i < text.size(); ++i) seen |= static_cast<unsigned char>(text[i]);
  return (seen & kHighBits) == 0;
}

template <typename Resource>
std::string PublicText(const Resource& resource) {
  std::string text = WriteJson(resource, Form::kPublic);
  // Subscribers get this text: one odd byte of a provider must not make an event undeliverable.
  // All of JSON's own characters are ASCII, so that only contents of strings can change.
  if (!IsAscii(text) && !IsValidUtf8(text)) text = ToValidUtf8(text, std::string::npos);
  return text;
}

template <typename Resource>
absl::StatusOr<Resource> Decode(std::string_view body, std::string_view what) {
  Resource resource;
  const std::string problem = ReadJson(body, resource);
  if (!problem.empty()) return Internal(StrCat("the stored ", what, " ", problem));
  return resource;
}

}  // namespace

std::string EncodeBody(const Order& order) { return WriteJson(order, Form::kFull); }
std::string EncodeBody(const Refund& refund) { return WriteJson(refund, Form::kFull); }
std::string EncodeBody(const Payout& payout) { return WriteJson(payout, Form::kFull); }
std::string EncodeBody(const AccountLink& link) { return WriteJson(link, Form::kFull); }

std::string EncodePublic(const Order& order) { return PublicText(order); }
std::string EncodePublic(const Refund& refund) { return PublicText(refund); }
std::string EncodePublic(const Payout& payout) { return PublicText(payout); }
std::string EncodePublic(const AccountLink& link) { return PublicText(link); }

absl::StatusOr<Order> DecodeOrder(std::string_view body) { return Decode<Order>(body, "order"); }
absl::StatusOr<Refund> DecodeRefund(std::string_view body) {
  return Decode<Refund>(body, "refund");
}
absl::StatusOr<Payout> DecodePayout(std::string_view body) {
  return Decode<Payout>(body, "payout");
}
absl::StatusOr<AccountLink> DecodeAccountLink(std::string_view body) {
  return Decode<AccountLink>(body, "account link");
}

template <>
absl::StatusOr<Order> DecodeBody<Order>(std::string_view body) {
  return DecodeOrder(body);
}
template <>
absl::StatusOr<Refund> DecodeBody<Refund>(std::string_view body) {
  return DecodeRefund(body);
}
template <>
absl::StatusOr<Payout> DecodeBody<Payout>(std::string_view body) {
  return DecodePayout(body);
}
template <>
absl::StatusOr<AccountLink> DecodeBody<AccountLink>(std::string_view body) {
  return DecodeAccountLink(body);
}

}  // namespace sluice
