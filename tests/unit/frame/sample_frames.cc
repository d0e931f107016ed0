#include "tests/unit/frame/sample_frames.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <optional>
#include <utility>

namespace bellwether {
namespace {

constexpr int64_t kStartNs = 1'700'000'000'000'000'000;
constexpr int64_t kMinuteNs = 60'000'000'000;

CheckedFrame Checked(Frame frame) {
  absl::StatusOr<CheckedFrame> checked = CheckedFrame::Check(std::move(frame));
  if (!checked.ok()) {
    std::cerr << checked.status() << '\n';
    std::abort();
  }
  return *std::move(checked);
}

template <typename ColumnType, typename T>
Field MakeField(std::string name, const std::vector<std::optional<T>>& values, bool nullable) {
  ColumnType column;
  for (const std::optional<T>& value : values) {
    column.PushBack(value);
  }
  Field field;
  field.name = std::move(name);
  field.column = std::move(column);
  field.nullable = nullable;
  return field;
}

// Smallest value, zero and largest value of an integer type; with `nulls` the middle one is missing.
template <typename T>
Field ExtremesField(std::string name, bool nulls) {
  using Limits = std::numeric_limits<T>;
  const std::optional<T> middle = nulls ? std::nullopt : std::optional<T>(T{1});
  return MakeField<FixedColumn<T>, T>(std::move(name), {Limits::min(), middle, Limits::max()}, nulls);
}

std::vector<Field> FieldsOfAllTypes(bool nulls) {
  const auto text = [&](std::string_view value) -> std::optional<std::string_view> {
    return nulls ? std::nullopt : std::optional<std::string_view>(value);
  };
  const auto orNull = [&](auto value) -> std::optional<decltype(value)> {
    return nulls ? std::nullopt : std::optional<decltype(value)>(value);
  };
  std::vector<Field> fields;
  fields.push_back(ExtremesField<int8_t>("int8", nulls));
  fields.push_back(ExtremesField<int16_t>("int16", nulls));
  fields.push_back(ExtremesField<int32_t>("int32", nulls));
  fields.push_back(ExtremesField<int64_t>("int64", nulls));
  fields.push_back(ExtremesField<uint8_t>("uint8", nulls));
  fields.push_back(ExtremesField<uint16_t>("uint16", nulls));
  fields.push_back(ExtremesField<uint32_t>("uint32", nulls));
  fields.push_back(ExtremesField<uint64_t>("uint64", nulls));
  fields.push_back(MakeField<FixedColumn<float>, float>("float32", {-1.5F, orNull(0.1F), 3e38F}, nulls));
  fields.push_back(MakeField<Float64Column, double>("float64", {-1.5, orNull(0.1), 1e300}, nulls));
  fields.push_back(MakeField<BoolColumn, uint8_t>("bool", {uint8_t{1}, orNull(uint8_t{0}), uint8_t{1}}, nulls));
  fields.push_back(MakeField<TimeColumn, int64_t>(
      "time", {kStartNs, orNull(kStartNs + kMinuteNs + 1), kStartNs + 2 * kMinuteNs + 123'456'789}, nulls));
  fields.push_back(
      MakeField<StringColumn, std::string_view>("string", {"", text("two \"words\"\n"), "Grüße, 世界 🐏"}, nulls));
  fields.push_back(MakeField<JsonColumn, std::string_view>("json", {"{\"a\":[1,2]}", text("null"), "\"x\""}, nulls));
  fields.push_back(MakeField<EnumColumn, uint16_t>("enum", {uint16_t{1}, orNull(uint16_t{0}), uint16_t{2}}, nulls));
  fields.back().config.enum_texts = {"low", "medium", "high"};
  return fields;
}

Frame AllTypes(bool nulls) {
  Frame frame;
  frame.name = nulls ? "every type with missing values" : "every type";
  frame.ref_id = "A";
  frame.fields = FieldsOfAllTypes(nulls);
  return frame;
}

// All types, no rows.
Frame NoRows() {
  Frame frame = AllTypes(false);
  frame.name = "no rows";
  for (Field& field : frame.fields) {
    std::visit([](auto& column) { column = std::decay_t<decltype(column)>(); }, field.column);
  }
  return frame;
}

// The metadata without any field: how "no data" is said.
Frame NoFields() {
  Frame frame;
  frame.ref_id = "B";
  frame.meta.type = "timeseries-wide";
  frame.meta.notices = {{NoticeSeverity::kWarning, "The source has no data in this range."}};
  return frame;
}

// Bits beyond whole bytes in validity and values.
Frame OddLengths() {
  constexpr size_t kRows = 77;
  BoolColumn flags;
  StringColumn texts;
  std::vector<int64_t> times;
  for (size_t i = 0; i < kRows; ++i) {
    flags.PushBack(i % 5 == 3 ? std::nullopt : std::optional<uint8_t>(i % 3 == 0 ? 1 : 0));
    texts.PushBack(i % 7 == 6 ? std::nullopt : std::optional<std::string_view>(i % 2 == 0 ? "even" : "odd"));
    times.push_back(kStartNs + static_cast<int64_t>(i) * kMinuteNs);
  }
  Frame frame;
  frame.name = "odd lengths";
  frame.fields.push_back(TimeField("time", std::move(times)));
  Field flag;
  flag.name = "flag";
  flag.column = std::move(flags);
  flag.nullable = true;
  frame.fields.push_back(std::move(flag));
  Field text;
  text.name = "text";
  text.column = std::move(texts);
  text.nullable = true;
  frame.fields.push_back(std::move(text));
  return frame;
}

Frame NotFinite() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Frame frame;
  frame.name = "not finite";
  Field plain;
  plain.name = "plain";
  plain.column = Float64Column({1, kNan, kInfinity, -kInfinity, -0.0});
  frame.fields.push_back(std::move(plain));
  Field single;
  single.name = "single";
  single.column = FixedColumn<float>({0.25F, std::numeric_limits<float>::quiet_NaN(), 1, 2, 3});
  frame.fields.push_back(std::move(single));
  frame.fields.push_back(NumberField("cleaned", {1, kNan, kInfinity, -kInfinity, 2}));
  return frame;
}

FieldConfig FullConfig() {
  FieldConfig config;
  config.display_name_from_ds = "CPU upper";
  config.display_name = "Upper";
  config.description = "Upper edge of the \"expected\" band";
  config.unit = "percent";
  config.decimals = 2;
  config.min = 0;
  config.max = 100;
  config.interval_ms = 60000;
  config.no_value = "none";
  config.fixed_color = "semi-dark-blue";
  config.mappings = {{"0", "calm", "green"}, {"1", "busy", "red"}};
  config.thresholds = {{std::nullopt, "green"}, {80.5, "red"}};
  config.custom.draw_style = "line";
  config.custom.line_interpolation = "smooth";
  config.custom.line_width = 0;
  config.custom.line_fill = "dash";
  config.custom.line_dash = {10, 10};
  config.custom.fill_opacity = 20;
  config.custom.fill_below_to = "CPU lower";
  config.custom.show_points = "never";
  config.custom.point_size = 8;
  config.custom.span_nulls = false;
  config.custom.hide_from_legend = true;
  config.custom.hide_from_tooltip = false;
  config.custom.hide_from_viz = false;
  config.custom.axis_placement = "auto";
  config.custom.axis_soft_min = -1;
  config.custom.axis_soft_max = 101;
  config.custom.min_width = 480;
  return config;
}

Frame FullMetadata() {
  Frame frame;
  frame.name = "anomalies";
  frame.ref_id = "C";
  frame.meta.type = "timeseries-wide";
  frame.meta.data_topic = "annotations";
  frame.meta.preferred_visualisation = "graph";
  frame.meta.executed_query = "rate(cpu[5m])\nby (host)";
  frame.meta.notices = {{NoticeSeverity::kInfo, "3 points were filled in."},
                        {NoticeSeverity::kError, "2 series were left out: \"a\", \"b\"."}};
  frame.meta.stats = {{"Anomalies", 3, ""}, {"Time in the model", 12.5, "ms"}};
  frame.meta.custom_json = R"({"budget":{"perWeek":1},"method":"seasonal"})";
  frame.fields.push_back(TimeField("time", {kStartNs, kStartNs + kMinuteNs}));
  frame.fields.push_back(
      NumberField("upper", {97.25, std::nan("")}, {{"host", "web-1"}, {"zone", "eu \"west\""}}, FullConfig()));
  return frame;
}

}  // namespace

std::vector<SampleFrame> SampleFrames() {
  std::vector<SampleFrame> samples;
  samples.push_back({"all_types", Checked(AllTypes(false))});
  samples.push_back({"all_types_nulls", Checked(AllTypes(true))});
  samples.push_back({"no_rows", Checked(NoRows())});
  samples.push_back({"no_fields", Checked(NoFields())});
  samples.push_back({"odd_lengths", Checked(OddLengths())});
  samples.push_back({"not_finite", Checked(NotFinite())});
  samples.push_back({"full_metadata", Checked(FullMetadata())});
  return samples;
}

CheckedFrame SampleFrameNamed(const std::string& name) {
  for (SampleFrame& sample : SampleFrames()) {
    if (sample.name == name) {
      return std::move(sample.frame);
    }
  }
  std::cerr << "no sample frame " << name << '\n';
  std::abort();
}

CheckedFrame WideFrame(size_t series, size_t points) {
  std::vector<int64_t> times(points);
  for (size_t i = 0; i < points; ++i) {
    times[i] = kStartNs + static_cast<int64_t>(i) * kMinuteNs;
  }
  Frame frame;
  frame.name = "wide";
  frame.ref_id = "A";
  frame.meta.type = "timeseries-wide";
  frame.fields.push_back(TimeField("time", std::move(times)));
  for (size_t s = 0; s < series; ++s) {
    std::vector<double> values(points);
    for (size_t i = 0; i < points; ++i) {
      values[i] = i % 100 == 99 ? std::nan("") : 50 + 10 * std::sin(0.001 * static_cast<double>(i * (s + 1)));
    }
    frame.fields.push_back(NumberField("value", std::move(values), {{"host", "web-" + std::to_string(s)}}));
  }
  return Checked(std::move(frame));
}

}  // namespace bellwether
