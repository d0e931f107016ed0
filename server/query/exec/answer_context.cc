#include "server/query/exec/answer_context.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_join.h"

namespace bellwether {

size_t DisplayPoints(int64_t max_data_points, size_t bound) {
  constexpr int64_t kDefault = 1000;
  const int64_t wanted = max_data_points > 0 ? max_data_points : kDefault;
  return static_cast<size_t>(std::clamp<int64_t>(wanted, 10, static_cast<int64_t>(bound)));
}

Frame StartFrame(const AnswerContext& context, std::string name, std::string type) {
  Frame frame;
  frame.name = std::move(name);
  frame.ref_id = context.request.ref_id;
  frame.meta.type = std::move(type);
  frame.meta.notices = context.input.notices;
  frame.meta.executed_query = context.input.executed_query;
  return frame;
}

std::string AnswerName(const AnswerContext& context) {
  const std::vector<ModelSeries>& series = context.input.series;
  const bool one_metric = !series.empty() && std::all_of(series.begin(), series.end(), [&](const ModelSeries& one) {
    return one.name == series.front().name;
  });
  return one_metric && !series.front().name.empty()
             ? series.front().name
             : std::string(kAnalysisNames[static_cast<size_t>(context.spec.analysis)]);
}

VisibleRange VisiblePart(const ModelInput& input) {
  return {input.visible_begin, input.times_unix_ns.size() - input.visible_begin};
}

double RoundTo(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) {
    return value;
  }
  const double scale = std::pow(10.0, digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value)))));
  const double rounded = std::round(value * scale) / scale;
  return std::isfinite(rounded) && std::isfinite(scale) && scale != 0 ? rounded : value;
}

Frame RegionsFrame(const AnswerContext& context, const std::vector<Region>& regions, bool as_annotation_query) {
  Frame frame = StartFrame(context, "anomalies", "");
  if (!as_annotation_query) {
    frame.meta.data_topic = "annotations";
    frame.meta.notices.clear();
  }
  TimeColumn start;
  TimeColumn end;
  BoolColumn is_region;
  StringColumn title;
  StringColumn text;
  StringColumn tags;
  StringColumn color;
  for (const Region& region : regions) {
    start.PushBack(region.start_unix_ns);
    end.PushBack(region.end_unix_ns);
    is_region.PushBack(std::optional<uint8_t>(1));
    title.PushBack(region.title);
    text.PushBack(region.text);
    tags.PushBack(absl::StrJoin(region.tags, ","));
    color.PushBack(region.color);
  }
  const auto add = [&](const char* name, Column column) {
    Field field;
    field.name = name;
    field.column = std::move(column);
    frame.fields.push_back(std::move(field));
  };
  add("time", std::move(start));
  add("timeEnd", std::move(end));
  add("isRegion", std::move(is_region));
  add("title", std::move(title));
  add("text", std::move(text));
  add("tags", std::move(tags));
  add("color", std::move(color));
  return frame;
}

}  // namespace bellwether
