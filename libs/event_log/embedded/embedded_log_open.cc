// How an embedded log is opened: folder, database, identity, then the commit thread.
#include <csignal>
#include <filesystem>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/event_log/embedded/record_codec.h"
#include "libs/event_log/genesis/genesis.h"

namespace redress {
namespace {

// What stands at offset 0, or nothing in an empty partition.
absl::StatusOr<std::optional<GenesisFacts>> ReadGenesis(const LogStorage& storage,
                                                        TopicPartition tp) {
  std::vector<StoredRecord> rows;
  bool more = false;
  REDRESS_RETURN_IF_ERROR(storage.Scan(tp, Offset(0), Offset(1), 1, SIZE_MAX, &rows, &more));
  if (rows.empty()) return std::optional<GenesisFacts>();
  HeaderArena headers;
  RecordView view;
  view.source = tp;
  view.offset = rows[0].offset;
  REDRESS_RETURN_IF_ERROR(DecodeRecord(rows[0].bytes, &headers, &view));
  REDRESS_ASSIGN_OR_RETURN(GenesisFacts facts, ParseGenesis(view));
  return std::optional<GenesisFacts>(std::move(facts));
}

}  // namespace

absl::StatusOr<std::unique_ptr<EmbeddedLog>> EmbeddedLog::Open(EmbeddedLogOptions options) {
  REDRESS_CHECK(options.random != nullptr && options.clock != nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
  std::unique_ptr<EmbeddedLog> log(new EmbeddedLog(std::move(options)));
  REDRESS_RETURN_IF_ERROR(log->OpenStorage());
  REDRESS_RETURN_IF_ERROR(log->Identify());
  std::vector<Offset> oldest;
  for (const TopicPartition& tp : log->table_.all()) {
    REDRESS_ASSIGN_OR_RETURN(Offset trimmed, log->storage_->TrimmedTo(tp));
    REDRESS_ASSIGN_OR_RETURN(Offset next, log->storage_->NextOffset(tp));
    // After a trim of everything the rows no longer tell.
    next = std::max(next, trimmed);
    oldest.push_back(trimmed);
    log->next_.push_back(next);
  }
  log->chain_ =
      std::make_unique<CommitChain>(log->options_.max_chain_bytes, std::move(oldest), log->next_);
  log->thread_ = std::thread([raw = log.get()] { raw->Run(); });
  return log;
}

absl::Status EmbeddedLog::OpenStorage() {
  if (options_.must_exist && !std::filesystem::exists(options_.folder + "/db")) {
    return absl::NotFoundError("there is no log in " + options_.folder);
  }
  REDRESS_ASSIGN_OR_RETURN(folder_lock_, FolderLock::Take(options_.folder));
  REDRESS_RETURN_IF_ERROR(CheckNotSealed(options_.folder));
  StorageOptions storage;
  storage.folder = options_.folder + "/db";
  storage.env = options_.env;
  storage.cache = options_.cache;
  storage.write_buffers = options_.write_buffers;
  REDRESS_ASSIGN_OR_RETURN(storage_, LogStorage::Open(std::move(storage)));
  return absl::OkStatus();
}

absl::Status EmbeddedLog::BackUp(const std::string& folder) const {
  std::error_code error;
  if (!std::filesystem::create_directory(folder, error)) {
    if (error) return absl::UnavailableError("cannot make " + folder + ": " + error.message());
    return absl::AlreadyExistsError(folder + " is there already");
  }
  // The secret first: a log without it cannot be used.
  REDRESS_RETURN_IF_ERROR(IdSecret(folder, id_secret_, /*may_create=*/true).status());
  return storage_->Checkpoint(folder + "/db");
}

absl::Status EmbeddedLog::Seal(std::string_view why) { return SealFolder(options_.folder, why); }

absl::Status EmbeddedLog::Identify() {
  PartitionCounts counts{};
  REDRESS_RETURN_IF_ERROR(ReadIdentity(&counts));
  const bool is_new = log_id_.is_none();
  if (is_new) {
    REDRESS_ASSIGN_OR_RETURN(id_secret_,
                             IdSecret(options_.folder, options_.id_secret, /*may_create=*/true));
    log_id_ =
        options_.log_id
            ? options_.log_id
            : LogId::FromBytesOrNone(NewEventId(options_.clock->Now(), *options_.random).bytes());
  }
  // A topic that a later release adds is empty everywhere and gets its genesis now.
  const PartitionCounts wanted = options_.partitions.value_or(kDefaultPartitions);
  std::vector<TopicPartition> missing;
  for (int topic = 0; topic < kTopicCount; ++topic) {
    if (counts[topic] == 0) {
      counts[topic] = wanted[topic];
      for (int32_t p = 0; p < wanted[topic]; ++p)
        missing.push_back({static_cast<Topic>(topic), Partition(p)});
    } else if (options_.partitions && counts[topic] != wanted[topic]) {
      return absl::FailedPreconditionError(
          "the log in " + options_.folder + " was made with " + std::to_string(counts[topic]) +
          " partitions of " + std::string(TopicName(static_cast<Topic>(topic))) + ", not " +
          std::to_string(wanted[topic]) + "; the count is fixed for ever");
    }
  }
  table_ = PartitionTable(counts);
  REDRESS_RETURN_IF_ERROR(MakeGenesis(missing));
  return CheckPartitions();
}

absl::Status EmbeddedLog::ReadIdentity(PartitionCounts* counts) {
  for (int topic = 0; topic < kTopicCount; ++topic) {
    REDRESS_ASSIGN_OR_RETURN(const auto facts,
                             ReadGenesis(*storage_, {static_cast<Topic>(topic), Partition(0)}));
    if (!facts) continue;
    if (log_id_.is_none()) {
      log_id_ = facts->log_id;
      REDRESS_ASSIGN_OR_RETURN(id_secret_,
                               IdSecret(options_.folder, options_.id_secret, /*may_create=*/false));
      REDRESS_RETURN_IF_ERROR(CheckSecret(*facts, id_secret_, options_.folder));
    }
    (*counts)[topic] = facts->partitions;
  }
  return absl::OkStatus();
}

absl::Status EmbeddedLog::MakeGenesis(const std::vector<TopicPartition>& missing) {
  if (missing.empty()) return absl::OkStatus();
  GenesisFacts facts;
  facts.log_id = log_id_;
  facts.secret_fingerprint = SecretFingerprint(id_secret_);
  facts.created_at_us = ToMicros(options_.clock->Now());
  CommittedBatch batch;
  for (const TopicPartition& tp : missing) {
    facts.partitions = table_.count(tp.topic);
    batch.records.push_back({table_.IndexOf(tp), Offset(0), EncodeRecord(GenesisRecord(facts))});
    batch.bytes += batch.records.back().bytes.size();
  }
  return storage_->Write(table_, batch);
}

absl::Status EmbeddedLog::CheckPartitions() {
  for (const TopicPartition& tp : table_.all()) {
    REDRESS_ASSIGN_OR_RETURN(const auto facts, ReadGenesis(*storage_, tp));
    if (!facts || facts->log_id != log_id_ || facts->partitions != table_.count(tp.topic)) {
      return absl::DataLossError("the log in " + options_.folder +
                                 " is damaged: " + std::string(TopicName(tp.topic)) +
                                 " partition " + std::to_string(tp.partition.value()) +
                                 " does not begin as the others do");
    }
  }
  return absl::OkStatus();
}

}  // namespace redress
