#include "libs/testing/random_message.h"

#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"
#include "libs/base/check.h"
#include "libs/base/hash.h"

namespace redress::testing {
namespace {

using google::protobuf::FieldDescriptor;

// 2026-01-05 08:00 UTC, a Monday.
constexpr int64_t kEpochUs = 1'767'600'000'000'000;
constexpr uint64_t kMonthUs = 30ull * 24 * 3600 * 1'000'000;

bool EndsWith(std::string_view name, std::string_view ending) {
  return name.size() >= ending.size() && name.substr(name.size() - ending.size()) == ending;
}

int64_t RandomNumber(std::string_view field, SeededRandom& random) {
  if (EndsWith(field, "_us")) return kEpochUs + static_cast<int64_t>(random.Below(kMonthUs));
  if (EndsWith(field, "_ms")) return static_cast<int64_t>(random.Below(100'000'000));
  if (EndsWith(field, "_percent")) return static_cast<int64_t>(random.Below(101));
  if (EndsWith(field, "permille")) return static_cast<int64_t>(random.Below(1001));
  if (EndsWith(field, "level") || EndsWith(field, "levels"))
    return static_cast<int64_t>(1 + random.Below(4));
  return static_cast<int64_t>(1 + random.Below(5));
}

std::string RandomCode(const RandomMessageLimits& limits, SeededRandom& random) {
  return "code_" + std::to_string(random.Below(static_cast<uint64_t>(limits.distinct_names)));
}

int RandomEnum(const google::protobuf::EnumDescriptor& type, SeededRandom& random) {
  const int known = type.value_count();
  if (known == 1) return type.value(0)->number();
  return type.value(1 + static_cast<int>(random.Below(static_cast<uint64_t>(known - 1))))->number();
}

// One value, set (or added, when `field` is repeated).
void SetOne(const RandomMessageLimits& limits, SeededRandom& random, const FieldDescriptor& field,
            google::protobuf::Message* message) {
  const auto* reflection = message->GetReflection();
  const bool add = field.is_repeated();
  const auto number = [&] { return RandomNumber(field.name(), random); };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto value = static_cast<int32_t>(number());
      return add ? reflection->AddInt32(message, &field, value)
                 : reflection->SetInt32(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t value = number();
      return add ? reflection->AddInt64(message, &field, value)
                 : reflection->SetInt64(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto value = static_cast<uint32_t>(number());
      return add ? reflection->AddUInt32(message, &field, value)
                 : reflection->SetUInt32(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const auto value = static_cast<uint64_t>(number());
      return add ? reflection->AddUInt64(message, &field, value)
                 : reflection->SetUInt64(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const bool value = random.OneIn(2);
      return add ? reflection->AddBool(message, &field, value)
                 : reflection->SetBool(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = RandomEnum(*field.enum_type(), random);
      return add ? reflection->AddEnumValue(message, &field, value)
                 : reflection->SetEnumValue(message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string value = field.type() == FieldDescriptor::TYPE_BYTES ? RandomId(limits, random)
                                                                      : RandomCode(limits, random);
      return add ? reflection->AddString(message, &field, std::move(value))
                 : reflection->SetString(message, &field, std::move(value));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FillRandomly(limits, random,
                          add ? reflection->AddMessage(message, &field)
                              : reflection->MutableMessage(message, &field));
    default:
      REDRESS_CHECK(!"floating point has no place in an event");
  }
}

}  // namespace

std::string RandomId(const RandomMessageLimits& limits, SeededRandom& random) {
  const std::string which =
      std::to_string(random.Below(static_cast<uint64_t>(limits.distinct_names)));
  return HashedId<StreamId>({"random id", which}).ToBytes();
}

void FillRandomly(const RandomMessageLimits& limits, SeededRandom& random,
                  google::protobuf::Message* message) {
  const auto* descriptor = message->GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor& field = *descriptor->field(i);
    const bool may_be_absent =
        field.is_repeated() || field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (may_be_absent && random.Below(100) >= static_cast<uint64_t>(limits.presence_percent))
      continue;
    const auto entries =
        field.is_repeated() ? 1 + random.Below(static_cast<uint64_t>(limits.max_entries)) : 1;
    for (uint64_t n = 0; n < entries; ++n) SetOne(limits, random, field, message);
  }
}

}  // namespace redress::testing
