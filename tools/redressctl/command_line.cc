#include "tools/redressctl/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>

#include "tools/redressctl/commands.h"

namespace redress::ctl {
namespace {

constexpr const char* kFooter = R"(Examples:
  redressctl submit --text "The parcel never arrived" --region gb --mail jo@example.com
  redressctl submit --file letter.txt --channel letter --subject "Broken on arrival"
  redressctl get 7K2M-93QF-XW4D-5              the complaint, what was said, and every step with its reason
  redressctl get 7K2M-93QF-XW4D-5 --as-of 2026-03-01T10:00:00Z
  redressctl list --order priority --unassigned --limit 20
  redressctl list --level 3 --level 4 --breached --json | jq .tracking_code
  redressctl watch --category logistics --initial
  redressctl tail --follow                     the log as it grows, decoded
  redressctl tail --complaint 7K2M-93QF-XW4D-5
  redressctl stats
  redressctl policy check deploy/policy/default.yaml
  redressctl policy publish my-policy.yaml --activate
  redressctl rebuild analytics
  redressctl backup 2026-03-01
  redressctl restore --from backups/2026-03-01 --to data
  redressctl log copy --from data/log --kafka broker:9092

Complaints are named by tracking code, as it was given out, or by id (32 hexadecimal digits).

Exit code: 0 done
           1 the suite said no: refused, not found, not allowed, or (policy check) problems were found
           2 wrong flags, or a file that cannot be read
           3 the suite could not be reached, or is too busy; repeating is safe

Environment: REDRESS_SERVER and REDRESS_TOKEN stand for --server and --token; NO_COLOR turns colours off.)";

struct AllFlags {
  SubmitFlags submit;
  GetFlags get;
  ListFlags list;
  WatchFlags watch;
  TailFlags tail;
  std::string check_file;
  PolicyPublishFlags publish;
  LogCopyFlags copy;
  std::string module;
  std::string backup;
  RestoreFlags restore;
};

// A command as CLI11 knows it and what it does.
struct Entry {
  CLI::App* app;
  std::function<int()> run;
};

void DeclareSubmit(CLI::App* app, SubmitFlags* flags) {
  auto* text = app->add_option("--text", flags->text, "What the complainant says");
  auto* file =
      app->add_option("--file", flags->file, "The same from a file; - reads standard input")
          ->excludes(text);
  app->add_option(
      "--category", flags->category,
      "Declared category, department/type/cause in codes of the policy; then no text is needed");
  app->add_option("--subject", flags->subject, "Headline");
  app->add_option("--channel", flags->channel,
                  "mail, phone, chat, web_form, social, app, shop, sms, api, letter")
      ->capture_default_str();
  app->add_option("--region", flags->region, "Region code, e.g. gb");
  app->add_option("--product-line", flags->product_line, "Product line code");
  app->add_option("--language", flags->language, "zh, en, ...; found from the text when not given");
  app->add_option("--name", flags->name, "Name of the complainant");
  app->add_option("--mail", flags->mail, "Mail address of the complainant");
  app->add_option("--phone", flags->phone, "Telephone of the complainant");
  app->add_option("--amount", flags->amount, "At stake, e.g. \"89.90 GBP\"");
  app->add_option("--order", flags->orders, "Order number (repeatable)");
  app->add_option("--request-id", flags->request_id,
                  "Key of this intention: repeating it makes no second complaint");
  app->callback([flags, text, file] {
    if (text->empty() && file->empty() && flags->category.empty()) {
      throw CLI::RequiredError("one of --text, --file and --category");
    }
  });
}

void DeclareFilter(CLI::App* app, FilterFlags* flags) {
  app->add_option("--stage", flags->stages,
                  "received, assessed, investigating, resolved, closed or merged (repeatable)");
  app->add_option("--level", flags->levels, "Escalation level (repeatable)")
      ->check(CLI::Range(1, 4));
  app->add_option("--category", flags->category,
                  "First codes of the category path, e.g. logistics/late_delivery");
  app->add_option("--team", flags->teams, "Team code (repeatable)");
  app->add_option("--owner", flags->owners, "Agent code (repeatable)");
  app->add_option("--region", flags->regions, "Region code (repeatable)");
  app->add_flag("--breached", flags->breached, "Only those with a clock that was missed");
  app->add_flag("--unassigned", flags->unassigned, "Only those that need an owner and have none");
}

std::vector<Entry> Declare(CLI::App& app, Session& session, AllFlags* flags) {
  std::vector<Entry> entries;
  auto* submit = app.add_subcommand("submit", "Open a complaint");
  DeclareSubmit(submit, &flags->submit);
  entries.push_back({submit, [&session, flags] { return Submit(session, flags->submit); }});

  auto* get = app.add_subcommand("get", "Show a complaint and its time line");
  get->add_option("complaint", flags->get.complaint, "Tracking code or id")->required();
  get->add_option("--as-of", flags->get.as_of,
                  "As it stood at that instant, e.g. 2026-03-01T10:00:00Z");
  get->add_flag("--void", flags->get.include_void,
                "Also events that did not count: duplicates, conflicts");
  entries.push_back({get, [&session, flags] { return Get(session, flags->get); }});

  auto* list = app.add_subcommand("list", "List complaints");
  DeclareFilter(list, &flags->list.filter);
  list->add_option("--order", flags->list.order, "received (newest first), oldest, priority")
      ->check(CLI::IsMember({"received", "oldest", "priority"}))
      ->capture_default_str();
  list->add_option("--limit", flags->list.limit, "At most so many")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  entries.push_back({list, [&session, flags] { return List(session, flags->list); }});

  auto* watch = app.add_subcommand("watch", "Show changes as they happen, until Ctrl-C");
  DeclareFilter(watch, &flags->watch.filter);
  auto* initial =
      watch->add_flag("--initial", flags->watch.initial, "First every complaint that matches now");
  watch
      ->add_option("--resume", flags->watch.resume_token,
                   "Go on after this token (in --json output)")
      ->excludes(initial);
  watch->add_option("--limit", flags->watch.limit, "End after so many changes; 0: never")
      ->capture_default_str();
  entries.push_back({watch, [&session, flags] { return Watch(session, flags->watch); }});

  auto* tail = app.add_subcommand("tail", "Show the records of the log, decoded");
  tail->add_option("--topic", flags->tail.topic,
                   "complaints, inbound, directory, keys, audit or deadletter")
      ->capture_default_str();
  tail->add_option("--complaint", flags->tail.complaint,
                   "Only this complaint (code or id), from its beginning");
  auto* last = tail->add_option("--last", flags->tail.last,
                                "Begin so many records before the end of each partition")
                   ->capture_default_str();
  tail->add_flag("--oldest", flags->tail.oldest, "Begin with the first record")->excludes(last);
  tail->add_flag("--follow,-f", flags->tail.follow, "Wait for new records, until Ctrl-C");
  tail->add_flag("--personal", flags->tail.personal, "Also the personal parts (role personal)");
  tail->add_option("--resume", flags->tail.resume_token,
                   "Go on after this token (in --json output)");
  tail->add_option("--limit", flags->tail.limit, "End after so many records; 0: no bound")
      ->capture_default_str();
  entries.push_back({tail, [&session, flags] { return Tail(session, flags->tail); }});

  auto* stats = app.add_subcommand("stats", "How the modules are, and numbers over all complaints");
  entries.push_back({stats, [&session] { return Stats(session); }});

  auto* policy = app.add_subcommand("policy", "Check and publish policies");
  policy->require_subcommand(1);
  auto* check = policy->add_subcommand("check", "Check a policy file; needs no suite");
  check->add_option("file", flags->check_file, "YAML")->required();
  entries.push_back({check, [&session, flags] { return PolicyCheck(session, flags->check_file); }});
  auto* publish =
      policy->add_subcommand("publish", "Publish a policy in parts under its content hash");
  publish->add_option("file", flags->publish.file, "YAML")->required();
  publish->add_flag("--activate", flags->publish.activate,
                    "New complaints are decided under it from now on");
  publish->add_option("--name", flags->publish.name, "For people, e.g. the name of the version");
  publish->add_option("--request-id", flags->publish.request_id, "Key of this intention");
  entries.push_back(
      {publish, [&session, flags] { return PolicyPublish(session, flags->publish); }});

  auto* rebuild = app.add_subcommand("rebuild",
                                     "Fold a new projection of a module while the old one serves; "
                                     "Ctrl-C pauses it, repeating goes on");
  rebuild->add_option("module", flags->module, "intake, classifier, router, sla-timer or analytics")
      ->required();
  entries.push_back({rebuild, [&session, flags] { return Rebuild(session, flags->module); }});
  auto* backup =
      app.add_subcommand("backup", "Copy projections and log on the server, in its --backup-dir");
  backup->add_option("name", flags->backup, "Of the new folder, e.g. 2026-03-01")->required();
  entries.push_back({backup, [&session, flags] { return Backup(session, flags->backup); }});
  auto* restore = app.add_subcommand("restore", "Make a data folder of a backup; needs no suite");
  restore->add_option("--from", flags->restore.from, "Folder of the backup")->required();
  restore->add_option("--to", flags->restore.to, "New data folder")->required();
  entries.push_back({restore, [&session, flags] { return Restore(session, flags->restore); }});

  auto* log = app.add_subcommand("log", "Move a log");
  log->require_subcommand(1);
  auto* copy = log->add_subcommand("copy",
                                   "Copy an embedded log to new topics on Kafka, offsets kept, and "
                                   "seal it; stop the suite first. Repeat "
                                   "it to go on where it was stopped");
  copy->add_option("--from", flags->copy.from, "Folder of the embedded log: DATA-DIR/log")
      ->required();
  copy->add_option("--kafka", flags->copy.kafka, "Bootstrap servers, host:port,host:port")
      ->required();
  copy->add_option("--kafka-property", flags->copy.properties,
                   "librdkafka property, name=value (repeatable)");
  copy->add_option("--replication", flags->copy.replication, "Replicas of the topics")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  copy->add_flag("--keep", flags->copy.keep, "Do not seal the embedded log");
  entries.push_back({copy, [&session, flags] { return LogCopy(session, flags->copy); }});
  return entries;
}

}  // namespace

int RunRedressctl(const std::vector<std::string>& arguments, const TerminalStyle& style,
                  std::ostream& out, std::ostream& err) {
  Session session(out, err, style);
  AllFlags flags;
  CLI::App app(
      "redressctl: complaints, the log and the policy of a Redress suite, from the command line.",
      "redressctl");
  app.footer(kFooter);
  app.require_subcommand(1);
  // Flags of all commands may stand before or after the command.
  app.fallthrough();
  app.add_option("--server", session.server, "Where intake serves gRPC, host:port")
      ->envname("REDRESS_SERVER")
      ->capture_default_str();
  app.add_option("--token", session.token, "Who you are, when the suite has a token file")
      ->envname("REDRESS_TOKEN");
  app.add_flag("--json", session.json, "Print JSON, one object a line, instead of tables");
  app.add_option("--timeout", session.timeout_seconds,
                 "Seconds a call may take, repetitions included")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  const auto entries = Declare(app, session, &flags);
  try {
    // CLI11 takes them last first.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? kOk : kUsage;
  }
  const auto asked = std::find_if(entries.begin(), entries.end(),
                                  [](const Entry& entry) { return entry.app->parsed(); });
  return asked->run();
}

}  // namespace redress::ctl
