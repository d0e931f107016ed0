#define BELLWETHER_LANES lanes_bank_plain
#define BELLWETHER_LANE_WIDTH 1
#define BELLWETHER_MAKE_BANK MakeLaneBankPlain
#include "server/analytics/anomaly/lane_bank.inc"
