#include "server/query/exec/change_marks.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "server/base/text/concat.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {
namespace {

constexpr double kLikely = 0.5;
constexpr double kNanosecondsPerDay = 86'400e9;

}  // namespace

double ReadableSize(const ChangePoint& change, double value, int64_t step_ns) {
  return change.kind == ChangeKind::kSlope ? value * (kNanosecondsPerDay / static_cast<double>(step_ns)) : value;
}

double RelativeSize(const ChangePoint& change) {
  if (change.kind == ChangeKind::kVariance) {
    return change.size - 1;
  }
  return change.before == 0 ? std::numeric_limits<double>::quiet_NaN() : change.size / std::abs(change.before);
}

std::string ChangeText(const ChangePoint& change, std::string_view unit, int64_t step_ns) {
  const double resolution = ReadableSize(change, std::abs(change.after - change.before), step_ns);
  const auto quantity = [&](double value) {
    return QuantityText(ReadableSize(change, value, step_ns), unit, resolution);
  };
  const std::string from = Concat(" from ", quantity(change.before), " to ", quantity(change.after));
  const std::string sure = absl::StrFormat(" (confidence %.0f %%).", 100 * change.confidence);
  const char* const its = change.confidence < kLikely ? "Perhaps its " : "Its ";
  switch (change.kind) {
    case ChangeKind::kLevel:
      return Concat(its, "level ", change.size < 0 ? "fell" : "rose", from, sure);
    case ChangeKind::kSlope:
      return Concat(its, "slope went", from, " a day", sure);
    case ChangeKind::kVariance:
      return Concat(its, "usual scatter ", change.size < 1 ? "shrank" : "grew", from, sure);
  }
  return {};
}

std::vector<Region> ChangeRegions(const AnswerContext& context, const std::vector<ChangeMark>& marks) {
  std::vector<Region> regions;
  for (const ChangeMark& mark : marks) {
    const std::string kind(ChangeKindName(mark.change.kind));
    regions.push_back({mark.time_unix_ns,
                       mark.time_unix_ns + context.input.plan.step_ns,
                       Concat(context.input.series[mark.series].display_name, ": ", kind, " changed"),
                       ChangeText(mark.change, context.input.series[mark.series].unit, context.input.plan.step_ns),
                       "blue",
                       {"change", kind}});
  }
  return regions;
}

}  // namespace bellwether
