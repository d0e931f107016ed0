#include "server/connectors/csv/csv_connector.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"
#include "tests/unit/connectors/temp_folder.h"

namespace bellwether {
namespace {

using ::testing::Contains;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNan;
using ::testing::SizeIs;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMidnightS = 1795132800;  // 2026-11-20T00:00:00Z

class CsvConnectorTest : public ::testing::Test {
 protected:
  CsvConnector Connector() const {
    CsvOptions options = options_;
    options.folder = folder_.path().string();
    return CsvConnector(options);
  }

  FetchRequest Request(const std::string& extra_keys = "") const {
    FetchRequest request;
    request.query_json =
        absl::StrCat(R"({"kind":"csv","file":"a.csv")", extra_keys.empty() ? "" : ",", extra_keys, "}");
    request.range = {absl::FromUnixSeconds(0), absl::FromCivil(absl::CivilDay(2100, 1, 1), absl::UTCTimeZone())};
    request.step = absl::Minutes(1);
    return request;
  }

  absl::StatusOr<FetchResult> Fetch(std::string_view content, const std::string& extra_keys = "") const {
    folder_.Write("a.csv", content);
    return Connector().Fetch(Request(extra_keys), Cancellation());
  }

  FetchResult MustFetch(std::string_view content, const std::string& extra_keys = "") const {
    absl::StatusOr<FetchResult> result = Fetch(content, extra_keys);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : FetchResult();
  }

  std::string Error(std::string_view content, const std::string& extra_keys = "") const {
    const absl::StatusOr<FetchResult> result = Fetch(content, extra_keys);
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(OriginOf(result.status()), Origin::kDownstream) << result.status();
    EXPECT_LT(HttpStatusOf(result.status()), 500) << result.status();
    return std::string(result.status().message());
  }

  TempFolder folder_;
  CsvOptions options_;
};

auto Says(const std::string& part) { return Contains(Field(&Notice::text, HasSubstr(part))); }

TEST_F(CsvConnectorTest, ReadsAPlainFileWithoutAnyNotice) {
  const FetchResult result = MustFetch("time,value\n2026-11-20T00:00:00Z,1.5\n2026-11-20T00:01:00Z,2\n");
  ASSERT_THAT(result.series, SizeIs(1));
  EXPECT_EQ(result.series[0].name, "value");
  EXPECT_THAT(result.series[0].times_unix_ns, ElementsAre(kMidnightS * kSecond, (kMidnightS + 60) * kSecond));
  EXPECT_THAT(result.series[0].values, ElementsAre(1.5, 2.0));
  EXPECT_THAT(result.notices, IsEmpty());
}

TEST_F(CsvConnectorTest, ReadsTheSamePointsFromManySpellings) {
  const struct {
    std::string_view name;
    std::string_view content;
    std::string keys;
  } cases[] = {
      {"semicolon and decimal comma", "zeit;wert\n20.11.2026 00:00;1,5\n20.11.2026 00:01;2,0\n", ""},
      {"decimal comma after whole numbers", "t;v\n2026-11-20;1,5\n2026-11-20 00:01;2\n", ""},
      {"tab", "time\tvalue\n2026-11-20 00:00\t1.5\n2026-11-20 00:01\t2\n", ""},
      {"pipe", "time|value\n2026-11-20 00:00|1.5\n2026-11-20 00:01|2\n", ""},
      {"quoted, BOM, CRLF",
       "\xEF\xBB\xBF\"time\",\"value\"\r\n\"2026-11-20 00:00:00\",\"1.5\"\r\n\"2026-11-20 00:01:00\",\"2\"\r\n", ""},
      {"no header", "2026-11-20 00:00,1.5\n2026-11-20 00:01,2\n", ""},
      {"epoch seconds", "ts,v\n1795132800,1.5\n1795132860,2\n", ""},
      {"epoch milliseconds", "ts,v\n1795132800000,1.5\n1795132860000,2\n", ""},
      {"epoch nanoseconds", "ts,v\n1795132800000000000,1.5\n1795132860000000000,2\n", ""},
      {"value first", "value,when\n1.5,2026-11-20 00:00\n2,2026-11-20 00:01\n", ""},
      {"day first", "d,v\n20/11/2026,1.5\n20/11/2026 00:01,2\n", ""},
      {"month first", "d,v\n11/20/2026 12:00 AM,1.5\n11/20/2026 12:01 AM,2\n", ""},
      {"offsets", "t,v\n2026-11-20T01:00:00+01:00,1.5\n2026-11-19T19:01:00-05:00,2\n", ""},
      {"given zone", "t,v\n2026-11-20 01:00,1.5\n2026-11-20 01:01,2\n", R"("timezone":"Europe/Berlin")"},
      {"given format", "t,v\n20 Nov 2026 00:00,1.5\n20 Nov 2026 00:01,2\n", R"("timeFormat":"%d %b %Y %H:%M")"},
      {"given columns", "a,b,c\n7,2026-11-20 00:00,1.5\n8,2026-11-20 00:01,2\n",
       R"("timeColumn":"b","valueColumn":["c"])"},
      {"delimiter at line ends", "t,v\n2026-11-20 00:00,1.5,\n2026-11-20 00:01,2,\n", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const FetchResult result = MustFetch(c.content, c.keys);
    ASSERT_THAT(result.series, SizeIs(1));
    EXPECT_THAT(result.series[0].times_unix_ns, ElementsAre(kMidnightS * kSecond, (kMidnightS + 60) * kSecond));
    EXPECT_THAT(result.series[0].values, ElementsAre(1.5, 2.0));
    EXPECT_THAT(result.notices, IsEmpty());
  }
}

TEST_F(CsvConnectorTest, FindsTheOrderOfDayAndMonthFarDownTheFile) {
  std::string content = "d,v\n";
  for (int i = 0; i < 3000; ++i) {
    absl::StrAppend(&content, "0", 1 + i % 9, "/01/2026,1\n");
  }
  absl::StrAppend(&content, "25/01/2026,9\n");
  const FetchResult result = MustFetch(content);
  ASSERT_THAT(result.series, SizeIs(1));
  EXPECT_EQ(result.series[0].times_unix_ns.back(), 1769299200 * kSecond);  // 2026-01-25
  EXPECT_EQ(result.series[0].values.back(), 9);
}

TEST_F(CsvConnectorTest, AsksWhenTheOrderOfDayAndMonthStaysOpen) {
  EXPECT_THAT(Error("d,v\n03/04/2026,1\n04/04/2026,2\n"), HasSubstr("Set timeFormat to \"%d/%m/%Y\""));
}

TEST_F(CsvConnectorTest, EveryNumericColumnIsASeries) {
  const FetchResult result = MustFetch("time,cpu,mem\n2026-11-20,1,10\n2026-11-21,2,20\n");
  ASSERT_THAT(result.series, SizeIs(2));
  EXPECT_EQ(result.series[0].name, "cpu");
  EXPECT_EQ(result.series[1].name, "mem");
  EXPECT_THAT(result.series[1].values, ElementsAre(10, 20));
}

TEST_F(CsvConnectorTest, TextColumnsTellSeriesApart) {
  const std::string content = "time,host,value\n2026-11-20,a,1\n2026-11-20,b,2\n2026-11-21,a,3\n2026-11-21,b,4\n";
  const FetchResult result = MustFetch(content);
  ASSERT_THAT(result.series, SizeIs(2));
  EXPECT_EQ(result.series[1].labels, (Labels{{"host", "b"}}));
  EXPECT_THAT(result.series[1].values, ElementsAre(2, 4));
  const FetchResult filtered = MustFetch(content, R"("labels":{"host":"b"})");
  ASSERT_THAT(filtered.series, SizeIs(1));
  EXPECT_THAT(filtered.series[0].values, ElementsAre(2, 4));
  const FetchResult unsplit = MustFetch(content, R"("seriesColumn":"")");
  ASSERT_THAT(unsplit.series, SizeIs(1));
  EXPECT_THAT(unsplit.notices, Says("have the time of a later row"));
}

TEST_F(CsvConnectorTest, NumericSeriesColumnSplitsWhenNamed) {
  const FetchResult result = MustFetch("time,id,value\n2026-11-20,1,5\n2026-11-20,2,6\n", R"("seriesColumn":"id")");
  ASSERT_THAT(result.series, SizeIs(2));
  EXPECT_EQ(result.series[0].labels, (Labels{{"id", "1"}}));
  EXPECT_EQ(result.series[0].name, "value");
}

TEST_F(CsvConnectorTest, BoundsTheNumberOfSeries) {
  folder_.Write("a.csv", "time,host,value\n2026-11-20,a,1\n2026-11-20,b,2\n2026-11-20,c,3\n");
  FetchRequest request = Request();
  request.max_series = 2;
  const absl::StatusOr<FetchResult> result = Connector().Fetch(request, Cancellation());
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->series, SizeIs(2));
  EXPECT_THAT(result->notices, Says("1 row of series past the limit left out"));
}

TEST_F(CsvConnectorTest, CountsBadRowsAndNamesTheFirst) {
  const FetchResult result = MustFetch("time,value\n2026-11-20,1\nyesterday,2\n2026-11-21,3,4\n2026-11-22,5\n");
  ASSERT_THAT(result.series, SizeIs(1));
  EXPECT_THAT(result.series[0].values, ElementsAre(1, 5));
  EXPECT_THAT(result.notices, Says("2 of 4 rows were skipped: line 3 has no time in column \"time\" (\"yesterday\")."));
}

TEST_F(CsvConnectorTest, ReadsTextInANumericColumnAsMissing) {
  const FetchResult result = MustFetch("time,value\n2026-11-20,1\n2026-11-21,oops\n2026-11-22,3\n");
  ASSERT_THAT(result.series, SizeIs(1));
  EXPECT_THAT(result.series[0].values, ElementsAre(1, IsNan(), 3));
  EXPECT_THAT(result.notices,
              Says("1 value was read as missing: line 3 has no number in column \"value\" (\"oops\")."));
}

TEST_F(CsvConnectorTest, MissingSpellingsAreMissingAndHugeValuesStay) {
  const FetchResult result = MustFetch(
      "time,value\n1795132800,\n1795132801,NaN\n1795132802,inf\n1795132803,null\n1795132804,1e308\n1795132805,-1e308\n"
      "1795132806,1e999\n1795132807,1e-999\n");
  ASSERT_THAT(result.series, SizeIs(1));
  EXPECT_THAT(result.series[0].values, ElementsAre(IsNan(), IsNan(), IsNan(), IsNan(), 1e308, -1e308, IsNan(), 0.0));
  ASSERT_THAT(result.notices, SizeIs(1));
  EXPECT_THAT(result.notices,
              Says("2 values are infinite or too large for a number and count as missing, first in line "
                   "4, column \"value\"."));
}

TEST_F(CsvConnectorTest, KeepsTheLastOfEqualTimesAndSortsBackwardOnes) {
  const FetchResult result =
      MustFetch("time,value\n2026-11-21,1\n2026-11-20,2\n2026-11-21,3\n2026-11-22,4\n2026-11-22,5\n");
  ASSERT_THAT(result.series, SizeIs(1));
  EXPECT_THAT(result.series[0].values, ElementsAre(2, 3, 5));
  EXPECT_THAT(result.notices, Says("Times step backward at 1 row; the rows were sorted."));
  EXPECT_THAT(result.notices, Says("2 values have the time of a later row"));
}

TEST_F(CsvConnectorTest, SaysHowTimesWithoutZoneWereReadInAMixedFile) {
  const FetchResult result =
      MustFetch("time,value\n2026-11-20T00:00:00Z,1\n2026-11-20 02:00:00,2\n2026-11-20T02:00:00+01:00,3\n",
                R"("timezone":"Europe/Berlin")");
  ASSERT_THAT(result.series, SizeIs(1));
  EXPECT_THAT(result.series[0].times_unix_ns, ElementsAre(kMidnightS * kSecond, (kMidnightS + 3600) * kSecond));
  EXPECT_THAT(result.series[0].values, ElementsAre(1, 3));
  EXPECT_THAT(result.notices, Says("1 row without and 2 rows with a time zone: the former were read as Europe/Berlin"));
}

TEST_F(CsvConnectorTest, AnswersSmallAndEmptyFilesClearly) {
  EXPECT_THAT(Error(""), HasSubstr("The file is empty"));
  EXPECT_THAT(Error("\n\n\n"), HasSubstr("The file is empty"));
  const FetchResult header_only = MustFetch("time,value\n");
  EXPECT_THAT(header_only.series, IsEmpty());
  EXPECT_THAT(header_only.notices, Says("has a header and no rows"));
  const FetchResult one_row = MustFetch("2026-11-20,5");
  ASSERT_THAT(one_row.series, SizeIs(1));
  EXPECT_THAT(one_row.series[0].values, ElementsAre(5));
  const FetchResult all_missing = MustFetch("time,value\n2026-11-20,\n2026-11-21,\n");
  ASSERT_THAT(all_missing.series, SizeIs(1));
  EXPECT_THAT(all_missing.notices, Says("all values are missing"));
}

TEST_F(CsvConnectorTest, SaysWhereTheDataIsWhenTheRangeIsElsewhere) {
  folder_.Write("a.csv", "time,value\n2026-11-20,1\n2026-11-21,2\n");
  FetchRequest request = Request();
  request.range.to = absl::FromUnixSeconds(1000);
  const absl::StatusOr<FetchResult> result = Connector().Fetch(request, Cancellation());
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->series, IsEmpty());
  EXPECT_THAT(result->notices, Says("go from 2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z"));
}

TEST_F(CsvConnectorTest, RefusesWhatIsNoTable) {
  EXPECT_THAT(Error(std::string_view("\x7f"
                                     "ELF\0\0\0\1,2\n",
                                     12)),
              HasSubstr("binary"));
  EXPECT_THAT(Error("a,b\nx,y\nz,w\n"), HasSubstr("No column holds times"));
  EXPECT_THAT(Error("time,b\n2026-11-20,y\n2026-11-21,w\n"), HasSubstr("No column holds numbers"));
  EXPECT_THAT(Error("time,value\n2026-11-20,1\n", R"("timeColumn":"nope")"),
              HasSubstr("It has \"time\" and \"value\""));
  EXPECT_THAT(Error("time,value\n2026-11-20,1\n", R"("valueColumn":"nope")"), HasSubstr("source.valueColumn \"nope\""));
  EXPECT_THAT(Error("time,value\n2026-11-20,1\n", R"("seriesColumn":"nope")"), HasSubstr("source.seriesColumn"));
  EXPECT_THAT(Error("time,value\n2026-11-20,1\n", R"("timeFormat":"%Y/%j")"), HasSubstr("No column holds times"));
  EXPECT_THAT(Error("time,value\nsoon,1\n", R"("timeColumn":"time")"), HasSubstr("No row of \"a.csv\" can be read"));
}

TEST_F(CsvConnectorTest, RefusesBadKeys) {
  for (const char* keys : {R"("delimiter":"x")", R"("timezone":"Mars/Olympus")", R"("timezone":"../../etc/passwd")",
                           R"("timezone":"/etc/passwd")", R"("timezone":"file:/dev/zero")", R"("timeFormat":"abc")",
                           R"("timeColumn":1)", R"("valueColumn":{"a":1})", R"("labels":[1])", R"("labels":{"a":1})"}) {
    SCOPED_TRACE(keys);
    EXPECT_THAT(Error("time,value\n2026-11-20,1\n", keys), HasSubstr("source."));
  }
}

TEST_F(CsvConnectorTest, HonoursTheLimitsOfTheOperator) {
  options_.max_rows = 2;
  EXPECT_THAT(Error("time,value\n2026-11-20,1\n2026-11-21,1\n2026-11-22,1\n"), HasSubstr("more than 2 rows"));
  options_.max_bytes = 10;
  EXPECT_THAT(Error("time,value\n2026-11-20,1\n"), HasSubstr("more than the 10 that are allowed"));
}

TEST_F(CsvConnectorTest, AveragesWithoutBiasPastTheBound) {
  std::string content = "ts,v\n";
  for (int i = 0; i < 10'000; ++i) {
    absl::StrAppend(&content, kMidnightS + i, ",", i % 10, "\n");
  }
  folder_.Write("a.csv", content);
  FetchRequest request = Request();
  request.step = absl::Seconds(5);
  request.max_points_per_series = 1500;
  const absl::StatusOr<FetchResult> result = Connector().Fetch(request, Cancellation());
  ASSERT_TRUE(result.ok());
  ASSERT_THAT(result->series, SizeIs(1));
  EXPECT_THAT(result->series[0].values, SizeIs(1000));  // 10 s buckets: 5 s times a power of two
  for (const double value : result->series[0].values) {
    ASSERT_THAT(value, DoubleNear(4.5, 1e-9));
  }
  EXPECT_THAT(result->notices, Says("means over buckets of 10s"));
}

TEST_F(CsvConnectorTest, BoundsAllSeriesTogether) {
  options_.max_total_points = 1000;
  std::string content = "ts,host,v\n";
  for (int i = 0; i < 5000; ++i) {
    absl::StrAppend(&content, kMidnightS + i, ",h", i % 10, ",1\n");
  }
  const FetchResult result = MustFetch(content);
  ASSERT_THAT(result.series, SizeIs(10));
  size_t points = 0;
  for (const RawSeries& series : result.series) {
    points += series.values.size();
  }
  EXPECT_LE(points, 1000u);
  EXPECT_GE(points, 100u);
}

TEST_F(CsvConnectorTest, CancelledFetchStops) {
  folder_.Write("a.csv", "time,value\n2026-11-20,1\n");
  const absl::StatusOr<FetchResult> result = Connector().Fetch(Request(), Cancellation([] { return true; }));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(CsvConnectorTest, ListsFilesAndColumns) {
  folder_.Write("b.csv", "x");
  folder_.Write("sub/deep/c.CSV", "x");
  folder_.Write("note.txt", "x");
  folder_.Write(".hidden.csv", "x");
  folder_.Write("a.csv", "time,host,cpu,mem\n2026-11-20,h1,1,2\n2026-11-20,h2,1,2\n");
  const auto files = Connector().List(R"({"kind":"csv"})");
  ASSERT_TRUE(files.ok()) << files.status();
  std::vector<std::string> names;
  for (const SeriesInfo& info : *files) {
    names.push_back(info.name);
  }
  EXPECT_THAT(names, ElementsAre("a.csv", "b.csv", "sub/deep/c.CSV"));
  const auto columns = Connector().List(R"({"kind":"csv","file":"a.csv"})");
  ASSERT_TRUE(columns.ok()) << columns.status();
  ASSERT_THAT(*columns, SizeIs(4));
  EXPECT_EQ((*columns)[0].name, "cpu");
  EXPECT_EQ((*columns)[0].labels, (Labels{{"host", "h1"}}));
}

TEST_F(CsvConnectorTest, LatinOneTextBecomesUtf8) {
  const FetchResult result = MustFetch(
      "zeit;stra\xDF"
      "e;wert\n2026-11-20;M\xFCller;1\n2026-11-21;M\xFCller;2\n");
  ASSERT_THAT(result.series, SizeIs(1));
  EXPECT_EQ(result.series[0].labels, (Labels{{"stra\u00DFe", "M\u00FCller"}}));
}

TEST_F(CsvConnectorTest, WithoutAFolderNothingIsRead) {
  const CsvConnector connector{CsvOptions()};
  const absl::Status fetch = connector.Fetch(Request(), Cancellation()).status();
  EXPECT_EQ(fetch.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(fetch.message()), HasSubstr("Ask the administrator"));
  EXPECT_EQ(connector.List(R"({"kind":"csv"})").status().code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace bellwether
