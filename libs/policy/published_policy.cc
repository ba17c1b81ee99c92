#include "libs/policy/published_policy.h"

namespace redress {

event::v1::PolicyPartPublished PublishedPart(const PolicyPart& part) {
  event::v1::PolicyPartPublished published;
  published.set_part(part.part);
  published.set_code(part.code);
  published.set_hash(part.hash.ToBytes());
  published.set_content(part.content);
  return published;
}

event::v1::PolicyPublished PublishedManifest(const PolicyManifest& manifest) {
  event::v1::PolicyPublished published;
  published.set_manifest(manifest.hash.ToBytes());
  for (const PolicyPart& part : manifest.parts) {
    auto* entry = published.add_parts();
    entry->set_part(part.part);
    entry->set_code(part.code);
    entry->set_hash(part.hash.ToBytes());
  }
  return published;
}

}  // namespace redress
