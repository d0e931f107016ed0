#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/base/status/error_origin.h"
#include "server/connectors/connector_registry.h"
#include "server/query/connector_query_service.h"
#include "server/query/exec/change_course.h"
#include "server/query/exec/forecast_text.h"
#include "server/query/exec/change_marks.h"
#include "server/query/exec/trend_text.h"
#include "tests/support/function_connector.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kStep = absl::Hours(1);
const absl::Time kNow = absl::FromUnixSeconds(1'760'000'123);
const absl::Time kStepUp = absl::FromUnixSeconds(1'759'730'400);  // three days before

double Noise(int64_t unix_ns) {
  uint64_t hash = static_cast<uint64_t>(unix_ns / 3'600'000'000'000) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9ULL;
  return static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
}

/// A day that is highest at 18:00 UTC, with a step up of 30.
double Load(int64_t unix_ns) {
  const double days = static_cast<double>(unix_ns) / 86'400e9;
  return 40 - 10 * std::sin(2 * M_PI * days) + 4 * Noise(unix_ns) + (unix_ns >= absl::ToUnixNanos(kStepUp) ? 30 : 0);
}

class StructureFramesTest : public testing::Test {
 protected:
  StructureFramesTest() {
    registry_.Add(std::make_unique<FunctionConnector>(
        "demo", kStep,
        std::vector<FunctionConnector::Line>{
            {"cpu", {{"host", "a"}}, [](int64_t t) { return Load(t); }, "percent"},
            {"cpu", {{"host", "b"}}, [](int64_t t) { return 5 + Noise(t); }, "percent"}}));
    service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", ""});
  }

  QueryAnswer Ask(const std::string& analysis, const std::string& more = "", absl::Duration range = absl::Hours(24 * 7),
                  bool from_alert = false, absl::Time to = kNow) {
    QueryRequest request;
    request.ref_id = "A";
    request.json = R"({"analysis":")" + analysis + R"(","source":{"kind":"demo"})" + more + "}";
    request.range = {to - range, to};
    request.max_data_points = 10'000;
    request.from_alert = from_alert;
    return service_->Answer(request, {}, Cancellation());
  }

  std::vector<Frame> MustAsk(const std::string& analysis, const std::string& more = "",
                             absl::Duration range = absl::Hours(24 * 7), bool from_alert = false,
                             absl::Time to = kNow) {
    const QueryAnswer answer = Ask(analysis, more, range, from_alert, to);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    std::vector<Frame> frames;
    for (const CheckedFrame& frame : answer.frames) {
      frames.push_back(frame.frame());
    }
    frames.resize(std::max<size_t>(frames.size(), 1));
    return frames;
  }

  static const Field* Named(const Frame& frame, std::string_view name, const std::string& host = "") {
    for (const Field& field : frame.fields) {
      const auto label = field.labels.find("host");
      if (field.name == name && (host.empty() || (label != field.labels.end() && label->second == host))) {
        return &field;
      }
    }
    return nullptr;
  }
  static std::string Text(const Frame& frame, std::string_view name, size_t row) {
    const Field* const field = Named(frame, name);
    return field == nullptr ? "no field" : std::string(std::get<StringColumn>(field->column)[row]);
  }
  static const std::vector<double>& Numbers(const Field& field) { return std::get<Float64Column>(field.column).values; }
  static const std::vector<int64_t>& Times(const Frame& frame) {
    return std::get<TimeColumn>(frame.fields.front().column).values;
  }

  SimulatedClock clock_{kNow};
  ConnectorRegistry registry_;
  std::unique_ptr<QueryService> service_;
};

TEST_F(StructureFramesTest, DrawsTheLevelBetweenChangesAndAPointOnEach) {
  const Frame frame = MustAsk("changepoints")[0];
  EXPECT_EQ(frame.meta.type, "timeseries-wide");
  ASSERT_NE(Named(frame, "level", "a"), nullptr);
  const std::vector<double>& level = Numbers(*Named(frame, "level", "a"));
  EXPECT_NEAR(level.front(), 40, 1);
  EXPECT_NEAR(level.back(), 70, 2);
  ASSERT_NE(Named(frame, "change", "a"), nullptr);
  const auto& points = std::get<Float64Column>(Named(frame, "change", "a")->column);
  size_t drawn = 0;
  for (size_t i = 0; i < points.values.size(); ++i) {
    if (!points.IsNull(i)) {
      ++drawn;
      EXPECT_NEAR(static_cast<double>(Times(frame)[i] - absl::ToUnixNanos(kStepUp)) / 3.6e12, 0, 2);
    }
  }
  EXPECT_EQ(drawn, 1U);
  EXPECT_EQ(Named(frame, "change", "b"), nullptr);  // none is an answer
  const nlohmann::json summary = nlohmann::json::parse(frame.meta.custom_json);
  EXPECT_EQ(summary["mode"], "batch");
  EXPECT_EQ(summary["series"][1]["count"], 0);
}

TEST_F(StructureFramesTest, TellsEachChangeInARowWithItsNumbers) {
  for (const char* mode : {"batch", "online"}) {
    const Frame frame =
        MustAsk("changepoints", std::string(R"(,"form":"rows","changepoints":{"mode":")") + mode + "\"}")[0];
    ASSERT_EQ(Times(frame).size(), 1U) << mode;
    EXPECT_EQ(Text(frame, "kind", 0), "level");
    EXPECT_THAT(Text(frame, "explanation", 0), HasSubstr("Its level rose from "));
    EXPECT_THAT(Text(frame, "explanation", 0), HasSubstr(" % (confidence "));
    EXPECT_NEAR(Numbers(*Named(frame, "after"))[0] - Numbers(*Named(frame, "before"))[0], 30, 5);
    EXPECT_NEAR(Numbers(*Named(frame, "change"))[0], 0.75, 0.2);
    const bool is_online = std::string(mode) == "online";
    ASSERT_EQ(Named(frame, "told at") != nullptr, is_online);
    if (is_online) {
      const int64_t told = std::get<TimeColumn>(Named(frame, "told at")->column).values[0];
      EXPECT_GT(told, Times(frame)[0]);
      EXPECT_LT(told, Times(frame)[0] + 24 * int64_t{3'600'000'000'000});
    }
  }
}

TEST_F(StructureFramesTest, ChangesStayWhereTheyAreWhateverThePanelShows) {
  const absl::Time to = kStepUp + absl::Hours(60);
  std::vector<int64_t> times;
  for (const int hours : {72, 100, 168, 400}) {
    const Frame frame = MustAsk("changepoints", R"(,"form":"rows")", absl::Hours(hours), /*from_alert=*/false, to)[0];
    ASSERT_FALSE(Times(frame).empty()) << hours;
    times.push_back(Times(frame)[0]);
  }
  EXPECT_EQ(std::count(times.begin(), times.end(), times[0]), static_cast<std::ptrdiff_t>(times.size()));
}

TEST_F(StructureFramesTest, MarksChangesAsAnnotationsCountsThemAndTellsRules) {
  const Frame marks = MustAsk("changepoints", R"(,"form":"annotations")")[0];
  EXPECT_EQ(Times(marks).size(), 1U);
  EXPECT_THAT(Text(marks, "title", 0), HasSubstr("level changed"));
  EXPECT_EQ(MustAsk("changepoints", R"(,"show":["value","regions"])").size(), 2U);
  const Frame count = MustAsk("changepoints", R"(,"form":"last")")[0];
  EXPECT_EQ(Numbers(*Named(count, "changes", "a"))[0], 1);
  EXPECT_EQ(Numbers(*Named(count, "changes", "b"))[0], 0);
  const Frame rule = MustAsk("changepoints", R"(,"changepoints":{"mode":"online"})", absl::Hours(24 * 7), true)[0];
  double fired = 0;
  for (const double value : Numbers(*Named(rule, "changed", "a"))) {
    EXPECT_TRUE(value == 0 || value == 1);
    fired += value;
  }
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(rule.fields.size(), 3U);
  const Frame sure = MustAsk("changepoints", R"(,"form":"rows","changepoints":{"minConfidence":1})")[0];
  EXPECT_TRUE(Times(sure).empty());
}

TEST_F(StructureFramesTest, ARuleWithAShortRangeHearsOfAChangeThatBeganBeforeIt) {
  const std::string online = R"(,"form":"rows","changepoints":{"mode":"online"})";
  const Frame rows = MustAsk("changepoints", online)[0];
  ASSERT_NE(Named(rows, "told at"), nullptr);
  const int64_t began = Times(rows)[0];
  const int64_t told = std::get<TimeColumn>(Named(rows, "told at")->column).values[0];
  ASSERT_GT(told - began, 2 * int64_t{3'600'000'000'000});
  const Frame rule = MustAsk("changepoints", online, absl::Hours(2), true, absl::FromUnixNanos(told))[0];
  EXPECT_GT(Times(rule).front(), began);
  const std::vector<double>& changed = Numbers(*Named(rule, "changed", "a"));
  EXPECT_EQ(std::count(changed.begin(), changed.end(), 1.0), 1);
}

TEST_F(StructureFramesTest, KeepsTheLegendToTheSeriesWhereThereAreSeveral) {
  for (const auto& [analysis, fitted] :
       {std::pair{"changepoints", "level"}, std::pair{"patterns", "pattern"}, std::pair{"trend", "trend"}}) {
    const Frame several = MustAsk(analysis)[0];
    ASSERT_NE(Named(several, fitted, "a"), nullptr) << analysis;
    EXPECT_EQ(Named(several, fitted, "a")->config.custom.hide_from_legend, true) << analysis;
    EXPECT_EQ(Named(several, "value", "a")->config.custom.hide_from_legend, std::nullopt) << analysis;
    EXPECT_EQ(Named(several, fitted, "a")->config.fixed_color, Named(several, "value", "a")->config.fixed_color);
  }
  const Frame marked = MustAsk("changepoints")[0];
  ASSERT_NE(Named(marked, "change", "a"), nullptr);
  EXPECT_EQ(Named(marked, "change", "a")->config.fixed_color, Named(marked, "value", "a")->config.fixed_color);
}

TEST_F(StructureFramesTest, GivesSentencesAWideColumnAndNumbersNoVerdict) {
  for (const char* analysis : {"changepoints", "patterns", "trend"}) {
    const Frame rows = MustAsk(analysis, R"(,"form":"rows")")[0];
    ASSERT_NE(Named(rows, "explanation"), nullptr) << analysis;
    EXPECT_GE(Named(rows, "explanation")->config.custom.min_width.value_or(0), 400) << analysis;
    const Frame last = MustAsk(analysis, R"(,"form":"last")")[0];
    EXPECT_TRUE(last.fields.front().config.fixed_color.has_value()) << analysis;
  }
  EXPECT_EQ(MustAsk("trend", R"(,"form":"last")")[0].fields.front().config.unit, "percent");
  EXPECT_EQ(MustAsk("patterns", R"(,"form":"last")")[0].fields.front().config.max, 1);
}

TEST_F(StructureFramesTest, SaysWhatRepeatsWithItsNumbers) {
  const Frame frame = MustAsk("patterns", R"(,"form":"rows")")[0];
  EXPECT_EQ(Text(frame, "mainly", 0), "seasonal");
  EXPECT_EQ(Text(frame, "highest hour", 0), "18:00 to 19:00 UTC");
  EXPECT_NEAR(Numbers(*Named(frame, "highest hour by"))[0], 10, 2);
  EXPECT_THAT(Text(frame, "explanation", 0), HasSubstr("a daily pattern ("));
  EXPECT_THAT(Text(frame, "explanation", 0), HasSubstr("It is mainly seasonal: its strongest pattern makes up "));
  EXPECT_EQ(Text(frame, "highest hour", 1), "");
  EXPECT_THAT(Text(frame, "explanation", 1), HasSubstr("none that repeats"));
  EXPECT_GT(Numbers(*Named(frame, "seasonal"))[0], 0.3);
  const Frame strength = MustAsk("patterns", "", absl::Hours(24), true)[0];
  EXPECT_GT(Numbers(*Named(strength, "pattern_strength", "a"))[0], 0.3);
  EXPECT_EQ(Numbers(*Named(strength, "pattern_strength", "b"))[0], 0);
}

TEST_F(StructureFramesTest, DrawsTheTrendWithItsPatterns) {
  const Frame frame = MustAsk("patterns")[0];
  const std::vector<double>& value = Numbers(*Named(frame, "value", "a"));
  const std::vector<double>& pattern = Numbers(*Named(frame, "pattern", "a"));
  ASSERT_EQ(value.size(), pattern.size());
  double squares = 0;
  for (size_t i = 0; i < value.size() / 3; ++i) {  // before the step
    squares += (value[i] - pattern[i]) * (value[i] - pattern[i]);
  }
  EXPECT_LT(std::sqrt(squares / static_cast<double>(value.size() / 3)), 2);
}

TEST_F(StructureFramesTest, RefusesFormsThatAreNone) {
  for (const auto& [analysis, form] : {std::pair{"changepoints", "severity"}, std::pair{"patterns", "severity"},
                                       std::pair{"patterns", "annotations"}}) {
    const QueryAnswer answer = Ask(analysis, std::string(R"(,"form":")") + form + "\"");
    EXPECT_EQ(HttpStatusOf(answer.status), 400);
    EXPECT_EQ(OriginOf(answer.status), Origin::kDownstream);
    EXPECT_THAT(std::string(answer.status.message()), HasSubstr("Set form to overlay, rows"));
  }
}

TEST_F(StructureFramesTest, SaysWhenSeriesAreTooShort) {
  const Frame frame = MustAsk("changepoints", R"(,"history":"2h")", absl::Hours(3))[0];
  ASSERT_FALSE(frame.meta.notices.empty());
  EXPECT_THAT(frame.meta.notices.back().text, HasSubstr("2 of 2 series have fewer than 10 values"));
}

TEST_F(StructureFramesTest, TellsATrendInWords) {
  const Frame frame = MustAsk("trend", R"(,"form":"rows")")[0];
  EXPECT_THAT(Text(frame, "explanation", 0), HasSubstr("Trend: "));
  ASSERT_NE(Named(frame, "per week"), nullptr);
  ASSERT_NE(Named(frame, "growth per day"), nullptr);
  EXPECT_NEAR(Numbers(*Named(frame, "growth per week"))[0], 7 * Numbers(*Named(frame, "growth per day"))[0], 1e-3);
}

TEST(TrendTextTest, SaysSlopeIntervalPercentAndChance) {
  std::vector<double> values;
  for (int i = 0; i < 240; ++i) {
    values.push_back(100 + 0.5 * i + 2 * std::sin(i * 1.7));
  }
  const auto outlook = EstimateTrendOutlook(values);
  ASSERT_TRUE(outlook.ok());
  const std::string text = TrendText(*outlook, int64_t{3'600'000'000'000}, "percent");
  EXPECT_THAT(
      text,
      HasSubstr(
          "it rises by 12 percentage points a day, or 7.5 % of its usual size (95 %: 11.9 to 12 percentage points; "));
  EXPECT_THAT(text, HasSubstr("p < 0.001); a straight line explains "));
  EXPECT_THAT(text, HasSubstr("In the last 2.5 days it rises by 12 percentage points a day. "));
  EXPECT_THAT(text, HasSubstr("The chance that it is higher on average over the next "));
}

TEST(ChangeTextTest, TellsEveryKindInTheUnitOfTheSeries) {
  ChangePoint change = {
      .index = 3, .kind = ChangeKind::kLevel, .confidence = 0.913, .before = 78, .after = 41.2, .size = -36.8};
  EXPECT_EQ(ChangeText(change, "percent", 60'000'000'000), "Its level fell from 78 % to 41.2 % (confidence 91 %).");
  change = {.kind = ChangeKind::kSlope, .confidence = 0.5, .before = 0, .after = 0.01, .size = 0.01};
  EXPECT_EQ(ChangeText(change, "", 60'000'000'000), "Its slope went from 0 to 14.4 a day (confidence 50 %).");
  change = {.kind = ChangeKind::kVariance, .confidence = 0.8, .before = 1, .after = 3, .size = 3};
  EXPECT_EQ(ChangeText(change, "ms", 60'000'000'000), "Its usual scatter grew from 1 ms to 3 ms (confidence 80 %).");
  EXPECT_EQ(RelativeSize(change), 2);
}

TEST(ChangeCourseTest, TellsWhatBecameOfEachChange) {
  const auto level = [](size_t index, double before, double after) {
    return ChangePoint{
        .index = index, .kind = ChangeKind::kLevel, .before = before, .after = after, .size = after - before};
  };
  const auto spread = [](size_t index, double before, double after) {
    return ChangePoint{
        .index = index, .kind = ChangeKind::kVariance, .before = before, .after = after, .size = after / before};
  };
  // An outage with a dip in it, a new level, and scatter that grows and nearly shrinks back.
  const std::vector<ChangePoint> changes = {level(100, 50, 10), level(110, 10, 2),  spread(120, 3, 12),
                                            level(130, 2, 51),  level(200, 51, 80), spread(220, 12, 3.5)};
  const std::vector<ChangeCourse> courses = ChangeCourses(changes, 300);
  ASSERT_EQ(courses.size(), changes.size());
  const int64_t hour = int64_t{3'600'000'000'000};
  EXPECT_EQ(CourseText(courses[0], hour), "It came back after 30 h.");
  EXPECT_EQ(courses[0].ended, 3U);
  EXPECT_EQ(CourseText(courses[1], hour), "The next change came after 20 h.");
  EXPECT_EQ(CourseText(courses[2], hour), "It came back after 4.2 days.");
  EXPECT_EQ(CourseText(courses[3], hour), "The next change came after 2.9 days.");
  EXPECT_EQ(CourseText(courses[4], hour), "It lasts to the end of the data, 4.2 days later.");
  EXPECT_EQ(CourseText(courses[5], hour), "It lasts to the end of the data, 3.3 days later.");
  EXPECT_TRUE(ChangeCourses({}, 300).empty());
}

TEST(ChangeCourseTest, AnotherSlopeIsNoReturnOfTheLevel) {
  const std::vector<ChangePoint> changes = {
      {.index = 10, .kind = ChangeKind::kSlope, .before = 0, .after = -4, .size = -4},
      {.index = 20, .kind = ChangeKind::kLevel, .before = -8, .after = 0, .size = 8}};
  EXPECT_EQ(ChangeCourses(changes, 30)[0].end, ChangeEnd::kFollowed);
  // Spreads of 0 and values that are no numbers are no reason to claim a return.
  const std::vector<ChangePoint> still = {{.index = 10, .kind = ChangeKind::kVariance, .before = 0, .after = 2},
                                          {.index = 20, .kind = ChangeKind::kVariance, .before = 2, .after = 0}};
  EXPECT_EQ(ChangeCourses(still, 30)[0].end, ChangeEnd::kFollowed);
}

TEST(PatternNameTest, HasTheArticleThatItIsSpokenWith) {
  for (const auto& [name, article] :
       {std::pair("daily", "a"), std::pair("hourly", "an"), std::pair("8 h", "an"), std::pair("80 min", "an"),
        std::pair("11 h", "an"), std::pair("18 days", "an"), std::pair("110 min", "a"), std::pair("12 h", "a")}) {
    EXPECT_EQ(WithArticle(name), std::string(article) + " " + name);
  }
}

}  // namespace
}  // namespace bellwether
