#include "driver/json.h"

#include <google/protobuf/util/json_util.h>

namespace sluice::client::driver {
namespace {

namespace util = google::protobuf::util;
using google::protobuf::Value;

const Value* Find(const Json& json, const std::string& name) {
  const auto found = json.fields().find(name);
  return found == json.fields().end() ? nullptr : &found->second;
}

}  // namespace

std::optional<Json> Parse(const std::string& line) {
  Json json;
  if (!util::JsonStringToMessage(line, &json).ok()) return std::nullopt;
  return json;
}

std::string Line(const Json& json) {
  std::string text;
  if (!util::MessageToJsonString(json, &text).ok()) return "{}";
  return text;
}

std::string Text(const Json& json, const std::string& name) {
  const Value* const value = Find(json, name);
  return value == nullptr ? "" : value->string_value();
}

std::optional<int64_t> Number(const Json& json, const std::string& name) {
  const Value* const value = Find(json, name);
  if (value == nullptr) return std::nullopt;
  if (value->has_number_value()) return static_cast<int64_t>(value->number_value());
  return std::strtoll(value->string_value().c_str(), nullptr, 10);
}

Json FromMessage(const google::protobuf::Message& message) {
  std::string text;
  if (!util::MessageToJsonString(message, &text).ok()) return {};
  return Parse(text).value_or(Json());
}

std::optional<Error> ToMessage(const Json& json, google::protobuf::Message* message) {
  const auto status = util::JsonStringToMessage(Line(json), message);
  if (status.ok()) return std::nullopt;
  return RefusedHere("the request is no " + message->GetDescriptor()->name() + ": " +
                     std::string(status.message()));
}

Json Ok(Json value) {
  Json answer;
  *(*answer.mutable_fields())["ok"].mutable_struct_value() = std::move(value);
  return answer;
}

Json OneText(const std::string& name, const std::string& value) {
  Json json;
  (*json.mutable_fields())[name].set_string_value(value);
  return json;
}

Json Failed(const Error& error) {
  Json json = OneText("code", CodeName(error.code));
  auto& fields = *json.mutable_fields();
  fields["reason"].set_string_value(error.reason);
  fields["message"].set_string_value(error.message);
  fields["sideEffect"].set_string_value(error.side_effect == SideEffect::kNone ? "none"
                                                                               : "possible");
  auto* const violations = fields["fields"].mutable_list_value();
  for (const FieldViolation& violation : error.field_violations) {
    Json one = OneText("field", violation.field);
    (*one.mutable_fields())["description"].set_string_value(violation.description);
    *violations->add_values()->mutable_struct_value() = std::move(one);
  }
  auto& metadata = *fields["metadata"].mutable_struct_value()->mutable_fields();
  for (const auto& [name, value] : error.metadata) metadata[name].set_string_value(value);
  if (error.retry_after.has_value()) {
    fields["retryAfterMs"].set_number_value(static_cast<double>(error.retry_after->count()));
  }
  if (!error.request_id.empty()) fields["requestId"].set_string_value(error.request_id);
  Json answer;
  *(*answer.mutable_fields())["error"].mutable_struct_value() = std::move(json);
  return answer;
}

}  // namespace sluice::client::driver
