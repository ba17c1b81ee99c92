// Which column of a file means what. Values and pure functions; thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace redress::feed {

enum class Role { kText, kSubject, kTime, kId, kChannel, kCategory, kRegion, kProduct, kLang };

// "text", "subject", "time", "id", "channel", "category", "region", "product", "lang".
std::string_view RoleName(Role role);
std::optional<Role> RoleOfName(std::string_view name);

// The column of each role; a category may be spread over up to three, from department to cause.
// Columns without a role are kept as fields of the complaint.
struct ColumnMap {
  std::map<Role, std::vector<std::string>> columns;

  bool Has(Role role) const { return columns.count(role) != 0; }
  // Whether some role takes this column.
  bool Takes(std::string_view column) const;
};

// "text=narrative,time=date_received,category=product/issue/sub_issue". InvalidArgument names what
// is wrong.
absl::StatusOr<ColumnMap> ParseColumnMap(std::string_view spec);

// What `given` says, and for other roles the columns with a usual name ("text", "narrative",
// "created_at", "label_l1" … "label_l3"). InvalidArgument when a given column is not there, or when
// neither text nor category is found: then it lists the columns.
absl::StatusOr<ColumnMap> MapColumns(const ColumnMap& given,
                                     const std::vector<std::string>& columns);

}  // namespace redress::feed
