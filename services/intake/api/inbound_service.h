// `redress.intake.v1.InboundService`: the door to the inbound topic for adapters that do not speak
// Kafka.
#pragma once

#include "libs/rpc/service.h"
#include "redress/intake/v1/inbound_service.pb.h"
#include "services/intake/api/intake_core.h"

namespace redress::intake {

// `core` outlives the server that the service is registered with.
RpcService MakeInboundService(IntakeCore* core);

// The record of one item, or INVALID_ARGUMENT saying what is wrong with it.
absl::StatusOr<Record> RecordOfItem(const v1::PublishRequest::Item& item, std::string_view secret,
                                    absl::Time now);

// First 8 bytes of SHA-256 of the key, big-endian, modulo the count (docs/formats/inbound.md).
Partition InboundPartition(std::string_view key, int32_t partitions);

}  // namespace redress::intake
