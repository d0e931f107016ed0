#include "server/connectors/demo/demo_signal.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "server/connectors/demo/demo_noise.h"

namespace bellwether {
namespace {

constexpr double kDay = 86400;
constexpr double kYear = 365.25 * kDay;
constexpr double kGrowthOrigin = 1577836800;  // 2020-01-01, where values are as the catalog says
constexpr double kFillingDays = 9;
constexpr double kTau = 2 * std::numbers::pi;

/// A hill of height 1 around `peak`, with hours counted round the clock.
double Hill(double hour, double peak, double width) {
  double distance = std::abs(hour - peak);
  distance = std::min(distance, 24 - distance);
  return std::exp(-0.5 * distance * distance / (width * width));
}

}  // namespace

DemoSignal::DemoSignal(const DemoSignalKey& key) : metric_(DemoMetrics()[key.metric]), key_(key) {
  const std::vector<DemoMember> members = DemoMembers(metric_.group);
  member_ = members[key.member];
  member_count_ = members.size();
  noise_key_ = HashKey(HashKey(key.seed, key.metric), key.member);
}

// Has a mean of about 1 over the day.
double DemoSignal::DayFactor(double hour) const {
  switch (metric_.shape) {
    case DayShape::kShop:
      return 1 + metric_.swing * (1.45 * Hill(hour, 12.5, 2.8) + 1.9 * Hill(hour, 20, 2.2) - 0.84);
    case DayShape::kOffice:
      return 1 + metric_.swing * (1.7 * Hill(hour, 13.5, 4) - 0.7);
    case DayShape::kClimate:
      return 1 + metric_.swing * 0.6 * std::sin(kTau * (hour - 9) / 24);
    case DayShape::kFilling:
      return 1;
  }
  return 1;
}

// Every day has its factor at noon; in between the factors are joined by lines, so that no midnight is a step.
double DemoSignal::WeekFactor(double time_s) const {
  const double days = time_s / kDay - 0.5;
  const double whole = std::floor(days);
  const auto factor = [this](int64_t day) {
    const int64_t weekday = (day + 4) % 7;  // 1970-01-01 was a Thursday; 0 = Sunday.
    constexpr double kOwn[] = {1, 0.97, 1.0, 1.02, 1.03, 1.06, 1};
    return weekday == 0 || weekday == 6 ? metric_.weekend : kOwn[weekday];
  };
  const auto day = static_cast<int64_t>(whole) + 7;
  return std::lerp(factor(day), factor(day + 1), days - whole);
}

double DemoSignal::Expected(double time_s) const {
  const double local_s = time_s - member_.phase_hours * 3600;
  const double hour = std::fmod(local_s + 24 * 3600, kDay) / 3600;
  if (metric_.shape == DayShape::kFilling) {
    const double cycle = time_s / (kFillingDays * kDay) + member_.phase_hours;
    return metric_.base * (1 + metric_.swing * ((cycle - std::floor(cycle)) - 0.5)) * std::sqrt(member_.scale);
  }
  double level = metric_.base * DayFactor(hour) * WeekFactor(time_s);
  // Percentages and climate cannot scale freely, so members differ less there.
  level *= metric_.max <= 100 || metric_.shape == DayShape::kClimate ? std::sqrt(member_.scale) : member_.scale;
  if (metric_.growth_per_year != 0) {
    level *= std::pow(1 + metric_.growth_per_year, std::clamp((time_s - kGrowthOrigin) / kYear, -10.0, 50.0));
  }
  if (metric_.shape == DayShape::kClimate) {
    level *= 1 + metric_.swing * 0.5 * std::sin(kTau * (time_s / kYear - 0.3));
  }
  return level;
}

double DemoSignal::Noise(double time_s, double expected) const {
  // Grows with the square root of the level, as the noise of counts does.
  const double typical = metric_.base * member_.scale;
  const double scale = std::sqrt(std::max(expected, 0.0) * typical);
  const double smooth = 0.5 * SmoothNoiseAt(noise_key_ + 1, time_s, 600) +
                        0.6 * SmoothNoiseAt(noise_key_ + 2, time_s, 3000) +
                        0.6 * SmoothNoiseAt(noise_key_ + 3, time_s, 15000);
  return scale * (metric_.white_noise * NormalAt(noise_key_, static_cast<uint64_t>(time_s / 60)) +
                  metric_.smooth_noise * smooth);
}

double DemoSignal::Finish(double value) const {
  const double bounded = std::clamp(value, 0.0, metric_.max);
  return metric_.integral ? std::round(bounded) : bounded;
}

double DemoSignal::Struck(int64_t time_s, double expected, double noise, const DemoIncident& incident) const {
  const double progress =
      static_cast<double>(time_s - incident.begin_s) / static_cast<double>(incident.end_s - incident.begin_s);
  const double usual = metric_.base * std::sqrt(member_.scale);
  const double size = std::max(expected, usual) * incident.strength;
  const double headroom = metric_.max - expected;
  switch (incident.type) {
    case IncidentType::kSpike:
      return expected + noise + std::min(size * 1.5, headroom * 0.9) * (1 - std::abs(2 * progress - 1) * 0.5);
    case IncidentType::kDrop:
      return (expected + noise) * 0.25 / incident.strength;
    case IncidentType::kLevelShift:
      return expected + noise + std::min(size * 0.5, headroom * 0.7);
    case IncidentType::kDrift:
      return expected + noise + std::min(size * 0.8, headroom * 0.8) * progress;
    case IncidentType::kVarianceChange:
      return expected + noise * 6 * incident.strength;
    case IncidentType::kSeasonBreak:
      return Expected(static_cast<double>(time_s) + (time_s >= 43200 ? -43200 : 43200)) + noise;
    case IncidentType::kFlatline:
    case IncidentType::kMissingData:
      break;
  }
  return expected + noise;
}

const DemoIncident& DemoSignal::IncidentAt(int64_t time_s) {
  if (time_s < incident_slot_from_s_ || time_s >= incident_slot_to_s_) {
    incident_ = IncidentAround(key_.seed, key_.metric, member_count_, time_s);
    // Valid for certain from here to the incident's end; looked up again behind that.
    incident_slot_from_s_ = std::min(time_s, incident_.begin_s);
    incident_slot_to_s_ = std::max(time_s + 60, incident_.end_s);
  }
  return incident_;
}

std::optional<double> DemoSignal::At(int64_t time_s) {
  const DemoIncident& incident = IncidentAt(time_s);
  const bool struck = incident.Covers(time_s) && incident.Strikes(key_.member);
  if (struck && incident.type == IncidentType::kMissingData) {
    return std::nullopt;
  }
  const bool frozen = struck && incident.type == IncidentType::kFlatline;
  const auto time = static_cast<double>(frozen ? incident.begin_s : time_s);
  const double expected = Expected(time);
  const double noise = Noise(time, expected);
  return Finish(struck ? Struck(time_s, expected, noise, incident) : expected + noise);
}

}  // namespace bellwether
