#include "server/query/spec/parse_forecast.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/analytics/forecast/holiday_table.h"
#include "server/base/status/status_macros.h"
#include "server/base/text/concat.h"
#include "server/query/spec/duration.h"
#include "server/query/spec/parse_feedback.h"

namespace bellwether {
namespace {

using nlohmann::json;

constexpr absl::Duration kLongestLookAhead = absl::Hours(3660 * 24);
constexpr size_t kMostLevels = 5;
constexpr size_t kMostRegressors = 8;
constexpr double kUnbounded = std::numeric_limits<double>::infinity();

void ReadLevels(JsonReader& reader, std::vector<double>& levels) {
  const json* list = reader.ReadList("levels");
  if (list == nullptr) {
    return;
  }
  if (list->empty() || list->size() > kMostLevels) {
    return reader.Fail(Concat("forecast.levels has ", list->size(), " entries. It must have 1 to ", kMostLevels,
                              ", such as [0.8, 0.95]."));
  }
  levels.clear();
  for (size_t i = 0; i < list->size(); ++i) {
    const json& level = (*list)[i];
    if (!level.is_number()) {
      return reader.Fail(Concat("forecast.levels[", i, "] must be a number, not ", JsonTypeName(level), "."));
    }
    const double value = level.get<double>();
    if (!(value > 0 && value < 1)) {
      return reader.Fail(Concat("forecast.levels[", i, "] is ", value,
                                ". Each level must lie between 0 and 1, both excluded, such as 0.95."));
    }
    levels.push_back(value);
  }
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
}

void ReadHorizon(JsonReader& reader, ForecastSpec& spec) {
  std::optional<absl::Duration> horizon;
  ReadDuration(reader, "horizon", horizon, /*may_be_auto=*/false);
  if (horizon.has_value() && *horizon > kLongestHorizon) {
    reader.Fail(Concat("forecast.horizon ", reader.Find("horizon")->get<std::string>(), " is longer than the limit of ",
                       DurationText(kLongestHorizon), ". Ask for a shorter horizon."));
  }
  spec.horizon = horizon.value_or(spec.horizon);
}

// The value and the side of a threshold or a capacity.
void ReadThreshold(JsonReader& reader, ThresholdSpec& threshold) {
  std::optional<double> value;
  reader.Read("value", -kUnbounded, kUnbounded, /*above_min=*/false, value);
  size_t side = 0;
  reader.ReadChoice("direction", kSideNames, /*required=*/false, side);
  if (!value.has_value()) {
    reader.Fail(Concat(reader.PathOf("value"), " is missing. It must be a number in the unit of the series."));
  }
  threshold = {value.value_or(0), static_cast<CrossingSide>(side)};
}

absl::Status ReadCapacity(const json& object, CapacitySpec& capacity) {
  JsonReader reader(object, "forecast.capacity");
  ReadThreshold(reader, capacity.at);
  std::optional<absl::Duration> look_ahead;
  ReadDuration(reader, "lookAhead", look_ahead, /*may_be_auto=*/false);
  if (look_ahead.has_value() && *look_ahead > kLongestLookAhead) {
    reader.Fail(Concat("forecast.capacity.lookAhead ", object["lookAhead"].get<std::string>(),
                       " is longer than the limit of ", DurationText(kLongestLookAhead), ". Look less far ahead."));
  }
  capacity.look_ahead = look_ahead.value_or(capacity.look_ahead);
  return reader.status();
}

void ReadRegressors(JsonReader& reader, std::vector<std::string>& names) {
  const json* list = reader.ReadList("regressors");
  if (list == nullptr) {
    return;
  }
  if (list->size() > kMostRegressors) {
    return reader.Fail(
        Concat("forecast.regressors has ", list->size(), " entries. It may have at most ", kMostRegressors, "."));
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const json& name = (*list)[i];
    if (!name.is_string()) {
      return reader.Fail(Concat("forecast.regressors[", i, "] must be a text, not ", JsonTypeName(name), "."));
    }
    const std::string& text = name.get_ref<const std::string&>();
    if (text.empty()) {
      return reader.Fail(Concat("forecast.regressors[", i, "] is empty. Name a series of this query."));
    }
    if (std::find(names.begin(), names.end(), text) == names.end()) {
      names.push_back(text);
    }
  }
}

absl::Status ReadCalendar(const json& object, CalendarSpec& calendar) {
  JsonReader reader(object, "forecast.calendar");
  reader.Read("weekdays", calendar.weekdays);
  reader.Read("country", calendar.country);
  reader.Read("file", calendar.file);
  std::string zone = "UTC";
  reader.Read("timezone", zone);
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  if (const std::optional<absl::TimeZone> found = FindTimeZone(zone); found.has_value()) {
    calendar.zone = *found;
  } else {
    reader.Fail(Concat(reader.PathOf("timezone"), " ", QuotedExcerpt(zone),
                       " is not known here. Use an IANA name such as Europe/Berlin, or UTC."));
  }
  if (!calendar.country.empty()) {
    if (const absl::Status known = CountryHolidays(calendar.country, 2026, 2026).status(); !known.ok()) {
      reader.Fail(
          Concat("forecast.calendar.country: ", std::string_view(known.message().data(), known.message().size())));
    }
  }
  return reader.status();
}

}  // namespace

void ReadDuration(JsonReader& reader, std::string_view key, std::optional<absl::Duration>& out, bool may_be_auto) {
  if (!reader.status().ok() || reader.Find(key) == nullptr) {
    return;
  }
  std::string text;
  reader.Read(key, text);
  if (!reader.status().ok() || (may_be_auto && text == "auto")) {
    return;
  }
  absl::StatusOr<absl::Duration> duration = ParseDuration(text);
  if (!duration.ok()) {
    return reader.Fail(Concat(reader.PathOf(key), " ", QuotedExcerpt(text),
                              " is not a duration. Write a number and a unit such as 14d, 6h or 1h30m",
                              may_be_auto ? ", or auto." : "."));
  }
  out = *duration;
}

absl::Status ReadForecast(const json& object, ForecastSpec& spec) {
  JsonReader reader(object, "forecast");
  reader.Read("method", spec.method);
  ReadHorizon(reader, spec);
  ReadLevels(reader, spec.levels);
  reader.Read("min", -kUnbounded, kUnbounded, /*above_min=*/false, spec.min);
  reader.Read("max", -kUnbounded, kUnbounded, /*above_min=*/false, spec.max);
  if (spec.min.has_value() && spec.max.has_value() && *spec.min >= *spec.max) {
    reader.Fail("forecast.min must lie below forecast.max.");
  }
  reader.Read("wholeNumbers", spec.whole_numbers);
  size_t alert = 0;
  reader.ReadChoice("alert", kForecastAlertNames, /*required=*/false, alert);
  spec.alert = static_cast<ForecastAlert>(alert);
  ReadRegressors(reader, spec.regressors);
  size_t unknown = 0;
  reader.ReadChoice("unknownFuture", kUnknownFutureNames, /*required=*/false, unknown);
  spec.unknown_future = static_cast<UnknownFuture>(unknown);
  const json* threshold = reader.ReadObject("threshold");
  const json* capacity = reader.ReadObject("capacity");
  const json* calendar = reader.ReadObject("calendar");
  BELLWETHER_RETURN_IF_ERROR(reader.status());
  if (threshold != nullptr) {
    JsonReader nested(*threshold, "forecast.threshold");
    ReadThreshold(nested, spec.threshold.emplace());
    BELLWETHER_RETURN_IF_ERROR(nested.status());
  }
  if (capacity != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadCapacity(*capacity, spec.capacity.emplace()));
  }
  if (calendar != nullptr) {
    BELLWETHER_RETURN_IF_ERROR(ReadCalendar(*calendar, spec.calendar));
  }
  if (spec.alert == ForecastAlert::kProbability && !spec.threshold.has_value()) {
    reader.Fail("forecast.alert is probability, but there is no forecast.threshold to reach. Give it a value.");
  }
  if (spec.alert == ForecastAlert::kTimeLeft && !spec.capacity.has_value()) {
    reader.Fail("forecast.alert is timeLeft, but there is no forecast.capacity to reach. Give it a value.");
  }
  return reader.status();
}

}  // namespace bellwether
