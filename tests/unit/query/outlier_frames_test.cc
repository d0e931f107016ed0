#include <cmath>
#include <map>
#include <memory>
#include <random>
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

constexpr absl::Duration kStep = absl::Minutes(5);
const absl::Time kNow = absl::FromUnixSeconds(1'760'000'123);
const absl::Time kFrom = absl::FromUnixSeconds(1'759'982'400);  // when host h4 leaves the others, for two hours

double Load(int64_t unix_ns, size_t host) {
  const double days = static_cast<double>(unix_ns) / 86'400e9;
  uint64_t hash = (static_cast<uint64_t>(unix_ns / 300'000'000'000) + host * 977) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9ULL;
  const double noise = static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
  const bool off =
      host == 4 && unix_ns >= absl::ToUnixNanos(kFrom) && unix_ns < absl::ToUnixNanos(kFrom + absl::Hours(2));
  return 40 + 10 * std::sin(2 * M_PI * days) + noise + (off ? 30 : 0);
}

class OutlierFramesTest : public testing::Test {
 protected:
  OutlierFramesTest() {
    std::vector<FunctionConnector::Line> lines;
    for (size_t host = 0; host < 8; ++host) {
      lines.push_back(
          {"cpu", {{"host", "h" + std::to_string(host)}}, [host](int64_t t) { return Load(t, host); }, "percent"});
    }
    registry_.Add(std::make_unique<FunctionConnector>("demo", kStep, lines));
    lines.resize(2);
    registry_.Add(std::make_unique<FunctionConnector>("system", kStep, lines));
    service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", ""});
  }

  QueryAnswer Ask(const std::string& more = "", TimeRange range = {kNow - absl::Hours(12), kNow},
                  int64_t max_data_points = 10'000, bool from_alert = false, const std::string& source = "demo") {
    QueryRequest request;
    request.ref_id = "A";
    request.json = R"({"analysis":"outliers","source":{"kind":")" + source + "\"}" + more + "}";
    request.range = range;
    request.max_data_points = max_data_points;
    request.from_alert = from_alert;
    return service_->Answer(request, {}, Cancellation());
  }

  Frame MustAsk(const std::string& more = "", TimeRange range = {kNow - absl::Hours(12), kNow},
                int64_t max_data_points = 10'000, bool from_alert = false) {
    QueryAnswer answer = Ask(more, range, max_data_points, from_alert);
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return answer.frames.empty() ? Frame() : answer.frames[0].frame();
  }

  static const Field* Find(const Frame& frame, std::string_view name, const std::string& host) {
    for (const Field& field : frame.fields) {
      const auto label = field.labels.find("host");
      if (field.name == name && (label == field.labels.end() ? "" : label->second) == host) {
        return &field;
      }
    }
    return nullptr;
  }
  static double At(const Frame& frame, const Field& field, absl::Time time) {
    const auto& times = std::get<TimeColumn>(frame.fields.front().column).values;
    const auto& column = std::get<Float64Column>(field.column);
    for (size_t i = 0; i < times.size(); ++i) {
      if (times[i] == absl::ToUnixNanos(time)) {
        return column.IsNull(i) ? std::nan("") : column.values[i];
      }
    }
    ADD_FAILURE() << "no row at " << time;
    return 0;
  }

  SimulatedClock clock_{kNow};
  ConnectorRegistry registry_;
  std::unique_ptr<QueryService> service_;
};

TEST_F(OutlierFramesTest, DrawsTheBandAndMarksTheSeriesThatLeftIt) {
  const Frame frame = MustAsk(R"(,"outliers":{"window":"30m"})");
  const absl::Time inside = kFrom + absl::Hours(1);
  const Field* lower = Find(frame, "lower", "");
  const Field* upper = Find(frame, "upper", "");
  const Field* value = Find(frame, "value", "h4");
  const Field* outlier = Find(frame, "outlier", "h4");
  ASSERT_TRUE(lower != nullptr && upper != nullptr && value != nullptr && outlier != nullptr);
  EXPECT_EQ(upper->config.custom.fill_below_to, "cpu peers lower");
  EXPECT_GT(At(frame, *value, inside), At(frame, *upper, inside));
  EXPECT_EQ(At(frame, *outlier, inside), At(frame, *value, inside));
  EXPECT_TRUE(std::isnan(At(frame, *outlier, kFrom - kStep)));
  for (const std::string host : {"h0", "h7"}) {
    EXPECT_EQ(Find(frame, "outlier", host), nullptr);
    EXPECT_EQ(Find(frame, "value", host)->config.fixed_color, "#8e8e8e");
    EXPECT_LT(At(frame, *Find(frame, "value", host), inside), At(frame, *upper, inside));
    EXPECT_GT(At(frame, *Find(frame, "value", host), inside), At(frame, *lower, inside));
  }
  EXPECT_NE(value->config.fixed_color, "#8e8e8e");
  const nlohmann::json summary = nlohmann::json::parse(frame.meta.custom_json);
  ASSERT_EQ(summary["groups"].size(), 1U);
  ASSERT_EQ(summary["groups"][0]["outliers"].size(), 1U);
  EXPECT_THAT(summary["groups"][0]["outliers"][0]["series"].get<std::string>(), HasSubstr("h4"));
  EXPECT_EQ(summary["windowSeconds"], 1800);
}

TEST_F(OutlierFramesTest, ListsTheStretchesAsRows) {
  const Frame frame = MustAsk(R"(,"form":"rows","outliers":{"window":"30m"})");
  const auto& start = std::get<TimeColumn>(frame.fields[0].column);
  const auto& end = std::get<TimeColumn>(frame.fields[1].column);
  ASSERT_EQ(start.size(), 1U);
  EXPECT_EQ(start.values[0], absl::ToUnixNanos(kFrom));
  EXPECT_EQ(end.values[0], absl::ToUnixNanos(kFrom + absl::Hours(2)));
  const auto& text = std::get<StringColumn>(frame.fields[3].column);
  EXPECT_THAT(std::string(text[0]), HasSubstr("above the median of its 7 peers on average for 2h"));
  EXPECT_NEAR(std::get<Float64Column>(frame.fields[4].column).values[0], 30, 1);
}

TEST_F(OutlierFramesTest, GivesAlertRulesOneDenseSeriesPerLabelSet) {
  const Frame frame = MustAsk(R"(,"outliers":{"window":"30m"})", {kNow - absl::Hours(12), kNow}, 10, true);
  ASSERT_EQ(frame.fields.size(), 9U);
  EXPECT_EQ(frame.meta.type, "timeseries-wide");
  const Field* outlying = Find(frame, "outlier", "h4");
  ASSERT_NE(outlying, nullptr);
  EXPECT_EQ(At(frame, *outlying, kFrom + absl::Hours(1)), 1);
  EXPECT_EQ(At(frame, *outlying, kFrom), 0);  // one point is not yet the wanted share of a window
  EXPECT_EQ(At(frame, *outlying, kFrom + absl::Hours(4)), 0);
  EXPECT_EQ(At(frame, *Find(frame, "outlier", "h1"), kFrom + absl::Hours(1)), 0);
}

TEST_F(OutlierFramesTest, SaysTheSameOfATimeWhateverTheRange) {
  std::map<std::pair<std::string, int64_t>, double> seen;
  std::mt19937 random(5);
  for (int i = 0; i < 12; ++i) {
    const auto offset = absl::Seconds(std::uniform_int_distribution<int>(0, 20'000)(random));
    const auto length = absl::Seconds(std::uniform_int_distribution<int>(3'600, 200'000)(random));
    const Frame frame = MustAsk(R"(,"show":["score","band"])", {kNow - offset - length, kNow - offset}, 100'000);
    const auto& times = std::get<TimeColumn>(frame.fields.front().column).values;
    for (size_t f = 1; f < frame.fields.size(); ++f) {
      const auto& column = std::get<Float64Column>(frame.fields[f].column);
      const auto host = frame.fields[f].labels.find("host");
      const std::string key = frame.fields[f].name + (host == frame.fields[f].labels.end() ? "" : " " + host->second);
      for (size_t t = 0; t < times.size(); ++t) {
        const auto [place, is_new] = seen.emplace(std::pair(key, times[t]), column.values[t]);
        ASSERT_EQ(place->second, column.values[t]) << key;
      }
    }
  }
  EXPECT_GT(seen.size(), 5000U);
}

TEST_F(OutlierFramesTest, AnswersTheOtherFormsOrSaysThatThereAreNone) {
  EXPECT_EQ(MustAsk(R"(,"form":"last")").fields.size(), 8U);
  const Frame annotations = MustAsk(R"(,"form":"annotations","outliers":{"window":"30m","method":"dbscan"})");
  ASSERT_FALSE(annotations.fields.empty());
  EXPECT_EQ(SizeOf(annotations.fields[0].column), 1U);
  EXPECT_THAT(std::string(Ask(R"(,"form":"severity")").status.message()), HasSubstr("overlay, rows, last"));
}

TEST_F(OutlierFramesTest, RefusesAWindowThatTheHistoryCannotFill) {
  const QueryAnswer answer = Ask(R"(,"history":"6h","outliers":{"window":"1d"})");
  EXPECT_EQ(HttpStatusOf(answer.status), 400);
  EXPECT_EQ(OriginOf(answer.status), Origin::kDownstream);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("Set history to at least 2d"));
}

TEST_F(OutlierFramesTest, SaysWhenThereAreTooFewSeries) {
  const QueryAnswer answer = Ask("", {kNow - absl::Hours(12), kNow}, 1000, false, "system");
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  ASSERT_FALSE(answer.frames[0].frame().meta.notices.empty());
  EXPECT_THAT(answer.frames[0].frame().meta.notices.back().text, HasSubstr("cpu has 2 series; at least 3 are needed"));
}

}  // namespace
}  // namespace bellwether
