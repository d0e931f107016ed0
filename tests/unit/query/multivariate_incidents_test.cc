// Incidents of series together: those that go over from one block of history into the next, and series that are never
// there at the same time.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/connectors/connector_registry.h"
#include "server/frame/text/text_frame.h"
#include "server/query/connector_query_service.h"
#include "tests/support/function_connector.h"
#include "tests/support/golden_text.h"
#include "tests/support/simulated_clock.h"

namespace bellwether {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kStep = absl::Minutes(5);
// Histories of 14 days begin at whole multiples of 14 days on the clock: here one ends.
const absl::Time kBoundary = absl::FromUnixSeconds(1455 * 14 * 86'400);
const absl::Time kNow = kBoundary + absl::Hours(9);

double Noise(int64_t unix_ns, uint64_t salt) {
  uint64_t hash = (static_cast<uint64_t>(unix_ns / 300'000'000'000) + salt * 977) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9ULL;
  return static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
}

/// A metric of one host that jumps from `from` to `to`.
FunctionConnector::Line Jumping(const std::string& metric, uint64_t salt, absl::Time from, absl::Time to) {
  return {metric,
          {{"host", "a"}},
          [=](int64_t t) {
            const bool up = t >= absl::ToUnixNanos(from) && t < absl::ToUnixNanos(to);
            return 40 + 4 * Noise(t, salt) + (up ? 45 : 0);
          },
          "percent"};
}

/// A metric that is there in the steps of the rest `phase` by `every` alone.
FunctionConnector::Line Sparse(const std::string& metric, int64_t every, int64_t phase) {
  return {metric,
          {{"host", "a"}},
          [=](int64_t t) { return t / 300'000'000'000 % every == phase ? 40 + 4 * Noise(t, 7) : std::nan(""); },
          "percent"};
}

struct Told {
  std::vector<absl::Time> start;
  std::vector<absl::Time> end;
  std::vector<std::string> notices;
};

std::vector<CheckedFrame> Frames(std::vector<FunctionConnector::Line> lines, const std::string& more, TimeRange range,
                                 bool from_alert = false) {
  SimulatedClock clock(kNow);
  ConnectorRegistry registry;
  registry.Add(std::make_unique<FunctionConnector>("demo", kStep, std::move(lines)));
  const auto service = MakeConnectorQueryService(registry, clock, {"1.2.3", ""});
  QueryRequest request;
  request.ref_id = "A";
  request.json = R"({"analysis":"multivariate","source":{"kind":"demo"},)" + more + "}";
  request.range = range;
  request.max_data_points = 8;
  request.from_alert = from_alert;
  QueryAnswer answer = service->Answer(request, {}, Cancellation());
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  return std::move(answer.frames);
}

Told Ask(std::vector<FunctionConnector::Line> lines, absl::Duration before_now) {
  Told told;
  const std::vector<CheckedFrame> frames = Frames(std::move(lines), R"("form":"rows")", {kNow - before_now, kNow});
  if (frames.empty()) {
    return told;
  }
  const Frame& frame = frames[0].frame();
  for (const Field& field : frame.fields) {
    if (field.name == "start" || field.name == "end") {
      for (const int64_t time : std::get<TimeColumn>(field.column).values) {
        (field.name == "start" ? told.start : told.end).push_back(absl::FromUnixNanos(time));
      }
    }
  }
  for (const Notice& notice : frame.meta.notices) {
    told.notices.push_back(notice.text);
  }
  return told;
}

std::vector<FunctionConnector::Line> Host(absl::Time from, absl::Time to) {
  return {Jumping("cpu", 1, from, to), Jumping("latency", 2, from, to), Jumping("memory", 3, to, to)};
}

TEST(MultivariateIncidentsTest, OneThatGoesOnIntoTheNextBlockIsOneWhateverTheRange) {
  const absl::Time from = kBoundary - absl::Minutes(30);
  const absl::Time to = kBoundary + absl::Minutes(40);
  // The panel begins in the block before, at the incident's beginning, within the incident and at the very boundary.
  for (const absl::Duration range : {absl::Hours(40), kNow - from, kNow - kBoundary + absl::Minutes(10),
                                     kNow - kBoundary, kNow - kBoundary - absl::Minutes(20)}) {
    SCOPED_TRACE(absl::FormatDuration(range));
    const Told told = Ask(Host(from, to), range);
    std::vector<size_t> crossing;
    for (size_t i = 0; i < told.start.size(); ++i) {
      if (told.start[i] < to && told.end[i] > from) {
        crossing.push_back(i);
      }
    }
    ASSERT_EQ(crossing.size(), 1u);
    EXPECT_EQ(told.start[crossing[0]], from);
    EXPECT_EQ(told.end[crossing[0]], to);
  }
}

TEST(MultivariateIncidentsTest, OneThatEndsAtTheBoundaryIsNotInTheNextBlock) {
  const Told told = Ask(Host(kBoundary - absl::Minutes(30), kBoundary), kNow - kBoundary);
  for (const absl::Time start : told.start) {
    EXPECT_GE(start, kBoundary);
  }
}

TEST(MultivariateIncidentsTest, SaysWhenSeriesAreNeverThereAtTheSameTime) {
  const Told apart = Ask({Sparse("cpu", 2, 0), Sparse("memory", 2, 1)}, absl::Hours(12));
  ASSERT_FALSE(apart.notices.empty());
  EXPECT_THAT(apart.notices.front(), HasSubstr("The series of a never have values at the same time"));
  EXPECT_THAT(apart.notices.front(), HasSubstr("Choose a longer interval"));

  const Told one = Ask({Sparse("cpu", 2, 0), Sparse("memory", 4, 0), Sparse("disk", 4, 1)}, absl::Hours(12));
  ASSERT_FALSE(one.notices.empty());
  EXPECT_THAT(one.notices.front(), HasSubstr("disk"));
  EXPECT_THAT(one.notices.front(), HasSubstr("never has a value at the times of the other series of a"));
  EXPECT_THAT(one.notices.front(), testing::Not(HasSubstr("cpu")));

  const Told together = Ask(Host(kNow, kNow), absl::Hours(12));
  EXPECT_TRUE(together.notices.empty()) << together.notices.front();
}

/// Every form as it was when somebody last looked at it. Two hours around the incident, and what is left of it.
TEST(MultivariateGoldenTest, AnswersAsRecorded) {
  const absl::Time from = kBoundary - absl::Minutes(30);
  const TimeRange range = {kBoundary - absl::Hours(1), kBoundary + absl::Hours(1)};
  const std::vector<FunctionConnector::Line> lines = Host(from, kBoundary + absl::Minutes(40));
  const auto text = [&](const std::string& more, bool from_alert = false) {
    std::string all;
    for (const CheckedFrame& frame : Frames(lines, more, range, from_alert)) {
      all += FrameToText(frame);
    }
    return all;
  };
  ExpectGoldenFrame("multivariate_overlay", text(R"("show":["value","points","regions"])"));
  ExpectGoldenFrame("multivariate_rows", text(R"("form":"rows")"));
  ExpectGoldenFrame("multivariate_annotations", text(R"("form":"annotations")"));
  ExpectGoldenFrame("multivariate_alert", text(R"("form":"overlay")", true));
}

}  // namespace
}  // namespace bellwether
