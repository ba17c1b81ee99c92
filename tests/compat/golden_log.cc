#include "tests/compat/golden_log.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "google/protobuf/unknown_field_set.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/domain/payloads.h"
#include "libs/domain/verdict.h"
#include "libs/testing/given.h"
#include "redress/event/v1/record.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::compat {
namespace {

using google::protobuf::Message;

std::string Hex(std::string_view bytes) {
  const auto digest = Sha256(bytes);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

bool HoldsUnknownFields(const Message& message) {
  const auto* reflection = message.GetReflection();
  if (!reflection->GetUnknownFields(message).empty()) return true;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (HoldsUnknownFields(reflection->GetMessage(message, field))) return true;
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      if (HoldsUnknownFields(reflection->GetRepeatedMessage(message, field, i))) return true;
    }
  }
  return false;
}

// Parses bytes of an earlier release completely, or says what is wrong.
absl::Status ParseWhole(const std::string& what, const std::string& bytes, Message* message) {
  if (!message->ParseFromString(bytes))
    return absl::DataLossError(absl::StrCat(what, " does not parse"));
  if (HoldsUnknownFields(*message)) {
    return absl::DataLossError(absl::StrCat(what, " holds fields that this release does not know"));
  }
  return absl::OkStatus();
}

absl::Status CheckPayload(const event::v1::Event& event) {
  const PayloadInfo* type = FindPayload(event.type());
  if (type == nullptr)
    return absl::DataLossError(absl::StrCat("payload type ", event.type(), " is not known"));
  if (event.header().schema_version() > type->schema_version) {
    return absl::DataLossError(
        absl::StrCat(type->name, " has lost schema version ", event.header().schema_version()));
  }
  const std::unique_ptr<Message> payload(type->prototype->New());
  REDRESS_RETURN_IF_ERROR(ParseWhole(type->name, event.payload(), payload.get()));
  for (const auto& part : event.sealed()) {
    const auto* companion =
        personal::v1::InboundItem::descriptor()->file()->FindMessageTypeByName(type->sealed);
    if (companion == nullptr)
      return absl::DataLossError(absl::StrCat(type->name, " has lost its companion"));
    const std::unique_ptr<Message> personal(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(companion)->New());
    REDRESS_RETURN_IF_ERROR(ParseWhole(type->sealed, part.ciphertext(), personal.get()));
  }
  return absl::OkStatus();
}

template <typename State>
absl::StatusOr<Outcome> FoldStream(const GoldenLog& log) {
  Head head;
  State state;
  std::string verdicts;
  for (size_t i = 0; i < log.records.size(); ++i) {
    event::v1::Event event;
    REDRESS_RETURN_IF_ERROR(
        ParseWhole(absl::StrCat(log.name, " record ", i), log.records[i], &event));
    REDRESS_RETURN_IF_ERROR(CheckPayload(event));
    const Offset offset(static_cast<int64_t>(i));
    verdicts += static_cast<char>(
        '0' + static_cast<int>(testing::JudgeAndFold(event, offset, &head, &state)));
  }
  Outcome outcome = {{"verdicts", verdicts}, {"head", Hex(head.Encode())}};
  std::vector<const google::protobuf::FieldDescriptor*> aspects;
  state.GetReflection()->ListFields(state, &aspects);
  for (const auto* aspect : aspects) {
    outcome[aspect->name()] =
        Hex(state.GetReflection()->GetMessage(state, aspect).SerializeAsString());
  }
  return outcome;
}

// Records that are not judged: they must still mean what they meant.
absl::StatusOr<Outcome> ReadUnjudged(const GoldenLog& log, uint32_t number) {
  const PayloadInfo* type = FindPayload(number);
  if (type == nullptr)
    return absl::DataLossError(absl::StrCat("payload type ", number, " is not known"));
  std::string texts;
  for (const std::string& record : log.records) {
    const std::unique_ptr<Message> payload(type->prototype->New());
    REDRESS_RETURN_IF_ERROR(ParseWhole(log.name, record, payload.get()));
    texts += payload->DebugString();
  }
  return Outcome{{"payloads", Hex(texts)}};
}

}  // namespace

std::string EncodeLog(const GoldenLog& log) {
  std::string bytes;
  for (const std::string& record : log.records) bytes += LengthPrefixed({record});
  return bytes;
}

absl::StatusOr<GoldenLog> ReadLog(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return absl::NotFoundError(file.string());
  std::stringstream contents;
  contents << in.rdbuf();
  const std::string bytes = contents.str();
  GoldenLog log{.name = file.filename().string()};
  size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at < 4) return absl::DataLossError(log.name + " is cut");
    size_t size = 0;
    for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<uint8_t>(bytes[at + i]);
    at += 4;
    if (bytes.size() - at < size) return absl::DataLossError(log.name + " is cut");
    log.records.push_back(bytes.substr(at, size));
    at += size;
  }
  return log;
}

absl::StatusOr<std::vector<GoldenLog>> ReadLogs(const std::filesystem::path& folder) {
  std::vector<GoldenLog> logs;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".bin") continue;
    REDRESS_ASSIGN_OR_RETURN(GoldenLog log, ReadLog(entry.path()));
    logs.push_back(std::move(log));
  }
  if (error) return absl::NotFoundError(folder.string() + ": " + error.message());
  std::sort(logs.begin(), logs.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return logs;
}

absl::StatusOr<Outcome> FoldLog(const GoldenLog& log) {
  if (log.name.rfind("history-", 0) == 0) return FoldStream<storage::v1::ComplaintState>(log);
  if (log.name.rfind("entity-", 0) == 0) return FoldStream<storage::v1::DirectoryState>(log);
  const auto number = static_cast<uint32_t>(std::strtoul(log.name.c_str(), nullptr, 10));
  if (number == 0)
    return absl::InvalidArgumentError(log.name + ": the name says neither type nor history");
  if (number > 2000) return ReadUnjudged(log, number);
  if (number > 1000) return FoldStream<storage::v1::DirectoryState>(log);
  return FoldStream<storage::v1::ComplaintState>(log);
}

absl::StatusOr<std::map<std::string, Outcome>> ReadOutcomes(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return absl::NotFoundError(file.string());
  std::map<std::string, Outcome> outcomes;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string log, aspect, value;
    if (!(words >> log >> aspect >> value)) return absl::DataLossError(file.string() + ": " + line);
    outcomes[log][aspect] = value;
  }
  return outcomes;
}

}  // namespace redress::compat
