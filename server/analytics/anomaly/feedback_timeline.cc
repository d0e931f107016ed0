#include "server/analytics/anomaly/feedback_timeline.h"

#include <algorithm>
#include <set>
#include <utility>

namespace bellwether {

FeedbackTimeline::FeedbackTimeline(std::span<const FeedbackInterval> feedback) {
  std::vector<int64_t> edges;
  std::vector<std::pair<int64_t, size_t>> begins;
  std::vector<std::pair<int64_t, size_t>> ends;
  for (size_t i = 0; i < feedback.size(); ++i) {
    if (feedback[i].from_unix_ns < feedback[i].to_unix_ns) {
      begins.emplace_back(feedback[i].from_unix_ns, i);
      ends.emplace_back(feedback[i].to_unix_ns, i);
      edges.push_back(feedback[i].from_unix_ns);
      edges.push_back(feedback[i].to_unix_ns);
    }
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  std::sort(begins.begin(), begins.end());
  std::sort(ends.begin(), ends.end());
  std::set<std::pair<int64_t, size_t>> open;  // by start; the last counts
  size_t begun = 0;
  size_t ended = 0;
  for (size_t k = 0; k + 1 < edges.size(); ++k) {
    for (; ended < ends.size() && ends[ended].first <= edges[k]; ++ended) {
      open.erase({feedback[ends[ended].second].from_unix_ns, ends[ended].second});
    }
    for (; begun < begins.size() && begins[begun].first <= edges[k]; ++begun) {
      open.insert(begins[begun]);
    }
    if (open.empty()) {
      continue;
    }
    const FeedbackLabel label = feedback[open.rbegin()->second].label;
    if (!stretches_.empty() && stretches_.back().to_unix_ns == edges[k] && stretches_.back().label == label) {
      stretches_.back().to_unix_ns = edges[k + 1];
    } else {
      stretches_.push_back({.from_unix_ns = edges[k], .to_unix_ns = edges[k + 1], .label = label});
    }
  }
}

std::optional<FeedbackLabel> FeedbackTimeline::Find(int64_t time_unix_ns) {
  if (next_ > 0 && time_unix_ns < stretches_[next_ - 1].to_unix_ns) {
    next_ = 0;  // times stepped back
  }
  while (next_ < stretches_.size() && stretches_[next_].to_unix_ns <= time_unix_ns) {
    ++next_;
  }
  if (next_ < stretches_.size() && stretches_[next_].from_unix_ns <= time_unix_ns) {
    return stretches_[next_].label;
  }
  return std::nullopt;
}

}  // namespace bellwether
