#include "server/connectors/system/system_connector.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/base/status/error_origin.h"
#include "server/base/status/status_macros.h"
#include "server/connectors/source_query.h"

namespace bellwether {
namespace {

constexpr absl::Duration kSecondReadingAfter = absl::Seconds(1);

int64_t FloorDiv(int64_t value, int64_t divisor) { return value / divisor - (value % divisor < 0 ? 1 : 0); }

size_t FindMetric(std::string_view name) {
  const std::span<const SystemMetric> metrics = SystemMetrics();
  const auto found =
      std::find_if(metrics.begin(), metrics.end(), [&](const SystemMetric& one) { return one.name == name; });
  return static_cast<size_t>(found - metrics.begin());
}

}  // namespace

SystemConnector::SystemConnector(SystemOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      slot_ns_(std::max<int64_t>(absl::ToInt64Nanoseconds(options_.slot), 1'000'000)),
      max_slots_(static_cast<size_t>(std::max<int64_t>(options_.retention / absl::Nanoseconds(slot_ns_), 2))),
      sampler_(options_) {}

SystemConnector::~SystemConnector() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_signal_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void SystemConnector::Start() {
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { Run(); });
  }
}

void SystemConnector::Run() {
  absl::Duration wait = std::min(kSecondReadingAfter, options_.sample_interval);
  while (true) {
    SampleOnce();
    std::unique_lock lock(mutex_);
    if (stop_signal_.wait_for(lock, absl::ToChronoNanoseconds(wait), [this] { return stopping_; })) {
      return;
    }
    wait = options_.sample_interval;
  }
}

void SystemConnector::SampleOnce() {
  const std::lock_guard lock(sampler_mutex_);
  const absl::Time now = clock_.Now();
  Store(now, sampler_.Sample(now));  // Files are read outside of mutex_, so that no Fetch waits for them.
}

void SystemConnector::Store(absl::Time now, const std::vector<SystemReading>& readings) {
  const int64_t slot = FloorDiv(absl::ToUnixNanos(now), slot_ns_);
  const std::lock_guard lock(mutex_);
  history_begin_ = std::min(history_begin_, now);
  for (const SystemReading& reading : readings) {
    const SeriesKey key(FindMetric(reading.name), reading.device);
    auto found = rings_.find(key);
    if (found == rings_.end()) {
      if (!MakeRoom(slot)) {
        left_some_out_ = true;
        continue;
      }
      found = rings_.emplace(key, SeriesRing(max_slots_)).first;
    }
    found->second.Add(slot, reading.value);
  }
}

/// Whether one more series may be kept; gives up series whose history has run out.
bool SystemConnector::MakeRoom(int64_t slot) {
  if (rings_.size() < options_.max_series) {
    return true;
  }
  std::erase_if(rings_,
                [&](const auto& one) { return one.second.end_slot() < slot - static_cast<int64_t>(max_slots_); });
  return rings_.size() < options_.max_series;
}

size_t SystemConnector::history_bytes() const {
  const std::lock_guard lock(mutex_);
  size_t bytes = 0;
  for (const auto& [key, ring] : rings_) {
    bytes += ring.bytes() + sizeof(ring) + sizeof(key);
  }
  return bytes;
}

absl::StatusOr<std::vector<size_t>> SystemConnector::ChooseMetrics(const std::vector<std::string>& names) const {
  std::vector<size_t> chosen;
  for (const std::string& name : names) {
    const size_t metric = FindMetric(name);
    if (metric == SystemMetrics().size()) {
      std::vector<std::string> known;
      for (const SystemMetric& one : SystemMetrics()) {
        known.emplace_back(one.name);
      }
      return WithOrigin(absl::NotFoundError(absl::StrCat("This machine has no series \"", name, "\". Choose one of ",
                                                         QuotedList(known), ".")),
                        Origin::kDownstream);
    }
    chosen.push_back(metric);
  }
  if (chosen.empty()) {
    chosen.push_back(FindMetric("cpu_total"));
  }
  return chosen;
}

/// The most points a whole history has at a step.
size_t SystemConnector::PointsAt(int64_t step_ns) const {
  // A bucket at either end may be covered in part.
  return step_ns == slot_ns_ ? max_slots_
                             : static_cast<size_t>(static_cast<int64_t>(max_slots_ - 1) * slot_ns_ / step_ns + 2);
}

RawSeries SystemConnector::Describe(const SeriesKey& key) const {
  const SystemMetric& metric = SystemMetrics()[key.first];
  RawSeries series;
  series.name = std::string(metric.name);
  series.unit = std::string(metric.unit);
  if (!metric.label.empty() && !key.second.empty()) {
    series.labels.emplace(std::string(metric.label), key.second);
  }
  return series;
}

void SystemConnector::Read(const SeriesRing& ring, const FetchRequest& request, int64_t step_ns,
                           RawSeries& series) const {
  const int64_t from_ns = absl::ToUnixNanos(request.range.from);
  const int64_t to_ns = absl::ToUnixNanos(request.range.to);
  double sum = 0;
  int count = 0;
  const auto flush = [&](int64_t bucket) {
    const int64_t time = bucket * step_ns;
    if (count > 0 && time >= from_ns && time < to_ns) {
      series.times_unix_ns.push_back(time);
      series.values.push_back(sum / count);
    }
    sum = 0;
    count = 0;
  };
  int64_t bucket = INT64_MIN;
  for (int64_t slot = ring.begin_slot(); slot < ring.end_slot(); ++slot) {
    const int64_t next = FloorDiv(slot * slot_ns_, step_ns);
    if (next != bucket) {
      flush(bucket == INT64_MIN ? 0 : bucket);
      bucket = next;
    }
    const double value = ring.At(slot);
    if (!std::isnan(value)) {
      sum += value;
      ++count;
    }
  }
  flush(bucket == INT64_MIN ? 0 : bucket);
}

absl::StatusOr<FetchResult> SystemConnector::Fetch(const FetchRequest& request,
                                                   const Cancellation& cancellation) const {
  BELLWETHER_RETURN_IF_ERROR(cancellation.Check());
  BELLWETHER_ASSIGN_OR_RETURN(const SourceQuery source, SourceQuery::Parse(request.query_json));
  BELLWETHER_ASSIGN_OR_RETURN(const std::vector<std::string> names, source.Strings("series"));
  BELLWETHER_ASSIGN_OR_RETURN(const Labels filter, source.LabelMap("labels"));
  BELLWETHER_ASSIGN_OR_RETURN(const std::vector<size_t> metrics, ChooseMetrics(names));
  // A year is more than the history is long, and far from overflow.
  int64_t step_ns =
      std::clamp(absl::ToInt64Nanoseconds(request.step), slot_ns_, absl::ToInt64Nanoseconds(absl::Hours(8784)));
  const size_t max_points = std::max<size_t>(request.max_points_per_series, 1);
  while (PointsAt(step_ns) > std::max<size_t>(max_points, 2)) {
    step_ns *= 2;
  }
  FetchResult result;
  const std::lock_guard lock(mutex_);
  size_t left_out = 0;
  for (const size_t metric : metrics) {
    bool found = false;
    for (auto it = rings_.lower_bound({metric, ""}); it != rings_.end() && it->first.first == metric; ++it) {
      RawSeries series = Describe(it->first);
      if (!MatchesLabels(series.labels, filter)) {
        continue;
      }
      found = true;
      if (result.series.size() >= request.max_series) {
        ++left_out;
        continue;
      }
      Read(it->second, request, step_ns, series);
      result.series.push_back(std::move(series));
    }
    if (!found) {
      result.notices.push_back(
          {NoticeSeverity::kInfo,
           absl::StrCat("This machine has given no reading of ", std::string(SystemMetrics()[metric].name),
                        filter.empty() ? "" : " with these labels", " yet.")});
    }
  }
  if (left_out > 0 || left_some_out_) {
    result.notices.push_back(
        {NoticeSeverity::kWarning, "Some series past the limit were left out. Filter with labels."});
  }
  if (request.range.from < history_begin_ && history_begin_ != absl::InfiniteFuture()) {
    result.notices.push_back({NoticeSeverity::kInfo,
                              absl::StrCat("This machine is sampled since ",
                                           absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", history_begin_, absl::UTCTimeZone()),
                                           "; earlier values do not exist. History is kept for ",
                                           absl::FormatDuration(options_.retention), ".")});
  }
  result.executed_query = absl::StrCat("samples of ", options_.proc_root, ", means over ",
                                       absl::FormatDuration(absl::Nanoseconds(step_ns)));
  return result;
}

absl::StatusOr<std::vector<SeriesInfo>> SystemConnector::List(std::string_view query_json) const {
  if (const absl::StatusOr<SourceQuery> source = SourceQuery::Parse(query_json); !source.ok()) {
    return source.status();
  }
  std::vector<SeriesInfo> listed;
  const auto add = [&](const SeriesKey& key) {
    RawSeries series = Describe(key);
    listed.push_back({std::move(series.name), std::move(series.labels), std::move(series.unit),
                      std::string(SystemMetrics()[key.first].description)});
  };
  const std::lock_guard lock(mutex_);
  for (const auto& [key, ring] : rings_) {
    add(key);
  }
  // Nothing was read yet: what can be expected.
  for (size_t i = 0; rings_.empty() && i < SystemMetrics().size(); ++i) {
    add({i, ""});
  }
  return listed;
}

}  // namespace bellwether
