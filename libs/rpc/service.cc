#include "libs/rpc/service.h"

#include <algorithm>

#include "libs/base/check.h"

namespace redress {

using google::protobuf::FieldDescriptor;

RpcService::RpcService(std::string_view full_name)
    : descriptor_(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          std::string(full_name))) {
  REDRESS_CHECK(descriptor_ != nullptr);
}

RpcService::Method& RpcService::Add(std::string_view name, MethodOptions options,
                                    const Message& request,
                                    const google::protobuf::Descriptor* response, bool streams) {
  const auto* declared = descriptor_->FindMethodByName(std::string(name));
  REDRESS_CHECK(declared != nullptr);
  REDRESS_CHECK(declared->input_type() == request.GetDescriptor());
  REDRESS_CHECK(declared->output_type() == response);
  REDRESS_CHECK(declared->server_streaming() == streams && !declared->client_streaming());
  auto method = std::make_unique<Method>();
  method->path = "/" + full_name() + "/" + declared->name();
  for (const auto& other : methods_) REDRESS_CHECK(other->path != method->path);
  method->options = std::move(options);
  method->request_prototype = &request;
  const auto text_field = [&request](const char* field_name) -> const FieldDescriptor* {
    const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(field_name);
    const bool text =
        field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated();
    return text ? field : nullptr;
  };
  method->request_id = text_field("request_id");
  method->complaint = text_field("complaint");
  methods_.push_back(std::move(method));
  return *methods_.back();
}

std::vector<std::string> RpcService::missing() const {
  std::vector<std::string> names;
  for (int i = 0; i < descriptor_->method_count(); ++i) {
    const std::string path = "/" + full_name() + "/" + descriptor_->method(i)->name();
    const bool found = std::any_of(methods_.begin(), methods_.end(),
                                   [&path](const auto& method) { return method->path == path; });
    if (!found) names.push_back(descriptor_->method(i)->name());
  }
  return names;
}

}  // namespace redress
