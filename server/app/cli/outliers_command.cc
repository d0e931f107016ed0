#include "server/app/cli/outliers_command.h"

#include <cmath>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "server/analytics/outliers/group_outliers.h"
#include "server/app/cli/aligned_table.h"
#include "server/app/cli/analysis_command.h"
#include "server/app/cli/method_list.h"
#include "server/app/cli/number_range.h"
#include "server/app/cli/table_notices.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

struct OutliersArguments {
  TablePaths paths;
  std::string scores;  ///< where every row goes; empty = nowhere
  std::string method = "mad";
  bool list_methods = false;
  GroupOutlierOptions options;
};

std::string StretchTable(const SeriesTable& table, const AlignedTable& aligned, const GroupOutliers& group) {
  std::string out;
  AppendText(out, table.series_column);
  out += ",start,end,deviation,spreads,score\n";
  for (size_t s = 0; s < aligned.names.size(); ++s) {
    for (const OutlierStretch& stretch : group.series[s].stretches) {
      AppendText(out, aligned.names[s]);
      out += ',';
      AppendText(out, aligned.timestamps[stretch.first]);
      out += ',';
      AppendText(out, aligned.timestamps[stretch.last]);
      for (const double number : {stretch.deviation, stretch.spreads, group.series[s].score}) {
        out += ',';
        AppendNumber(out, number);
      }
      out += '\n';
    }
  }
  return out;
}

std::string ScoreTable(const SeriesTable& table, const AlignedTable& aligned, const GroupOutliers& group,
                       const GroupOutlierOptions& options) {
  const size_t times = aligned.timestamps.size();
  std::string out;
  AppendText(out, table.series_column);
  out += ",timestamp,value,median,lower,upper,score,is_outlier\n";
  for (size_t s = 0; s < aligned.names.size(); ++s) {
    const std::span<const double> row = std::span(aligned.values).subspan(s * times, times);
    const std::vector<double> shares = OutlierShares(row, group, options);
    for (size_t t = 0; t < times; ++t) {
      AppendText(out, aligned.names[s]);
      out += ',';
      AppendText(out, aligned.timestamps[t]);
      for (const double number : {row[t], group.median[t], group.lower[t], group.upper[t], shares[t]}) {
        out += ',';
        AppendNumber(out, number);
      }
      out += shares[t] >= options.min_share ? ",1\n" : ",0\n";
    }
  }
  return out;
}

// Where no series is an outlier: who is furthest, by the mean distance from the median in spreads; empty otherwise.
std::string NobodyText(const AlignedTable& aligned, const GroupOutliers& group) {
  const size_t times = aligned.timestamps.size();
  size_t furthest = 0;
  double most = -1;
  for (size_t s = 0; s < group.series.size(); ++s) {
    if (group.series[s].is_outlier) {
      return "";
    }
    double sum = 0;
    size_t known = 0;
    for (size_t t = 0; t < times; ++t) {
      const double spreads = (aligned.values[s * times + t] - group.median[t]) / group.spread[t];
      if (std::isfinite(spreads)) {
        sum += std::abs(spreads);
        ++known;
      }
    }
    if (known > 0 && sum / static_cast<double>(known) > most) {
      most = sum / static_cast<double>(known);
      furthest = s;
    }
  }
  return most < 0 ? "No series is unlike the others."
                  : Concat("No series is unlike the others. The furthest is ", aligned.names[furthest], ", ",
                           absl::StrFormat("%.2g spreads from the median on average", most),
                           absl::StrFormat("; %.2g are tolerated.", group.tolerance));
}

absl::Status RunOutliers(OutliersArguments arguments, CommandContext& context) {
  arguments.options.method = arguments.method == "dbscan" ? OutlierMethod::kDbscan : OutlierMethod::kMad;
  const auto table = ReadSeriesTable(arguments.paths, context);
  if (!table.ok()) {
    return table.status();
  }
  PrintNotices(TableNotices(*table, RowOrder::kOfTime), context);
  const auto aligned = AlignSeries(*table);
  if (!aligned.ok()) {
    return aligned.status();
  }
  const auto group =
      FindGroupOutliers({aligned->values, aligned->names.size(), aligned->timestamps.size()}, arguments.options);
  if (!group.ok()) {
    return group.status();
  }
  if (aligned->names.size() < kMinGroupSeries) {
    PrintNotices({Concat("The table has ", aligned->names.size(), " series; at least ", kMinGroupSeries,
                         " are needed to say who is unlike the others.")},
                 context);
  } else if (aligned->timestamps.size() < (arguments.options.window + 1) / 2) {
    PrintNotices({Concat("The table has ", aligned->timestamps.size(),
                         " times, and nobody is unlike the others before half a window of ", arguments.options.window,
                         " was seen. Give a smaller --window.")},
                 context);
  } else if (const std::string nobody = NobodyText(*aligned, *group); !nobody.empty()) {
    PrintNotices({nobody}, context);
  }
  if (!arguments.scores.empty()) {
    TablePaths scores = arguments.paths;
    scores.output = arguments.scores;
    const std::string rows = ScoreTable(*table, *aligned, *group, arguments.options);
    if (absl::Status status = WriteOutput(scores, rows, context); !status.ok()) {
      return status;
    }
  }
  return WriteOutput(arguments.paths, StretchTable(*table, *aligned, *group), context);
}

}  // namespace

void AddOutliersCommand(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<OutliersArguments>();
  CLI::App* command = app.add_subcommand("outliers", "List the series of a table that are unlike the others");
  AddTableOptions(*command, arguments->paths);
  AddGroupMethodOptions(*command, OutlierMethods(), "mad: around the median; dbscan: as far as values hang together",
                        arguments->method, arguments->list_methods);
  command
      ->add_option("--tolerance", arguments->options.tolerance,
                   "how far from the group counts, in its spreads; 0: by the number of series")
      ->check(NumberIn(0, kMaxOutlierTolerance))
      ->capture_default_str();
  command->add_option("--window", arguments->options.window, "times looked at together")
      ->check(WholeNumberIn(1, kMaxOutlierWindow))
      ->capture_default_str();
  command
      ->add_option("--min-share", arguments->options.min_share,
                   "share of the window outside the band that makes an outlier, above 0, to 1")
      ->check(NumberIn(1e-6, 1))
      ->capture_default_str();
  command->add_option("--scores", arguments->scores, "file that gets the band and the score of every row");
  command->footer("Example: bellwether outliers --input hosts.csv --series-column host");
  command->callback([arguments, &context] {
    if (ListsMethods(arguments->list_methods, OutlierMethods(), arguments->paths, context)) {
      return;
    }
    if (const absl::Status status = RunOutliers(*arguments, context); !status.ok()) {
      context.Fail(kExitFailed, std::string(status.message()));
    }
  });
}

}  // namespace bellwether
