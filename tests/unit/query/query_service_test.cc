#include "server/query/query_service.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/base/status/error_origin.h"
#include "server/connectors/connector_registry.h"
#include "server/query/connector_query_service.h"
#include "tests/support/function_connector.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'760'000'123);
const absl::Time kSpike = absl::FromUnixSeconds(1'759'953'600);
constexpr absl::Duration kStep = absl::Minutes(5);

// A daily wave with small deterministic noise, and one spike of ten minutes.
double Wave(int64_t unix_ns, double scale) {
  const double days = static_cast<double>(unix_ns) / 86'400e9;
  const auto hash = static_cast<uint64_t>(unix_ns / 300'000'000'000) * 0x9E3779B97F4A7C15ULL;
  const double noise = static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
  const bool spike = unix_ns >= absl::ToUnixNanos(kSpike) && unix_ns < absl::ToUnixNanos(kSpike + 2 * kStep);
  return scale * (100 + 20 * std::sin(2 * M_PI * days) + 4 * noise + (spike ? 80 : 0));
}

class QueryServiceTest : public testing::Test {
 protected:
  QueryServiceTest() {
    auto connector = std::make_unique<FunctionConnector>(
        "demo", kStep,
        std::vector<FunctionConnector::Line>{
            {"revenue", {{"category", "books"}}, [](int64_t t) { return Wave(t, 1); }, "currencyUSD"},
            {"revenue",
             {{"category", "toys"}},
             [](int64_t t) { return Wave(t + 3'600'000'000'000, 2); },
             "currencyUSD"}});
    demo_ = connector.get();
    registry_.Add(std::move(connector));
    service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", "/data/csv"});
  }

  QueryAnswer Ask(const std::string& json, absl::Duration range = absl::Hours(24), int64_t max_data_points = 1000,
                  bool from_alert = false) {
    return AskRange(json, {kNow - range, kNow}, max_data_points, from_alert);
  }

  QueryAnswer AskRange(const std::string& json, TimeRange range, int64_t max_data_points = 1000,
                       bool from_alert = false) {
    QueryRequest request;
    request.ref_id = "A";
    request.json = json;
    request.range = range;
    request.max_data_points = max_data_points;
    request.from_alert = from_alert;
    return service_->Answer(request, settings_, Cancellation());
  }

  static std::vector<const Field*> Named(const Frame& frame, std::string_view name) {
    std::vector<const Field*> found;
    for (const Field& field : frame.fields) {
      if (field.name == name) {
        found.push_back(&field);
      }
    }
    return found;
  }

  static const std::vector<int64_t>& TimesOf(const Frame& frame) {
    return std::get<TimeColumn>(frame.fields.front().column).values;
  }
  static const Float64Column& NumbersOf(const Field& field) { return std::get<Float64Column>(field.column); }

  SimulatedClock clock_{kNow};
  ConnectorRegistry registry_;
  FunctionConnector* demo_ = nullptr;
  std::unique_ptr<QueryService> service_;
  DataSourceSettings settings_;
};

constexpr char kAnomalies[] = R"({"analysis":"anomalies","source":{"kind":"demo"}})";

TEST_F(QueryServiceTest, DrawsValueExpectedBandAndPointsOfEverySeriesWithUniqueNames) {
  const QueryAnswer answer = Ask(kAnomalies);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  ASSERT_EQ(answer.frames.size(), 1U);
  const Frame& frame = answer.frames[0].frame();
  EXPECT_EQ(frame.meta.type, "timeseries-wide");
  EXPECT_EQ(frame.ref_id, "A");
  ASSERT_EQ(frame.fields.size(), 1U + 2 * 5);
  std::set<std::string> names;
  for (size_t i = 1; i < frame.fields.size(); ++i) {
    names.insert(frame.fields[i].config.display_name_from_ds.value());
    EXPECT_FALSE(frame.fields[i].labels.empty());
  }
  EXPECT_EQ(names.size(), 10U);
  const Field& upper = *Named(frame, "upper")[0];
  EXPECT_EQ(upper.config.custom.fill_below_to, Named(frame, "lower")[0]->config.display_name_from_ds);
  EXPECT_EQ(upper.config.unit, "currencyUSD");
}

TEST_F(QueryServiceTest, MarksTheSpikeAndLittleElse) {
  const QueryAnswer answer = Ask(kAnomalies);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  const Float64Column& points = NumbersOf(*Named(frame, "anomaly")[0]);
  const std::vector<int64_t>& times = TimesOf(frame);
  bool spike_marked = false;
  size_t others = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    if (!points.IsNull(i)) {
      const bool in_spike = times[i] >= absl::ToUnixNanos(kSpike) && times[i] < absl::ToUnixNanos(kSpike + 2 * kStep);
      spike_marked = spike_marked || in_spike;
      others += in_spike ? 0 : 1;
    }
  }
  EXPECT_TRUE(spike_marked);
  EXPECT_LE(others, 6U);
  EXPECT_THAT(frame.meta.custom_json, HasSubstr("\"promised\":1.0"));
}

TEST_F(QueryServiceTest, KeepsTheSpikeVisibleHoweverFewPointsAreDrawn) {
  const QueryAnswer answer = Ask(kAnomalies, absl::Hours(24 * 7), 50);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  EXPECT_LE(TimesOf(frame).size(), 52U);
  const std::vector<double>& values = NumbersOf(*Named(frame, "value")[0]).values;
  EXPECT_GT(*std::max_element(values.begin(), values.end()), 150);
}

TEST_F(QueryServiceTest, GivesTheSameScoreToTheSameBucketAtEveryZoomAndInAlertRules) {
  constexpr char kScore[] = R"({"analysis":"anomalies","source":{"kind":"demo"},"show":["score"]})";
  std::mt19937 random(17);
  std::map<int64_t, double> scores;
  size_t compared = 0;
  for (int round = 0; round < 25; ++round) {
    const auto offset = absl::Seconds(std::uniform_int_distribution<int>(0, 20 * 86'400)(random));
    const auto length = absl::Seconds(std::uniform_int_distribution<int>(3'600, 6 * 86'400)(random));
    const TimeRange range = {kNow - offset - length, kNow - offset};
    const QueryAnswer answer = AskRange(kScore, range, 20'000, round % 3 == 0);
    ASSERT_TRUE(answer.status.ok()) << answer.status;
    const Frame& frame = answer.frames[0].frame();
    const std::vector<int64_t>& times = TimesOf(frame);
    const Float64Column& column = NumbersOf(*Named(frame, "score")[0]);
    for (size_t i = 0; i < times.size(); ++i) {
      const auto [place, added] = scores.emplace(times[i], column.values[i]);
      compared += added ? 0 : 1;
      ASSERT_EQ(place->second, column.values[i]) << "at " << times[i] << " in round " << round;
    }
  }
  EXPECT_GT(compared, 1000U);
}

TEST_F(QueryServiceTest, GivesAlertRulesOneDenseNumericSeriesPerLabelSet) {
  const QueryAnswer answer = Ask(kAnomalies, absl::Hours(1), 0, /*from_alert=*/true);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  ASSERT_EQ(frame.fields.size(), 3U);
  EXPECT_NE(frame.fields[1].labels, frame.fields[2].labels);
  for (size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(TypeOf(frame.fields[i].column), FieldType::kFloat64);
    EXPECT_EQ(NumbersOf(frame.fields[i]).validity.CountZeros(), 0U);
  }
}

TEST_F(QueryServiceTest, GivesAlertRulesZeroAndOneAgainstTheirOwnThreshold) {
  const std::string query = R"({"analysis":"anomalies","source":{"kind":"demo"},"anomalies":{"alertThreshold":0.9}})";
  const QueryAnswer answer =
      AskRange(query, {kSpike - absl::Hours(2), kSpike + absl::Hours(1)}, 0, /*from_alert=*/true);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const std::vector<double>& values = NumbersOf(answer.frames[0].frame().fields[1]).values;
  EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](double v) { return v == 0 || v == 1; }));
  EXPECT_EQ(*std::max_element(values.begin(), values.end()), 1);
  EXPECT_EQ(*std::min_element(values.begin(), values.end()), 0);
}

TEST_F(QueryServiceTest, ListsIncidentsAsRowsWithAnExplanation) {
  const QueryAnswer answer = Ask(R"({"analysis":"anomalies","form":"rows","source":{"kind":"demo"}})");
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  ASSERT_GE(answer.frames[0].rows(), 1U);
  const auto& texts = std::get<StringColumn>(Named(frame, "explanation")[0]->column);
  EXPECT_THAT(std::string(texts[0]), HasSubstr("was expected"));
  EXPECT_THAT(std::string(texts[0]), HasSubstr("$"));
  for (const char* name : {"type", "name", "component", "rarity", "carrier", "views", "previous"}) {
    ASSERT_EQ(Named(frame, name).size(), 1U) << name;
    EXPECT_EQ(TypeOf(Named(frame, name)[0]->column), FieldType::kString) << name;
  }
  const auto& since = std::get<TimeColumn>(Named(frame, "since")[0]->column).values;
  const auto& start = std::get<TimeColumn>(Named(frame, "start")[0]->column).values;
  EXPECT_LE(since[0], start[0]);
  EXPECT_THAT(frame.meta.custom_json, HasSubstr("\"names\":{"));
  EXPECT_THAT(frame.meta.custom_json, HasSubstr("\"types\":{"));
}

TEST_F(QueryServiceTest, GivesOneTextFieldPerSeriesForTheStateTimeline) {
  const QueryAnswer answer = Ask(R"({"analysis":"anomalies","form":"severity","source":{"kind":"demo"}})");
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  ASSERT_EQ(frame.fields.size(), 3U);
  EXPECT_EQ(TypeOf(frame.fields[1].column), FieldType::kString);
  EXPECT_FALSE(frame.fields[1].config.mappings.empty());
}

TEST_F(QueryServiceTest, EndsTheStateTimelineWhereTheDataEnd) {
  const std::string query = R"({"analysis":"anomalies","form":"severity","source":{"kind":"demo"}})";
  const QueryAnswer answer = AskRange(query, {kNow - absl::Hours(6), kNow + absl::Hours(6)});
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  const auto& states = std::get<StringColumn>(frame.fields[1].column);
  EXPECT_TRUE(states.IsNull(states.size() - 1));
  EXPECT_FALSE(states.IsNull(states.size() - 2));
  EXPECT_LE(TimesOf(frame).back(), absl::ToUnixNanos(kNow));
}

TEST_F(QueryServiceTest, KeepsTheBandOfMoneyAboveZero) {
  registry_.Add(std::make_unique<FunctionConnector>(
      "csv", kStep,
      std::vector<FunctionConnector::Line>{
          {"tips", {}, [](int64_t t) { return std::max(0.0, Wave(t, 0.2) - 20); }, "currencyUSD"}}));
  const QueryAnswer answer = Ask(R"({"analysis":"anomalies","source":{"kind":"csv"}})");
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Float64Column& lower = NumbersOf(*Named(answer.frames[0].frame(), "lower")[0]);
  EXPECT_GE(*std::min_element(lower.values.begin(), lower.values.end()), 0);
}

TEST_F(QueryServiceTest, ForecastsBeyondTheRangeWithNestedBands) {
  const std::string query =
      R"({"analysis":"forecast","source":{"kind":"demo"},"forecast":{"horizon":"6h","levels":[0.5,0.9,0.99]}})";
  const QueryAnswer answer = AskRange(query, {kNow - absl::Hours(48), kNow + absl::Hours(6)});
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  EXPECT_GE(TimesOf(frame).back(), absl::ToUnixNanos(kNow + absl::Hours(6) - absl::Minutes(15)));
  for (const Notice& notice : frame.meta.notices) {
    EXPECT_EQ(notice.severity, NoticeSeverity::kInfo);
    EXPECT_THAT(notice.text, testing::Not(HasSubstr("Let the time range end later")));
  }
  const Float64Column& point = NumbersOf(*Named(frame, "forecast")[0]);
  const Float64Column& inner = NumbersOf(*Named(frame, "upper 50")[0]);
  const Float64Column& outer = NumbersOf(*Named(frame, "upper 99")[0]);
  size_t future = 0;
  for (size_t i = 0; i < point.size(); ++i) {
    if (!point.IsNull(i)) {
      ++future;
      EXPECT_LE(point.values[i], inner.values[i]);
      EXPECT_LE(inner.values[i], outer.values[i]);
    }
  }
  EXPECT_GE(future, 60U);
}

TEST_F(QueryServiceTest, SaysThatAForecastIsOutsideThePanel) {
  const QueryAnswer answer = Ask(R"({"analysis":"forecast","source":{"kind":"demo"},"forecast":{"horizon":"6h"}})");
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  ASSERT_FALSE(answer.frames[0].frame().meta.notices.empty());
  EXPECT_THAT(answer.frames[0].frame().meta.notices[0].text, HasSubstr("now+6h"));
}

TEST_F(QueryServiceTest, FindsNoTrendInAWaveAndSaysSoInNumbers) {
  const QueryAnswer answer = Ask(R"({"analysis":"trend","form":"rows","source":{"kind":"demo"}})", absl::Hours(24 * 7));
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  EXPECT_EQ(std::get<StringColumn>(Named(frame, "direction")[0]->column)[0], "none");
  EXPECT_EQ(answer.frames[0].rows(), 2U);
}

TEST_F(QueryServiceTest, SaysWhatATrendWasOfLateAndHowItGrows) {
  const QueryAnswer answer = Ask(R"({"analysis":"trend","form":"rows","source":{"kind":"demo"}})", absl::Hours(24 * 7));
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  EXPECT_THAT(std::string(std::get<StringColumn>(Named(frame, "recent")[0]->column)[0]),
              testing::AnyOf("none", "up", "down", "increasing", "decreasing"));
  const double strength = std::get<Float64Column>(Named(frame, "strength")[0]->column).values[0];
  EXPECT_GE(strength, 0);
  EXPECT_LE(strength, 1);
  ASSERT_EQ(Named(frame, "growth per week").size(), 1U);
  ASSERT_EQ(Named(frame, "chance of going on").size(), 1U);
}

TEST_F(QueryServiceTest, MarksTheChangesOfASeriesBesideItsTrend) {
  const QueryAnswer marks =
      Ask(R"({"analysis":"trend","form":"annotations","source":{"kind":"demo"}})", absl::Hours(24 * 7));
  ASSERT_TRUE(marks.status.ok()) << marks.status;
  EXPECT_EQ(marks.frames.size(), 1U);
  const QueryAnswer overlay =
      Ask(R"({"analysis":"trend","show":["value","regions"],"source":{"kind":"demo"}})", absl::Hours(24 * 7));
  ASSERT_TRUE(overlay.status.ok()) << overlay.status;
  EXPECT_EQ(overlay.frames.size(), 2U);
}

TEST_F(QueryServiceTest, LeavesRawPointsAsTheyAreWhereTheyFit) {
  const QueryAnswer answer = Ask(R"({"analysis":"raw","source":{"kind":"demo"}})", absl::Hours(2));
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  const Frame& frame = answer.frames[0].frame();
  ASSERT_EQ(frame.fields.size(), 3U);
  const int64_t time = TimesOf(frame)[3];
  EXPECT_EQ(NumbersOf(frame.fields[1]).values[3], Wave(time, 1));
}

TEST_F(QueryServiceTest, AnswersNoDataWithAnEmptyFrameAndASentence) {
  demo_->BeginAt(kNow + absl::Hours(1));
  const QueryAnswer answer = Ask(kAnomalies);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  ASSERT_EQ(answer.frames.size(), 1U);
  EXPECT_TRUE(answer.frames[0].frame().fields.empty());
  EXPECT_THAT(answer.frames[0].frame().meta.notices.at(0).text, HasSubstr("no data in this time range"));
}

TEST_F(QueryServiceTest, SaysThatTheFutureHasNoRawData) {
  const QueryAnswer answer =
      AskRange(R"({"analysis":"raw","source":{"kind":"demo"}})", {kNow + absl::Hours(24), kNow + absl::Hours(48)});
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  ASSERT_EQ(answer.frames[0].frame().meta.notices.size(), 1U);
  EXPECT_THAT(answer.frames[0].frame().meta.notices[0].text, HasSubstr("no data in this time range"));
}

TEST_F(QueryServiceTest, SaysWhenItIsStillLearning) {
  demo_->BeginAt(kNow - absl::Minutes(50));
  const QueryAnswer answer = Ask(kAnomalies);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  ASSERT_FALSE(answer.frames[0].frame().meta.notices.empty());
  EXPECT_THAT(answer.frames[0].frame().meta.notices[0].text, HasSubstr("Still learning"));
}

TEST_F(QueryServiceTest, InfersTheStepOfASourceThatDoesNotKnowIt) {
  registry_.Add(std::make_unique<FunctionConnector>(
      "csv", absl::Seconds(61),
      std::vector<FunctionConnector::Line>{{"load", {}, [](int64_t t) { return Wave(t, 1); }, ""}},
      /*prefer_step=*/false));
  static_cast<FunctionConnector*>(const_cast<Connector*>(registry_.Find("csv")))->BeginAt(kNow - absl::Hours(24));
  const QueryAnswer answer = Ask(R"({"analysis":"anomalies","source":{"kind":"csv"}})", absl::Hours(12));
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_THAT(answer.frames[0].frame().meta.custom_json, HasSubstr("\"intervalSeconds\":60.0,"));
}

TEST_F(QueryServiceTest, PassesTheErrorOfTheSourceOn) {
  demo_->FailWith(WithOrigin(absl::UnavailableError("The shop is closed. Come back tomorrow."), Origin::kDownstream));
  const QueryAnswer answer = Ask(kAnomalies);
  EXPECT_EQ(HttpStatusOf(answer.status), 502);
  EXPECT_EQ(OriginOf(answer.status), Origin::kDownstream);
  EXPECT_EQ(answer.status.message(), "The shop is closed. Come back tomorrow.");
}

TEST_F(QueryServiceTest, RefusesUnknownMethodsWithTheKnownOnes) {
  const QueryAnswer answer =
      Ask(R"({"analysis":"anomalies","source":{"kind":"demo"},"anomalies":{"method":"crystal-ball"}})");
  EXPECT_EQ(HttpStatusOf(answer.status), 400);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("anomalies.method \"crystal-ball\" is not known"));
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("auto"));
}

TEST_F(QueryServiceTest, RefusesTheDemoWhereItIsSwitchedOff) {
  settings_.demo_enabled = false;
  const QueryAnswer answer = Ask(kAnomalies);
  EXPECT_EQ(HttpStatusOf(answer.status), 403);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("switched off"));
}

TEST_F(QueryServiceTest, RefusesBadRanges) {
  for (const TimeRange range : {TimeRange{kNow, kNow}, TimeRange{kNow, kNow - absl::Hours(1)},
                                TimeRange{absl::InfinitePast(), absl::InfiniteFuture()}}) {
    for (const char* analysis : {"anomalies", "forecast", "trend", "changepoints", "patterns", "raw"}) {
      const std::string query = std::string(R"({"analysis":")") + analysis + R"(","source":{"kind":"demo"}})";
      const QueryAnswer answer = AskRange(query, range);
      EXPECT_EQ(HttpStatusOf(answer.status), 400) << analysis;
      EXPECT_EQ(OriginOf(answer.status), Origin::kDownstream) << analysis;
    }
  }
}

TEST_F(QueryServiceTest, BoundsWhatIsDrawnWhateverThePanelAsksFor) {
  const QueryAnswer answer = Ask(kAnomalies, absl::Hours(24 * 300), 1'000'000'000);
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_LE(answer.frames[0].rows(), 20'002U);
}

TEST_F(QueryServiceTest, StopsWhenTheCallerIsGone) {
  QueryRequest request{"A", kAnomalies, {kNow - absl::Hours(24), kNow}, 100, absl::Seconds(1), false};
  const QueryAnswer answer = service_->Answer(request, settings_, Cancellation([] { return true; }));
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kCancelled);
}

TEST_F(QueryServiceTest, EveryMethodListedSaysWhatItAssumesAndIsAccepted) {
  const nlohmann::json methods = nlohmann::json::parse(service_->MethodsJson());
  for (const auto& [list, analysis] :
       std::vector<std::pair<std::string, std::string>>{{"detectors", "anomalies"},
                                                        {"forecasters", "forecast"},
                                                        {"outliers", "outliers"},
                                                        {"multivariate", "multivariate"}}) {
    ASSERT_GE(methods[list].size(), 2U) << list;
    for (const nlohmann::json& method : methods[list]) {
      SCOPED_TRACE(list + ": " + method["id"].get<std::string>());
      EXPECT_FALSE(method["name"].get<std::string>().empty());
      EXPECT_EQ(method["assumptions"].get<std::string>().back(), '.');
      const nlohmann::json query = {
          {"analysis", analysis}, {"source", {{"kind", "demo"}}}, {analysis, {{"method", method["id"]}}}};
      EXPECT_TRUE(service_->Validate(query.dump()).ok()) << service_->Validate(query.dump());
    }
  }
}

TEST_F(QueryServiceTest, ListsMethodsSeriesAndSettings) {
  EXPECT_THAT(service_->MethodsJson(), HasSubstr("\"detectors\":[{"));
  EXPECT_THAT(service_->MethodsJson(), HasSubstr("\"purpose\":\"Metrics of every kind"));
  EXPECT_THAT(service_->MethodsJson(), HasSubstr("\"options\":\"False alarms a week, direction"));
  EXPECT_THAT(service_->SeriesJson(R"({"kind":"demo"})", settings_).value(), HasSubstr("\"category\":\"toys\""));
  EXPECT_THAT(service_->ServerSettingsJson(), HasSubstr("\"csvFolder\":\"/data/csv\""));
  EXPECT_EQ(HttpStatusOf(service_->SeriesJson(R"({"kind":"oracle"})", settings_).status()), 400);
}

TEST(DataSourceSettingsTest, ReadsJsonDataAndNamesTheWrongKey) {
  EXPECT_TRUE(DataSourceSettings::Parse("").value().demo_enabled);
  EXPECT_TRUE(DataSourceSettings::Parse(R"({"other":1})").value().demo_enabled);
  EXPECT_FALSE(DataSourceSettings::Parse(R"({"demoEnabled":false})").value().demo_enabled);
  EXPECT_THAT(std::string(DataSourceSettings::Parse(R"({"demoEnabled":"no"})").status().message()),
              HasSubstr("jsonData.demoEnabled must be true or false, not a text"));
  EXPECT_FALSE(DataSourceSettings::Parse("[]").ok());
}

}  // namespace
}  // namespace bellwether
