#include "server/analytics/multivariate/host_anomalies.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

namespace bellwether {
namespace {

enum class Trend { kUp, kRising, kDown };

struct Need {
  FeatureRole role = FeatureRole::kOther;
  Trend trend = Trend::kUp;
};

// The table is read once for each of its columns; what a reading leaves out is defined away.
#define BELLWETHER_PATTERN(...)
#define BELLWETHER_WORD(...)
#define BELLWETHER_UNIT(...)
#define BELLWETHER_SPARE(...)
#define BELLWETHER_KIND(kind, id, action) kind,
enum class Kind {
#include "server/analytics/multivariate/host_anomalies.inc"
};
#undef BELLWETHER_KIND
#define BELLWETHER_KIND(kind, id, action) HostAnomalyKind{id, action},
constexpr HostAnomalyKind kKinds[] = {
#include "server/analytics/multivariate/host_anomalies.inc"
};
#undef BELLWETHER_KIND
#define BELLWETHER_KIND(...)

struct Pattern {
  Kind kind;
  std::array<Need, 3> needs;  ///< kOther = none
};
#undef BELLWETHER_PATTERN
#define BELLWETHER_PATTERN(kind, ...) Pattern{Kind::kind, {{__VA_ARGS__}}},
#define UP(role) \
  Need { FeatureRole::role, Trend::kUp }
#define RISING(role) \
  Need { FeatureRole::role, Trend::kRising }
#define DOWN(role) \
  Need { FeatureRole::role, Trend::kDown }
constexpr Pattern kPatterns[] = {
#include "server/analytics/multivariate/host_anomalies.inc"
};
#undef UP
#undef RISING
#undef DOWN
#undef BELLWETHER_PATTERN
#define BELLWETHER_PATTERN(...)

struct Clue {
  FeatureRole role;
  std::string_view text;
};
#undef BELLWETHER_WORD
#define BELLWETHER_WORD(role, word) Clue{FeatureRole::role, word},
constexpr Clue kWords[] = {
#include "server/analytics/multivariate/host_anomalies.inc"
};
#undef BELLWETHER_WORD
#define BELLWETHER_WORD(...)
#undef BELLWETHER_UNIT
#define BELLWETHER_UNIT(role, unit) Clue{FeatureRole::role, unit},
constexpr Clue kUnits[] = {
#include "server/analytics/multivariate/host_anomalies.inc"
};
#undef BELLWETHER_UNIT
#define BELLWETHER_UNIT(...)
#undef BELLWETHER_SPARE
#define BELLWETHER_SPARE(word) word,
constexpr std::string_view kSpareWords[] = {
#include "server/analytics/multivariate/host_anomalies.inc"
};
#undef BELLWETHER_KIND
#undef BELLWETHER_PATTERN
#undef BELLWETHER_WORD
#undef BELLWETHER_UNIT
#undef BELLWETHER_SPARE

constexpr double kLeastShare = 0.1;  // of an anomaly: smaller contributions are no evidence of a kind
constexpr double kRiseBonus = 0.05;  // a rise that lasts says more than being high

/// The words of a name in lower case: runs of letters and digits, cut where a capital follows a small letter.
std::vector<std::string> WordsOf(std::string_view name) {
  std::vector<std::string> words;
  bool was_lower = false;
  bool in_word = false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) == 0) {
      in_word = false;
      continue;
    }
    if (!in_word || (was_lower && std::isupper(byte) != 0)) {
      words.emplace_back();
    }
    in_word = true;
    was_lower = std::islower(byte) != 0;
    words.back() += static_cast<char>(std::tolower(byte));
  }
  return words;
}

/// The share of the evidence that meets a need; 0 when it is not met.
double Met(const Need& need, std::span<const FeatureEvidence> evidence) {
  double share = 0;
  for (const FeatureEvidence& one : evidence) {
    const bool fits =
        need.trend == Trend::kDown ? !one.is_up : one.is_up && (need.trend == Trend::kUp || one.is_rising);
    if (one.role == need.role && fits && one.share >= kLeastShare) {
      share += one.share + (need.trend == Trend::kRising ? kRiseBonus : 0);
    }
  }
  return share;
}

}  // namespace

std::string_view FeatureRoleName(FeatureRole role) {
  switch (role) {
    case FeatureRole::kOther:
      return "other";
    case FeatureRole::kCpu:
      return "cpu";
    case FeatureRole::kMemory:
      return "memory";
    case FeatureRole::kDisk:
      return "disk";
    case FeatureRole::kNetwork:
      return "network";
    case FeatureRole::kLatency:
      return "latency";
    case FeatureRole::kErrors:
      return "errors";
    case FeatureRole::kThroughput:
      return "throughput";
    case FeatureRole::kQueue:
      return "queue";
    case FeatureRole::kTemperature:
      return "temperature";
  }
  return "other";
}

FeatureMeaning MeaningOf(std::string_view name, std::string_view unit) {
  const std::vector<std::string> words = WordsOf(name);
  const auto has = [&words](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  FeatureMeaning meaning;
  meaning.is_spare = std::any_of(std::begin(kSpareWords), std::end(kSpareWords), has);
  for (const Clue& clue : kWords) {
    if (has(clue.text)) {
      meaning.role = clue.role;
      return meaning;
    }
  }
  const auto* const found =
      std::find_if(std::begin(kUnits), std::end(kUnits), [unit](const Clue& clue) { return clue.text == unit; });
  meaning.role = found == std::end(kUnits) ? FeatureRole::kOther : found->role;
  return meaning;
}

const HostAnomalyKind& ClassifyHostAnomaly(std::span<const FeatureEvidence> evidence) {
  Kind best = Kind::kUnusualPattern;
  double best_share = 0;
  size_t best_needs = 0;
  for (const Pattern& pattern : kPatterns) {
    double share = 0;
    size_t needs = 0;
    bool all_met = true;
    for (const Need& need : pattern.needs) {
      if (need.role == FeatureRole::kOther) {
        continue;
      }
      const double met = Met(need, evidence);
      all_met = all_met && met > 0;
      share += met;
      ++needs;
    }
    if (all_met && (share > best_share + 1e-9 || (share > best_share - 1e-9 && needs > best_needs))) {
      best = pattern.kind;
      best_share = share;
      best_needs = needs;
    }
  }
  return kKinds[static_cast<size_t>(best)];
}

std::span<const HostAnomalyKind> HostAnomalyKinds() { return kKinds; }

}  // namespace bellwether
