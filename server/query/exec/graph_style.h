#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/frame/field_config.h"
#include "server/frame/frame.h"

namespace bellwether {

/// The looks of each kind of field, set from here so that a time-series panel needs no configuration. `series_index`
/// picks the hue; all fields of a series share it, but for probabilities.

/// The measured line.
[[nodiscard]] FieldConfig ValueStyle(size_t series_index, std::string display_name, std::string_view unit);
/// The thin dashed line of what was expected.
[[nodiscard]] FieldConfig ExpectedStyle(size_t series_index, std::string display_name, std::string_view unit);
/// The lower edge of a band: invisible, but in the tooltip.
[[nodiscard]] FieldConfig BandLowerStyle(size_t series_index, std::string display_name, std::string_view unit);
/// The upper edge of a band, filled down to the field shown as `lower_name`. `fill_opacity` is 0 to 100.
[[nodiscard]] FieldConfig BandUpperStyle(size_t series_index, std::string display_name, std::string_view unit,
                                         std::string lower_name, double fill_opacity);
/// Red points.
[[nodiscard]] FieldConfig AnomalyStyle(std::string display_name, std::string_view unit);
/// Points where a series changed for a while: orange and in the legend where the answer has one series only, else in
/// the hue of theirs.
[[nodiscard]] FieldConfig ChangeStyle(size_t series_index, std::string display_name, std::string_view unit,
                                      bool is_only_series);
/// A dashed line along the values of a series; in the legend where the answer has one series only.
[[nodiscard]] FieldConfig FittedStyle(size_t series_index, std::string display_name, std::string_view unit,
                                      bool is_only_series);
/// A dashed line beyond now.
[[nodiscard]] FieldConfig ForecastStyle(size_t series_index, std::string display_name, std::string_view unit);
/// A line between 0 and 1 on an axis of its own.
[[nodiscard]] FieldConfig ScoreStyle(size_t series_index, std::string display_name);
/// A dotted red line across the panel.
[[nodiscard]] FieldConfig ThresholdStyle(std::string display_name, std::string_view unit);
/// A thin line between 0 and 100 % on an axis of its own, in another hue than the values of its series.
[[nodiscard]] FieldConfig ProbabilityStyle(size_t series_index, std::string display_name);
/// Texts of a severity, each in its colour.
[[nodiscard]] FieldConfig SeverityStyle(std::string display_name);
/// A table's column of sentences, wide enough to read them.
[[nodiscard]] FieldConfig SentenceStyle();
/// A table's column of times, wide enough to read them to the second.
[[nodiscard]] FieldConfig TimeColumnStyle();
/// A column of times in that style.
[[nodiscard]] Field TimeColumnField(std::string name, std::vector<int64_t> unix_ns);
/// A number without good or bad for stat panels and gauges, whose own thresholds would colour it.
[[nodiscard]] FieldConfig PlainNumberStyle(std::string display_name, std::string_view unit);

}  // namespace bellwether
