#include "server/connectors/demo/demo_connector.h"

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"
#include "server/connectors/demo/demo_catalog.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1795178096);  // 2026-11-20T12:34:56Z

class DemoConnectorTest : public ::testing::Test {
 protected:
  FetchRequest Request(const std::string& keys, absl::Duration length, absl::Duration step) const {
    FetchRequest request;
    request.query_json = absl::StrCat(R"({"kind":"demo",)", keys, "}");
    request.range = {kNow - length, kNow};
    request.step = step;
    return request;
  }
  FetchResult Fetch(const FetchRequest& request) const {
    const absl::StatusOr<FetchResult> result = connector_.Fetch(request, Cancellation());
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : FetchResult();
  }
  FetchResult Fetch(const std::string& keys, absl::Duration length, absl::Duration step) const {
    return Fetch(Request(keys, length, step));
  }

  SimulatedClock clock_{kNow};
  DemoConnector connector_{clock_};
};

std::map<int64_t, double> Points(const RawSeries& series) {
  std::map<int64_t, double> points;
  for (size_t i = 0; i < series.values.size(); ++i) {
    points[series.times_unix_ns[i]] = series.values[i];
  }
  return points;
}

TEST_F(DemoConnectorTest, ValuesDoNotDependOnTheRange) {
  const auto all = Points(Fetch(R"("series":"revenue")", absl::Hours(48), absl::Minutes(1)).series[0]);
  FetchRequest part = Request(R"("series":"revenue")", absl::Hours(30), absl::Minutes(1));
  part.range.from += absl::Seconds(17);
  part.range.to -= absl::Hours(20);
  const auto some = Points(Fetch(part).series[0]);
  ASSERT_GT(some.size(), 300u);
  for (const auto& [time, value] : some) {
    ASSERT_EQ(all.at(time), value);
  }
}

TEST_F(DemoConnectorTest, CoarsePointsAreMeansOfFineOnes) {
  const auto fine =
      Points(Fetch(R"("series":"cpu","labels":{"host":"web-1"})", absl::Hours(24), absl::Minutes(1)).series[0]);
  const auto coarse =
      Points(Fetch(R"("series":"cpu","labels":{"host":"web-1"})", absl::Hours(20), absl::Minutes(10)).series[0]);
  ASSERT_GT(coarse.size(), 100u);
  for (const auto& [time, value] : coarse) {
    ASSERT_EQ(time % absl::ToInt64Nanoseconds(absl::Minutes(10)), 0);
    double sum = 0;
    int count = 0;
    for (auto it = fine.lower_bound(time);
         it != fine.end() && it->first < time + absl::ToInt64Nanoseconds(absl::Minutes(10)); ++it) {
      sum += it->second;
      ++count;
    }
    ASSERT_GT(count, 0);
    ASSERT_NEAR(value, sum / count, 1e-9);
  }
}

TEST_F(DemoConnectorTest, SeedsAreDifferentWorldsAndTheSameSeedTheSame) {
  const FetchResult a = Fetch(R"("series":"orders","seed":1)", absl::Hours(6), absl::Minutes(5));
  const FetchResult b = Fetch(R"("series":"orders","seed":2)", absl::Hours(6), absl::Minutes(5));
  EXPECT_EQ(a.series[0].values,
            Fetch(R"("series":"orders","seed":1)", absl::Hours(6), absl::Minutes(5)).series[0].values);
  EXPECT_NE(a.series[0].values, b.series[0].values);
  EXPECT_EQ(Fetch(R"("series":"orders","seed":42)", absl::Hours(6), absl::Minutes(5)).series[0].values,
            Fetch(R"("series":"orders")", absl::Hours(6), absl::Minutes(5)).series[0].values);
}

TEST_F(DemoConnectorTest, TotalIsTheSumOfTheCategories) {
  const FetchResult total = Fetch(R"("series":"revenue")", absl::Hours(72), absl::Minutes(1));
  const FetchResult parts = Fetch(R"("series":"revenue","labels":{"category":"*"})", absl::Hours(72), absl::Minutes(1));
  ASSERT_THAT(total.series, SizeIs(1));
  EXPECT_TRUE(total.series[0].labels.empty());
  ASSERT_THAT(parts.series, SizeIs(5));
  std::map<int64_t, double> sums;
  for (const RawSeries& part : parts.series) {
    for (const auto& [time, value] : Points(part)) {
      sums[time] += value;
    }
  }
  for (const auto& [time, value] : Points(total.series[0])) {
    ASSERT_NEAR(value, sums.at(time), 1e-6);
  }
}

TEST_F(DemoConnectorTest, ValuesAreOfTheKindTheirUnitPromises) {
  for (const DemoMetric& metric : DemoMetrics()) {
    SCOPED_TRACE(metric.name);
    const FetchResult result =
        Fetch(absl::StrCat(R"("series":")", std::string(metric.name), "\""), absl::Hours(24 * 14), absl::Minutes(1));
    ASSERT_GE(result.series.size(), 1u);
    for (const RawSeries& series : result.series) {
      EXPECT_EQ(series.unit, metric.unit);
      ASSERT_GT(series.values.size(), 14 * 1440 * 0.8);
      for (const double value : series.values) {
        ASSERT_TRUE(std::isfinite(value));
        ASSERT_GE(value, 0);
        ASSERT_LE(value, metric.max);
        if (metric.integral) {
          ASSERT_EQ(value, std::round(value));
        }
      }
    }
  }
}

TEST_F(DemoConnectorTest, DaysHaveAShapeAndTheYearsGrow) {
  const auto mean_at = [this](absl::Time day, int hour) {
    FetchRequest request = Request(R"("series":"revenue")", absl::Hours(1), absl::Hours(1));
    double sum = 0;
    int count = 0;
    for (int i = 0; i < 28; ++i) {
      request.range.from = day + absl::Hours(24 * i + hour);
      request.range.to = request.range.from + absl::Hours(1);
      const FetchResult result = Fetch(request);
      for (const double value : result.series[0].values) {
        sum += value;
        ++count;
      }
    }
    return sum / count;
  };
  const absl::Time day = absl::FromCivil(absl::CivilDay(2026, 9, 1), absl::UTCTimeZone());
  EXPECT_GT(mean_at(day, 20), 3 * mean_at(day, 4));
  const absl::Time earlier = absl::FromCivil(absl::CivilDay(2024, 9, 3), absl::UTCTimeZone());
  EXPECT_NEAR(mean_at(day, 20) / mean_at(earlier, 20), 1.18 * 1.18, 0.15);
}

TEST_F(DemoConnectorTest, EveryWeekHasSeveralIncidentsAndMostDaysOne) {
  for (const char* name : {"revenue", "cpu", "temperature"}) {
    SCOPED_TRACE(name);
    int days_with_incident = 0;
    for (int day = 0; day < 100; ++day) {
      FetchRequest request = Request(absl::StrCat(R"("series":")", name, "\""), absl::Hours(24), absl::Hours(1));
      request.range.to -= absl::Hours(24 * day + 5);
      request.range.from = request.range.to - absl::Hours(24);
      days_with_incident += Fetch(request).incidents.empty() ? 0 : 1;
      request.range.from = request.range.to - absl::Hours(24 * 7);
      EXPECT_THAT(Fetch(request).incidents, SizeIs(Ge(3u)));
    }
    EXPECT_GE(days_with_incident, 75);
  }
}

TEST_F(DemoConnectorTest, EveryTypeOfIncidentComesForEverySeries) {
  for (const char* labels : {"{}", R"({"category":"books"})"}) {
    const FetchResult result =
        Fetch(absl::StrCat(R"("series":"revenue","labels":)", labels), absl::Hours(24 * 60), absl::Hours(1));
    std::set<std::string> types;
    for (const LabelledInterval& incident : result.incidents) {
      EXPECT_LT(incident.range.from, incident.range.to);
      EXPECT_EQ(incident.series, "revenue");
      EXPECT_FALSE(incident.title.empty());
      types.insert(incident.type);
    }
    EXPECT_THAT(types, ::testing::UnorderedElementsAre("spike", "drop", "level_shift", "drift", "variance_change",
                                                       "season_break", "flatline", "missing_data"));
  }
}

TEST_F(DemoConnectorTest, IncidentsShowInTheData) {
  const FetchResult result =
      Fetch(R"("series":"latency_p95","labels":{"host":"web-1"})", absl::Hours(24 * 40), absl::Minutes(1));
  const auto points = Points(result.series[0]);
  const auto mean = [&](absl::Time from, absl::Time to) {
    double sum = 0;
    int count = 0;
    for (auto it = points.lower_bound(absl::ToUnixNanos(from)); it != points.end() && it->first < absl::ToUnixNanos(to);
         ++it) {
      sum += it->second;
      ++count;
    }
    return count == 0 ? std::nan("") : sum / count;
  };
  std::set<std::string> seen;
  for (const LabelledInterval& incident : result.incidents) {
    const TimeRange& range = incident.range;
    if (range.from < kNow - absl::Hours(24 * 39) || range.to > kNow - absl::Hours(2)) {
      continue;
    }
    SCOPED_TRACE(absl::StrCat(incident.type, " at ", absl::FormatTime(range.from)));
    seen.insert(incident.type);
    const double inside = mean(range.from, range.to);
    const double before = mean(range.from - absl::Minutes(20), range.from);
    if (incident.type == "missing_data") {
      EXPECT_TRUE(std::isnan(inside));
    } else if (incident.type == "spike") {
      EXPECT_GT(inside, before * 1.4);
    } else if (incident.type == "drop") {
      EXPECT_LT(inside, before * 0.6);
    } else if (incident.type == "flatline") {
      const double first = points.at(absl::ToUnixNanos(range.from));
      for (absl::Time time = range.from; time < range.to; time += absl::Minutes(1)) {
        ASSERT_EQ(points.at(absl::ToUnixNanos(time)), first);
      }
    } else if (incident.type == "level_shift") {
      EXPECT_GT(mean(range.from, range.from + absl::Minutes(20)), before * 1.2);
    }
  }
  EXPECT_THAT(seen, SizeIs(8));
}

TEST_F(DemoConnectorTest, DeliversNothingBeyondThePresent) {
  FetchRequest request = Request(R"("series":"revenue")", absl::Hours(2), absl::Minutes(5));
  request.range.to = kNow + absl::Hours(24);
  const FetchResult result = Fetch(request);
  EXPECT_LE(result.series[0].times_unix_ns.back(), absl::ToUnixNanos(kNow));
  EXPECT_GE(result.series[0].times_unix_ns.back(), absl::ToUnixNanos(kNow - absl::Minutes(10)));
  for (const LabelledInterval& incident : result.incidents) {
    EXPECT_LT(incident.range.from, kNow);
  }
  request.range = {kNow + absl::Hours(1), kNow + absl::Hours(2)};
  EXPECT_THAT(Fetch(request).series[0].values, SizeIs(0));
}

TEST_F(DemoConnectorTest, TenYearsAtOneSecondStayWithinTheBound) {
  const FetchResult result = Fetch(R"("series":"revenue")", absl::Hours(24 * 3652), absl::Seconds(1));
  EXPECT_LE(result.series[0].values.size(), 100'000u);
  EXPECT_GT(result.series[0].values.size(), 40'000u);
  EXPECT_THAT(result.notices, Contains(Field(&Notice::text, HasSubstr("points are means over"))));
}

TEST_F(DemoConnectorTest, EndlessRangesAreCut) {
  FetchRequest request = Request(R"("series":"revenue")", absl::Hours(1), absl::InfiniteDuration());
  request.range = {absl::InfinitePast(), absl::InfiniteFuture()};
  EXPECT_LE(Fetch(request).series[0].values.size(), 60u);
  request.step = absl::ZeroDuration();
  EXPECT_LE(Fetch(request).series[0].values.size(), 100'000u);
}

TEST_F(DemoConnectorTest, UnknownSeriesAndLabelsNameTheKnownOnes) {
  const absl::Status series =
      connector_.Fetch(Request(R"("series":"profit")", absl::Hours(1), absl::Minutes(1)), Cancellation()).status();
  EXPECT_EQ(series.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OriginOf(series), Origin::kDownstream);
  EXPECT_THAT(std::string(series.message()), HasSubstr("\"revenue\", \"orders\""));
  const absl::Status labels =
      connector_
          .Fetch(Request(R"("series":"cpu","labels":{"host":"nope"})", absl::Hours(1), absl::Minutes(1)),
                 Cancellation())
          .status();
  EXPECT_EQ(labels.code(), absl::StatusCode::kNotFound);
}

TEST_F(DemoConnectorTest, ListsTotalsAndMembers) {
  const auto listed = connector_.List(R"({"kind":"demo"})");
  ASSERT_TRUE(listed.ok());
  EXPECT_THAT(*listed, SizeIs(5 * 6 + 7 * 4 + 4 * 3));
  EXPECT_THAT(*listed, Each(Field(&SeriesInfo::description, ::testing::Not(""))));
}

}  // namespace
}  // namespace bellwether
