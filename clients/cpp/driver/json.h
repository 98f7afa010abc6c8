// Commands and answers as protobuf's Struct, so that the driver needs no JSON library of its own.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <google/protobuf/struct.pb.h>

#include <optional>
#include <string>

#include "sluice/client/error.h"

namespace sluice::client::driver {

using Json = google::protobuf::Struct;

std::optional<Json> Parse(const std::string& line);
std::string Line(const Json& json);  // Without the line's end.

std::string Text(const Json& json, const std::string& name);
std::optional<int64_t> Number(const Json& json, const std::string& name);

// A message as JSON and back. The Struct of int64 fields holds text, as proto3 JSON has it.
Json FromMessage(const google::protobuf::Message& message);
std::optional<Error> ToMessage(const Json& json, google::protobuf::Message* message);

Json Ok(Json value);
Json Failed(const Error& error);
Json OneText(const std::string& name, const std::string& value);

}  // namespace sluice::client::driver
