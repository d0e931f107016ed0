#include "server/connectors/csv/csv_sample.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_set>

#include "server/connectors/csv/csv_reader.h"
#include "server/connectors/csv/number_parser.h"

namespace bellwether {
namespace {

constexpr size_t kSampleRecords = 1000;
constexpr size_t kDelimiterRecords = 50;
constexpr size_t kMaxDistinct = 200;
constexpr int64_t kPlausibleFromNs = 100'000'000LL * 1'000'000'000;  // 1973
constexpr int64_t kPlausibleToNs = 4'102'444'800LL * 1'000'000'000;  // 2100

TimeParser::Options WithOrder(TimeParser::Options options, DateOrder order) {
  if (options.date_order == DateOrder::kUnknown) {
    options.date_order = order;
  }
  return options;
}

bool IsNumber(std::string_view text) {
  return ParseCell(text, DecimalMark::kPoint).kind == CellKind::kNumber ||
         ParseCell(text, DecimalMark::kComma).kind == CellKind::kNumber;
}

/// How well `sample` looks like a table: the share of records as wide as most, and of those with a time and a number.
double TableScore(const CsvSample& sample) {
  if (sample.records.empty()) {
    return 0;
  }
  std::vector<size_t> widths;
  for (const auto& record : sample.records) {
    widths.push_back(record.size());
  }
  std::sort(widths.begin(), widths.end());
  const size_t width = widths[widths.size() / 2];
  if (width < 2) {
    return 0;
  }
  double even = 0;
  double typed = 0;
  for (const auto& record : sample.records) {
    even += record.size() == width ? 1 : 0;
    size_t times = 0;
    size_t numbers = 0;
    for (const std::string& field : record) {
      if (IsTime(field, {})) {
        ++times;
      } else if (IsNumber(field)) {
        ++numbers;
      }
    }
    typed += (times > 0 ? 1 : 0) + (times > 1 || numbers > 0 ? 0.5 : 0);
  }
  const auto count = static_cast<double>(sample.records.size());
  return even / count + typed / count;
}

absl::StatusOr<CsvSample> Take(std::string_view head, char delimiter, size_t max_records) {
  CsvReaderOptions options;
  options.delimiter = delimiter;
  CsvReader reader(head, options);
  CsvSample sample;
  sample.delimiter = delimiter;
  while (sample.records.size() < max_records && reader.Next()) {
    sample.records.emplace_back(reader.fields().begin(), reader.fields().end());
  }
  if (!reader.status().ok()) {
    return reader.status();
  }
  return sample;
}

}  // namespace

bool IsTime(std::string_view text, const TimeParser::Options& options) {
  return TimeParser(WithOrder(options, DateOrder::kDayFirst)).Parse(text).has_value() ||
         TimeParser(WithOrder(options, DateOrder::kMonthFirst)).Parse(text).has_value();
}

absl::StatusOr<CsvSample> TakeSample(std::string_view head, char delimiter) {
  return Take(head, delimiter, kSampleRecords);
}

char DetectDelimiter(std::string_view head) {
  char best = ',';
  double best_score = 0;
  for (const char candidate : {',', ';', '\t', '|'}) {
    const absl::StatusOr<CsvSample> sample = Take(head, candidate, kDelimiterRecords);
    const double score = sample.ok() ? TableScore(*sample) : 0;
    if (score > best_score) {
      best = candidate;
      best_score = score;
    }
  }
  return best;
}

ColumnProfile ProfileColumn(const CsvSample& sample, size_t first_row, size_t column,
                            const TimeParser::Options& options) {
  ColumnProfile profile;
  TimeParser day_first(WithOrder(options, DateOrder::kDayFirst));
  TimeParser month_first(WithOrder(options, DateOrder::kMonthFirst));
  std::unordered_set<std::string_view> distinct;
  double previous = -std::numeric_limits<double>::infinity();
  for (size_t row = first_row; row < sample.records.size(); ++row) {
    if (column >= sample.records[row].size()) {
      continue;
    }
    const std::string& text = sample.records[row][column];
    Cell cell = ParseCell(text, DecimalMark::kPoint);
    const bool has_comma = text.find(',') != std::string::npos;
    if (has_comma && ParseCell(text, DecimalMark::kComma).kind == CellKind::kNumber) {
      ++profile.with_comma;
      profile.only_comma += cell.kind == CellKind::kText ? 1 : 0;
      cell.kind = CellKind::kNumber;
    }
    profile.with_point += cell.kind == CellKind::kNumber && !has_comma && text.find('.') != std::string::npos ? 1 : 0;
    std::optional<ParsedTime> time = day_first.Parse(text);
    if (!time.has_value()) {
      time = month_first.Parse(text);
    }
    const DateOrderHint hint = HintOf(text);
    profile.ambiguous_dates |= hint == DateOrderHint::kAmbiguous;
    profile.day_first |= hint == DateOrderHint::kDayFirst;
    profile.month_first |= hint == DateOrderHint::kMonthFirst;
    double order = previous;
    if (time.has_value()) {
      order = static_cast<double>(time->unix_ns);
      profile.calendar_times += time->kind == TimeKind::kCalendar ? 1 : 0;
      profile.epoch_times +=
          time->kind == TimeKind::kEpoch && time->unix_ns >= kPlausibleFromNs && time->unix_ns < kPlausibleToNs ? 1 : 0;
    }
    profile.ascending_pairs += order >= previous ? 1 : 0;
    previous = order;
    profile.numbers += cell.kind == CellKind::kNumber ? 1 : 0;
    profile.missing += cell.kind == CellKind::kMissing ? 1 : 0;
    if (cell.kind == CellKind::kText) {
      ++profile.texts;
      if (distinct.size() < kMaxDistinct) {
        distinct.insert(text);
      }
    }
  }
  profile.distinct_texts = distinct.size();
  return profile;
}

}  // namespace bellwether
