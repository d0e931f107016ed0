#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/column.h"
#include "server/frame/field_config.h"

namespace bellwether {

/// Name and value pairs that tell series apart, sorted by name.
using Labels = std::map<std::string, std::string>;

/// One column of a frame with its name, labels and configuration.
struct Field {
  std::string name;
  Labels labels;
  FieldConfig config;
  Column column;
  /// Whether the type itself allows missing values (Grafana's pointer types). A column with a missing value must have
  /// it.
  bool nullable = false;

  friend bool operator==(const Field&, const Field&) = default;
};

/// Colour and icon of a notice.
enum class NoticeSeverity { kInfo, kWarning, kError };

/// A message shown at the corner of the panel.
struct Notice {
  NoticeSeverity severity = NoticeSeverity::kInfo;
  std::string text;
  friend bool operator==(const Notice&, const Notice&) = default;
};

/// One statistic of the query inspector.
struct FrameStat {
  std::string name;
  double value = 0;
  std::string unit;  ///< Grafana unit id, may be empty
  friend bool operator==(const FrameStat&, const FrameStat&) = default;
};

/// What Grafana calls the frame's meta.
struct FrameMeta {
  std::string type;  ///< dataplane kind: timeseries-wide, numeric-multi, table, log-lines … or empty
  uint32_t type_version_major = 0;
  uint32_t type_version_minor = 1;      ///< written only when `type` is set
  std::string data_topic;               ///< "annotations" or empty
  std::string preferred_visualisation;  ///< graph, table, logs … or empty
  std::string executed_query;           ///< shown by the query inspector
  std::vector<Notice> notices;
  std::vector<FrameStat> stats;
  std::string custom_json;  ///< a JSON document of our own, or empty

  friend bool operator==(const FrameMeta&, const FrameMeta&) = default;
};

/// A table of columns, Grafana's unit of answer. Plain data; `CheckedFrame` is the form that may be sent.
struct Frame {
  std::string name;
  std::string ref_id;
  FrameMeta meta;
  std::vector<Field> fields;

  friend bool operator==(const Frame&, const Frame&) = default;
};

/// A frame that was found consistent: all columns equally long, offsets and validity of the right size, no missing
/// value in a field that is not nullable, enum indices within their texts, all text valid UTF-8, custom_json (when
/// given) a JSON document. The only form that encoders accept.
class CheckedFrame {
 public:
  /// INTERNAL naming the field and the fault when `frame` is not consistent.
  [[nodiscard]] static absl::StatusOr<CheckedFrame> Check(Frame frame);

  [[nodiscard]] const Frame& frame() const { return frame_; }
  [[nodiscard]] size_t rows() const { return frame_.fields.empty() ? 0 : SizeOf(frame_.fields.front().column); }

  friend bool operator==(const CheckedFrame&, const CheckedFrame&) = default;

 private:
  explicit CheckedFrame(Frame frame) : frame_(std::move(frame)) {}
  Frame frame_;
};

/// A time field (never missing values) from nanoseconds since the epoch.
[[nodiscard]] Field TimeField(std::string name, std::vector<int64_t> unix_ns);
/// A nullable float64 field; NaN and infinities become missing.
[[nodiscard]] Field NumberField(std::string name, std::vector<double> values, Labels labels = {},
                                FieldConfig config = {});
/// A string field without missing values.
[[nodiscard]] Field StringField(std::string name, const std::vector<std::string>& values, FieldConfig config = {});

}  // namespace bellwether
