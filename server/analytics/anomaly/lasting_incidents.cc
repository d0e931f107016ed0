#include "server/analytics/anomaly/lasting_incidents.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "server/analytics/anomaly/severity.h"
#include "server/analytics/anomaly/verdict_rules.h"
#include "server/analytics/series/robust.h"

namespace bellwether {
namespace {

/// What lasts has one row to say it all, and is late more often than what happens at once: it scores lower by so much.
constexpr double kScoredLower = 0.8;
constexpr double kScoreCentre = 3;  // the surprise that scores one half
constexpr double kLeastPValue = 1e-300;
constexpr double kMostSurprise = 300;
constexpr size_t kContextRows = 288;  // before a segment, that tell what was usual
constexpr double kLargest = std::numeric_limits<double>::max();

double Bounded(double value) { return std::clamp(value, -kLargest, kLargest); }

double MeanOf(std::span<const double> numbers) {
  double mean = 0;
  for (const double number : numbers) {
    mean += number / static_cast<double>(numbers.size());
  }
  return mean;
}

bool Moves(const LastingSegment& segment) { return segment.type != AnomalyType::kVarianceChange; }

/// What there is to say of one segment.
class SegmentReport {
 public:
  SegmentReport(const LastingSegment& segment, const SegmentSource& source)
      : segment_(segment), source_(source), unit_(source.unit) {
    const size_t before = std::min(segment.first, kContextRows);
    // A segment at the very begin has only what follows.
    const size_t after = std::min(source.rest.size() - segment.end, before == 0 ? kContextRows : 0);
    context_ =
        before > 0 ? source.rest.subspan(segment.first - before, before) : source.rest.subspan(segment.end, after);
    level_ = context_.empty() ? 0.0 : Median(context_);
    spread_ = context_.empty() ? 0.0 : RobustScale(context_, level_);
  }

  size_t FirstRow() const { return source_.rows[segment_.first]; }
  size_t LastRow() const { return source_.rows[segment_.end - 1]; }
  bool IsOpen() const { return segment_.end == source_.rest.size(); }

  IncidentEvidence Evidence() const {
    IncidentEvidence evidence;
    evidence.since = FirstRow();
    evidence.until = LastRow();
    evidence.lasts = IsOpen();
    evidence.spread = std::max(Bounded(spread_ * unit_), std::numeric_limits<double>::min());
    evidence.level_before = Bounded(level_ * unit_);
    const double change = Moves(segment_) ? segment_.size : MeanOf(Within()) - level_;
    evidence.level_change = Bounded(change * unit_);
    if (segment_.type == AnomalyType::kDrift) {
      evidence.slope_per_row = Bounded(segment_.size / static_cast<double>(segment_.end - segment_.first) * unit_);
    }
    evidence.spread_ratio = Moves(segment_) ? RatioOfScatter() : segment_.size;
    constexpr double kNatsPerDecade = 2.302585093;
    evidence.gain[static_cast<size_t>(segment_.type)] = kNatsPerDecade * segment_.surprise;
    return evidence;
  }

  /// The first row from where it shows that deviates as the user wants to hear of; none = source.values.size().
  size_t AlarmRow(const DetectorOptions& options, const Detection& detection) const {
    for (size_t k = segment_.shows_at; k < segment_.end; ++k) {
      const size_t row = source_.rows[k];
      if (DeviationCounts(source_.values[row], detection.expected[row], options)) {
        return row;
      }
    }
    return source_.values.size();
  }

  /// Whether people left most of its rows open.
  bool MayAlarm() const {
    size_t open = 0;
    for (size_t k = segment_.first; k < segment_.end; ++k) {
      open += source_.may_alarm[source_.rows[k]] != 0 ? 1 : 0;
    }
    return 2 * open > segment_.end - segment_.first;
  }

  /// The baseline follows what lasts; within the segment it goes back to the level around it. Alarms of rows that do
  /// not count any more are taken back.
  void MoveExpected(const DetectorOptions& options, Detection& detection) const {
    if (!Moves(segment_) || IsOpen()) {
      return;
    }
    double mean = 0;
    const double share = 1 / static_cast<double>(segment_.end - segment_.first);
    for (size_t k = segment_.first; k < segment_.end; ++k) {
      const size_t row = source_.rows[k];
      mean += Bounded(source_.values[row] - detection.expected[row]) * share;
    }
    const double size = segment_.type == AnomalyType::kDrift ? 0.5 * segment_.size : segment_.size;
    const double move = Bounded(mean - size * unit_);
    for (size_t row = FirstRow(); row <= LastRow(); ++row) {
      for (auto* column : {&detection.expected, &detection.lower, &detection.upper}) {
        (*column)[row] = Bounded((*column)[row] + move);
      }
      if (detection.is_anomaly[row] != 0 && !DeviationCounts(source_.values[row], detection.expected[row], options)) {
        detection.is_anomaly[row] = 0;
        detection.severity[row] = Severity::kNone;
      }
    }
  }

  Severity Grade(size_t row, double needed, const Detection& detection) const {
    SeverityFacts facts;
    if (Moves(segment_)) {
      const double base = Bounded(level_ * unit_);
      facts = SizeOf(Bounded((level_ + segment_.size) * unit_), base,
                     Bounded(base - (detection.expected[row] - detection.lower[row])),
                     Bounded(base + (detection.upper[row] - detection.expected[row])));
    } else {
      constexpr double kWithinBand = 0.25;  // values that stay within their usual range hardly hurt
      facts.band_widths = std::max(segment_.size, 1 / std::max(segment_.size, 1e-3));
      facts.relative = kWithinBand;
    }
    facts.surprise = segment_.surprise;
    facts.needed = needed;
    return GradeSeverity(facts);
  }

 private:
  std::span<const double> Within() const { return source_.rest.subspan(segment_.first, segment_.end - segment_.first); }
  double RatioOfScatter() const {
    const double within = RobustScale(Within(), Median(Within()));
    return spread_ > 0 ? std::min(within / spread_, 1e6) : IncidentEvidence::kUnknown;
  }

  const LastingSegment& segment_;
  const SegmentSource& source_;
  double unit_;
  std::span<const double> context_;
  double level_ = 0;
  double spread_ = 0;
};

bool ToldByRows(AnomalyType type) {
  return type == AnomalyType::kFlatline || type == AnomalyType::kMissingData || type == AnomalyType::kSeasonBreak;
}

/// Puts two that overlap into one: the kind is that of the one that lasts, or of the rarer of two that last.
void Absorb(Incident& whole, bool lasts, Incident&& other, bool other_lasts, const VerdictColumns& verdicts) {
  if ((other_lasts && !lasts) || (other_lasts == lasts && verdicts.score[other.peak] > verdicts.score[whole.peak])) {
    std::swap(whole, other);
    std::swap(lasts, other_lasts);
  }
  if (verdicts.score[other.peak] > verdicts.score[whole.peak]) {
    whole.peak = other.peak;
  }
  whole.severity = std::max(whole.severity, other.severity);
  if (whole.contributions.empty()) {
    whole.contributions = std::move(other.contributions);
  }
  if (ToldByRows(other.type) && 2 * (other.last - other.first + 1) > whole.last - whole.first + 1) {
    const IncidentEvidence evidence = std::exchange(whole.evidence, other.evidence);
    whole.type = other.type;
    whole.evidence.since = std::min(evidence.since, other.evidence.since);
    whole.evidence.until = std::max(evidence.until, other.evidence.until);
    whole.evidence.lasts = evidence.lasts || other.evidence.lasts;
  }
  whole.first = std::min(whole.first, other.first);
  whole.last = std::max(whole.last, other.last);
}

}  // namespace

std::vector<Incident> JudgeSegments(std::span<const LastingSegment> segments, const SegmentSource& source,
                                    const DetectorOptions& options, Detection& detection) {
  std::vector<Incident> incidents;
  const double needed = std::log10(source.rows_per_week / options.false_alarms_per_week);
  const auto day = static_cast<size_t>(std::max(source.rows_per_week / 7, 12.0));
  for (const LastingSegment& segment : segments) {
    const SegmentReport report(segment, source);
    if (!report.MayAlarm()) {
      continue;
    }
    const double surprise = std::min(segment.surprise, kMostSurprise);
    if (surprise >= needed) {
      report.MoveExpected(options, detection);
    }
    const size_t row = report.AlarmRow(options, detection);
    if (row == source.values.size()) {
      continue;
    }
    detection.score[row] = std::max(detection.score[row], 1 / (1 + std::exp(kScoreCentre - surprise + kScoredLower)));
    detection.p_value[row] = std::min(detection.p_value[row], std::max(std::pow(10, -surprise), kLeastPValue));
    if (surprise < needed) {
      continue;
    }
    Incident incident;
    incident.first = report.FirstRow();
    incident.last = report.LastRow();
    // What stays for good is news for a day.
    if (report.IsOpen()) {
      incident.last = std::min(incident.last, std::max(row, incident.first + day));
    }
    incident.peak = row;
    incident.type = segment.type;
    incident.severity = report.Grade(row, needed, detection);
    incident.evidence = report.Evidence();
    detection.severity[row] = std::max(detection.severity[row], incident.severity);
    detection.is_anomaly[row] = 1;
    incidents.push_back(std::move(incident));
  }
  return incidents;
}

std::vector<Incident> WithLasting(std::vector<Incident> lasting, std::vector<Incident> others,
                                  const VerdictColumns& verdicts) {
  if (lasting.empty()) {
    return others;
  }
  std::vector<Incident> all;
  std::vector<bool> lasts;  // of each in `all`
  size_t next = 0;
  size_t next_lasting = 0;
  while (next < others.size() || next_lasting < lasting.size()) {
    const bool take_lasting =
        next == others.size() || (next_lasting < lasting.size() && lasting[next_lasting].first <= others[next].first);
    Incident& one = take_lasting ? lasting[next_lasting++] : others[next++];
    if (!all.empty() && one.first <= all.back().last) {
      Absorb(all.back(), lasts.back(), std::move(one), take_lasting, verdicts);
      lasts.back() = lasts.back() || take_lasting;
    } else {
      all.push_back(std::move(one));
      lasts.push_back(take_lasting);
    }
  }
  return all;
}

}  // namespace bellwether
