#define BELLWETHER_LANES lanes_bank_avx2
#define BELLWETHER_LANE_WIDTH 8
#define BELLWETHER_MAKE_BANK MakeLaneBankAvx2
#include "server/analytics/anomaly/lane_bank.inc"
