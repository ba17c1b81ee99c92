#include "libs/event_log/genesis/genesis.h"

#include "libs/base/hash.h"
#include "redress/event/v1/record.pb.h"

namespace redress {

std::string SecretFingerprint(std::string_view secret) {
  const auto digest = Sha256(secret);
  return std::string(reinterpret_cast<const char*>(digest.data()), 8);
}

Record GenesisRecord(const GenesisFacts& facts) {
  event::v1::Genesis genesis;
  genesis.set_log_id(facts.log_id.ToBytes());
  genesis.set_partitions(static_cast<uint32_t>(facts.partitions));
  genesis.set_partition_hash(std::string(kPartitionHash));
  genesis.set_secret_fingerprint(facts.secret_fingerprint);
  genesis.set_created_at_us(facts.created_at_us);
  Record record;
  record.value = genesis.SerializeAsString();
  record.headers.push_back({std::string(kGenesisHeader), ""});
  record.timestamp_ms = facts.created_at_us / 1000;
  return record;
}

absl::StatusOr<GenesisFacts> ParseGenesis(const RecordView& record) {
  event::v1::Genesis genesis;
  if (!IsGenesis(record) || !record.value ||
      !genesis.ParseFromArray(record.value->data(), static_cast<int>(record.value->size()))) {
    return absl::DataLossError(
        "the first record of " + std::string(TopicName(record.source.topic)) + " partition " +
        std::to_string(record.source.partition.value()) + " is no genesis record");
  }
  if (genesis.partition_hash() != kPartitionHash) {
    return absl::FailedPreconditionError("the log uses the partition hash '" +
                                         genesis.partition_hash() + "', this release knows '" +
                                         std::string(kPartitionHash) + "' only");
  }
  GenesisFacts facts;
  facts.log_id = LogId::FromBytesOrNone(genesis.log_id());
  if (facts.log_id.is_none()) return absl::DataLossError("a genesis record without a log id");
  facts.partitions = static_cast<int32_t>(genesis.partitions());
  facts.secret_fingerprint = genesis.secret_fingerprint();
  facts.created_at_us = genesis.created_at_us();
  return facts;
}

absl::Status CheckSecret(const GenesisFacts& facts, std::string_view secret,
                         std::string_view where) {
  if (SecretFingerprint(secret) == facts.secret_fingerprint) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the id secret given is not the one that the log in " + std::string(where) +
      " was made with: complaint ids would differ. Use the secret of that log.");
}

}  // namespace redress
