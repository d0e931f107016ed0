#include "server/connectors/csv/csv_scan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/connectors/source_query.h"

namespace bellwether {
namespace {

constexpr uint64_t kRowsPerCancellationCheck = 4096;
constexpr char kKeySeparator = '\x1f';
constexpr size_t kShownBytes = 40;

std::string Shown(std::string_view cell) {
  return absl::StrCat("(\"", ToUtf8(cell.substr(0, kShownBytes)), cell.size() > kShownBytes ? "…" : "", "\")");
}

}  // namespace

CsvScan::CsvScan(const CsvSchema& schema, const CsvQuery& query, const FetchRequest& request, const CsvOptions& options)
    : schema_(schema),
      query_(query),
      request_(request),
      options_(options),
      time_parser_(schema.time),
      from_unix_ns_(absl::ToUnixNanos(request.range.from)),
      to_unix_ns_(absl::ToUnixNanos(request.range.to)) {
  const size_t max_series = std::max<size_t>(request.max_series, 1);
  value_count_ = std::min(schema.value_columns.size(), max_series);
  report_.dropped_columns = schema.value_columns.size() - value_count_;
  max_groups_ = std::max<size_t>(max_series / std::max<size_t>(value_count_, 1), 1);
  max_points_ = std::max<size_t>(request.max_points_per_series, 1);
  adds_until_check_ = std::max<uint64_t>(options.max_total_points / 4, 1);
  wanted_labels_.resize(schema.label_columns.size());
  for (const auto& [name, value] : query.labels) {
    bool found = false;
    for (size_t i = 0; i < schema.label_columns.size(); ++i) {
      if (schema.columns[schema.label_columns[i]] == name) {
        wanted_labels_[i] = value;
        found = true;
      }
    }
    filter_is_impossible_ = filter_is_impossible_ || !found;
  }
}

absl::Status CsvScan::Run(CsvReader& reader, const Cancellation& cancellation) {
  BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
  bool skip_header = schema_.has_header;
  while (reader.Next()) {
    if (std::exchange(skip_header, false)) {
      continue;
    }
    if (++report_.rows % kRowsPerCancellationCheck == 0) {
      BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
    }
    if (report_.rows > options_.max_rows || reader.bytes_read() > options_.max_bytes) {
      return WithOrigin(
          absl::ResourceExhaustedError(absl::StrCat("The file has more than ", WithThousands(options_.max_rows),
                                                    " rows or ", WithThousands(options_.max_bytes),
                                                    " bytes, the limits here. Split it into smaller files.")),
          Origin::kDownstream);
    }
    TakeRow(reader);
  }
  return reader.status();
}

void CsvScan::Skip(uint64_t line, std::string_view what) {
  if (report_.skipped_rows.count++ == 0) {
    report_.skipped_rows.first = absl::StrCat("line ", line, " ", std::string(what));
  }
}

// One empty field too many is what a delimiter at the end of each line makes.
bool CsvScan::HasRightWidth(std::span<const std::string_view> fields) const {
  const size_t columns = schema_.columns.size();
  return fields.size() == columns || (fields.size() == columns + 1 && fields.back().empty());
}

void CsvScan::TakeRow(const CsvReader& reader) {
  const std::span<const std::string_view> fields = reader.fields();
  if (reader.malformed()) {
    Skip(reader.line(), "has a quote that is never closed");
    return;
  }
  if (!HasRightWidth(fields)) {
    Skip(reader.line(), absl::StrCat("has ", fields.size(), " fields instead of ", schema_.columns.size()));
    return;
  }
  const std::optional<ParsedTime> time = time_parser_.Parse(fields[schema_.time_column]);
  if (!time.has_value()) {
    Skip(reader.line(), absl::StrCat("has no time in column \"", schema_.columns[schema_.time_column], "\" ",
                                     Shown(fields[schema_.time_column])));
    return;
  }
  if (time->kind == TimeKind::kCalendar) {
    ++(time->has_zone ? report_.times_with_zone : report_.times_without_zone);
  }
  report_.first_unix_ns = std::min(report_.first_unix_ns, time->unix_ns);
  report_.last_unix_ns = std::max(report_.last_unix_ns, time->unix_ns);
  if (time->unix_ns < from_unix_ns_ || time->unix_ns >= to_unix_ns_ || !PassesFilter(fields)) {
    return;
  }
  ++report_.rows_in_range;
  Group* group = GroupOf(fields);
  if (group == nullptr) {
    ++report_.rows_of_dropped_series;
    return;
  }
  AddValues(fields, time->unix_ns, reader.line(), *group);
}

bool CsvScan::PassesFilter(std::span<const std::string_view> fields) const {
  if (filter_is_impossible_) {
    return false;
  }
  for (size_t i = 0; i < wanted_labels_.size(); ++i) {
    if (wanted_labels_[i].has_value() && fields[schema_.label_columns[i]] != *wanted_labels_[i] &&
        ToUtf8(fields[schema_.label_columns[i]]) != *wanted_labels_[i]) {
      return false;
    }
  }
  return true;
}

CsvScan::Group* CsvScan::GroupOf(std::span<const std::string_view> fields) {
  key_.clear();
  for (const size_t column : schema_.label_columns) {
    key_.append(fields[column]);
    key_.push_back(kKeySeparator);
  }
  if (!groups_.empty() && key_ == last_key_) {
    return &groups_[last_group_];
  }
  auto found = group_index_.find(key_);
  if (found == group_index_.end()) {
    if (groups_.size() >= max_groups_) {
      return nullptr;
    }
    Group group;
    for (const size_t column : schema_.label_columns) {
      group.labels[schema_.columns[column]] = ToUtf8(fields[column]);
    }
    group.collectors.assign(value_count_, PointCollector(request_.step, max_points_));
    found = group_index_.emplace(key_, groups_.size()).first;
    groups_.push_back(std::move(group));
  }
  last_group_ = found->second;
  last_key_ = key_;
  return &groups_[last_group_];
}

void CsvScan::AddValues(std::span<const std::string_view> fields, int64_t time_unix_ns, uint64_t line, Group& group) {
  for (size_t i = 0; i < value_count_; ++i) {
    const size_t column = schema_.value_columns[i];
    Cell cell = ParseCell(fields[column], schema_.decimal_marks[i]);
    if (cell.kind == CellKind::kText && report_.bad_cells.count++ == 0) {
      report_.bad_cells.first = absl::StrCat("line ", line, " has no number in column \"", schema_.columns[column],
                                             "\" ", Shown(fields[column]));
    }
    if (cell.is_infinite && report_.infinite_cells.count++ == 0) {
      report_.infinite_cells.first = absl::StrCat("line ", line, ", column \"", schema_.columns[column], "\"");
    }
    report_.numbers_in_range += cell.kind == CellKind::kNumber ? 1 : 0;
    group.collectors[i].Add(time_unix_ns, cell.value);
  }
  if (adds_until_check_ <= value_count_) {
    BoundTotal();
    adds_until_check_ = std::max<uint64_t>(options_.max_total_points / 4, 1);
  } else {
    adds_until_check_ -= value_count_;
  }
}

void CsvScan::BoundTotal() {
  size_t total = 0;
  for (const Group& group : groups_) {
    for (const PointCollector& collector : group.collectors) {
      total += collector.size();
    }
  }
  if (total <= options_.max_total_points) {
    return;
  }
  // Half of the room, so that the next series have some before everything is averaged again.
  max_points_ = std::clamp<size_t>(options_.max_total_points / (2 * groups_.size() * value_count_), 1, max_points_);
  for (Group& group : groups_) {
    for (PointCollector& collector : group.collectors) {
      collector.LimitTo(max_points_);
    }
  }
}

void CsvScan::Finish(std::vector<RawSeries>& series, std::vector<CollectionStats>& stats) {
  for (Group& group : groups_) {
    for (size_t i = 0; i < value_count_; ++i) {
      RawSeries& one = series.emplace_back();
      one.name = schema_.columns[schema_.value_columns[i]];
      one.labels = group.labels;
      group.collectors[i].Finish(request_.range, one);
      stats.push_back(group.collectors[i].stats());
    }
  }
}

absl::StatusOr<DateOrder> FindDateOrder(CsvReader& reader, size_t time_column, const Cancellation& cancellation) {
  for (uint64_t row = 1; reader.Next(); ++row) {
    if (row % kRowsPerCancellationCheck == 0) {
      BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
    }
    if (time_column >= reader.fields().size()) {
      continue;
    }
    switch (HintOf(reader.fields()[time_column])) {
      case DateOrderHint::kDayFirst:
        return DateOrder::kDayFirst;
      case DateOrderHint::kMonthFirst:
        return DateOrder::kMonthFirst;
      case DateOrderHint::kNone:
      case DateOrderHint::kAmbiguous:
        break;
    }
  }
  if (!reader.status().ok()) {
    return reader.status();
  }
  return DateOrder::kUnknown;
}

}  // namespace bellwether
