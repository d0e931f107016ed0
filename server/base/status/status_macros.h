#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Early return on failure. The Abseil release of Debian 12 does not have these yet.

/// Evaluates `expr` (an absl::Status) and returns it from the calling function unless it is OK.
#define BELLWETHER_RETURN_IF_ERROR(expr)                \
  do {                                                  \
    if (absl::Status _status = (expr); !_status.ok()) { \
      return _status;                                   \
    }                                                   \
  } while (false)

#define BELLWETHER_MACROS_CONCAT_INNER(a, b) a##b
#define BELLWETHER_MACROS_CONCAT(a, b) BELLWETHER_MACROS_CONCAT_INNER(a, b)
#define BELLWETHER_ASSIGN_OR_RETURN_INNER(result, lhs, expr) \
  auto result = (expr);                                      \
  if (!result.ok()) {                                        \
    return std::move(result).status();                       \
  }                                                          \
  lhs = std::move(result).value()

/// Evaluates `expr` (an absl::StatusOr<T>), returns its status on failure, assigns the value to `lhs` otherwise.
#define BELLWETHER_ASSIGN_OR_RETURN(lhs, expr) \
  BELLWETHER_ASSIGN_OR_RETURN_INNER(BELLWETHER_MACROS_CONCAT(_statusor_, __LINE__), lhs, expr)
