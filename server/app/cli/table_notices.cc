#include "server/app/cli/table_notices.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <system_error>

#include "server/analytics/series/grid.h"
#include "server/base/text/concat.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

constexpr double kLongGapSteps = 100;

/// The distance of two times in seconds, however far they are apart.
double SecondsBetween(int64_t from_ns, int64_t to_ns) {
  return (static_cast<double>(to_ns) - static_cast<double>(from_ns)) / 1e9;
}

struct Counts {
  size_t rows = 0;
  size_t missing = 0;
  size_t repeated = 0;
  size_t backward = 0;
  double longest_gap_s = 0;
  std::string gap_from;
  std::string gap_series;
};

void Count(const TableSeries& series, Counts& counts) {
  const double step_s = static_cast<double>(MedianStep(series.times_unix_ns)) / 1e9;
  counts.rows += series.values.size();
  for (size_t i = 0; i < series.values.size(); ++i) {
    counts.missing += std::isnan(series.values[i]) ? 1 : 0;
    if (i == 0) {
      continue;
    }
    const double gap = SecondsBetween(series.times_unix_ns[i - 1], series.times_unix_ns[i]);
    counts.repeated += series.times_unix_ns[i] == series.times_unix_ns[i - 1] ? 1 : 0;
    counts.backward += series.times_unix_ns[i] < series.times_unix_ns[i - 1] ? 1 : 0;
    if (step_s > 0 && gap > kLongGapSteps * step_s && gap > counts.longest_gap_s) {
      counts.longest_gap_s = gap;
      counts.gap_from = series.timestamps[i - 1];
      counts.gap_series = series.name;
    }
  }
}

/// Whether the header names more than a time stamp and a value.
bool HasMoreColumns(const SeriesTable& table) {
  return std::count(table.columns.begin(), table.columns.end(), ',') > 1;
}

/// Whether every time stamp of the first series reads as year, month and day without dashes: "20260201".
bool LooksLikeDates(const SeriesTable& table) {
  const std::vector<std::string>& stamps = table.series.front().timestamps;
  return !stamps.empty() && std::all_of(stamps.begin(), stamps.end(), [](const std::string& stamp) {
    int date = 0;
    const auto [end, error] = std::from_chars(stamp.data(), stamp.data() + stamp.size(), date);
    const int month = date / 100 % 100;
    const int day = date % 100;
    return stamp.size() == 8 && error == std::errc() && end == stamp.data() + stamp.size() && date >= 19'000'101 &&
           date <= 21'001'231 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  });
}

}  // namespace

std::vector<std::string> TableNotices(const SeriesTable& table, RowOrder order) {
  Counts counts;
  for (const TableSeries& series : table.series) {
    Count(series, counts);
  }
  std::vector<std::string> notices;
  if (counts.rows == 0) {
    notices.emplace_back("The table has a header and no rows.");
  }
  if (counts.rows > 0 && LooksLikeDates(table)) {
    notices.push_back(Concat("The time stamps, such as ", table.series.front().timestamps.front(),
                             ", are read as seconds since 1970. If they are dates, write them as 2026-11-20."));
  }
  if (counts.missing > 0) {
    notices.push_back(Concat(counts.missing, " of ", counts.rows,
                             counts.missing == 1
                                 ? " values is no number (empty, NaN, infinite or too large) and counts as missing."
                                 : " values are no numbers (empty, NaN, infinite or too large) and count as missing."));
  }
  if (counts.repeated + counts.backward > 0) {
    notices.push_back(
        Concat(counts.repeated, counts.repeated == 1 ? " time stamp repeats" : " time stamps repeat",
               " the one before and ", counts.backward, counts.backward == 1 ? " steps back" : " step back",
               order == RowOrder::kOfTable ? ": rows are taken in the order of the table."
                                           : ": rows are sorted, and of those with the same time the last counts.",
               counts.repeated > 0 && table.series_column.empty() && HasMoreColumns(table)
                   ? " If a column tells series apart, name it with --series-column."
                   : ""));
  }
  if (counts.longest_gap_s > 0) {
    notices.push_back(Concat("Data are missing for up to ", TimeSpanText(counts.longest_gap_s), ", from ",
                             counts.gap_from, " on", counts.gap_series.empty() ? "" : " in ", counts.gap_series, "."));
  }
  return notices;
}

std::vector<std::string> ShortSeriesNotices(const SeriesTable& table, size_t least, std::string_view doing) {
  size_t too_short = 0;
  size_t too_sparse = 0;
  std::string first_short;
  std::string first_sparse;
  for (const TableSeries& series : table.series) {
    const auto present = static_cast<size_t>(
        std::count_if(series.values.begin(), series.values.end(), [](double value) { return !std::isnan(value); }));
    const std::string name = series.name.empty() ? "the table" : series.name;
    if (series.values.empty()) {
      continue;
    }
    if (present < least) {
      first_short = too_short++ == 0 ? Concat(name, " has ", present) : first_short;
    } else if (present * 2 < series.values.size()) {
      first_sparse = too_sparse++ == 0 ? name : first_sparse;
    }
  }
  const auto among = [&](size_t count) {
    return count > 1 ? Concat(" and ", count - 1, " more series ", count == 2 ? "has" : "have", " too few") : "";
  };
  std::vector<std::string> notices;
  if (too_short > 0) {
    notices.push_back(Concat(doing, " takes at least ", least, " values, but ", first_short, among(too_short), "."));
  }
  if (too_sparse > 0) {
    notices.push_back(Concat(doing, " takes values in at least half of the rows, but ", first_sparse, " has fewer",
                             too_sparse > 1 ? Concat(", and ", too_sparse - 1, " more series too") : "", "."));
  }
  return notices;
}

std::string AdviceForFiles(std::string message) {
  for (const std::string_view advice : {"Widen the time range, or set a longer history.", "Widen the time range.",
                                        "Ask for a longer history.", "Set a longer history."}) {
    if (const size_t at = message.find(advice); at != std::string::npos) {
      message.replace(at, advice.size(), "Give a longer table.");
    }
  }
  // Nor do more data come in.
  constexpr std::string_view kLearning = "Still learning: on ";
  constexpr std::string_view kLater = "They will be once more data have come in.";
  if (const size_t at = message.find(kLater); at != std::string::npos && message.starts_with(kLearning)) {
    message.replace(at, kLater.size(), "They are what it learns from.");
    message.replace(0, kLearning.size(), "On ");
  }
  return message;
}

void PrintNotices(const std::vector<std::string>& notices, CommandContext& context) {
  for (const std::string& notice : notices) {
    context.err << "bellwether: note: " << notice << '\n';
  }
}

}  // namespace bellwether
