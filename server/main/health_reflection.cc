#include "server/main/health_reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>

#include <string>

namespace sluice {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;

constexpr char kRequest[] = ".grpc.health.v1.HealthCheckRequest";
constexpr char kResponse[] = ".grpc.health.v1.HealthCheckResponse";

void AddField(const char* name, FieldDescriptorProto::Type type, const char* type_name,
              google::protobuf::DescriptorProto* message) {
  FieldDescriptorProto* const field = message->add_field();
  field->set_name(name);
  field->set_number(1);
  field->set_label(FieldDescriptorProto::LABEL_OPTIONAL);
  field->set_type(type);
  if (*type_name != '\0') field->set_type_name(type_name);
}

// The published contract of gRPC's health checking, in its own numbers.
FileDescriptorProto HealthFile() {
  FileDescriptorProto file;
  file.set_name("grpc/health/v1/health.proto");
  file.set_package("grpc.health.v1");
  file.set_syntax("proto3");

  auto* const request = file.add_message_type();
  request->set_name("HealthCheckRequest");
  AddField("service", FieldDescriptorProto::TYPE_STRING, "", request);

  auto* const response = file.add_message_type();
  response->set_name("HealthCheckResponse");
  auto* const status = response->add_enum_type();
  status->set_name("ServingStatus");
  int number = 0;
  for (const char* name : {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}) {
    auto* const value = status->add_value();
    value->set_name(name);
    value->set_number(number++);
  }
  AddField("status", FieldDescriptorProto::TYPE_ENUM,
           ".grpc.health.v1.HealthCheckResponse.ServingStatus", response);

  auto* const service = file.add_service();
  service->set_name("Health");
  for (const char* name : {"Check", "Watch"}) {
    auto* const method = service->add_method();
    method->set_name(name);
    method->set_input_type(kRequest);
    method->set_output_type(kResponse);
    method->set_server_streaming(std::string(name) == "Watch");
  }
  return file;
}

}  // namespace

void DescribeHealth() {
  // Asked of the database, because the pool would remember that it did not find it.
  FileDescriptorProto known;
  if (DescriptorPool::internal_generated_database()->FindFileContainingSymbol(
          "grpc.health.v1.Health", &known)) {
    return;
  }
  // The pool keeps a reference to the bytes for the life of the process.
  static const auto* const kBytes = new std::string(HealthFile().SerializeAsString());
  DescriptorPool::InternalAddGeneratedFile(kBytes->data(), static_cast<int>(kBytes->size()));
}

}  // namespace sluice
