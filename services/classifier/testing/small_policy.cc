#include "services/classifier/testing/small_policy.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "libs/base/check.h"
#include "libs/policy/policy_yaml.h"

namespace redress::classifier {
namespace {

std::shared_ptr<const CompiledPolicy> CompileYaml(std::string_view yaml, std::string_view name) {
  auto policy = LoadPolicyYaml(yaml, name);
  if (!policy.ok()) std::cerr << policy.status() << "\n";
  REDRESS_CHECK(policy.ok());
  auto compiled = CompiledPolicy::Compile(*std::move(policy));
  REDRESS_CHECK(compiled.ok());
  return *std::move(compiled);
}

}  // namespace

std::string_view SmallPolicyYaml() {
  return R"yaml(
name: small
taxonomy:
  unclassified: other/general/unclassified
  scoring: {department_permille: 200, type_permille: 500, cause_permille: 1000, max_hits: 2, min_score: 5,
            sure_margin_permille: 150}
  product_lines:
    - {code: phone, name: {zh: 手机, en: Phones}}
  departments:
    - code: product
      name: {zh: 产品, en: Product}
      keywords: {zh: [产品], en: [product]}
      default_type: quality
      types:
        - code: quality
          name: {zh: 质量, en: Quality}
          keywords: {zh: [质量], en: [quality, "defect*"]}
          scenario: PRODUCT_QUALITY
          default_cause: broken
          also_involves: [logistics]
          causes:
            - {code: broken, name: {zh: 损坏, en: Broken}, keywords: {zh: [坏了], en: [broke*, "stopped + working"]}}
            - code: fire
              name: {zh: 起火, en: Fire}
              keywords: {zh: [起火], en: [on fire]}
              base: {severity: 5, urgency: 5, impact: 4, complexity: 3}
              safety: true
            - code: fake
              name: {zh: 假货, en: Counterfeit}
              keywords: {zh: [假货], en: [counterfeit]}
              legal_risk: true
        - code: manual
          name: {zh: 说明书, en: Manual}
          keywords: {zh: [说明书], en: [manual]}
          scenario: TECHNICAL_FAULT
          default_cause: missing
          causes:
            - {code: missing, name: {zh: 缺失, en: Missing}}
    - code: logistics
      name: {zh: 物流, en: Logistics}
      keywords: {zh: [快递], en: [courier]}
      default_type: delay
      types:
        - code: delay
          name: {zh: 延误, en: Delay}
          keywords: {zh: [还没到], en: [delivery]}
          scenario: DELAY
          default_cause: late
          causes:
            - code: late
              name: {zh: 迟到, en: Late}
              keywords:
                zh: [太慢]
                en: [late]
                patterns:
                  - {name: waited_days, regex: '(?i)waited \d+ days', weight: 20}
            - {code: lost, name: {zh: 丢失, en: Lost}, keywords: {zh: [丢了], en: [lost^20]}}
    - code: other
      name: {zh: 其他, en: Other}
      default_type: general
      types:
        - code: general
          name: {zh: 一般, en: General}
          default_cause: unclassified
          causes:
            - {code: unclassified, name: {zh: 未分类, en: Unclassified}}
calendars:
  - code: cn
    name: {zh: 中国, en: China}
    time_zone: Asia/Shanghai
    working_day: 8h
    valid_from: 2026-01-01
    valid_to: 2027-12-31
    week:
      - {days: [mon, tue, wed, thu, fri], windows: ["09:00-17:00"]}
sla:
  default_region: cn
  regions:
    - {code: cn, name: {zh: 中国, en: China}, calendar: cn}
    - {code: us, name: {zh: 美国, en: United States}, calendar: cn}
  rules:
    - name: all
      clocks:
        - {kind: LEVEL_RESOLUTION, target: 24h, calendar: 24x7, starts_on: LEVEL_ENTERED, stops_on: [RESOLVED]}
teams:
  skills:
    - {code: general, name: {zh: 通用, en: General}}
  teams:
    - {code: front, name: {zh: 一线, en: Front}, levels: [1, 2, 3, 4], languages: [zh, en],
       contact: front@redress.example}
  agents:
    - {code: a1, name: Ann, home_team: front, teams: [{team: front, capacity_units: 10}], roles: [agent],
       languages: [zh, en]}
routing:
  default_weight_units: 1
  default_view_scope: [messages]
  match: {skill_permille: 500, load_permille: 400, language_permille: 100}
  rules:
    - {name: all, when: {}, team: front}
  default_teams:
    - {level: 1, team: front}
    - {level: 2, team: front}
    - {level: 3, team: front}
    - {level: 4, team: front}
triage:
  scores:
    - {name: severe, axis: SEVERITY, at_least: 4, keywords: {zh: [严重], en: [severe]}}
    - {name: hurry, axis: URGENCY, at_least: 4, keywords: {zh: [马上], en: [at once]}}
    - {name: waiting, axis: URGENCY, add: 1, keywords: {zh: [半个月], en: [for weeks]}}
    - {name: no_hurry, axis: URGENCY, add: -4, keywords: {zh: [不急], en: [no rush]}}
    - {name: everybody, axis: IMPACT, at_least: 4, keywords: {zh: [所有人], en: [everyone]}}
    - {name: technical, axis: COMPLEXITY, at_least: 4, keywords: {zh: [固件], en: [firmware]}}
  amounts:
    - {name: large, axis: SEVERITY, amount_at_least: [10000 CNY, 1000 GBP], at_least: 5}
  signals:
    - {code: manager, kind: HIGHER_LEVEL_ASKED, keywords: {zh: [找经理], en: [your manager]}}
    - {code: law, kind: LEGAL_RISK, threshold: 20, keywords: {zh: [律师^20], en: [lawyer^20, court, sue]}}
    - {code: danger, kind: SAFETY, keywords: {zh: [冒烟], en: [smoke]}}
    - {code: leaving, kind: CHURN_THREAT, keywords: {zh: [再也不买], en: [never again]}}
  emotion:
    base_percent: 20
    exclamation_points: 3
    capitals_points: 2
    shouting_cap: 10
    warning_percent: 70
    groups:
      - {name: anger, cap: 45, keywords: {zh: [愤怒^30], en: [furious^30]}}
      - {name: despair, cap: 30, keywords: {zh: [绝望^20], en: [desperate^20]}}
      - {name: courtesy, calming: true, cap: 15, keywords: {zh: [谢谢^10], en: [thanks^10]}}
  value_tiers:
    - {code: standard, name: {zh: 普通, en: Standard}, score: 2}
    - {code: vip, name: {zh: 贵宾, en: VIP}, score: 5}
  default_value_tier: standard
  priority:
    severity_weight: 90
    urgency_weight: 80
    impact_weight: 60
    value_weight: 30
    emotion_weight: 40
    safety_bonus: 300
    legal_bonus: 120
    ageing_per_hour: 5
    bands:
      - {band: 1, name: {zh: 紧急, en: Critical}, min_score: 1150}
      - {band: 2, name: {zh: 高, en: High}, min_score: 850}
      - {band: 3, name: {zh: 中, en: Normal}, min_score: 600}
      - {band: 4, name: {zh: 低, en: Low}, min_score: 0}
  initial_level:
    - {name: dangerous, when: {safety: true, severity_at_least: 5}, level: 4}
    - {name: leaving, when: {signals: [leaving]}, level: 3}
    - {name: upset, when: {emotion_at_least: 70, urgency_at_least: 4}, level: 2}
    - {name: wide, when: {departments_at_least: 3}, level: 2}
    - {name: fast, when: {fast_lane: true}, level: 2}
  fast_lane:
    - {name: technical, when: {scenarios: [TECHNICAL_FAULT], complexity_at_least: 4}}
  entities:
    - {kind: serial_number, patterns: ['(?i)serial[:#]?\s*([A-Z0-9]{6,20})\b']}
escalation:
  threshold_percent: 80
  repeats_more_than: 2
  repeat_window: 90d
  levels:
    - {level: 1, name: {zh: 一, en: One}, owner_after: KEEP, view_scope: [messages]}
    - {level: 2, name: {zh: 二, en: Two}, owner_after: CLEAR, view_scope: [messages]}
    - {level: 3, name: {zh: 三, en: Three}, owner_after: CLEAR, view_scope: [messages]}
    - {level: 4, name: {zh: 四, en: Four}, owner_after: CLEAR, view_scope: [messages]}
  triggers:
    - {name: asked, kind: ASKED_FOR_HIGHER, from_level: 1, up_to_level: 4}
label_map:
  entries:
    - {labels: ["Delivery problem"], category: logistics/delay/late}
    - {source: crm, labels: ["Q1"], category: product/quality/broken}
)yaml";
}

std::shared_ptr<const CompiledPolicy> SmallPolicy(std::string_view from, std::string_view to) {
  std::string yaml(SmallPolicyYaml());
  if (!from.empty()) {
    const size_t at = yaml.find(from);
    REDRESS_CHECK(at != std::string::npos);
    yaml.replace(at, from.size(), to);
  }
  return CompileYaml(yaml, "small.yaml");
}

std::shared_ptr<const CompiledPolicy> DefaultPolicy() {
  const char* root = std::getenv("REDRESS_SOURCE_DIR");
  const std::string path =
      std::string(root == nullptr ? "." : root) + "/deploy/policy/default.yaml";
  std::ifstream file(path);
  std::stringstream yaml;
  yaml << file.rdbuf();
  return CompileYaml(yaml.str(), path);
}

}  // namespace redress::classifier
