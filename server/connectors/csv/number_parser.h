#pragma once

#include <string_view>

namespace bellwether {

/// What a cell holds.
enum class CellKind {
  kNumber,
  kMissing,  ///< empty, NaN, an infinity, null, NA, "-" …
  kText,
};

/// One cell as it was read.
struct Cell {
  CellKind kind = CellKind::kText;
  double value = 0;          ///< NaN unless kind is kNumber
  bool is_infinite = false;  ///< missing because no number is as large
};

/// How numbers are written.
enum class DecimalMark {
  kPoint,  ///< 1234.5, 1,234.5
  kComma,  ///< 1234,5, 1.234,5; a point that cannot be a thousands mark still is a decimal point
};

/// Reads one cell. Numbers too large for a double are missing, too small ones are 0.
[[nodiscard]] Cell ParseCell(std::string_view text, DecimalMark mark);

}  // namespace bellwether
