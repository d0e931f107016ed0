#include "server/analytics/seasonality/calendar_periods.h"

#include <algorithm>
#include <cmath>

namespace bellwether {
namespace {

constexpr double kFalsePeriodRate = 0.001;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kWeek = 7 * kDay;
constexpr int64_t kYear = 365 * kDay + 20940 * kSecond;
constexpr std::array<int64_t, 8> kCalendar = {
    60 * kSecond, kHour, 12 * kHour, kDay, kWeek, 30 * kDay + 37740 * kSecond, 91 * kDay + 27000 * kSecond, kYear};
constexpr std::array<int64_t, 4> kMainCalendar = {kHour, kDay, kWeek, kYear};

bool AreEqual(double period, double length) { return std::abs(length - period) < 1e-6 * length; }

}  // namespace

CalendarPeriods::CalendarPeriods(int64_t step_ns, size_t rows) : rows_(rows) {
  if (step_ns <= 0) {
    return;
  }
  const auto step = static_cast<double>(step_ns);
  for (const int64_t length : kCalendar) {
    const double period = static_cast<double>(length) / step;
    if (period >= 2 && period <= static_cast<double>(rows) / 2) {
      periods_.push_back(period);
    }
  }
  for (size_t i = 0; i < main_.size(); ++i) {
    main_[i] = static_cast<double>(kMainCalendar[i]) / step;
  }
}

bool CalendarPeriods::Contains(double period) const {
  return std::any_of(periods_.begin(), periods_.end(), [&](double length) { return AreEqual(period, length); });
}

bool CalendarPeriods::IsMain(double period) const {
  return std::any_of(main_.begin(), main_.end(),
                     [&](double length) { return length >= 2 && AreEqual(period, length); });
}

double CalendarPeriods::EvidenceNeeded(double tries) { return std::log(tries / kFalsePeriodRate); }

bool CalendarPeriods::IsSignificant(double period, double evidence) const {
  const size_t tries = Contains(period) ? std::max<size_t>(periods_.size(), 1) : rows_;
  return evidence > EvidenceNeeded(static_cast<double>(tries));
}

}  // namespace bellwether
