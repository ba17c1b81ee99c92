// Messages with plausible random contents, made by reflection: for footprint tests, random
// histories and golden logs. The same random source gives the same message on every machine.
// Stateless; thread-safe.
#pragma once

#include "google/protobuf/message.h"
#include "libs/base/random.h"

namespace redress::testing {

struct RandomMessageLimits {
  // Largest number of entries of a repeated field.
  int max_entries = 3;
  // Chance, in 1/100, that an optional sub-message or repeated field is filled at all.
  int presence_percent = 70;
  // Number of different ids and codes in circulation: small, so that events name each other's
  // entities.
  int distinct_names = 4;
};

// Fills every field: bytes are ids of 16 bytes, strings short codes, times (`_us`) lie within a
// month, shares (`_percent`, `_permille`) and levels within their scales, enums are known and not
// 0. `message` should be empty.
void FillRandomly(const RandomMessageLimits& limits, SeededRandom& random,
                  google::protobuf::Message* message);

// An id out of `distinct_names` many.
std::string RandomId(const RandomMessageLimits& limits, SeededRandom& random);

}  // namespace redress::testing
