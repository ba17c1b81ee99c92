// The genesis record: the first record of every partition of every adapter's log. It says which log
// this is, how keys find their partition and which id secret belongs to it. Pure functions;
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "libs/event_log/event_log.h"

namespace redress {

// How a stream finds its partition (`PartitionOf`). ON THE LOG: DO NOT CHANGE.
inline constexpr std::string_view kPartitionHash = "be64-mod";

struct GenesisFacts {
  LogId log_id;
  // Of the topic that the record stands in.
  int32_t partitions = 0;
  // `SecretFingerprint` of the id secret.
  std::string secret_fingerprint;
  // µs since 1970 UTC.
  int64_t created_at_us = 0;
};

// First 8 bytes of SHA-256 of the id secret.
std::string SecretFingerprint(std::string_view secret);

// The record to append first to a partition.
Record GenesisRecord(const GenesisFacts& facts);

// What a genesis record says. DATA_LOSS: it is no genesis record or does not parse;
// FAILED_PRECONDITION: it names a partition hash that this release does not know.
absl::StatusOr<GenesisFacts> ParseGenesis(const RecordView& record);

// FAILED_PRECONDITION unless `secret` is the one that the log was made with. `where` names the log
// for people.
absl::Status CheckSecret(const GenesisFacts& facts, std::string_view secret,
                         std::string_view where);

}  // namespace redress
