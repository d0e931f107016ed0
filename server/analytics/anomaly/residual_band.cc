#include "server/analytics/anomaly/residual_band.h"

#include <algorithm>
#include <cmath>

namespace bellwether {

ResidualBand::ResidualBand(double level, TailHistogram::Memory memory)
    : surprise_(-std::log10(0.5 * (1 - std::clamp(level, 0.0, 0.999999)))), above_(memory), below_(memory) {}

void ResidualBand::Add(double residual) {
  above_.Add(std::max(residual, 0.0));
  below_.Add(std::max(-residual, 0.0));
}

void ResidualBand::Refresh() {
  above_.Refresh();
  below_.Refresh();
}

}  // namespace bellwether
