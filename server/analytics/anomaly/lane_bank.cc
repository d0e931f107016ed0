#include "server/analytics/anomaly/lane_bank.h"

#include <string_view>

namespace bellwether {

#ifdef BELLWETHER_LANES_X86
LaneBank* MakeLaneBankAvx512(const DetectorOptions& options);
LaneBank* MakeLaneBankAvx2(const DetectorOptions& options);
#endif
LaneBank* MakeLaneBankPlain(const DetectorOptions& options);

std::unique_ptr<LaneBank> MakeLaneBankFor(const char* instructions, const DetectorOptions& options) {
  const std::string_view wanted(instructions);
#ifdef BELLWETHER_LANES_X86
  if (wanted == "avx512" && __builtin_cpu_supports("x86-64-v4")) {
    return std::unique_ptr<LaneBank>(MakeLaneBankAvx512(options));
  }
  if (wanted == "avx2" && __builtin_cpu_supports("x86-64-v3")) {
    return std::unique_ptr<LaneBank>(MakeLaneBankAvx2(options));
  }
#endif
  return wanted == "plain" ? std::unique_ptr<LaneBank>(MakeLaneBankPlain(options)) : nullptr;
}

std::unique_ptr<LaneBank> MakeLaneBank(const DetectorOptions& options) {
  for (const char* instructions : {"avx512", "avx2"}) {
    if (std::unique_ptr<LaneBank> bank = MakeLaneBankFor(instructions, options)) {
      return bank;
    }
  }
  return MakeLaneBankFor("plain", options);
}

}  // namespace bellwether
