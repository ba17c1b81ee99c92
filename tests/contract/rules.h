// Who may include whom, and what may stand where: the rules of architecture §5 as data. Every
// exception is an entry here, with its reason beside it.
#pragma once

#include <string>
#include <vector>

#include "tests/contract/source_tree.h"

namespace redress::contract {

// Files that match `files` (tests apart) may include project and third-party headers out of
// `allowed` only.
struct RoomRule {
  std::string why;
  std::vector<std::string> files;
  std::vector<std::string> allowed;
};

// Only files that match `allowed_in` may include what matches `includes`.
struct HeaderRule {
  std::string why;
  std::vector<std::string> includes;
  std::vector<std::string> allowed_in;
};

// Only files that match `allowed_in` may contain one of `words`; `files` are those it is about.
// A word that begins with '/' is an absolute path.
struct WordRule {
  std::string why;
  std::vector<std::string> files;
  std::vector<std::string> words;
  std::vector<std::string> allowed_in;
};

const std::vector<RoomRule>& RoomRules();
const std::vector<HeaderRule>& HeaderRules();
const std::vector<WordRule>& WordRules();

// One sentence for each file that breaks a rule; empty when all hold.
std::vector<std::string> Broken(const RoomRule& rule, const std::vector<SourceFile>& tree);
std::vector<std::string> Broken(const HeaderRule& rule, const std::vector<SourceFile>& tree);
std::vector<std::string> Broken(const WordRule& rule, const std::vector<SourceFile>& tree);
// A service that includes another one; services/suite may include all.
std::vector<std::string> ServicesThatIncludeOthers(const std::vector<SourceFile>& tree);
// A circle of rooms that include each other (tests apart), as "a -> b -> a".
std::vector<std::string> CirclesOfRooms(const std::vector<SourceFile>& tree);

}  // namespace redress::contract
