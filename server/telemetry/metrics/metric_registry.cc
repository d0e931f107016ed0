#include "server/telemetry/metrics/metric_registry.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/text/utf8.h"

namespace bellwether {
namespace {

constexpr std::string_view kOther = "other";

using LabelPairs = std::vector<std::pair<std::string, std::string>>;

std::string FormatNumber(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "+Inf" : "-Inf";
  }
  // Times since the epoch need more digits than StrCat gives a double.
  return value == std::floor(value) && std::abs(value) < 1e15 ? absl::StrCat(static_cast<int64_t>(value))
                                                              : absl::StrCat(value);
}

std::string FormatLabels(const LabelPairs& labels) {
  if (labels.empty()) {
    return "";
  }
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    absl::StrAppend(&text, text.size() > 1 ? "," : "", name, "=\"",
                    absl::StrReplaceAll(ReplaceInvalidUtf8(value), {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}),
                    "\"");
  }
  text.push_back('}');
  return text;
}

LabelPairs Pair(const std::vector<MetricLabel>& labels, absl::Span<const std::string> values) {
  LabelPairs pairs;
  for (size_t i = 0; i < labels.size(); ++i) {
    pairs.emplace_back(labels[i].name, values[i]);
  }
  return pairs;
}

void AppendHeader(const std::string& name, const std::string& help, const char* type, std::string& out) {
  absl::StrAppend(&out, "# HELP ", name, " ", absl::StrReplaceAll(help, {{"\\", "\\\\"}, {"\n", "\\n"}}), "\n# TYPE ",
                  name, " ", type, "\n");
}

void AppendHistogram(const std::string& name, const LabelPairs& labels, const Histogram& histogram, std::string& out) {
  uint64_t count = 0;
  for (size_t i = 0; i <= histogram.bounds().size(); ++i) {
    count += histogram.bucket(i);
    LabelPairs with_bound = labels;
    with_bound.emplace_back("le", i < histogram.bounds().size() ? FormatNumber(histogram.bounds()[i]) : "+Inf");
    absl::StrAppend(&out, name, "_bucket", FormatLabels(with_bound), " ", count, "\n");
  }
  absl::StrAppend(&out, name, "_sum", FormatLabels(labels), " ", FormatNumber(histogram.sum()), "\n");
  absl::StrAppend(&out, name, "_count", FormatLabels(labels), " ", count, "\n");
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), buckets_(bounds_.size() + 1) {}

void Histogram::Observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  buckets_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

template <typename Metric>
Metric& MetricFamily<Metric>::With(absl::Span<const std::string_view> values) {
  std::vector<std::string> key;
  key.reserve(labels_.size());
  for (size_t i = 0; i < labels_.size(); ++i) {
    const std::string_view value = i < values.size() ? values[i] : kOther;
    const auto& allowed = labels_[i].values;
    key.emplace_back(std::find(allowed.begin(), allowed.end(), value) != allowed.end() ? value : kOther);
  }
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<Metric>& metric = metrics_[std::move(key)];
  if (metric == nullptr) {
    metric = make_();
  }
  return *metric;
}

template <typename Metric>
void MetricFamily<Metric>::ForEach(
    const std::function<void(absl::Span<const std::string>, const Metric&)>& visit) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& [values, metric] : metrics_) {
    visit(values, *metric);
  }
}

template class MetricFamily<Counter>;
template class MetricFamily<Histogram>;

// Exactly one of the three is set.
struct MetricRegistry::Entry {
  std::string name;
  std::string help;
  std::unique_ptr<CounterFamily> counters;
  std::unique_ptr<HistogramFamily> histograms;
  std::optional<Sampled> sampled;

  void AppendTo(std::string& out) const {
    if (counters != nullptr) {
      AppendHeader(name, help, "counter", out);
      counters->ForEach([&](absl::Span<const std::string> values, const Counter& counter) {
        absl::StrAppend(&out, name, FormatLabels(Pair(counters->labels(), values)), " ", counter.value(), "\n");
      });
    } else if (histograms != nullptr) {
      AppendHeader(name, help, "histogram", out);
      histograms->ForEach([&](absl::Span<const std::string> values, const Histogram& histogram) {
        AppendHistogram(name, Pair(histograms->labels(), values), histogram, out);
      });
    } else if (sampled.has_value()) {
      AppendHeader(name, help, sampled->is_counter ? "counter" : "gauge", out);
      absl::StrAppend(&out, name, FormatLabels(sampled->labels), " ", FormatNumber(sampled->read()), "\n");
    }
  }
};

MetricRegistry::MetricRegistry() = default;
MetricRegistry::~MetricRegistry() = default;

CounterFamily& MetricRegistry::AddCounter(std::string name, std::string help, std::vector<MetricLabel> labels) {
  auto entry = std::make_unique<Entry>(Entry{std::move(name), std::move(help), nullptr, nullptr, std::nullopt});
  entry->counters = std::make_unique<CounterFamily>(std::move(labels), [] { return std::make_unique<Counter>(); });
  CounterFamily& family = *entry->counters;
  absl::MutexLock lock(&mutex_);
  entries_.push_back(std::move(entry));
  return family;
}

HistogramFamily& MetricRegistry::AddHistogram(std::string name, std::string help, std::vector<MetricLabel> labels,
                                              std::vector<double> bounds) {
  auto entry = std::make_unique<Entry>(Entry{std::move(name), std::move(help), nullptr, nullptr, std::nullopt});
  entry->histograms = std::make_unique<HistogramFamily>(
      std::move(labels), [bounds = std::move(bounds)] { return std::make_unique<Histogram>(bounds); });
  HistogramFamily& family = *entry->histograms;
  absl::MutexLock lock(&mutex_);
  entries_.push_back(std::move(entry));
  return family;
}

void MetricRegistry::AddSampled(Sampled sampled) {
  auto entry = std::make_unique<Entry>(Entry{sampled.name, sampled.help, nullptr, nullptr, std::nullopt});
  entry->sampled = std::move(sampled);
  absl::MutexLock lock(&mutex_);
  entries_.push_back(std::move(entry));
}

std::string MetricRegistry::PrometheusText() const {
  absl::MutexLock lock(&mutex_);
  std::string text;
  for (const auto& entry : entries_) {
    entry->AppendTo(text);
  }
  return text;
}

}  // namespace bellwether
