// Series that are not nice, from a file to the frames of a query: sound columns or a sentence, and a notice of what was
// done with them.

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"
#include "server/connectors/connector_registry.h"
#include "server/connectors/csv/csv_connector.h"
#include "server/query/connector_query_service.h"
#include "tests/support/function_connector.h"
#include "tests/support/simulated_clock.h"
#include "tests/unit/analytics/detector_carriers.h"
#include "tests/unit/connectors/temp_folder.h"

namespace bellwether {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

std::string TimeCell(int64_t unix_ns) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(unix_ns), absl::UTCTimeZone());
}

std::string ValueCell(double value) { return std::isnan(value) ? std::string(",") : absl::StrFormat(",%.17g", value); }

std::string TableOf(const Carrier& carrier) {
  std::string table = "time,value\n";
  for (size_t i = 0; i < carrier.values.size(); ++i) {
    table += TimeCell(carrier.times[i]) + ValueCell(carrier.values[i]) + "\n";
  }
  return table;
}

/// Three hosts with two metrics each: the carrier, and its values from the last to the first.
std::string GroupTableOf(const Carrier& carrier) {
  std::string table = "time,host,cpu,memory\n";
  for (size_t i = 0; i < carrier.values.size(); ++i) {
    const std::string time = TimeCell(carrier.times[i]);
    const std::string values = ValueCell(carrier.values[i]) + ValueCell(carrier.values[carrier.values.size() - 1 - i]);
    for (const char* host : {",a", ",b", ",c"}) {
      table += time + host + values + "\n";
    }
  }
  return table;
}

class HostileSeriesTest : public testing::Test {
 protected:
  /// Asks for the whole of a series, and a day beyond.
  QueryAnswer Ask(const Carrier& carrier, const std::string& query, bool from_alert = false) {
    return AskOfTable(TableOf(carrier), carrier, query, from_alert);
  }

  /// The same of a table with the times of the carrier.
  QueryAnswer AskOfTable(const std::string& table, const Carrier& carrier, const std::string& query, bool from_alert) {
    const TimeRange range = RangeOf(carrier);
    const SimulatedClock clock(range.to);
    const auto service = ServiceOver(table, clock);
    QueryRequest request;
    request.ref_id = "A";
    request.json = R"({"source":{"kind":"csv","file":"series.csv"},)" + query + "}";
    request.range = range;
    request.max_data_points = 500;
    request.from_alert = from_alert;
    return service->Answer(request, {}, Cancellation());
  }

  absl::StatusOr<std::string> Backtest(const Carrier& carrier) {
    const SimulatedClock clock(RangeOf(carrier).to);
    return ServiceOver(TableOf(carrier), clock)
        ->BacktestJson(
            R"({"query":{"analysis":"anomalies","history":"6h","source":{"kind":"csv","file":"series.csv"}},)"
            R"("days":2,"budgets":[0.002,1,1000]})",
            {}, Cancellation());
  }

  static TimeRange RangeOf(const Carrier& carrier) {
    absl::Time first = absl::InfiniteFuture();
    absl::Time last = absl::InfinitePast();
    for (const int64_t time : carrier.times) {
      first = std::min(first, absl::FromUnixNanos(time));
      last = std::max(last, absl::FromUnixNanos(time));
    }
    if (carrier.times.empty()) {
      first = last = absl::FromUnixNanos(kStartNs);
    }
    return {first, last + absl::Hours(24)};
  }

  std::unique_ptr<QueryService> ServiceOver(const std::string& table, const Clock& clock) {
    folder_.Write("series.csv", table);
    CsvOptions options;
    options.folder = folder_.path().string();
    registry_ = std::make_unique<ConnectorRegistry>();
    registry_->Add(std::make_unique<CsvConnector>(options));
    return MakeConnectorQueryService(*registry_, clock, {"1.2.3", ""});
  }

  static std::string Notices(const QueryAnswer& answer) {
    std::string text;
    for (const CheckedFrame& frame : answer.frames) {
      for (const Notice& notice : frame.frame().meta.notices) {
        text += notice.text + "\n";
      }
    }
    return text;
  }

  TempFolder folder_;
  std::unique_ptr<ConnectorRegistry> registry_;
};

/// A missing value is NaN in a column and null in what is sent; nothing is infinite.
void ExpectSound(const QueryAnswer& answer) {
  if (!answer.status.ok()) {
    EXPECT_GE(HttpStatusOf(answer.status), 400);
    EXPECT_LT(HttpStatusOf(answer.status), 500);
    EXPECT_EQ(answer.status.message().back(), '.') << answer.status;
    return;
  }
  for (const CheckedFrame& checked : answer.frames) {
    for (const Field& field : checked.frame().fields) {
      if (const auto* column = std::get_if<Float64Column>(&field.column)) {
        for (const double number : column->values) {
          ASSERT_FALSE(std::isinf(number)) << field.name;
        }
        for (size_t i = 0; i < column->size(); ++i) {
          ASSERT_TRUE(!std::isnan(column->values[i]) || column->IsNull(i)) << field.name << ", row " << i;
        }
      }
    }
    EXPECT_EQ(checked.frame().meta.custom_json.find("nan"), std::string::npos);
  }
}

/// Some on the times they come with, some on regular ones.
std::vector<Carrier> AllCarriers(uint64_t seed) {
  std::vector<Carrier> carriers = BenignCarriers(300, seed);
  for (Carrier& carrier : HostileCarriers()) {
    if (carriers.size() % 3 == 0) {
      carrier.times = Times(carrier.values.size(), kFiveMinutesNs);
    }
    carriers.push_back(std::move(carrier));
  }
  return carriers;
}

TEST_F(HostileSeriesTest, EveryAnalysisAnswersSoundlyOrSaysWhatIsWrong) {
  for (const Carrier& carrier : AllCarriers(21)) {
    for (const char* query :
         {R"("analysis":"anomalies","history":"6h","show":["value","expected","band","points","score"])",
          R"("analysis":"anomalies","form":"rows","anomalies":{"missing":"alert"})", R"("analysis":"trend")",
          R"("analysis":"forecast","forecast":{"horizon":"1h"})"}) {
      SCOPED_TRACE(carrier.name + ", " + query);
      ASSERT_NO_FATAL_FAILURE(ExpectSound(Ask(carrier, query)));
    }
    SCOPED_TRACE(carrier.name + ", rule");
    ASSERT_NO_FATAL_FAILURE(ExpectSound(Ask(carrier, R"("analysis":"anomalies","interval":"5m")", true)));
  }
}

TEST_F(HostileSeriesTest, GroupsAnswerSoundlyOrSayWhatIsWrong) {
  for (const Carrier& carrier : AllCarriers(24)) {
    const std::string table = GroupTableOf(carrier);
    for (const char* query :
         {R"("analysis":"outliers")", R"("analysis":"outliers","form":"rows","outliers":{"method":"dbscan"})",
          R"("analysis":"multivariate","history":"6h")", R"("analysis":"multivariate","history":"6h","form":"rows")"}) {
      SCOPED_TRACE(carrier.name + ", " + query);
      ASSERT_NO_FATAL_FAILURE(ExpectSound(AskOfTable(table, carrier, query, false)));
    }
    for (const char* query :
         {R"("analysis":"outliers","interval":"5m")", R"("analysis":"multivariate","history":"6h","interval":"5m")"}) {
      SCOPED_TRACE(carrier.name + ", rule, " + query);
      ASSERT_NO_FATAL_FAILURE(ExpectSound(AskOfTable(table, carrier, query, true)));
    }
  }
}

TEST_F(HostileSeriesTest, BacktestsAnswerSoundlyOrSayWhatIsWrong) {
  for (const Carrier& carrier : AllCarriers(25)) {
    SCOPED_TRACE(carrier.name);
    const absl::StatusOr<std::string> answer = Backtest(carrier);
    if (!answer.ok()) {
      EXPECT_EQ(HttpStatusOf(answer.status()), 400) << answer.status();
      EXPECT_EQ(answer.status().message().back(), '.') << answer.status();
      continue;
    }
    for (const char* bad : {"nan", "inf", "Infinity"}) {
      EXPECT_EQ(answer->find(std::string(":") + bad), std::string::npos) << *answer;
    }
  }
}

TEST_F(HostileSeriesTest, ANoticeSaysWhatWasDone) {
  const std::string query = R"("analysis":"anomalies","interval":"5m","history":"6h")";
  const auto carrier_of = [](const std::string& name) {
    for (Carrier& carrier : BenignCarriers(300, 22)) {
      if (carrier.name == name) {
        return carrier;
      }
    }
    return Carrier();
  };
  EXPECT_THAT(Notices(Ask(carrier_of("every time twice"), query)), HasSubstr("the last one was kept"));
  EXPECT_THAT(Notices(Ask(carrier_of("times that step back"), query)), HasSubstr("the rows were sorted"));
  Carrier infinite = carrier_of("white noise");
  infinite.values[7] = INFINITY;
  infinite.values[9] = -INFINITY;
  EXPECT_THAT(Notices(Ask(infinite, query)),
              HasSubstr("2 values are infinite or too large for a number and count as missing, first in line 9"));
  Carrier missing = carrier_of("white noise");
  missing.values.assign(300, std::nan(""));
  EXPECT_THAT(Notices(Ask(missing, query)), AnyOf(HasSubstr("all values are missing"), HasSubstr("no data")));
  EXPECT_THAT(Notices(Ask({"one point", {kStartNs}, {3}}, query)), HasSubstr("learn"));
  EXPECT_THAT(Notices(Ask({"nothing", {}, {}}, query)), HasSubstr("no rows"));
  EXPECT_THAT(Notices(Ask(carrier_of("gap of a year"), query)),
              HasSubstr("value has no values for 365d from 2023-11-15T12:30:00Z on, longer than the history of 6h that "
                        "is learned from: learning begins anew after it."));
  std::string words = "time,value\n";
  for (size_t i = 0; i < 60; ++i) {
    words += TimeCell(infinite.times[i]) + (i % 7 == 0 ? ",true\n" : ",false\n");
  }
  const QueryAnswer booleans = AskOfTable(words, infinite, query, false);
  EXPECT_EQ(HttpStatusOf(booleans.status), 400) << booleans.status << Notices(booleans);
  EXPECT_THAT(std::string(booleans.status.message()), HasSubstr("No column holds numbers; the columns are"));
  // A gap of a year at five minutes is more than can be looked at: the step that would do is named.
  const QueryAnswer gap = Ask(carrier_of("gap of a year"), R"("analysis":"anomalies","interval":"1s")");
  EXPECT_EQ(HttpStatusOf(gap.status), 400);
  EXPECT_THAT(std::string(gap.status.message()), HasSubstr("Set interval to at least"));
}

TEST_F(HostileSeriesTest, BudgetsOutsideTheRangeAreRefusedWithIt) {
  const Carrier carrier = BenignCarriers(100, 23)[0];
  for (const char* analysis : {"anomalies", "multivariate"}) {
    for (const char* budget : {"0", "-1", "1e-9", "0.0019", "1000.1", "1e300", "1e400", "\"lots\"", "true"}) {
      SCOPED_TRACE(std::string(analysis) + " " + budget);
      const QueryAnswer answer = Ask(carrier, std::string("\"analysis\":\"") + analysis + "\",\"" + analysis +
                                                  "\":{\"falseAlarmsPerWeek\":" + budget + "}");
      EXPECT_EQ(HttpStatusOf(answer.status), 400) << answer.status;
      EXPECT_EQ(OriginOf(answer.status), Origin::kDownstream);
      EXPECT_THAT(std::string(answer.status.message()), AnyOf(HasSubstr("at least 0.002 and at most 1000"),
                                                              HasSubstr("must be a number"), HasSubstr("JSON")));
    }
  }
}

TEST(TenMillionPointsTest, AreAnsweredInOneQuery) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  const absl::Time now = absl::FromUnixSeconds(1'760'000'000);
  const auto value = [](int64_t t) {
    const auto hash = static_cast<uint64_t>(t / kSecondNs) * 0x9E3779B97F4A7C15ULL;
    return 10 + 3 * std::sin(2 * M_PI * static_cast<double>(t) / 86'400e9) +
           static_cast<double>((hash ^ (hash >> 29)) >> 40) / static_cast<double>(1 << 24);
  };
  // 116 days of seconds.
  auto connector = std::make_unique<FunctionConnector>(
      "demo", absl::Seconds(1), std::vector<FunctionConnector::Line>{{"load", {}, value, ""}}, false);
  connector->BeginAt(now - absl::Seconds(10'000'000));
  ConnectorRegistry registry;
  registry.Add(std::move(connector));
  const SimulatedClock clock(now);
  const auto service = MakeConnectorQueryService(registry, clock, {"1.2.3", ""});
  QueryRequest request;
  request.ref_id = "A";
  request.json = R"({"analysis":"anomalies","source":{"kind":"demo"},"interval":"5m","history":"14d"})";
  request.range = {now - absl::Hours(24 * 90), now};
  request.max_data_points = 1000;
  const QueryAnswer answer = service->Answer(request, {}, Cancellation());
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_GT(answer.frames[0].rows(), 400u);
  EXPECT_LE(answer.frames[0].rows(), 1'010u);
  ASSERT_NO_FATAL_FAILURE(ExpectSound(answer));
}

}  // namespace
}  // namespace bellwether
