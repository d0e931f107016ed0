// The same bucket gets the same verdict whatever range, resolution or form asks for it.

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/connectors/connector_registry.h"
#include "server/query/connector_query_service.h"
#include "tests/support/function_connector.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);
const absl::Time kNow = absl::FromUnixSeconds(1'760'000'123);
const absl::Time kOrigin = absl::FromUnixSeconds(1'759'968'000) - 40 * kDay;  // a midnight

double Noise(int64_t unix_ns, uint64_t salt) {
  uint64_t hash = (static_cast<uint64_t>(unix_ns / 60'000'000'000) + salt) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9ULL;
  return static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
}

// A daily wave with spikes, a level shift of half a day each fourth day, jumps across a midnight, where blocks of
// history meet, each fifth day, and stretches without data.
double Eventful(int64_t unix_ns) {
  const double days = static_cast<double>(unix_ns - absl::ToUnixNanos(kOrigin)) / 86'400e9;
  const double in_fourth = days - 4 * std::floor(days / 4);
  if (in_fourth > 1.2 && in_fourth < 1.3) {
    return std::nan("");
  }
  const bool spike = std::fmod(days * 1.37, 1.0) < 0.004;
  const bool shifted = in_fourth > 2.8 && in_fourth < 3.3;
  const double in_fifth = days - 5 * std::floor(days / 5);
  const double jump = in_fifth < 0.03 ? 60 : in_fifth > 4.97 ? 45 : 0;
  return 100 + 20 * std::sin(2 * M_PI * days) + 4 * Noise(unix_ns, 1) + (spike ? 60 : 0) + (shifted ? 45 : 0) + jump;
}

// Begins long after the other one and is silent at times, also where blocks of history meet.
double Late(int64_t unix_ns) {
  const double days = static_cast<double>(unix_ns - absl::ToUnixNanos(kOrigin)) / 86'400e9;
  const bool silent = days < 18 || std::fmod(days, 5) < 0.1 || Noise(unix_ns / 40, 5) > 0.4;
  return silent ? std::nan("") : 10 + Noise(unix_ns, 2) + (std::fmod(days, 3.0) < 0.02 ? 5 : 0);
}

struct Bucket {
  double score = 0;
  double expected = 0;
  double lower = 0;
  bool is_anomaly = false;
};
using Seen = std::map<std::pair<std::string, int64_t>, Bucket>;

bool Same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

class ZoomTest : public testing::TestWithParam<const char*> {
 protected:
  ZoomTest() {
    const FunctionConnector::Line eventful{"eventful", {}, Eventful, ""};
    const FunctionConnector::Line late{"late", {}, Late, ""};
    const std::vector<FunctionConnector::Line> both = {eventful, late};
    registry_.Add(std::make_unique<FunctionConnector>("demo", absl::Minutes(5), both));
    registry_.Add(std::make_unique<FunctionConnector>("system", absl::Minutes(5), std::vector{late}));
    service_ = MakeConnectorQueryService(registry_, clock_, {"1.2.3", ""});
  }

  Frame Ask(const std::string& more, TimeRange range, int64_t max_data_points, bool from_alert) {
    QueryRequest request;
    request.ref_id = "A";
    request.json = std::string(R"({"analysis":"anomalies",)") + GetParam() + more + "}";
    request.range = range;
    request.max_data_points = max_data_points;
    request.from_alert = from_alert;
    QueryAnswer answer = service_->Answer(request, {}, Cancellation());
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return answer.frames.empty() ? Frame() : answer.frames[0].frame();
  }

  TimeRange RandomRange() {
    const auto offset = absl::Seconds(std::uniform_int_distribution<int>(0, 18 * 86'400)(random_));
    const auto length = absl::Seconds(std::uniform_int_distribution<int>(1'800, 12 * 86'400)(random_));
    return {kNow - offset - length, kNow - offset};
  }

  static std::string SeriesOf(const Field& field) {
    const auto found = field.labels.find("series");
    return found == field.labels.end() ? "" : found->second;
  }

  SimulatedClock clock_{kNow};
  ConnectorRegistry registry_;
  std::unique_ptr<QueryService> service_;
  std::mt19937 random_{29};
};

constexpr char kShowAll[] = R"(,"show":["score","expected","band","points"])";

// Adds what a full-resolution overlay says of each bucket; what is known already must agree.
size_t Compare(const Frame& frame, Seen& seen, const std::function<std::string(const Field&)>& series_of) {
  const std::vector<int64_t>& times = std::get<TimeColumn>(frame.fields.front().column).values;
  std::map<std::string, std::vector<Bucket>> columns;
  for (const Field& field : frame.fields) {
    if (TypeOf(field.column) != FieldType::kFloat64) {
      continue;
    }
    std::vector<Bucket>& buckets = columns[series_of(field)];
    buckets.resize(times.size());
    const auto& column = std::get<Float64Column>(field.column);
    for (size_t i = 0; i < times.size(); ++i) {
      const double value = column.IsNull(i) ? std::nan("") : column.values[i];
      buckets[i].score = field.name == "score" ? value : buckets[i].score;
      buckets[i].expected = field.name == "expected" ? value : buckets[i].expected;
      buckets[i].lower = field.name == "lower" ? value : buckets[i].lower;
      buckets[i].is_anomaly = field.name == "anomaly" ? !std::isnan(value) : buckets[i].is_anomaly;
    }
  }
  size_t compared = 0;
  for (const auto& [series, buckets] : columns) {
    for (size_t i = 0; i < times.size(); ++i) {
      const auto [place, added] = seen.emplace(std::pair(series, times[i]), buckets[i]);
      const Bucket& known = place->second;
      compared += added ? 0 : 1;
      const bool same = Same(known.score, buckets[i].score) && Same(known.expected, buckets[i].expected) &&
                        Same(known.lower, buckets[i].lower) && known.is_anomaly == buckets[i].is_anomaly;
      EXPECT_TRUE(same) << series << " at " << times[i] << ": score " << known.score << " and " << buckets[i].score;
      if (!same) {
        return compared;
      }
    }
  }
  return compared;
}

TEST_P(ZoomTest, EveryRangeSaysTheSameOfABucket) {
  Seen seen;
  size_t compared = 0;
  for (int round = 0; round < 14; ++round) {
    compared += Compare(Ask(kShowAll, RandomRange(), 20'000, false), seen, SeriesOf);
  }
  EXPECT_GT(compared, 1000U);
  EXPECT_TRUE(std::any_of(seen.begin(), seen.end(), [](const auto& entry) { return entry.second.is_anomaly; }));
}

TEST_P(ZoomTest, AlertRulesSeeTheScoresOfTheOverlay) {
  for (int round = 0; round < 5; ++round) {
    const TimeRange range = RandomRange();
    Seen seen;
    Compare(Ask(R"(,"show":["score"])", range, 20'000, false), seen, SeriesOf);
    const Frame alert = Ask("", range, round % 2 == 0 ? 1 : 43'200, true);
    ASSERT_GT(alert.fields.size(), 1U);
    const std::vector<int64_t>& times = std::get<TimeColumn>(alert.fields.front().column).values;
    size_t compared = 0;
    for (size_t f = 1; f < alert.fields.size(); ++f) {
      const auto& column = std::get<Float64Column>(alert.fields[f].column);
      for (size_t i = 0; i < times.size(); ++i) {
        if (column.IsNull(i)) {
          continue;  // no value in this bucket: an alert rule sees no data, the overlay a score of zero
        }
        const auto known = seen.find({SeriesOf(alert.fields[f]), times[i]});
        ASSERT_NE(known, seen.end());
        ASSERT_EQ(column.values[i], known->second.score) << "at " << times[i];
        ++compared;
      }
    }
    EXPECT_GT(compared, 0U);
  }
}

TEST_P(ZoomTest, FewerDrawnPointsHideAndAddNoAnomaly) {
  for (int round = 0; round < 5; ++round) {
    const TimeRange range = RandomRange();
    Seen seen;
    Compare(Ask(kShowAll, range, 20'000, false), seen, SeriesOf);
    const int points = std::uniform_int_distribution<int>(10, 300)(random_);
    const Frame coarse = Ask(R"(,"show":["points"])", range, points, false);
    const std::vector<int64_t>& times = std::get<TimeColumn>(coarse.fields.front().column).values;
    std::set<std::pair<std::string, int64_t>> drawn;
    std::set<std::pair<std::string, int64_t>> expected;
    for (size_t f = 1; f < coarse.fields.size(); ++f) {
      const auto& column = std::get<Float64Column>(coarse.fields[f].column);
      for (size_t i = 0; i < times.size(); ++i) {
        if (!column.IsNull(i)) {
          drawn.emplace(SeriesOf(coarse.fields[f]), times[i]);
        }
      }
    }
    for (const auto& [key, bucket] : seen) {
      if (bucket.is_anomaly) {
        const auto next = std::upper_bound(times.begin(), times.end(), key.second);
        ASSERT_NE(next, times.begin());
        expected.emplace(key.first, *(next - 1));
      }
    }
    EXPECT_EQ(drawn, expected) << points << " points";
  }
}

TEST_P(ZoomTest, TheIncidentsOfANarrowRangeAreThoseOfAWiderOne) {
  // Both ranges end in the same bucket; the wide one begins earlier, often in another block.
  for (int round = 0; round < 10; ++round) {
    TimeRange narrow = RandomRange();
    if (round % 2 == 0) {  // begins where one block of history ends and the next begins
      narrow.from = kOrigin + absl::Floor(narrow.from - kOrigin, kDay) + absl::Minutes(7);
    }
    const TimeRange wide = {narrow.from - absl::Hours(97), narrow.to};
    const auto starts = [&](TimeRange range) {
      const Frame rows = Ask(R"(,"form":"rows")", range, 0, false);
      std::set<std::tuple<std::string, int64_t, int64_t>> incidents;
      const auto& start = std::get<TimeColumn>(rows.fields[0].column).values;
      const auto& end = std::get<TimeColumn>(rows.fields[1].column).values;
      const auto& series = std::get<StringColumn>(rows.fields[2].column);
      for (size_t i = 0; i < start.size(); ++i) {
        for (size_t k = 0; k < i; ++k) {
          EXPECT_TRUE(series[k] != series[i] || start[k] >= end[i]) << "overlap at " << start[i];
        }
        if (end[i] > absl::ToUnixNanos(narrow.from + absl::Hours(1))) {
          EXPECT_TRUE(incidents.emplace(std::string(series[i]), start[i], end[i]).second) << "twice at " << start[i];
        }
      }
      return incidents;
    };
    EXPECT_EQ(starts(narrow), starts(wide));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Queries, ZoomTest,
    testing::Values(
        R"("source":{"kind":"demo"},"interval":"5m","history":"7d")",
        R"("source":{"kind":"system"},"interval":"10m","history":"4d")",
        R"("source":{"kind":"demo"},"interval":"17m","history":"40h","anomalies":{"missing":"hold"})",
        R"("source":{"kind":"system"},"interval":"1h","history":"5d",
           "anomalies":{"missing":"zero","sensitivity":"high"})",
        R"("source":{"kind":"demo"},"interval":"10m","history":"3d","anomalies":{"missing":"alert","direction":"up"})",
        R"("source":{"kind":"demo"},"interval":"10m","history":"4d","anomalies":{"sensitivity":"high",
           "blackouts":[{"days":["mon","tue"],"from":"22:30","to":"05:10","timezone":"America/New_York"}],
           "feedback":[{"from":"2025-09-25T01:00:00Z","to":"2025-09-26T12:00:00Z","label":"expected"},
                       {"from":"2025-09-28T01:07:00Z","to":"2025-09-29T12:00:00Z","label":"anomaly"}]})",
        R"("source":{"kind":"demo"},"interval":"5m","history":"2d",
           "anomalies":{"method":"rolling-zscore","minDeviation":{"relative":0.05}})"));

}  // namespace
}  // namespace bellwether
