#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace bellwether {

/// The cells of a line of a benchmark's table: commas separate, nothing is quoted.
inline std::vector<std::string> BenchmarkCells(const std::string& line) {
  std::vector<std::string> cells;
  size_t from = 0;
  while (from <= line.size()) {
    const size_t comma = std::min(line.find(',', from), line.size());
    cells.push_back(line.substr(from, comma - from));
    from = comma + 1;
  }
  return cells;
}

/// Nanoseconds since the epoch of a benchmark's time stamp: seconds, milliseconds from 1e11 on, a date, or a date and a
/// time of day in UTC; 0 for what is none.
inline int64_t BenchmarkTime(const std::string& text) {
  if (text.find('-', 1) == std::string::npos) {
    const double number = std::atof(text.c_str());
    return static_cast<int64_t>(number >= 1e11 ? number * 1e6 : number * 1e9);
  }
  std::string iso = text.substr(0, 19);
  if (iso.size() > 10) {
    iso[10] = 'T';
  }
  absl::Time time;
  std::string error;
  return absl::ParseTime(iso.size() > 10 ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d", iso, &time, &error)
             ? absl::ToUnixNanos(time)
             : 0;
}

}  // namespace bellwether
