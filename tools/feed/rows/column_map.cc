#include "tools/feed/rows/column_map.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/text.h"

namespace redress::feed {
namespace {

struct RoleEntry {
  Role role;
  std::string_view name;
  // Usual names of its column, most telling first, as Plain() writes them.
  std::vector<std::string_view> usual;
};

const std::vector<RoleEntry>& Roles() {
  static const auto& roles = *new std::vector<RoleEntry>{
      {Role::kText,
       "text",
       {"text", "complaint_text", "narrative", "consumer_complaint_narrative", "complaint",
        "description", "body", "message", "content", "comment", "review", "内容", "投诉内容",
        "留言详情", "正文"}},
      {Role::kSubject, "subject", {"subject", "title", "headline", "主题", "标题", "留言主题"}},
      {Role::kTime,
       "time",
       {"time", "occurred_at", "created_at", "created", "created_date", "date_received",
        "received_at", "timestamp", "datetime", "date", "时间", "创建时间", "留言时间",
        "投诉时间"}},
      {Role::kId,
       "id",
       {"id", "complaint_id", "case_id", "ticket_id", "unique_key", "key", "number", "编号",
        "工单号", "投诉编号", "留言编号"}},
      {Role::kChannel,
       "channel",
       {"channel", "submitted_via", "open_data_channel_type", "渠道", "来源"}},
      {Role::kCategory,
       "category",
       {"category", "label", "complaint_type", "类别", "分类", "一级标签"}},
      {Role::kRegion, "region", {"region", "state", "country", "borough", "地区", "区域"}},
      {Role::kProduct, "product", {"product", "product_line", "产品", "商品"}},
      {Role::kLang, "lang", {"lang", "language", "locale", "语言"}},
  };
  return roles;
}

// Categories that are spread over several columns.
const std::vector<std::vector<std::string_view>>& CategoryColumns() {
  static const auto& sets = *new std::vector<std::vector<std::string_view>>{
      {"label_l1", "label_l2", "label_l3"},
      {"category_1", "category_2", "category_3"},
      {"department", "type", "cause"},
      {"一级分类", "二级分类", "三级分类"},
  };
  return sets;
}

// Lower case, with _ for blanks and dashes.
std::string Plain(std::string_view column) {
  std::string plain = absl::AsciiStrToLower(absl::StripAsciiWhitespace(Absl(column)));
  std::replace(plain.begin(), plain.end(), ' ', '_');
  std::replace(plain.begin(), plain.end(), '-', '_');
  return plain;
}

const std::string* FindPlain(const std::vector<std::string>& columns, std::string_view plain) {
  for (const std::string& column : columns) {
    if (Plain(column) == plain) return &column;
  }
  return nullptr;
}

std::vector<std::string> FindCategory(const std::vector<std::string>& columns) {
  for (const auto& set : CategoryColumns()) {
    std::vector<std::string> found;
    for (const std::string_view plain : set) {
      const std::string* column = FindPlain(columns, plain);
      if (column == nullptr) break;
      found.push_back(*column);
    }
    // One of a set may be any word; two are a coding.
    if (found.size() >= 2) return found;
  }
  return {};
}

}  // namespace

std::string_view RoleName(Role role) {
  for (const RoleEntry& entry : Roles()) {
    if (entry.role == role) return entry.name;
  }
  return "";
}

std::optional<Role> RoleOfName(std::string_view name) {
  for (const RoleEntry& entry : Roles()) {
    if (entry.name == name) return entry.role;
  }
  return std::nullopt;
}

bool ColumnMap::Takes(std::string_view column) const {
  return std::any_of(columns.begin(), columns.end(), [column](const auto& entry) {
    return std::find(entry.second.begin(), entry.second.end(), column) != entry.second.end();
  });
}

absl::StatusOr<ColumnMap> ParseColumnMap(std::string_view spec) {
  ColumnMap map;
  for (const auto part : absl::StrSplit(Absl(spec), ',', absl::SkipWhitespace())) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(part, absl::MaxSplits('=', 1));
    const auto role = RoleOfName(Std(absl::StripAsciiWhitespace(pair.first)));
    const std::string column(absl::StripAsciiWhitespace(pair.second));
    if (!role || column.empty()) {
      std::vector<std::string_view> names;
      for (const RoleEntry& entry : Roles()) names.push_back(entry.name);
      return absl::InvalidArgumentError(absl::StrCat(
          "--map ", part, ": write ROLE=COLUMN with one of ",
          absl::StrJoin(names, ", ",
                        [](std::string* out, std::string_view name) { out->append(name); })));
    }
    if (map.Has(*role))
      return absl::InvalidArgumentError(absl::StrCat("--map: ", pair.first, " is given twice"));
    auto& columns = map.columns[*role];
    if (*role == Role::kCategory) {
      columns = absl::StrSplit(column, '/', absl::SkipEmpty());
      if (columns.empty() || columns.size() > 3) {
        return absl::InvalidArgumentError(
            "--map category: one to three columns, e.g. category=product/issue");
      }
    } else {
      columns.push_back(column);
    }
  }
  return map;
}

absl::StatusOr<ColumnMap> MapColumns(const ColumnMap& given,
                                     const std::vector<std::string>& columns) {
  for (const auto& [role, named] : given.columns) {
    for (const std::string& column : named) {
      if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
      return absl::InvalidArgumentError(absl::StrCat("--map ", std::string(RoleName(role)), "=",
                                                     column, ": no such column; there are ",
                                                     absl::StrJoin(columns, ", ")));
    }
  }
  ColumnMap map = given;
  if (auto category = FindCategory(columns); !map.Has(Role::kCategory) && !category.empty()) {
    map.columns[Role::kCategory] = std::move(category);
  }
  for (const RoleEntry& entry : Roles()) {
    if (map.Has(entry.role)) continue;
    for (const std::string_view usual : entry.usual) {
      const std::string* column = FindPlain(columns, usual);
      if (column == nullptr || map.Takes(*column)) continue;
      map.columns[entry.role] = {*column};
      break;
    }
  }
  if (!map.Has(Role::kText) && !map.Has(Role::kSubject) && !map.Has(Role::kCategory)) {
    return absl::InvalidArgumentError(
        absl::StrCat("no column with text or category is recognised; name it: --map ",
                     "text=COLUMN; there are ", absl::StrJoin(columns, ", ")));
  }
  return map;
}

}  // namespace redress::feed
