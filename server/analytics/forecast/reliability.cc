#include "server/analytics/forecast/reliability.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"

namespace bellwether {
namespace {

constexpr double kLeastSkillFactor = 0.2;  // a forecast no better than the last value is still an honest one
constexpr double kWorstCoverage = 0.2;     // a band that misses its level by so much is worth nothing
constexpr double kEnoughSeasons = 3;

double Percent(double share) { return 100 * share; }

void AddSkill(const ReliabilityFacts& facts, std::vector<ReliabilityReason>& reasons) {
  if (facts.tried == 0) {
    reasons.push_back({"skill", 0, 0.5, "The history is too short to try the forecast on it."});
    return;
  }
  const double skill = facts.naive_error > 0 ? std::clamp(1 - facts.error / facts.naive_error, -1.0, 1.0)
                                             : (facts.error > 0 ? 0.0 : 1.0);
  const double factor = kLeastSkillFactor + (1 - kLeastSkillFactor) * std::max(skill, 0.0);
  reasons.push_back({"skill", skill, factor,
                     absl::StrFormat("On the history its error is %.0f %% %s that of carrying the last value on.",
                                     std::abs(Percent(skill)), skill < 0 ? "above" : "below")});
}

void AddCoverage(const ReliabilityFacts& facts, std::vector<ReliabilityReason>& reasons) {
  if (facts.level > 0 && facts.tried > 0) {
    const double factor = 1 - std::min(1.0, std::abs(facts.coverage - facts.level) / kWorstCoverage);
    reasons.push_back({"coverage", facts.coverage, factor,
                       absl::StrFormat("The band for %.4g %% held %.1f %% of the held-out history.",
                                       Percent(facts.level), Percent(facts.coverage))});
  }
}

void AddHistory(const ReliabilityFacts& facts, std::vector<ReliabilityReason>& reasons) {
  if (facts.seasons_seen > 0 && facts.seasons_seen < kEnoughSeasons) {
    reasons.push_back({"history", facts.seasons_seen, std::sqrt(facts.seasons_seen / kEnoughSeasons),
                       absl::StrFormat("The history holds only %.1f of its longest seasons.", facts.seasons_seen)});
  }
  if (facts.gap_share > 0) {
    reasons.push_back({"gaps", facts.gap_share, 1 - facts.gap_share,
                       absl::StrFormat("%.1f %% of the history is missing.", Percent(facts.gap_share))});
  }
}

void AddReach(const ReliabilityFacts& facts, std::vector<ReliabilityReason>& reasons) {
  if (facts.tried < facts.horizon) {
    const double share = static_cast<double>(facts.tried) / static_cast<double>(facts.horizon);
    reasons.push_back(
        {"reach", share, std::max(0.1, std::sqrt(share)),
         absl::StrFormat("The history allowed trying %d of the %d steps ahead.", facts.tried, facts.horizon)});
  }
  if (facts.width > 1) {
    reasons.push_back({"width", facts.width, 1 / facts.width,
                       absl::StrFormat("The band is %.1f times as wide as the history itself.", facts.width)});
  }
}

}  // namespace

std::vector<ReliabilityReason> JudgeReliability(const ReliabilityFacts& facts) {
  std::vector<ReliabilityReason> reasons;
  AddSkill(facts, reasons);
  AddCoverage(facts, reasons);
  AddHistory(facts, reasons);
  AddReach(facts, reasons);
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const ReliabilityReason& a, const ReliabilityReason& b) { return a.factor < b.factor; });
  return reasons;
}

double ReliabilityOf(std::span<const ReliabilityReason> reasons) {
  double product = 1;
  for (const ReliabilityReason& reason : reasons) {
    product *= std::clamp(reason.factor, 0.0, 1.0);
  }
  return product;
}

double SeasonStrength(std::span<const double> values, size_t season) {
  if (season < 2 || values.size() <= season + 1) {
    return 0;
  }
  std::vector<double> sums(season, 0.0);
  std::vector<double> counts(season, 0.0);
  double mean = 0;
  size_t phase = 0;
  for (const double value : values) {
    sums[phase] += value;
    counts[phase] += 1;
    mean += value;
    phase = phase + 1 == season ? 0 : phase + 1;
  }
  const auto n = static_cast<double>(values.size());
  mean /= n;
  double total = 0;
  for (const double value : values) {
    total += (value - mean) * (value - mean);
  }
  double explained = 0;
  for (size_t i = 0; i < season; ++i) {
    const double centre = sums[i] / counts[i];
    explained += counts[i] * (centre - mean) * (centre - mean);
  }
  if (!(total > 0)) {
    return 0;
  }
  const double adjusted = 1 - (total - explained) / total * (n - 1) / (n - static_cast<double>(season));
  return std::clamp(adjusted, 0.0, 1.0);
}

}  // namespace bellwether
