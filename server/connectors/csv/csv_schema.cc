#include "server/connectors/csv/csv_schema.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/connectors/csv/csv_sample.h"
#include "server/connectors/source_query.h"
#include "server/base/text/utf8.h"

namespace bellwether {
namespace {

constexpr size_t kMaxLabelColumns = 4;
constexpr size_t kMaxSampleLabels = 1000;
constexpr size_t kFewTexts = 50;

bool SoundsLikeTime(const std::string& name) {
  const std::string lower = absl::AsciiStrToLower(name);
  for (const char* exact : {"ts", "t", "day", "hour", "epoch", "x", "datum", "zeit", "when", "month", "period"}) {
    if (lower == exact) {
      return true;
    }
  }
  return lower.find("time") != std::string::npos || lower.find("date") != std::string::npos;
}

/// Works on one file's sample; each step fills its part of the schema.
class SchemaDetector {
 public:
  SchemaDetector(const CsvSample& sample, const CsvQuery& query) : sample_(sample), query_(query) {
    schema_.delimiter = sample.delimiter;
    schema_.time.zone = query.zone;
    schema_.time.format = query.time_format;
    body_ = sample.records.size() > 1 ? 1 : 0;
    for (size_t column = 0; column < first().size(); ++column) {
      profiles_.push_back(ProfileColumn(sample, body_, column, schema_.time));
    }
  }

  absl::StatusOr<CsvSchema> Detect() && {
    BELLWETHER_ASSIGN_OR_RETURN(const std::optional<size_t> time_column, FindTimeColumn());
    schema_.has_header = HasHeader(time_column);
    schema_.has_rows = sample_.records.size() > (schema_.has_header ? 1 : 0);
    NameColumns(time_column);
    if (!schema_.has_rows) {
      return std::move(schema_);  // Only a header: nothing tells what the columns hold.
    }
    if (!time_column.has_value()) {
      return BadQueryError(absl::StrCat(
          "No column holds times that are recognised; the columns are ", QuotedList(schema_.columns),
          ". Name the time column with timeColumn, and its form with timeFormat, for example \"%d %b %Y\"."));
    }
    schema_.time_column = *time_column;
    SettleDateOrder();
    BELLWETHER_RETURN_IF_ERROR(FindLabelColumns());
    BELLWETHER_RETURN_IF_ERROR(FindValueColumns());
    CollectSampleLabels();
    return std::move(schema_);
  }

 private:
  const std::vector<std::string>& first() const { return sample_.records.front(); }

  /// The column that the first record, or a made-up name, calls `name`.
  std::optional<size_t> Find(const std::string& name) const {
    for (size_t i = 0; i < first().size(); ++i) {
      if (ToUtf8(absl::AsciiStrToLower(Trimmed(first()[i]))) == absl::AsciiStrToLower(name)) {
        return i;
      }
    }
    const auto found = std::find(schema_.columns.begin(), schema_.columns.end(), name);
    if (found != schema_.columns.end()) {
      return static_cast<size_t>(found - schema_.columns.begin());
    }
    for (size_t i = 0; i < first().size(); ++i) {
      if (name == absl::StrCat("column ", i + 1)) {
        return i;
      }
    }
    return std::nullopt;
  }

  absl::Status UnknownColumn(const char* key, const std::string& name) const {
    std::vector<std::string> names = schema_.columns;
    if (names.empty()) {
      for (const std::string& field : first()) {
        names.push_back(ToUtf8(field));
      }
    }
    return WithOrigin(
        absl::NotFoundError(absl::StrCat("source.", key, " \"", name, "\" is not a column of the file. It has ",
                                         QuotedList(names), ". Choose one of these.")),
        Origin::kDownstream);
  }

  absl::StatusOr<std::optional<size_t>> FindTimeColumn() const {
    if (query_.time_column.has_value()) {
      const std::optional<size_t> named = Find(*query_.time_column);
      if (!named.has_value()) {
        return UnknownColumn("timeColumn", *query_.time_column);
      }
      return named;
    }
    std::optional<size_t> best;
    int best_rank = 0;
    for (size_t i = 0; i < profiles_.size(); ++i) {
      const int rank = TimeRank(i);
      if (rank > best_rank) {
        best = i;
        best_rank = rank;
      }
    }
    return best;
  }

  /// How much column `i` looks like the time column; 0 = not at all.
  int TimeRank(size_t i) const {
    const ColumnProfile& profile = profiles_[i];
    const int named = SoundsLikeTime(first()[i]) ? 1 : 0;
    if (profile.calendar_times > 0 && profile.calendar_times * 2 > profile.present()) {
      return 4 + named;
    }
    const bool epochs = profile.epoch_times > 0 && profile.epoch_times * 2 > profile.present();
    if (!epochs) {
      return 0;
    }
    const size_t rows = sample_.records.size() - body_;
    return named == 1 ? 3 : i == 0 ? 2 : profile.ascending_pairs >= rows ? 1 : 0;
  }

  bool HasHeader(std::optional<size_t> time_column) const {
    const auto names_first = [&](const std::string& name) {
      return std::any_of(first().begin(), first().end(), [&](const std::string& field) {
        return absl::AsciiStrToLower(Trimmed(field)) == absl::AsciiStrToLower(name);
      });
    };
    if (query_.time_column.has_value() && names_first(*query_.time_column)) {
      return true;
    }
    if (time_column.has_value()) {
      return !IsTime(first()[*time_column], schema_.time);
    }
    return std::none_of(first().begin(), first().end(), [](const std::string& field) {
      return ParseCell(field, DecimalMark::kPoint).kind == CellKind::kNumber;
    });
  }

  void NameColumns(std::optional<size_t> time_column) {
    std::set<std::string> taken;
    const bool single_value = first().size() == 2 && time_column.has_value();
    for (size_t i = 0; i < first().size(); ++i) {
      std::string name = schema_.has_header ? ToUtf8(Trimmed(first()[i])) : "";
      if (name.empty()) {
        name = schema_.has_header || !single_value ? absl::StrCat("column ", i + 1)
               : i == *time_column                 ? "time"
                                                   : "value";
      }
      std::string unique = name;
      for (size_t n = 2; !taken.insert(unique).second; ++n) {
        unique = absl::StrCat(name, " (", n, ")");
      }
      schema_.columns.push_back(std::move(unique));
    }
  }

  void SettleDateOrder() {
    const ColumnProfile& profile = profiles_[schema_.time_column];
    if (!schema_.time.format.empty()) {
      return;
    }
    if (profile.day_first != profile.month_first) {
      schema_.time.date_order = profile.day_first ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
    } else {
      schema_.date_order_open = profile.ambiguous_dates || profile.day_first;
    }
  }

  /// Whether a column of texts repeats few values, as names of series do, and is not prose.
  bool LooksLikeLabel(size_t i) const {
    const ColumnProfile& profile = profiles_[i];
    return i != schema_.time_column && profile.texts > profile.numbers && profile.calendar_times * 2 <= profile.texts &&
           profile.distinct_texts <= std::max(kFewTexts, profile.texts / 2);
  }

  absl::Status FindLabelColumns() {
    if (query_.series_column.has_value()) {
      if (query_.series_column->empty()) {
        return absl::OkStatus();
      }
      const std::optional<size_t> named = Find(*query_.series_column);
      if (!named.has_value()) {
        return UnknownColumn("seriesColumn", *query_.series_column);
      }
      schema_.label_columns.push_back(*named);
      return absl::OkStatus();
    }
    for (size_t i = 0; i < profiles_.size() && schema_.label_columns.size() < kMaxLabelColumns; ++i) {
      const std::string& name = schema_.columns[i];
      const bool is_value =
          std::find(query_.value_columns.begin(), query_.value_columns.end(), name) != query_.value_columns.end();
      if (LooksLikeLabel(i) && !is_value) {
        schema_.label_columns.push_back(i);
      }
    }
    schema_.labels_detected = !schema_.label_columns.empty();
    return absl::OkStatus();
  }

  void AddValueColumn(size_t i) {
    const ColumnProfile& profile = profiles_[i];
    const bool comma =
        schema_.delimiter == ';' ? profile.with_comma > 0 || profile.with_point == 0 : profile.only_comma > 0;
    schema_.value_columns.push_back(i);
    schema_.decimal_marks.push_back(comma ? DecimalMark::kComma : DecimalMark::kPoint);
  }

  bool IsLabelOrTime(size_t i) const {
    return i == schema_.time_column ||
           std::find(schema_.label_columns.begin(), schema_.label_columns.end(), i) != schema_.label_columns.end();
  }

  absl::Status FindValueColumns() {
    for (const std::string& name : query_.value_columns) {
      const std::optional<size_t> named = Find(name);
      if (!named.has_value()) {
        return UnknownColumn("valueColumn", name);
      }
      AddValueColumn(*named);
    }
    for (const bool accept_empty : {false, true}) {
      for (size_t i = 0; i < profiles_.size() && (accept_empty || query_.value_columns.empty()); ++i) {
        const ColumnProfile& profile = profiles_[i];
        const bool numeric = accept_empty ? profile.present() == 0 && schema_.value_columns.empty()
                                          : profile.numbers > 0 && profile.numbers > profile.texts;
        if (numeric && !IsLabelOrTime(i)) {
          AddValueColumn(i);
        }
      }
    }
    if (schema_.value_columns.empty()) {
      return BadQueryError(absl::StrCat("No column holds numbers; the columns are ", QuotedList(schema_.columns),
                                        ". Check the delimiter, or name the column with valueColumn."));
    }
    return absl::OkStatus();
  }

  void CollectSampleLabels() {
    std::set<Labels> seen;
    for (size_t row = schema_.has_header ? 1 : 0; row < sample_.records.size() && seen.size() < kMaxSampleLabels;
         ++row) {
      Labels labels;
      for (const size_t column : schema_.label_columns) {
        if (column < sample_.records[row].size()) {
          labels[schema_.columns[column]] = ToUtf8(sample_.records[row][column]);
        }
      }
      if (seen.insert(labels).second) {
        schema_.sample_labels.push_back(std::move(labels));
      }
    }
  }

  static std::string Trimmed(const std::string& text) { return std::string(absl::StripAsciiWhitespace(text)); }

  const CsvSample& sample_;
  const CsvQuery& query_;
  size_t body_ = 0;
  std::vector<ColumnProfile> profiles_;
  CsvSchema schema_;
};

}  // namespace

absl::StatusOr<CsvSchema> DetectCsvSchema(std::string_view head, const CsvQuery& query) {
  const absl::StatusOr<CsvSample> sample = TakeSample(head, query.delimiter.value_or(DetectDelimiter(head)));
  if (!sample.ok()) {
    return WithOrigin(sample.status(), Origin::kDownstream);
  }
  if (sample->records.empty()) {
    return BadQueryError("The file is empty. Put a header line and rows such as 2026-11-20T12:00:00Z,1.5 into it.");
  }
  return SchemaDetector(*sample, query).Detect();
}

std::string ToUtf8(std::string_view text) {
  if (IsValidUtf8(text)) {
    return std::string(text);
  }
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8.push_back(c);
    } else {
      utf8.push_back(static_cast<char>(0xC0 | (byte >> 6)));
      utf8.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return utf8;
}

}  // namespace bellwether
