#include "libs/directory/directory.h"

#include <algorithm>

#include "libs/base/hash.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/policy/manifest.h"
#include "libs/projection/row_key.h"

namespace redress {
namespace {

// Policies compiled by any directory of this process: five services fold the same parts. Held
// weakly: a policy goes with the last directory that uses it.
class CompiledOnce {
 public:
  std::shared_ptr<const CompiledPolicy> Find(const ContentHash& manifest, const std::string& name) {
    MutexLock lock(mutex_);
    const auto it = policies_.find({manifest, name});
    return it == policies_.end() ? nullptr : it->second.lock();
  }
  void Add(const ContentHash& manifest, const std::string& name,
           const std::shared_ptr<const CompiledPolicy>& policy) {
    MutexLock lock(mutex_);
    std::erase_if(policies_, [](const auto& entry) { return entry.second.expired(); });
    policies_[{manifest, name}] = policy;
  }

 private:
  Mutex mutex_;
  // By name as well: it is no part of the manifest.
  std::map<std::pair<ContentHash, std::string>, std::weak_ptr<const CompiledPolicy>> policies_;
};

CompiledOnce& Shared() {
  static auto& shared = *new CompiledOnce();
  return shared;
}

}  // namespace

absl::Status Directory::Load(const ProjectionStore& store) {
  const std::string prefix(1, kEntityTable);
  absl::Status damaged;
  REDRESS_RETURN_IF_ERROR(store.Scan(prefix, AfterPrefix(prefix), false,
                                     [&](std::string_view key, std::string_view value) {
                                       RowKeyReader reader(key);
                                       auto row = EntityRow::Decode(reader.Id<EntityId>(), value);
                                       if (!row.ok()) {
                                         damaged = row.status();
                                         return false;
                                       }
                                       Apply(*row);
                                       return true;
                                     }));
  return damaged;
}

void Directory::Apply(const EntityRow& row) { Put(row.id, row.state, row.newer); }

void Directory::Put(const EntityId& id, const storage::v1::DirectoryState& state, bool newer) {
  if (state.definition().has_policy_part()) calendars_.Add(state.definition().policy_part());
  auto entity = std::make_shared<const storage::v1::DirectoryState>(state);
  MutexLock lock(mutex_);
  entities_[id] = std::move(entity);
  newer_[id] = newer;
  ++revision_;
}

Directory::Entity Directory::Find(const EntityId& id) const {
  MutexLock lock(mutex_);
  auto it = entities_.find(id);
  return it == entities_.end() ? nullptr : it->second;
}

Directory::Entity Directory::FindTeam(std::string_view code) const {
  Entity entity = Find(EntityIdOf("team", code));
  return entity != nullptr && entity->definition().has_team() ? entity : nullptr;
}

Directory::Entity Directory::FindAgent(std::string_view code) const {
  Entity entity = Find(EntityIdOf("agent", code));
  const bool present = entity != nullptr && entity->definition().has_agent() &&
                       entity->definition().departed_at_us() == 0;
  return present ? entity : nullptr;
}

std::vector<std::pair<EntityId, Directory::Entity>> Directory::Teams() const {
  std::vector<std::pair<EntityId, Entity>> teams;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, entity] : entities_) {
      if (entity->definition().has_team()) teams.emplace_back(id, entity);
    }
  }
  std::sort(teams.begin(), teams.end(), [](const auto& a, const auto& b) {
    return a.second->definition().team().code() < b.second->definition().team().code();
  });
  return teams;
}

std::vector<std::pair<EntityId, Directory::Entity>> Directory::Agents() const {
  std::vector<std::pair<EntityId, Entity>> agents;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, entity] : entities_) {
      if (entity->definition().has_agent() && entity->definition().departed_at_us() == 0) {
        agents.emplace_back(id, entity);
      }
    }
  }
  std::sort(agents.begin(), agents.end(), [](const auto& a, const auto& b) {
    return a.second->definition().agent().code() < b.second->definition().agent().code();
  });
  return agents;
}

std::string Directory::CodeOf(std::string_view id_bytes) const {
  const EntityId id = EntityId::FromBytesOrNone(id_bytes);
  if (!id) return "";
  const Entity entity = Find(id);
  if (entity != nullptr && entity->definition().has_team())
    return entity->definition().team().code();
  if (entity != nullptr && entity->definition().has_agent())
    return entity->definition().agent().code();
  return id.ToHex();
}

ContentHash Directory::ActivePolicy(std::string_view region, int64_t now_us) const {
  const auto active_in = [&](std::string_view scope) {
    const Entity entity = Find(EntityIdOf("scope", scope));
    if (entity == nullptr || !entity->definition().has_activation()) return ContentHash();
    const auto& activation = entity->definition().activation();
    if (activation.effective_from_us() > now_us) return ContentHash();
    return ContentHash::FromBytesOrNone(activation.manifest());
  };
  if (!region.empty()) {
    if (const ContentHash own = active_in(region)) return own;
  }
  return active_in("");
}

std::shared_ptr<const CompiledPolicy> Directory::FindPolicy(const ContentHash& manifest) const {
  if (!manifest) return nullptr;
  {
    MutexLock lock(mutex_);
    auto it = compiled_.find(manifest);
    if (it != compiled_.end()) return it->second;
  }
  const Entity version = Find(*EntityId::FromBytes(manifest.bytes()));
  if (version == nullptr || !version->definition().has_policy()) return nullptr;
  std::vector<PolicyPart> parts;
  for (const auto& entry : version->definition().policy().parts()) {
    const Entity part = Find(EntityId::FromBytesOrNone(entry.hash()));
    if (part == nullptr || !part->definition().has_policy_part()) return nullptr;
    parts.push_back({entry.part(), entry.code(), part->definition().policy_part().content(),
                     ContentHash::FromBytesOrNone(entry.hash())});
  }
  const std::string& name = version->definition().policy().name();
  const auto compile = [&]() -> absl::StatusOr<std::shared_ptr<const CompiledPolicy>> {
    if (auto known = Shared().Find(manifest, name)) return known;
    REDRESS_ASSIGN_OR_RETURN(policy::v1::Policy policy, PolicyFromParts(parts));
    // The name stands beside the parts, not in them.
    policy.set_name(name.empty() ? manifest.ToHex() : name);
    return CompiledPolicy::Compile(std::move(policy));
  };
  const auto compiled = compile();
  if (!compiled.ok()) {
    // Published policies were checked; this is damage or a rule of a newer release. The work that
    // needs it waits.
    Log(LogLevel::kError, "directory", "a published policy cannot be used",
        {{"manifest", manifest.ToHex()}, {"error", compiled.status().ToString()}});
  }
  if (compiled.ok()) Shared().Add(manifest, name, *compiled);
  // Parts are immutable, so the answer is as well, also when it is no.
  MutexLock lock(mutex_);
  compiled_[manifest] = compiled.ok() ? *compiled : nullptr;
  return compiled_[manifest];
}

uint64_t Directory::revision() const {
  MutexLock lock(mutex_);
  return revision_;
}

bool Directory::IsNewer(const EntityId& id) const {
  MutexLock lock(mutex_);
  auto it = newer_.find(id);
  return it != newer_.end() && it->second;
}

}  // namespace redress
