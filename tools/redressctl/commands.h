// The commands of redressctl. Each takes what its flags said, calls the suite, prints, and answers
// the exit code. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/redressctl/session.h"

namespace redress::ctl {

struct SubmitFlags {
  std::string text;
  // "-" reads standard input.
  std::string file;
  std::string subject;
  std::string channel = "API";
  std::string region;
  std::string product_line;
  std::string language;
  std::string name;
  std::string mail;
  std::string phone;
  // "89.90 GBP".
  std::string amount;
  std::vector<std::string> orders;
  // "department/type/cause".
  std::string category;
  std::string request_id;
};
int Submit(Session& session, const SubmitFlags& flags);

struct GetFlags {
  std::string complaint;
  // RFC 3339; empty: now.
  std::string as_of;
  bool include_void = false;
};
int Get(Session& session, const GetFlags& flags);

struct FilterFlags {
  std::vector<std::string> stages;
  std::vector<uint32_t> levels;
  // First codes of the path, "a/b".
  std::string category;
  std::vector<std::string> teams;
  std::vector<std::string> owners;
  std::vector<std::string> regions;
  bool breached = false;
  bool unassigned = false;
};

struct ListFlags {
  FilterFlags filter;
  // received, oldest, priority.
  std::string order = "received";
  int limit = 50;
};
int List(Session& session, const ListFlags& flags);

struct WatchFlags {
  FilterFlags filter;
  bool initial = false;
  std::string resume_token;
  // End after so many changes; 0: never.
  int64_t limit = 0;
};
int Watch(Session& session, const WatchFlags& flags);

struct TailFlags {
  std::string topic = "complaints";
  std::string complaint;
  int64_t last = 20;
  bool oldest = false;
  bool follow = false;
  bool personal = false;
  std::string resume_token;
  int64_t limit = 0;
};
int Tail(Session& session, const TailFlags& flags);

int Stats(Session& session);

// Offline: no suite is needed.
int PolicyCheck(Session& session, const std::string& file);

struct PolicyPublishFlags {
  std::string file;
  std::string name;
  bool activate = false;
  std::string request_id;
};
int PolicyPublish(Session& session, const PolicyPublishFlags& flags);

// A new projection of one module of the server's process, beside the one that serves.
int Rebuild(Session& session, const std::string& module);
int Backup(Session& session, const std::string& name);

struct RestoreFlags {
  std::string from;
  std::string to;
};
// Offline.
int Restore(Session& session, const RestoreFlags& flags);

struct LogCopyFlags {
  // Folder of the embedded log.
  std::string from;
  std::string kafka;
  std::vector<std::string> properties;
  int replication = 1;
  // The source stays open to others: a copy that is no move.
  bool keep = false;
};
// Offline: the suite of the embedded log must be stopped.
int LogCopy(Session& session, const LogCopyFlags& flags);

}  // namespace redress::ctl
