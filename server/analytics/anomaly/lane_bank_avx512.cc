#define BELLWETHER_LANES lanes_bank_avx512
#define BELLWETHER_LANE_WIDTH 16
#define BELLWETHER_MAKE_BANK MakeLaneBankAvx512
#include "server/analytics/anomaly/lane_bank.inc"
