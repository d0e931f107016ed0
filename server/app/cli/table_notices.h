#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/app/cli/command.h"
#include "server/app/cli/series_table.h"

namespace bellwether {

/// How a command takes the rows of a series.
enum class RowOrder {
  kOfTable,  ///< each row is a position
  kOfTime,   ///< sorted by time; of those with the same time the last counts
};

/// What of a table was taken in another way than it is written, a sentence each: no rows, values that are no numbers,
/// time stamps that repeat or step back, long gaps.
[[nodiscard]] std::vector<std::string> TableNotices(const SeriesTable& table, RowOrder order);

/// Says in which series `doing` something ("Finding periods") fails because they have fewer than `least` values or
/// values in less than half of their rows; nothing for a table without rows.
[[nodiscard]] std::vector<std::string> ShortSeriesNotices(const SeriesTable& table, size_t least,
                                                          std::string_view doing);

/// A message of an analysis with its advice fit for files: there is no time range to widen, only a longer table.
[[nodiscard]] std::string AdviceForFiles(std::string message);

/// Prints notices on standard error, "bellwether: note: …".
void PrintNotices(const std::vector<std::string>& notices, CommandContext& context);

}  // namespace bellwether
