#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// The past moments at which a forecast is tried out.
struct RollingOrigins {
  std::vector<size_t> origins;  ///< ascending; may be empty
  size_t horizon = 0;           ///< steps tried at each, at most the horizon wanted, at least 1
};

/// Origins in the last two thirds of a history of `n` values (the second half where its longest season takes so long to
/// be learned), the newest with its whole horizon known: a short season apart where the horizon holds one, else a third
/// of the horizon, at most 32, reaching back six long seasons at most. Where the horizon is too long for that, a
/// shorter one is tried. `most` bounds their number further.
[[nodiscard]] RollingOrigins ChooseOrigins(size_t n, size_t horizon, std::span<const size_t> seasons, size_t most);

/// Adds origins half and a quarter of the horizon before the end of the history, of which only that much is known: the
/// newest errors there are, and the only ones made since something changed in the last horizon.
void AddLateOrigins(size_t n, RollingOrigins& rolling);

}  // namespace bellwether
