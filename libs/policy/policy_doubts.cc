#include "libs/policy/policy_doubts.h"

#include <set>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace redress {
namespace {

using policy::v1::Policy;

class Doubts {
 public:
  explicit Doubts(const Policy& policy) : policy_(policy) {
    for (const auto& agent : policy.teams().agents()) {
      for (const auto& membership : agent.teams()) staffed_.insert(membership.team());
      for (const auto& skill : agent.skills()) had_.insert(skill.skill());
    }
  }

  std::vector<PolicyProblem> Run() && {
    Causes();
    Teams();
    Skills();
    return std::move(found_);
  }

 private:
  void Add(std::string path, std::string message) {
    if (found_.size() < kMaxProblems) found_.push_back({std::move(path), 0, 0, std::move(message)});
  }

  void Causes() {
    const auto& taxonomy = policy_.taxonomy();
    for (int d = 0; d < taxonomy.departments_size(); ++d) {
      for (int t = 0; t < taxonomy.departments(d).types_size(); ++t) {
        const auto& type = taxonomy.departments(d).types(t);
        for (int c = 0; c < type.causes_size(); ++c) {
          if (type.causes(c).has_keywords() || type.causes(c).code() == type.default_cause())
            continue;
          Add(absl::StrCat("taxonomy.departments[", d, "].types[", t, "].causes[", c, "]"),
              absl::StrCat("no text leads to cause \"", type.causes(c).code(),
                           "\": it has no keywords and is not its type's default"));
        }
      }
    }
  }

  void Teams() {
    for (int i = 0; i < policy_.teams().teams_size(); ++i) {
      const std::string& code = policy_.teams().teams(i).code();
      if (staffed_.contains(code)) continue;
      Add(absl::StrCat("teams.teams[", i, "]"),
          absl::StrCat("nobody is in team \"", code, "\": what is routed to it waits"));
    }
  }

  template <typename Rules>
  void Needs(const Rules& rules, std::string_view list) {
    for (int r = 0; r < rules.size(); ++r) {
      for (int s = 0; s < rules[r].skills_size(); ++s) {
        const std::string& skill = rules[r].skills(s).skill();
        if (had_.contains(skill)) continue;
        Add(absl::StrCat("routing.", std::string(list), "[", r, "].skills[", s, "]"),
            absl::StrCat("nobody has skill \"", skill, "\": what needs it waits"));
      }
    }
  }

  void Skills() {
    Needs(policy_.routing().rules(), "rules");
    Needs(policy_.routing().skill_rules(), "skill_rules");
  }

  const Policy& policy_;
  std::set<std::string, std::less<>> staffed_;
  std::set<std::string, std::less<>> had_;
  std::vector<PolicyProblem> found_;
};

}  // namespace

std::vector<PolicyProblem> DoubtsOf(const Policy& policy) { return Doubts(policy).Run(); }

}  // namespace redress
