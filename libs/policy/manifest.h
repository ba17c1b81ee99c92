// A policy as it is published: parts under content hashes and a manifest that lists them. What
// PolicyPartPublished and PolicyPublished carry. ON THE LOG: DO NOT CHANGE the formulas.
// Thread-safe: no state.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "libs/base/ids.h"
#include "redress/policy/v1/policy.pb.h"

namespace redress {

struct PolicyPart {
  // taxonomy, calendar, sla, teams, routing, triage, escalation, label_map.
  std::string part;
  // Code of a calendar; empty for parts of which there is one.
  std::string code;
  // The part's message, deterministically serialised, without fields marked personal.
  std::string content;
  // HashOf(content).
  ContentHash hash;
};

struct PolicyManifest {
  // Sorted by (part, code).
  std::vector<PolicyPart> parts;
  // HashOf the lines "part|code|hash in hex\n" in that order.
  ContentHash hash;
};

// Splits a checked policy. The same policy gives the same bytes and hashes everywhere.
PolicyManifest MakeManifest(const policy::v1::Policy& policy);

// Hash of a manifest whose entries are given in any order (only part, code and hash are read).
ContentHash ManifestHash(absl::Span<const PolicyPart> parts);

// Puts the policy together again, from parts in any order. DataLoss when a part does not parse,
// when its content does not hash to `hash`, or when a part that every policy has is missing;
// InvalidArgument for a part twice. Parts of unknown name (of a later release) are passed over.
// Names of agents are not in it, nor the policy's own.
absl::StatusOr<policy::v1::Policy> PolicyFromParts(absl::Span<const PolicyPart> parts);

}  // namespace redress
