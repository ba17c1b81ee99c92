// Which units of a kind this instance acts for: a classic consumer group (eager, range assignor) on
// the empty topic redress.ownership.<kind>.v1, whose partitions are the units. Nothing is ever read
// from it or committed. The group is only waste avoidance: for a moment two instances may act for a
// unit, or none.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/kafka/config.h"

namespace redress {

class KafkaOwnership final : public Ownership {
 public:
  // Joins in the background. `changed` is called on a thread of its own, the first time when the
  // group has answered for the first time (with nothing, when there are more instances than units),
  // then at every change: with nothing when the units are taken back, and with the new ones. An
  // instance that stalls longer than the session timeout keeps acting until it notices; that is
  // harmless. `admin` outlives the object.
  static absl::StatusOr<std::unique_ptr<KafkaOwnership>> Join(const KafkaOptions& options,
                                                              rd_kafka_t* admin, OwnershipKind kind,
                                                              OwnershipChanged changed);
  // Leaves the group, so that others take over at once; no call-back comes afterwards. Bounded by a
  // few seconds when no broker answers; the others then take over after the session timeout.
  ~KafkaOwnership() override;

 private:
  KafkaOwnership(rd_kafka_t* admin, OwnershipChanged changed)
      : admin_(admin), changed_(std::move(changed)) {}
  static void OnRebalance(rd_kafka_t* handle, rd_kafka_resp_err_t what,
                          rd_kafka_topic_partition_list_t* partitions, void* self);
  void Run();
  void Leave();

  rd_kafka_t* const admin_;
  OwnershipChanged changed_;  // used by `thread_` only
  std::string group_;
  KafkaHandle handle_;
  rd_kafka_queue_t* queue_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace redress
