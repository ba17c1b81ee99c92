// A manifest and its parts as the events that publish them. Each part opens the entity of its hash,
// the manifest that of its own. Pure.
#pragma once

#include "libs/policy/manifest.h"
#include "redress/event/v1/directory.pb.h"

namespace redress {

event::v1::PolicyPartPublished PublishedPart(const PolicyPart& part);

// Without name and author: they are who publishes it, not what.
event::v1::PolicyPublished PublishedManifest(const PolicyManifest& manifest);

}  // namespace redress
