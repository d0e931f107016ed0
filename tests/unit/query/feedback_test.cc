#include "server/query/exec/feedback.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/query/spec/parse_feedback.h"
#include "server/query/spec/parse_query.h"

namespace bellwether {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

int64_t At(std::string_view text) {
  const std::optional<absl::Time> moment = ParseMoment(text);
  EXPECT_TRUE(moment.has_value()) << text;
  return absl::ToUnixNanos(moment.value_or(absl::UnixEpoch()));
}

AnomalySpec Spec(const std::string& anomalies) {
  constexpr std::array<std::string_view, 1> kKinds = {"demo"};
  const absl::StatusOr<QuerySpec> spec = ParseQuery(
      absl::StrCat(R"({"analysis":"anomalies","source":{"kind":"demo"},"anomalies":)", anomalies, "}"), kKinds);
  EXPECT_TRUE(spec.ok()) << spec.status();
  return spec.ok() ? spec->anomalies : AnomalySpec();
}

// "2026-03-29T01:00:00Z/2026-03-29T03:00:00Z", with a letter for a label other than ignore.
std::vector<std::string> Texts(const FeedbackTimeline& timeline) {
  std::vector<std::string> texts;
  for (const FeedbackInterval& interval : timeline) {
    const auto text = [](int64_t ns) {
      return absl::FormatTime("%m-%dT%H:%M", absl::FromUnixNanos(ns), absl::UTCTimeZone());
    };
    constexpr std::array<const char*, 3> kSuffix = {" expected", " anomaly", ""};
    texts.push_back(absl::StrCat(text(interval.from_unix_ns), "/", text(interval.to_unix_ns),
                                 kSuffix[static_cast<size_t>(interval.label)]));
  }
  return texts;
}

std::vector<std::string> Blackouts(const std::string& list, const char* from, const char* to) {
  return Texts(BlackoutTimeline(Spec(R"({"blackouts":)" + list + "}"), At(from), At(to), 1));
}

TEST(BlackoutTest, RepeatsOnTheDaysOfEveryWeek) {
  // 2 November 2026 is a Monday.
  EXPECT_THAT(Blackouts(R"([{"days":["mon","wed"],"from":"22:00","to":"23:30"}])", "2026-11-01T00:00:00Z",
                        "2026-11-12T00:00:00Z"),
              ElementsAre("11-02T22:00/11-02T23:30", "11-04T22:00/11-04T23:30", "11-09T22:00/11-09T23:30",
                          "11-11T22:00/11-11T23:30"));
}

TEST(BlackoutTest, LastsPastMidnightAndReachesIntoTheRangeFromBefore) {
  EXPECT_THAT(
      Blackouts(R"([{"days":["sun"],"from":"22:00","to":"06:00"}])", "2026-11-02T05:00:00Z", "2026-11-03T00:00:00Z"),
      ElementsAre("11-01T22:00/11-02T06:00"));
}

TEST(BlackoutTest, WholeDaysJoin) {
  EXPECT_THAT(Blackouts(R"([{"days":["sat","sun"],"from":"00:00","to":"24:00"}])", "2026-11-02T00:00:00Z",
                        "2026-11-09T12:00:00Z"),
              ElementsAre("11-07T00:00/11-09T00:00"));
  EXPECT_THAT(Blackouts(R"([{"from":"00:00","to":"00:00"}])", "2026-11-02T00:00:00Z", "2026-11-05T00:00:00Z"),
              ElementsAre("11-02T00:00/11-05T00:00"));
}

TEST(BlackoutTest, FollowsTheClockOfItsZoneThroughSummerTime) {
  constexpr char kNights[] = R"([{"from":"01:00","to":"04:00","timezone":"Europe/Berlin"}])";
  // In Berlin 29 March 2026 lacks the hour from 2 to 3, and 25 October 2026 has it twice.
  EXPECT_THAT(Blackouts(kNights, "2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z"),
              ElementsAre("03-28T00:00/03-28T03:00", "03-29T00:00/03-29T02:00", "03-29T23:00/03-30T02:00"));
  EXPECT_THAT(Blackouts(kNights, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
              ElementsAre("10-24T23:00/10-25T03:00", "10-26T00:00/10-26T03:00"));
}

TEST(BlackoutTest, BeginsOrEndsWithAChangeThatSkipsItsHour) {
  constexpr char kStart[] = R"([{"from":"02:30","to":"05:00","timezone":"Europe/Berlin"}])";
  EXPECT_THAT(Blackouts(kStart, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
              ElementsAre("03-29T01:00/03-29T03:00"));
  constexpr char kInside[] = R"([{"from":"02:10","to":"02:50","timezone":"Europe/Berlin"}])";
  EXPECT_THAT(Blackouts(kInside, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"), IsEmpty());
}

TEST(BlackoutTest, CoversARepeatedHourBothTimes) {
  constexpr char kHour[] = R"([{"from":"02:00","to":"02:30","timezone":"Europe/Berlin"}])";
  EXPECT_THAT(Blackouts(kHour, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), ElementsAre("10-25T00:00/10-25T01:30"));
}

TEST(BlackoutTest, HoldsFarFromUtcToo) {
  // Kiritimati is 14 hours ahead: its Monday begins on Sunday morning in UTC.
  EXPECT_THAT(Blackouts(R"([{"days":["mon"],"from":"00:00","to":"24:00","timezone":"Pacific/Kiritimati"}])",
                        "2026-11-01T00:00:00Z", "2026-11-05T00:00:00Z"),
              ElementsAre("11-01T10:00/11-02T10:00"));
  EXPECT_THAT(Blackouts(R"([{"days":["mon"],"from":"00:00","to":"24:00","timezone":"Pacific/Pago_Pago"}])",
                        "2026-11-01T00:00:00Z", "2026-11-05T00:00:00Z"),
              ElementsAre("11-02T11:00/11-03T11:00"));
}

TEST(BlackoutTest, IncludesTheBucketThatItsStartIsIn) {
  const AnomalySpec spec = Spec(R"({"blackouts":[{"from":"2026-11-02T10:07:00Z","to":"2026-11-02T10:40:00Z"}]})");
  const int64_t step = absl::ToInt64Nanoseconds(absl::Minutes(15));
  EXPECT_THAT(Texts(BlackoutTimeline(spec, At("2026-11-02T00:00:00Z"), At("2026-11-03T00:00:00Z"), step)),
              ElementsAre("11-02T10:00/11-02T10:40"));
}

TEST(FeedbackTimelineTest, IsOfTheSeriesThatItNames) {
  const AnomalySpec spec = Spec(R"({"feedback":[
      {"from":"2026-11-02T00:00:00Z","to":"2026-11-02T01:00:00Z","label":"anomaly","series":"revenue books"},
      {"from":"2026-11-02T02:00:00Z","to":"2026-11-02T03:00:00Z","label":"expected","series":"revenue"},
      {"from":"2026-11-02T04:00:00Z","to":"2026-11-02T05:00:00Z","label":"ignore"},
      {"from":"2026-12-02T04:00:00Z","to":"2026-12-02T05:00:00Z","label":"ignore"}]})");
  const auto of = [&](std::string_view name, std::string_view display_name) {
    return Texts(
        TimelineOf(spec.feedback, {}, name, display_name, At("2026-11-01T00:00:00Z"), At("2026-11-09T00:00:00Z"), 1));
  };
  EXPECT_THAT(
      of("revenue", "revenue books"),
      ElementsAre("11-02T00:00/11-02T01:00 anomaly", "11-02T02:00/11-02T03:00 expected", "11-02T04:00/11-02T05:00"));
  EXPECT_THAT(of("revenue", "revenue toys"),
              ElementsAre("11-02T02:00/11-02T03:00 expected", "11-02T04:00/11-02T05:00"));
  EXPECT_THAT(of("orders", "orders"), ElementsAre("11-02T04:00/11-02T05:00"));
}

TEST(FeedbackTimelineTest, LaterFeedbackWinsAndABlackoutWinsOverAll) {
  const AnomalySpec spec = Spec(R"({"feedback":[
      {"from":"2026-11-02T00:00:00Z","to":"2026-11-02T10:00:00Z","label":"anomaly"},
      {"from":"2026-11-02T03:00:00Z","to":"2026-11-02T05:00:00Z","label":"expected"}],
      "blackouts":[{"from":"2026-11-02T04:00:00Z","to":"2026-11-02T06:00:00Z"}]})");
  const int64_t from = At("2026-11-01T00:00:00Z");
  const int64_t to = At("2026-11-09T00:00:00Z");
  EXPECT_THAT(Texts(TimelineOf(spec.feedback, BlackoutTimeline(spec, from, to, 1), "x", "x", from, to, 1)),
              ElementsAre("11-02T00:00/11-02T03:00 anomaly", "11-02T03:00/11-02T04:00 expected",
                          "11-02T04:00/11-02T06:00", "11-02T06:00/11-02T10:00 anomaly"));
}

TEST(FeedbackTimelineTest, OverlaysAreDisjointAscendingAndKeepEveryMomentsLabel) {
  // Every pair of layers over eight moments: each half-moment must have the upper label, else the lower one.
  const auto layer = [](unsigned bits, FeedbackLabel label) {
    FeedbackTimeline timeline;
    for (int64_t i = 0; i < 8; ++i) {
      if ((bits >> i & 1U) != 0) {
        if (!timeline.empty() && timeline.back().to_unix_ns == i && (bits >> 7 & 1U) != 0) {
          timeline.back().to_unix_ns = i + 1;
        } else {
          timeline.push_back({i, i + 1, label});
        }
      }
    }
    return timeline;
  };
  for (unsigned below = 0; below < 256; ++below) {
    for (unsigned above = 0; above < 256; ++above) {
      const FeedbackTimeline result =
          Overlay(layer(below, FeedbackLabel::kExpected), layer(above, FeedbackLabel::kIgnore));
      unsigned seen_below = 0;
      unsigned seen_above = 0;
      int64_t end = 0;
      for (const FeedbackInterval& interval : result) {
        ASSERT_GE(interval.from_unix_ns, end);
        ASSERT_GT(interval.to_unix_ns, interval.from_unix_ns);
        end = interval.to_unix_ns;
        for (int64_t i = interval.from_unix_ns; i < end; ++i) {
          (interval.label == FeedbackLabel::kIgnore ? seen_above : seen_below) |= 1U << i;
        }
      }
      ASSERT_EQ(seen_above, above);
      ASSERT_EQ(seen_below, below & ~above);
    }
  }
}

TEST(ParseMomentTest, TakesMomentsWithTheirZoneAlone) {
  EXPECT_EQ(At("2026-11-20T12:00:00Z"), At("2026-11-20T13:00+01:00"));
  EXPECT_EQ(At("1970-01-01T00:00:00.000000001Z"), 1);
  for (const char* text : {"", "Z", "2026-11-20", "2026-11-20T12:00:00", "2026-11-20 12:00:00Z", "infinite-past",
                           "2026-13-20T12:00:00Z", "2026-02-30T12:00:00Z", " 2026-11-20T12:00:00Z", "1600-01-01T00:00Z",
                           "9999-01-01T00:00Z", "2026-11-20T12:00:00.Z", "2026-11-20T12:00:00.1234567890Z",
                           "2026-11-20T12:00:00z", "2026-11-20T12:00:00+1:00", "+026-11-20T12:00:00Z"}) {
    EXPECT_FALSE(ParseMoment(text).has_value()) << text;
  }
}

TEST(FindTimeZoneTest, KnowsNamesAndNothingOutsideTheFolderOfZones) {
  EXPECT_TRUE(FindTimeZone("UTC").has_value());
  EXPECT_TRUE(FindTimeZone("America/Argentina/Buenos_Aires").has_value());
  for (const char* name : {"", "/etc/localtime", "../../etc/passwd", "Europe/../../etc/passwd", "Mars", "a b"}) {
    EXPECT_FALSE(FindTimeZone(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace bellwether
