#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/time/cancellation.h"
#include "server/connectors/connector.h"
#include "server/connectors/csv/csv_options.h"

namespace bellwether {

/// Series from CSV files in one allowed folder. Query keys: file, and, all detected when left out, timeColumn,
/// valueColumn (one or several), seriesColumn, delimiter, timeFormat, timezone; labels filters. Each file is read anew
/// in one pass of bounded memory. Stateless, so safe from any thread.
class CsvConnector final : public Connector {
 public:
  explicit CsvConnector(CsvOptions options) : options_(std::move(options)) {}

  [[nodiscard]] std::string_view kind() const override { return "csv"; }
  [[nodiscard]] absl::StatusOr<FetchResult> Fetch(const FetchRequest& request,
                                                  const Cancellation& cancellation) const override;

  /// Without a file: the *.csv files of the folder. With one: its numeric columns, with the label sets of its first
  /// rows.
  [[nodiscard]] absl::StatusOr<std::vector<SeriesInfo>> List(std::string_view query_json) const override;

 private:
  CsvOptions options_;
};

}  // namespace bellwether
