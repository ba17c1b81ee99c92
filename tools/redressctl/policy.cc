#include <optional>

#include "absl/strings/str_cat.h"
#include "libs/base/file.h"
#include "libs/base/log.h"
#include "libs/policy/manifest.h"
#include "libs/policy/policy_yaml.h"
#include "redress/intake/v1/directory_service.pb.h"
#include "tools/redressctl/commands.h"

namespace redress::ctl {
namespace {

std::optional<std::string> YamlOf(Session& session, const std::string& file) {
  absl::StatusOr<std::string> yaml = ReadFile(file);
  if (yaml.ok()) return *std::move(yaml);
  session.err() << yaml.status().message() << "\n";
  return std::nullopt;
}

void PrintProblems(Session& session, const std::vector<PolicyProblem>& problems,
                   const std::string& file) {
  if (!session.json) {
    session.err() << FormatProblems(problems, file);
    session.err() << "\n"
                  << problems.size() << (problems.size() == 1 ? " problem\n" : " problems\n");
    return;
  }
  for (const PolicyProblem& problem : problems) {
    session.out() << "{\"file\": " << LogValue::Quoted(file) << ", \"line\": " << problem.line
                  << ", \"column\": " << problem.column
                  << ", \"path\": " << LogValue::Quoted(problem.path)
                  << ", \"message\": " << LogValue::Quoted(problem.message) << "}\n";
  }
}

void PrintParts(Session& session, const PolicyManifest& manifest) {
  if (session.json) {
    session.out() << "{\"manifest\": " << LogValue::Quoted(manifest.hash.ToHex())
                  << ", \"parts\": [";
    const char* between = "";
    for (const PolicyPart& part : manifest.parts) {
      session.out() << between << "{\"part\": " << LogValue::Quoted(part.part)
                    << ", \"code\": " << LogValue::Quoted(part.code)
                    << ", \"hash\": " << LogValue::Quoted(part.hash.ToHex())
                    << ", \"size\": " << part.content.size() << "}";
      between = ", ";
    }
    session.out() << "]}\n";
    return;
  }
  session.out() << session.style().Paint(Colour::kGreen, "good") << ", manifest "
                << manifest.hash.ToHex() << "\n";
  Table table({"PART", "CODE", "HASH", "BYTES"});
  for (const PolicyPart& part : manifest.parts) {
    table.Add({part.part, part.code, part.hash.ToHex(), absl::StrCat(part.content.size())});
  }
  table.Print(session.out(), session.style());
}

}  // namespace

int PolicyCheck(Session& session, const std::string& file) {
  const auto yaml = YamlOf(session, file);
  if (!yaml) return kUsage;
  policy::v1::Policy policy;
  std::vector<PolicyProblem> doubts;
  const auto problems = ParsePolicyYaml(*yaml, &policy, &doubts);
  if (!problems.empty()) {
    PrintProblems(session, problems, file);
    return kRefused;
  }
  PrintParts(session, MakeManifest(policy));
  for (const PolicyProblem& doubt : doubts) {
    session.err() << session.style().Paint(Colour::kYellow, "warning: ")
                  << FormatProblems({doubt}, file);
  }
  return kOk;
}

int PolicyPublish(Session& session, const PolicyPublishFlags& flags) {
  auto yaml = YamlOf(session, flags.file);
  if (!yaml) return kUsage;
  intake::v1::PublishPolicyRequest request;
  request.set_yaml(*std::move(yaml));
  request.set_request_id(flags.request_id.empty() ? NewRequestId() : flags.request_id);
  request.set_activate(flags.activate);
  request.set_name(flags.name);
  const auto answer =
      session.Call<intake::v1::PublishPolicyResponse>("DirectoryService/PublishPolicy", request);
  if (!answer.ok()) return session.Fail(answer.status());
  if (session.json) {
    session.PrintJson(*answer);
    return kOk;
  }
  session.out() << (answer->replayed() ? "Had been published before: " : "Published: ")
                << answer->manifest() << (answer->activated() ? ", in force" : "") << "\n";
  for (const std::string& warning : answer->warnings()) {
    session.out() << session.style().Paint(Colour::kYellow, "warning: ") << warning << "\n";
  }
  if (!answer->activated())
    session.out() << "Complaints are decided under it once it is activated (--activate)\n";
  return kOk;
}

}  // namespace redress::ctl
