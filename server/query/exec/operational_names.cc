#include "server/query/exec/operational_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string>
#include <vector>

namespace bellwether {
namespace {

enum class Side { kUp, kDown, kAny };

using TypeSet = uint32_t;

constexpr TypeSet Only(AnomalyType type) { return TypeSet{1} << static_cast<uint32_t>(type); }

constexpr TypeSet kPeak = Only(AnomalyType::kSpike) | Only(AnomalyType::kDrop);
constexpr TypeSet kLevel = Only(AnomalyType::kLevelShift);
constexpr TypeSet kSlope = Only(AnomalyType::kDrift);
constexpr TypeSet kStill = Only(AnomalyType::kFlatline);
constexpr TypeSet kScatter = Only(AnomalyType::kVarianceChange);
constexpr TypeSet kMoves = kPeak | kLevel | kSlope;

// Lists of words, one blank between; an empty list matches everything.
constexpr std::string_view kMemoryWords = "memory mem ram heap rss resident swap malloc gc workingset";
constexpr std::string_view kSpareWords = "free available idle unused avail remaining headroom";
constexpr std::string_view kCpuWords = "cpu cpus processor load load1 load5 load15 loadavg runqueue steal iowait";
constexpr std::string_view kErrorWords =
    "error errors err errs fail fails failed failure failures refused exception exceptions 4xx 5xx 500 502 503 504 "
    "timeout timeouts rejected rejects crash crashes panic panics aborted unavailable retries dropped discarded";
constexpr std::string_view kDelayWords =
    "latency duration response responsetime rtt wait waiting delay lag elapsed load pageload ttfb p50 p90 p95 p99 "
    "query request time";
constexpr std::string_view kPlainDelayWords = "latency rtt lag ttfb delay responsetime";
constexpr std::string_view kFlowWords =
    "requests request req rps qps tps throughput orders sales revenue views visits hits traffic transactions messages "
    "events jobs logins signups sessions clicks conversions payments checkouts calls queries rate received sent "
    "produced consumed processed in out";
constexpr std::string_view kResourceWords =
    "memory mem heap rss swap disk storage filesystem fs volume network net bandwidth io iops connections conns "
    "threads "
    "goroutines handles sockets fds descriptors queue backlog pool inodes gpu processes";
constexpr std::string_view kQualityWords = "apdex availability success uptime hit hitrate slo sli score quality";
// Lists of units.
constexpr std::string_view kTimeUnits = "ns µs ms s m h clocks clockms";
constexpr std::string_view kFlowUnits =
    "reqps ops rps wps iops cps mps recps rowsps reqpm opm rpm wpm cpm currencyUSD currencyEUR currencyGBP";
constexpr std::string_view kByteRateUnits = "Bps binBps bps binbps KBs MBs GBs pps";
constexpr std::string_view kByteUnits = "bytes decbytes kbytes mbytes gbytes deckbytes decmbytes decgbytes";

struct Rule {
  std::string_view name;
  TypeSet types;
  Side side;
  std::string_view words;      // one of them is in the metric's name
  std::string_view and_words;  // and one of these
  std::string_view no_words;   // and none of these; empty = none is forbidden
  std::string_view units;      // and the unit is one of these
};

// The first rule that matches names the anomaly.
constexpr std::array kRules = {
    Rule{"memory_leak", kSlope, Side::kUp, kMemoryWords, "", kSpareWords, ""},
    Rule{"memory_leak", kSlope, Side::kDown, kMemoryWords, kSpareWords, "", ""},
    Rule{"error_rate_spike", kMoves, Side::kUp, kErrorWords, "", "", ""},
    Rule{"latency_spike", kPeak, Side::kUp, "", "", "", kTimeUnits},
    Rule{"latency_spike", kPeak, Side::kUp, kPlainDelayWords, "", "", ""},
    Rule{"performance_degradation", kLevel | kSlope | kScatter, Side::kUp, kDelayWords, "", "", kTimeUnits},
    Rule{"performance_degradation", kLevel | kSlope | kScatter, Side::kUp, kPlainDelayWords, "", "", ""},
    Rule{"performance_degradation", kMoves, Side::kDown, kQualityWords, "", kErrorWords, ""},
    Rule{"cpu_overload", kMoves, Side::kUp, kCpuWords, "", kSpareWords, ""},
    Rule{"cpu_overload", kMoves, Side::kDown, kCpuWords, kSpareWords, "", ""},
    Rule{"throughput_drop", kMoves | kStill, Side::kDown, kFlowWords, "", kErrorWords, ""},
    Rule{"throughput_drop", kMoves | kStill, Side::kDown, "", "", kErrorWords, kFlowUnits},
    Rule{"throughput_drop", kMoves | kStill, Side::kDown, "", "", kErrorWords, kByteRateUnits},
    Rule{"resource_spike", kMoves, Side::kUp, kResourceWords, "", kSpareWords, ""},
    Rule{"resource_spike", kMoves, Side::kDown, kResourceWords, kSpareWords, "", ""},
    Rule{"resource_spike", kMoves, Side::kUp, "", "", "", kByteUnits},
    Rule{"resource_spike", kMoves, Side::kUp, "", "", "", kByteRateUnits},
};

bool Contains(std::string_view list, std::string_view word) {
  size_t begin = 0;
  while (begin < list.size()) {
    const size_t end = std::min(list.find(' ', begin), list.size());
    if (list.substr(begin, end - begin) == word) {
      return true;
    }
    begin = end + 1;
  }
  return false;
}

// "node_memory_MemAvailable_bytes" → node memory mem available bytes.
std::vector<std::string> WordsOf(std::string_view name) {
  std::vector<std::string> words;
  bool fresh = true;
  bool lower_before = false;
  for (const char c : name.substr(0, 256)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool part = std::isalnum(byte) != 0 || byte >= 0x80;
    if (!part) {
      fresh = true;
      continue;
    }
    const bool upper = std::isupper(byte) != 0;
    if (fresh || (upper && lower_before) || words.empty()) {
      words.emplace_back();
    }
    words.back() += static_cast<char>(std::tolower(byte));
    fresh = false;
    lower_before = !upper;
  }
  return words;
}

bool AnyOf(const std::vector<std::string>& words, std::string_view list) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return Contains(list, word); });
}

}  // namespace

std::string_view OperationalName(AnomalyType type, double deviation, std::string_view unit, std::string_view metric) {
  const std::vector<std::string> words = WordsOf(metric);
  for (const Rule& rule : kRules) {
    if ((rule.types & Only(type)) == 0 || (rule.side == Side::kUp && !(deviation > 0)) ||
        (rule.side == Side::kDown && !(deviation < 0))) {
      continue;
    }
    if ((rule.words.empty() || AnyOf(words, rule.words)) && (rule.and_words.empty() || AnyOf(words, rule.and_words)) &&
        (rule.no_words.empty() || !AnyOf(words, rule.no_words)) && (rule.units.empty() || Contains(rule.units, unit))) {
      return rule.name;
    }
  }
  return kUnusualPattern;
}

}  // namespace bellwether
