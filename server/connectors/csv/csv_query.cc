#include "server/connectors/csv/csv_query.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"

namespace bellwether {
namespace {

/// Zone names become file names below the zone database, so nothing but such names may pass.
bool IsZoneName(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name.front() != '/' && name.find("..") == std::string::npos &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '+' || c == '-' || c == '/';
         });
}

}  // namespace

absl::StatusOr<CsvQuery> ParseCsvQuery(const SourceQuery& source) {
  CsvQuery query;
  BELLWETHER_ASSIGN_OR_RETURN(std::optional<std::string> file, source.String("file"));
  query.file = std::move(file).value_or("");
  BELLWETHER_ASSIGN_OR_RETURN(query.time_column, source.String("timeColumn"));
  BELLWETHER_ASSIGN_OR_RETURN(query.value_columns, source.Strings("valueColumn"));
  BELLWETHER_ASSIGN_OR_RETURN(query.series_column, source.String("seriesColumn"));
  BELLWETHER_ASSIGN_OR_RETURN(query.labels, source.LabelMap("labels"));
  BELLWETHER_ASSIGN_OR_RETURN(std::optional<std::string> given_delimiter, source.String("delimiter"));
  const std::string delimiter = std::move(given_delimiter).value_or("");
  if (!delimiter.empty()) {
    if (delimiter != "," && delimiter != ";" && delimiter != "\t" && delimiter != "|") {
      return BadQueryError(
          "source.delimiter must be one of \",\", \";\", \"\\t\" and \"|\". Leave it out to have it detected.");
    }
    query.delimiter = delimiter.front();
  }
  BELLWETHER_ASSIGN_OR_RETURN(const std::optional<std::string> format, source.String("timeFormat"));
  query.time_format = format.value_or("");
  if (!query.time_format.empty() && query.time_format.find('%') == std::string::npos) {
    return BadQueryError("source.timeFormat must be a strptime pattern such as \"%d/%m/%Y %H:%M\".");
  }
  BELLWETHER_ASSIGN_OR_RETURN(const std::optional<std::string> zone, source.String("timezone"));
  if (zone.has_value() && !zone->empty()) {
    if (!IsZoneName(*zone) || !absl::LoadTimeZone(*zone, &query.zone)) {
      return BadQueryError(absl::StrCat(
          "source.timezone \"", *zone, "\" is not known here. Use an IANA name such as \"Europe/Berlin\" or \"UTC\"."));
    }
    query.zone_given = true;
  }
  if (query.time_column.has_value() && query.time_column->empty()) {
    query.time_column.reset();
  }
  std::erase(query.value_columns, "");
  return query;
}

}  // namespace bellwether
