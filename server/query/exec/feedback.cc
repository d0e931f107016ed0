#include "server/query/exec/feedback.h"

#include <algorithm>
#include <utility>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "server/base/time/step.h"

namespace bellwether {
namespace {

// Monday first, as WeeklyBlackout counts.
size_t DayIndex(absl::CivilDay day) { return static_cast<size_t>(absl::GetWeekday(day)); }

absl::Time MomentOf(const absl::TimeZone& zone, absl::CivilDay day, int minute, bool is_end) {
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilMinute(day) + minute);
  switch (info.kind) {
    case absl::TimeZone::TimeInfo::SKIPPED:
      return info.trans;
    case absl::TimeZone::TimeInfo::REPEATED:
      return is_end ? info.post : info.pre;
    case absl::TimeZone::TimeInfo::UNIQUE:
      break;
  }
  return info.pre;
}

void AddWeekly(const WeeklyBlackout& blackout, int64_t from_ns, int64_t to_ns, FeedbackTimeline& all) {
  // Two days earlier: one that began the day before may last into the range, whatever the offset of the zone.
  absl::CivilDay day = absl::ToCivilDay(absl::FromUnixNanos(from_ns), blackout.zone) - 2;
  const absl::CivilDay last = absl::ToCivilDay(absl::FromUnixNanos(to_ns), blackout.zone);
  for (; day <= last; ++day) {
    if (!blackout.days[DayIndex(day)]) {
      continue;
    }
    const int64_t start = absl::ToUnixNanos(MomentOf(blackout.zone, day, blackout.from_minute, /*is_end=*/false));
    const int64_t end = absl::ToUnixNanos(MomentOf(blackout.zone, day, blackout.to_minute, /*is_end=*/true));
    if (start < end) {  // both in a skipped hour: nothing is left of it
      all.push_back({start, end, FeedbackLabel::kIgnore});
    }
  }
}

bool Touches(const FeedbackInterval& interval, int64_t from_ns, int64_t to_ns) {
  return interval.from_unix_ns < to_ns && interval.to_unix_ns > from_ns;
}

void AddPart(FeedbackTimeline& timeline, int64_t from_ns, int64_t to_ns, FeedbackLabel label) {
  if (from_ns < to_ns) {
    timeline.push_back({from_ns, to_ns, label});
  }
}

}  // namespace

FeedbackTimeline BlackoutTimeline(const AnomalySpec& spec, int64_t from_ns, int64_t to_ns, int64_t step_ns) {
  FeedbackTimeline all = spec.single_blackouts;
  for (const WeeklyBlackout& blackout : spec.weekly_blackouts) {
    AddWeekly(blackout, from_ns, to_ns, all);
  }
  for (FeedbackInterval& interval : all) {
    interval.from_unix_ns = FloorToStep(interval.from_unix_ns, step_ns);
  }
  std::erase_if(all, [&](const FeedbackInterval& interval) { return !Touches(interval, from_ns, to_ns); });
  return Merged(std::move(all));
}

FeedbackTimeline Merged(std::vector<FeedbackInterval> intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const FeedbackInterval& a, const FeedbackInterval& b) { return a.from_unix_ns < b.from_unix_ns; });
  FeedbackTimeline merged;
  for (const FeedbackInterval& interval : intervals) {
    if (!merged.empty() && interval.from_unix_ns <= merged.back().to_unix_ns) {
      merged.back().to_unix_ns = std::max(merged.back().to_unix_ns, interval.to_unix_ns);
    } else {
      merged.push_back(interval);
    }
  }
  return merged;
}

FeedbackTimeline Overlay(std::span<const FeedbackInterval> below, std::span<const FeedbackInterval> above) {
  FeedbackTimeline timeline;
  timeline.reserve(below.size() + 2 * above.size());
  size_t next = 0;
  for (const FeedbackInterval& low : below) {
    int64_t from = low.from_unix_ns;
    while (next < above.size() && above[next].from_unix_ns < low.to_unix_ns) {
      AddPart(timeline, from, std::min(above[next].from_unix_ns, low.to_unix_ns), low.label);
      if (above[next].to_unix_ns > low.to_unix_ns) {
        break;  // it may cover the next ones below as well
      }
      timeline.push_back(above[next]);
      from = std::max(from, above[next].to_unix_ns);
      ++next;
    }
    const bool covered = next < above.size() && above[next].from_unix_ns < low.to_unix_ns;
    AddPart(timeline, from, covered ? from : low.to_unix_ns, low.label);
  }
  timeline.insert(timeline.end(), above.begin() + static_cast<std::ptrdiff_t>(next), above.end());
  return timeline;
}

FeedbackTimeline TimelineOf(std::span<const SeriesFeedback> feedback, std::span<const FeedbackInterval> blackouts,
                            std::string_view name, std::string_view display_name, int64_t from_ns, int64_t to_ns,
                            int64_t step_ns) {
  FeedbackTimeline timeline;
  for (const SeriesFeedback& said : feedback) {
    if (!said.series.empty() && said.series != display_name && said.series != name) {
      continue;
    }
    FeedbackInterval interval = said.interval;
    interval.from_unix_ns = FloorToStep(interval.from_unix_ns, step_ns);
    if (!Touches(interval, from_ns, to_ns)) {
      continue;
    }
    if (timeline.empty() || timeline.back().to_unix_ns <= interval.from_unix_ns) {
      timeline.push_back(interval);  // what comes in order needs no search
    } else {
      timeline = Overlay(timeline, std::span(&interval, 1));
    }
  }
  const auto first = std::partition_point(blackouts.begin(), blackouts.end(), [&](const FeedbackInterval& interval) {
    return interval.to_unix_ns <= from_ns;
  });
  const auto last = std::partition_point(
      first, blackouts.end(), [&](const FeedbackInterval& interval) { return interval.from_unix_ns < to_ns; });
  return Overlay(timeline, std::span(first, last));
}

}  // namespace bellwether
