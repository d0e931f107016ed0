#include "server/query/exec/rarity_text.h"

#include <algorithm>

#include "server/base/text/concat.h"
#include "server/query/exec/quantity_text.h"

namespace bellwether {

std::string HowOften(const Rarity& rarity) {
  const double between = std::max(rarity.seconds_between_rows, rarity.seconds_between_alarms);
  if (!(between <= rarity.history_seconds)) {
    return "";
  }
  return Concat(rarity.seconds_between_rows < rarity.seconds_between_alarms ? "at most once in " : "once in ",
                TimeSpanText(between));
}

}  // namespace bellwether
