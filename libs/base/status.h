// Early return on absl::Status.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define REDRESS_RETURN_IF_ERROR(expression)                                 \
  do {                                                                      \
    if (absl::Status redress_status_ = (expression); !redress_status_.ok()) \
      return redress_status_;                                               \
  } while (false)

#define REDRESS_CONCAT_INNER_(a, b) a##b
#define REDRESS_CONCAT_(a, b) REDRESS_CONCAT_INNER_(a, b)
#define REDRESS_ASSIGN_OR_RETURN(lhs, expression) \
  REDRESS_ASSIGN_OR_RETURN_(REDRESS_CONCAT_(redress_or_, __LINE__), lhs, expression)
#define REDRESS_ASSIGN_OR_RETURN_(var, lhs, expression) \
  auto var = (expression);                              \
  if (!var.ok()) return std::move(var).status();        \
  lhs = *std::move(var)
