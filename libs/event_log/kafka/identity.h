// Which log this is: the genesis records that stand first in every partition. Used while opening;
// blocks.
#pragma once

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/random.h"
#include "libs/event_log/kafka/config.h"
#include "libs/event_log/kafka/producer.h"
#include "libs/event_log/kafka/topics.h"

namespace redress {

// The log id. A new log gets one: the first partition of the complaint topic decides it (whoever's
// genesis record stands first there wins, also among several that open it at once), the other
// partitions repeat it. An opening that died half-way is completed by the next. Safe to call again
// after any error.
//
// FAILED_PRECONDITION: a partition belongs to another log, was made with another partition count or
// another id secret, or begins with something else than a genesis record. UNAVAILABLE: no answer
// within the open timeout.
absl::StatusOr<LogId> EstablishKafkaIdentity(const KafkaOptions& options,
                                             const PartitionCounts& counts, rd_kafka_t* admin,
                                             KafkaProducer& producer, const Clock& clock,
                                             Random& random);

}  // namespace redress
