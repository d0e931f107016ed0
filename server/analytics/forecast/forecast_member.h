#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bellwether {

struct CalendarOptions;

/// What is known of a series besides its values.
struct MemberSetting {
  std::vector<size_t> seasons;  ///< in steps, ascending, each at least 2; may be empty
  int64_t step_ns = 0;          ///< 0 = unknown
  int64_t start_ns = 0;         ///< time of the first value, since the epoch; 0 = unknown
  /// What zero of the series is among the values that the member sees (they may be shifted and stretched); infinite
  /// where it is none of them.
  double zero = 0;
  /// The holidays in it are for members that know of such days; null = none are known.
  std::shared_ptr<const CalendarOptions> calendar = nullptr;
};

/// One way to continue a series, asked at many past moments of it at once, so that what successive fits have in common
/// is computed once. Immutable, deterministic, safe to share between threads.
class ForecastMember {
 public:
  virtual ~ForecastMember() = default;

  [[nodiscard]] virtual std::string_view id() const = 0;

  /// How many values it wants before an origin for it to be worth asking.
  [[nodiscard]] virtual size_t MinPoints() const = 0;

  /// Writes paths[o * horizon + h] = the forecast h + 1 steps after history[0 .. origins[o]), made from those values
  /// only. Origins ascend and are at least 1; the last is usually history.size(). The history is finite (gaps are
  /// filled before) with magnitudes up to some hundreds. NaN in a path: the member has nothing to say at that origin.
  virtual void ForecastFrom(std::span<const double> history, std::span<const size_t> origins, size_t horizon,
                            std::span<double> paths) const = 0;
};

/// A member that can be asked for by name.
struct ForecastMemberEntry {
  std::string_view id;
  std::string_view name;
  std::string_view assumptions;
  /// Null where the setting does not allow the member, such as a seasonal one without a season.
  std::unique_ptr<ForecastMember> (*make)(const MemberSetting& setting);
  bool knows_holidays = false;  ///< it follows those of the setting's calendar
};

/// All members there are.
[[nodiscard]] std::span<const ForecastMemberEntry> ForecastMembers();

/// Whether the member `id` follows the holidays of its setting.
[[nodiscard]] bool KnowsHolidays(std::string_view id);

/// The member `id`, null for an unknown one or one that the setting does not allow.
[[nodiscard]] std::unique_ptr<ForecastMember> MakeForecastMember(std::string_view id, const MemberSetting& setting);

}  // namespace bellwether
