#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/utf8.h"
#include "tools/feed/rows/row.h"

namespace redress::feed {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

std::string NumberText(double number) {
  if (std::floor(number) == number && std::fabs(number) < kExactIntegers)
    return absl::StrFormat("%.0f", number);
  return absl::StrFormat("%.15g", number);
}

void Flatten(const std::string& name, const Value& value, Row* row);

void FlattenAll(const std::string& prefix, const Struct& object, Row* row) {
  // By name, so that the same row is the same request on every machine.
  std::vector<const std::string*> names;
  for (const auto& field : object.fields()) names.push_back(&field.first);
  std::sort(names.begin(), names.end(), [](const auto* a, const auto* b) { return *a < *b; });
  for (const std::string* name : names) Flatten(prefix + *name, object.fields().at(*name), row);
}

void Flatten(const std::string& name, const Value& value, Row* row) {
  switch (value.kind_case()) {
    case Value::kStringValue:
      row->values.emplace_back(name, value.string_value());
      return;
    case Value::kNumberValue:
      row->values.emplace_back(name, NumberText(value.number_value()));
      return;
    case Value::kBoolValue:
      row->values.emplace_back(name, value.bool_value() ? "true" : "false");
      return;
    case Value::kStructValue:
      FlattenAll(name + ".", value.struct_value(), row);
      return;
    case Value::kListValue: {
      std::string json;
      const auto printed = google::protobuf::util::MessageToJsonString(value, &json);
      row->values.emplace_back(name,
                               value.list_value().values().empty() || !printed.ok() ? "" : json);
      return;
    }
    default:
      row->values.emplace_back(name, "");
      return;
  }
}

class JsonLines final : public RowReader {
 public:
  explicit JsonLines(std::istream& in) : in_(*in.rdbuf()) {}

  std::optional<RowResult> Next() override {
    bool too_long = false;
    if (!ReadLine(&too_long)) return std::nullopt;
    ++line_;
    if (line_ == 1 && text_.rfind("\xEF\xBB\xBF", 0) == 0) text_.erase(0, 3);
    if (too_long) return Problem(absl::StrCat("longer than ", kMaxRowBytes, " bytes"));
    if (text_.find_first_not_of(" \t\r") == std::string::npos) return Problem("empty line");
    if (!IsUtf8(text_)) return Problem("not UTF-8");
    Struct object;
    const auto parsed = google::protobuf::util::JsonStringToMessage(text_, &object);
    if (!parsed.ok()) {
      const std::string why(parsed.message().data(), parsed.message().size());
      return Problem(absl::StrCat("not a JSON object: ", why.substr(0, why.find('\n'))));
    }
    Row row;
    row.line = line_;
    FlattenAll("", object, &row);
    return row;
  }

  int64_t bytes_read() const override { return bytes_; }

 private:
  // False at the end. A last line end begins no further line.
  bool ReadLine(bool* too_long) {
    text_.clear();
    bool any = false;
    for (int c = in_.sbumpc(); c != std::char_traits<char>::eof(); c = in_.sbumpc()) {
      any = true;
      ++bytes_;
      if (c == '\n') return true;
      if (text_.size() < kMaxRowBytes) {
        text_.push_back(static_cast<char>(c));
      } else {
        *too_long = true;
      }
    }
    return any;
  }
  RowResult Problem(std::string reason) const {
    return RowProblem{line_, "row", std::move(reason)};
  }

  std::streambuf& in_;
  std::string text_;
  int64_t line_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<RowReader> ReadJsonLines(std::istream& in) {
  return std::make_unique<JsonLines>(in);
}

}  // namespace redress::feed
