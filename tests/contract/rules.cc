#include "tests/contract/rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"

namespace redress::contract {
namespace {

std::vector<std::string> With(std::vector<std::string> patterns,
                              const std::vector<std::string>& more) {
  patterns.insert(patterns.end(), more.begin(), more.end());
  return patterns;
}

// Put together, so that this file does not contain what it forbids.
std::string Path(const char* top) { return std::string("/") + top + "/"; }

}  // namespace

const std::vector<RoomRule>& RoomRules() {
  static const auto& rules = *new std::vector<RoomRule>{
      {"libs/base stands on nothing of ours",
       {"libs/base/*"},
       {"libs/base/*", "absl/*", "openssl/*"}},
      {"libs/domain is pure: absl and the generated events only",
       {"libs/domain/*"},
       {"libs/base/*", "libs/domain/*", "absl/*", "google/protobuf/*", "redress/event/*",
        "redress/storage/*"}},
      {"the port of the log knows no adapter and no event",
       {"libs/event_log/event_log.*", "libs/event_log/shared_decode.h",
        "libs/event_log/header_arena.h", "libs/event_log/partition_map.h",
        "libs/event_log/partition_table.h"},
       {"libs/base/*", "libs/event_log/event_log.h", "libs/event_log/shared_decode.h", "absl/*"}},
      {"the port of projections knows no store",
       {"libs/projection/projection_store.h", "libs/projection/overlay.*",
        "libs/projection/position_table.*", "libs/projection/row_key.h"},
       {"libs/base/*", "libs/event_log/event_log.h", "libs/event_log/partition_map.h",
        "libs/projection/*", "absl/*"}},
  };
  return rules;
}

const std::vector<HeaderRule>& HeaderRules() {
  static const auto& rules = *new std::vector<HeaderRule>{
      {"stubs are for API rooms and for callers from outside: tools and tests",
       {"*.grpc.pb.h"},
       {"services/*/api_*.cc", "services/*/api/*", "libs/rpc/*", "tools/*", "tests/*"}},
      {"gRPC is a thin shell: libs/rpc, API rooms, mains",
       {"grpcpp/*", "grpc/*"},
       {"libs/rpc/*", "libs/host/*", "services/*/api_*", "services/*/api/*", "services/*/main.cc",
        "tools/*", "tests/*"}},
      {"libs/rpc is known to API rooms, mains and those who host them",
       {"libs/rpc/*"},
       {"libs/rpc/*", "libs/host/*", "services/*", "tools/*", "tests/*"}},
      {"personal data is opened by libs/privacy and the services only (architecture §6)",
       {"redress/personal/*"},
       {"libs/privacy/*", "services/*", "tools/*", "tests/*", "libs/*_test.cc",
        // LogService.Tail shows decoded records to operators.
        "libs/host/tail.cc"}},
      {"RocksDB stands behind the ports",
       {"rocksdb/*"},
       {"libs/event_log/embedded/*", "libs/projection/rocksdb/*", "libs/rocksdb_testing/*",
        "libs/*_test.cc", "tests/*"}},
      {"librdkafka stands behind the port",
       {"librdkafka/*"},
       {"libs/event_log/kafka/*", "tests/*"}},
      {"what ships does not link what tests",
       {"libs/testing/*", "libs/rocksdb_testing/*", "libs/*/contract/*", "gtest/*", "gmock/*"},
       TestFiles()},
      {"our own locks are those of libs/base/mutex.h",
       {"mutex", "shared_mutex", "condition_variable"},
       // Tests may take std::mutex as it comes: it is what mutex.h stands for.
       With(TestFiles(), {"libs/base/mutex.h"})},
      {"ThreadSanitizer does not understand the packaged absl::Mutex",
       {"absl/synchronization/*"},
       {}},
      {"libs do not know who uses them",
       {"services/*", "tools/*", "tests/*"},
       {"services/*", "tools/*", "tests/*"}},
  };
  return rules;
}

const std::vector<WordRule>& WordRules() {
  static const auto& rules = *new std::vector<WordRule>{
      {"time is passed in: the clock is read in one place",
       {"libs/*", "services/*"},
       {"system_clock", "absl::Now(", "gettimeofday", "CLOCK_REALTIME"},
       {"libs/base/clock.h", "libs/base/log.cc", "*/main.cc",
        // gRPC deadlines and alarms are instants of the system's clock; no decision sees them.
        "libs/rpc/*",
        // A real broker lives in real time.
        "libs/event_log/kafka/*_test.cc"}},
      {"no paths of the machine that something was written on",
       {"*"},
       {Path("work"), Path("home"), Path("root")},
       {}},
      {"no floating point and no maps in what is kept",
       {"proto/redress/event/*", "proto/redress/storage/*", "proto/redress/personal/*"},
       {"  double ", "  float ", "map<"},
       {}},
  };
  return rules;
}

namespace {

// System and standard headers have no folder, or are the operating system's.
bool IsSystem(const std::string& include) {
  return include.find('/') == std::string::npos ||
         MatchesAny({"sys/*", "arpa/*", "netinet/*"}, include);
}

// A word that begins with '/' is an absolute path: it must not go on from something.
bool Contains(const std::string& text, const std::string& word) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const bool goes_on = absl::ascii_isalnum(static_cast<unsigned char>(before)) ||
                         std::string_view("_.-/}*)").find(before) != std::string_view::npos;
    if (word[0] != '/' || !goes_on) return true;
  }
  return false;
}

std::string Sentence(const SourceFile& file, const std::string& what, const std::string& why) {
  return file.path + " has " + what + ": " + why;
}

}  // namespace

std::vector<std::string> Broken(const RoomRule& rule, const std::vector<SourceFile>& tree) {
  std::vector<std::string> broken;
  for (const SourceFile& file : tree) {
    if (!IsCpp(file) || IsTest(file.path) || !MatchesAny(rule.files, file.path)) continue;
    for (const std::string& include : file.includes) {
      if (IsSystem(include) || MatchesAny(rule.allowed, include)) continue;
      broken.push_back(Sentence(file, include, rule.why));
    }
  }
  return broken;
}

std::vector<std::string> Broken(const HeaderRule& rule, const std::vector<SourceFile>& tree) {
  std::vector<std::string> broken;
  for (const SourceFile& file : tree) {
    if (!IsCpp(file) || MatchesAny(rule.allowed_in, file.path)) continue;
    for (const std::string& include : file.includes) {
      if (MatchesAny(rule.includes, include)) broken.push_back(Sentence(file, include, rule.why));
    }
  }
  return broken;
}

std::vector<std::string> Broken(const WordRule& rule, const std::vector<SourceFile>& tree) {
  std::vector<std::string> broken;
  for (const SourceFile& file : tree) {
    if (!MatchesAny(rule.files, file.path) || MatchesAny(rule.allowed_in, file.path)) continue;
    for (const std::string& word : rule.words) {
      if (Contains(file.text, word)) broken.push_back(Sentence(file, "'" + word + "'", rule.why));
    }
  }
  return broken;
}

std::vector<std::string> ServicesThatIncludeOthers(const std::vector<SourceFile>& tree) {
  const auto service = [](const std::string& path) {
    if (path.rfind("services/", 0) != 0) return std::string();
    const size_t end = path.find('/', 9);
    return end == std::string::npos ? std::string() : path.substr(9, end - 9);
  };
  std::vector<std::string> broken;
  for (const SourceFile& file : tree) {
    const std::string own = service(file.path);
    if (!IsCpp(file) || own.empty() || own == "suite") continue;
    for (const std::string& include : file.includes) {
      const std::string other = service(include);
      if (!other.empty() && other != own) {
        broken.push_back(
            Sentence(file, include, "services know each other by the log and gRPC only"));
      }
    }
  }
  return broken;
}

namespace {

using Graph = std::map<std::string, std::set<std::string>>;

// Depth first; `path` is where we stand.
void Visit(const Graph& graph, const std::string& room, std::vector<std::string>* path,
           std::set<std::string>* done, std::vector<std::string>* circles) {
  const auto on_path = std::find(path->begin(), path->end(), room);
  if (on_path != path->end()) {
    std::string circle;
    for (auto it = on_path; it != path->end(); ++it) circle += *it + " -> ";
    circles->push_back(circle + room);
    return;
  }
  if (done->count(room) != 0) return;
  path->push_back(room);
  const auto next = graph.find(room);
  if (next != graph.end()) {
    for (const std::string& other : next->second) Visit(graph, other, path, done, circles);
  }
  path->pop_back();
  done->insert(room);
}

}  // namespace

std::vector<std::string> CirclesOfRooms(const std::vector<SourceFile>& tree) {
  Graph graph;
  for (const SourceFile& file : tree) {
    if (!IsCpp(file) || IsTest(file.path)) continue;
    for (const std::string& include : file.includes) {
      const bool ours = include.rfind("libs/", 0) == 0 || include.rfind("services/", 0) == 0;
      if (ours && RoomOf(include) != RoomOf(file.path))
        graph[RoomOf(file.path)].insert(RoomOf(include));
    }
  }
  std::vector<std::string> circles, path;
  std::set<std::string> done;
  for (const auto& [room, others] : graph) Visit(graph, room, &path, &done, &circles);
  return circles;
}

}  // namespace redress::contract
