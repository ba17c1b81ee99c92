// The shape rules of a policy, walked by reflection: options of redress/policy/v1/options.proto and
// the spelling of the messages that YAML writes as scalars. Used by the loader and by CheckPolicy.
// Thread-safe: no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "libs/policy/policy_yaml.h"
#include "redress/policy/v1/options.pb.h"

namespace redress {

const policy::v1::FieldRule& RuleOf(const google::protobuf::FieldDescriptor& field);

// "2026-10-01" in days since 1970-01-01; nothing for any other spelling or a day that does not
// exist.
std::optional<int32_t> ParseDate(std::string_view text);
// The reverse.
std::string FormatDate(int32_t days);

// "30m", "24h", "1h30m", "5 working days".
absl::StatusOr<policy::v1::Span> ParseSpan(std::string_view text);
// "5000 CNY", "99.50 GBP".
absl::StatusOr<policy::v1::Amount> ParseAmount(std::string_view text);
// "09:00-12:00".
absl::StatusOr<policy::v1::Window> ParseWindow(std::string_view text);
// "爆炸^30".
absl::StatusOr<policy::v1::Keyword> ParseKeyword(std::string_view text);

// Whether messages of this type are written as a scalar; then what such a scalar looks like, else
// nothing.
std::optional<std::string_view> ScalarSpelling(const google::protobuf::Descriptor& type);
// Fills a message for which ScalarSpelling answers.
absl::Status ParseScalarMessage(std::string_view text, google::protobuf::Message* message);

// What is wrong with a value of a field, by its format and bounds; ok: nothing.
absl::Status CheckText(const google::protobuf::FieldDescriptor& field, std::string_view value);
absl::Status CheckInteger(const google::protobuf::FieldDescriptor& field, int64_t value);

// All of `message` against its options: required, formats, bounds (0 of a field without presence:
// not given).
void CheckShape(const google::protobuf::Message& message, const std::string& path,
                std::vector<PolicyProblem>* problems);

}  // namespace redress
