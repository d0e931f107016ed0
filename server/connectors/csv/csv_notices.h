#pragma once

#include <vector>

#include "server/connectors/connector.h"
#include "server/connectors/csv/csv_query.h"
#include "server/connectors/csv/csv_scan.h"
#include "server/connectors/csv/csv_schema.h"
#include "server/connectors/point_collector.h"
#include "server/frame/frame.h"

namespace bellwether {

/// Says everything about a file that was not as its reader may think: skipped rows, values read as missing, repeated
/// and backward times, mixed zones, left-out series, averaging, and why there are no points.
[[nodiscard]] std::vector<Notice> DescribeCsvScan(const CsvSchema& schema, const CsvQuery& query,
                                                  const CsvScanReport& report,
                                                  const std::vector<CollectionStats>& stats);

}  // namespace bellwether
