#include "server/connectors/system/system_connector.h"

#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/status/error_origin.h"
#include "tests/support/simulated_clock.h"
#include "tests/unit/connectors/temp_folder.h"

namespace bellwether {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SystemConnectorTest : public ::testing::Test {
 protected:
  SystemConnectorTest() {
    options_.proc_root = folder_.path().string();
    options_.disk_root = "";
    WriteProc(0);
  }

  /// A machine that has been busy for `seconds`: 25 % user, 1 % steal, 1,000 bytes received a second, half busy disk.
  void WriteProc(uint64_t seconds) {
    folder_.Write("stat", absl::StrCat("cpu  ", 25 * seconds, " 0 ", 10 * seconds, " ", 60 * seconds, " ", 4 * seconds,
                                       " 0 0 ", seconds, " 0 0\nctxt ", 500 * seconds, "\nprocesses ", 3 * seconds,
                                       "\nprocs_running 2\nprocs_blocked 0\n"));
    folder_.Write("loadavg", "0.50 0.25 0.10 2/345 6789\n");
    folder_.Write("meminfo",
                  "MemTotal: 1000 kB\nMemAvailable: 250 kB\nCached: 100 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
    folder_.Write("uptime", absl::StrCat(1000 + seconds, ".0 1.0\n"));
    folder_.Write("diskstats",
                  absl::StrCat("8 0 sda 1 0 ", 2 * seconds, " 0 1 0 ", 4 * seconds, " 0 0 ", 500 * seconds, " 0\n"));
    folder_.Write("net/dev", absl::StrCat("a|b\nc|d\n eth0: ", 1000 * seconds, " 0 0 0 0 0 0 0 ", 100 * seconds,
                                          " 0 0 0 0 0 0 0\n eth1: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"));
  }

  /// Samples every 5 s from second `from` to before `to`.
  void SampleSeconds(SystemConnector& connector, uint64_t from, uint64_t to) {
    for (uint64_t second = from; second < to; second += 5) {
      WriteProc(second);
      clock_.SetTime(kStart + absl::Seconds(second));
      connector.SampleOnce();
    }
  }

  FetchRequest Request(const std::string& keys) const {
    FetchRequest request;
    request.query_json = absl::StrCat(R"({"kind":"system")", keys.empty() ? "" : ",", keys, "}");
    request.range = {kStart - absl::Hours(1), kStart + absl::Hours(48)};
    request.step = absl::Seconds(15);
    return request;
  }
  FetchResult Fetch(const SystemConnector& connector, const FetchRequest& request) const {
    const absl::StatusOr<FetchResult> result = connector.Fetch(request, Cancellation());
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : FetchResult();
  }

  static constexpr int64_t kStartSeconds = 1795178100;  // a multiple of 60
  const absl::Time kStart = absl::FromUnixSeconds(kStartSeconds);
  TempFolder folder_;
  SimulatedClock clock_{kStart};
  SystemOptions options_;
};

TEST_F(SystemConnectorTest, RatesAndSharesAreRight) {
  SystemConnector connector(options_, clock_);
  SampleSeconds(connector, 0, 60);
  const struct {
    const char* name;
    double want;
  } cases[] = {{"cpu_total", 36},
               {"cpu_user", 25},
               {"cpu_system", 10},
               {"cpu_iowait", 4},
               {"cpu_idle", 60},
               {"cpu_steal", 1},
               {"load_1", 0.5},
               {"memory_used_percent", 75},
               {"memory_used", 750 * 1024},
               {"context_switches", 500},
               {"forks", 3},
               {"threads", 345},
               {"processes_running", 2},
               {"disk_read", 1024},
               {"disk_written", 2048},
               {"disk_busy", 50}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const FetchResult result = Fetch(connector, Request(absl::StrCat(R"("series":")", c.name, "\"")));
    ASSERT_THAT(result.series, SizeIs(1));
    ASSERT_THAT(result.series[0].values, SizeIs(4));
    for (const double value : result.series[0].values) {
      EXPECT_NEAR(value, c.want, c.want * 1e-5);
    }
    EXPECT_EQ(result.series[0].times_unix_ns[1] - result.series[0].times_unix_ns[0], 15'000'000'000);
  }
}

TEST_F(SystemConnectorTest, TwoQuickReadingsGiveAFirstPoint) {
  SystemConnector connector(options_, clock_);
  connector.SampleOnce();
  WriteProc(1);
  clock_.SetTime(kStart + absl::Seconds(1));
  connector.SampleOnce();
  const FetchResult result = Fetch(connector, Request(""));
  ASSERT_THAT(result.series, SizeIs(1));
  EXPECT_EQ(result.series[0].name, "cpu_total");
  EXPECT_EQ(result.series[0].unit, "percent");
  EXPECT_THAT(result.series[0].values, ElementsAre(36));
  EXPECT_THAT(result.notices, Contains(Field(&Notice::text, HasSubstr("sampled since 2026-11-20T12:35:00Z"))));
}

TEST_F(SystemConnectorTest, LabelsChooseDevices) {
  SystemConnector connector(options_, clock_);
  SampleSeconds(connector, 0, 30);
  EXPECT_THAT(Fetch(connector, Request(R"("series":"network_received")")).series, SizeIs(2));
  const FetchResult one = Fetch(connector, Request(R"("series":"network_received","labels":{"interface":"eth0"})"));
  ASSERT_THAT(one.series, SizeIs(1));
  EXPECT_NEAR(one.series[0].values[0], 1000, 1e-3);
}

TEST_F(SystemConnectorTest, CountersThatBeginAnewGiveNoRate) {
  SystemConnector connector(options_, clock_);
  SampleSeconds(connector, 1000, 1015);
  WriteProc(1);  // A reset: everything is smaller than before.
  clock_.SetTime(kStart + absl::Seconds(1020));
  connector.SampleOnce();
  for (const char* name : {"cpu_total", "network_received", "disk_read", "context_switches"}) {
    SCOPED_TRACE(name);
    const FetchResult result = Fetch(connector, Request(absl::StrCat(R"("series":")", name, "\"")));
    for (const double value : result.series[0].values) {
      EXPECT_GE(value, 0);
      EXPECT_LE(value, 1100);
    }
    EXPECT_LT(result.series[0].times_unix_ns.back(), absl::ToUnixNanos(kStart + absl::Seconds(1020)));
  }
}

TEST_F(SystemConnectorTest, LongerStepsAreMeansOverTheSlots) {
  SystemConnector connector(options_, clock_);
  SampleSeconds(connector, 0, 600);
  FetchRequest request = Request(R"("series":"uptime")");
  request.step = absl::Minutes(1);
  const FetchResult result = Fetch(connector, request);
  ASSERT_THAT(result.series[0].values, SizeIs(10));
  EXPECT_NEAR(result.series[0].values[3], 1000 + 3 * 60 + 27.5, 0.01);  // readings at :00, :05, … :55
  EXPECT_EQ(result.series[0].times_unix_ns[3], (kStartSeconds + 180) * 1'000'000'000);
}

TEST_F(SystemConnectorTest, MemoryStaysBoundedOverDays) {
  options_.sample_interval = absl::Seconds(15);
  SystemConnector connector(options_, clock_);
  for (uint64_t slot = 0; slot < 6000; ++slot) {  // 25 hours
    clock_.SetTime(kStart + absl::Seconds(15 * slot));
    connector.SampleOnce();
  }
  EXPECT_LT(connector.history_bytes(), 2'000'000u);
  const FetchResult result = Fetch(connector, Request(R"("series":"load_1")"));
  EXPECT_THAT(result.series[0].values, SizeIs(5760));
}

TEST_F(SystemConnectorTest, BoundsTheNumberOfSeries) {
  options_.max_series = 3;
  SystemConnector connector(options_, clock_);
  SampleSeconds(connector, 0, 30);
  EXPECT_THAT(*connector.List(R"({"kind":"system"})"), SizeIs(3));
}

TEST_F(SystemConnectorTest, SaysWhatTheMachineDoesNotHave) {
  SystemConnector connector(options_, clock_);
  SampleSeconds(connector, 0, 30);
  const FetchResult result = Fetch(connector, Request(R"("series":"pressure_io")"));
  EXPECT_THAT(result.series, IsEmpty());
  EXPECT_THAT(result.notices, Contains(Field(&Notice::text, HasSubstr("no reading of pressure_io"))));
  const absl::Status unknown = connector.Fetch(Request(R"("series":"cpu_temperature")"), Cancellation()).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OriginOf(unknown), Origin::kDownstream);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("\"cpu_total\""));
}

TEST_F(SystemConnectorTest, AMissingProcFolderIsNoCrash) {
  options_.proc_root = "/no/such/folder";
  SystemConnector connector(options_, clock_);
  connector.SampleOnce();
  connector.SampleOnce();
  EXPECT_THAT(Fetch(connector, Request("")).series, IsEmpty());
  EXPECT_THAT(*connector.List(R"({"kind":"system"})"), SizeIs(SystemMetrics().size()));
}

TEST_F(SystemConnectorTest, StartsAndStopsItsThreadAtOnce) {
  options_.sample_interval = absl::Hours(1);
  for (int i = 0; i < 20; ++i) {
    SystemConnector connector(options_, clock_);
    connector.Start();
    connector.Start();
  }
  SUCCEED();  // A destructor that waited for the interval, or left the thread, would hang or be reported.
}

TEST_F(SystemConnectorTest, AnswersWhileTheThreadSamples) {
  options_.sample_interval = absl::Microseconds(100);
  SystemConnector connector(options_, clock_);
  connector.Start();
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        EXPECT_TRUE(connector.Fetch(Request(R"("series":["load_1","threads"])"), Cancellation()).ok());
        EXPECT_TRUE(connector.List(R"({"kind":"system"})").ok());
      }
    });
  }
  for (std::thread& reader : readers) {
    reader.join();
  }
}

TEST(SystemConnectorOnThisMachineTest, ReadsTheRealProc) {
  const SystemClock clock;
  SystemConnector connector(SystemOptions(), clock);
  connector.SampleOnce();
  FetchRequest request;
  request.query_json = R"({"kind":"system","series":["memory_used_percent","load_1","uptime"]})";
  request.range = {clock.Now() - absl::Hours(1), clock.Now() + absl::Hours(1)};
  request.step = absl::Seconds(15);
  const absl::StatusOr<FetchResult> result = connector.Fetch(request, Cancellation());
  ASSERT_TRUE(result.ok());
  ASSERT_THAT(result->series, SizeIs(3));
  EXPECT_GT(result->series[0].values.at(0), 0);
  EXPECT_LT(result->series[0].values.at(0), 100);
  EXPECT_GT(result->series[2].values.at(0), 0);
}

}  // namespace
}  // namespace bellwether
