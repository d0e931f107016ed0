#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/analytics/forecast/forecast_member.h"

namespace bellwether {

/// The one of the season sets with which a regression on seasonal means and the last values forecast the history best
/// at rolling origins; the first where none is better by 15 %. `history` is finite; at least one set.
[[nodiscard]] std::vector<size_t> ChooseSeasons(std::span<const double> history, const MemberSetting& setting,
                                                std::span<const std::vector<size_t>> sets, size_t horizon);

}  // namespace bellwether
