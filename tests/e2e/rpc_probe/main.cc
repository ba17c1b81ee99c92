// Calls every method of every service of the suite with an empty request, one line each:
// "Service/Method CODE REASON". For the test of roles: whether a call is let in is seen from its
// answer.
//
//   rpc_probe HOST:PORT TOKEN
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/dynamic_message.h"
#include "libs/errors/errors.h"
#include "libs/rpc/channel.h"
#include "redress/analytics/v1/analytics_service.pb.h"
#include "redress/classifier/v1/classifier_service.pb.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "redress/intake/v1/directory_service.pb.h"
#include "redress/intake/v1/inbound_service.pb.h"
#include "redress/intake/v1/log_service.pb.h"
#include "redress/routing/v1/routing_service.pb.h"
#include "redress/sla/v1/sla_service.pb.h"

namespace redress {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr absl::Duration kPatience = absl::Seconds(10);

std::vector<const ServiceDescriptor*> Services() {
  std::vector<const ServiceDescriptor*> services;
  const auto add = [&services](const google::protobuf::FileDescriptor* file) {
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  };
  // This file holds no message by which it could be named.
  add(DescriptorPool::generated_pool()->FindFileByName(
      "redress/intake/v1/complaint_service.proto"));
  for (const google::protobuf::Descriptor* message :
       {intake::v1::DefineTeamRequest::descriptor(), intake::v1::PublishRequest::descriptor(),
        intake::v1::TailRequest::descriptor(), classifier::v1::ClassifyRequest::descriptor(),
        routing::v1::ListQueuesRequest::descriptor(), sla::v1::ListClocksRequest::descriptor(),
        analytics::v1::GetMetricsRequest::descriptor()}) {
    add(message->file());
  }
  return services;
}

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

absl::Status Call(RpcChannel& channel, const MethodDescriptor& method, const std::string& name) {
  const auto request = NewMessage(method.input_type());
  if (const auto* field = method.input_type()->FindFieldByName("request_id")) {
    request->GetReflection()->SetString(request.get(), field, "probe");
  }
  const auto response = NewMessage(method.output_type());
  if (!method.server_streaming()) return channel.Call(name, *request, response.get(), kPatience);
  const auto stream = channel.OpenStream(name, *request, absl::Seconds(1));
  while (stream->Read(response.get())) {
  }
  return stream->Finish();
}

int Probe(const std::string& server, const std::string& token) {
  RpcChannel channel({.target = server, .token = token});
  for (const ServiceDescriptor* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor& method = *service->method(i);
      const absl::Status status =
          Call(channel, method, absl::StrCat(service->full_name(), "/", method.name()));
      std::cout << service->name() << "/" << method.name() << " "
                << absl::StatusCodeToString(status.code()) << " " << ReasonOf(status) << "\n";
    }
  }
  return 0;
}

}  // namespace
}  // namespace redress

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "rpc_probe HOST:PORT TOKEN\n";
    return 2;
  }
  return redress::Probe(argv[1], argv[2]);
}
