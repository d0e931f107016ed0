// Frames to bytes and back. The first argument is the number of series, the second the number of points.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/frame/arrow/arrow_file.h"
#include "server/frame/json/json_frame.h"
#include "tests/unit/frame/sample_frames.h"

namespace bellwether {
namespace {

CheckedFrame FrameFor(const benchmark::State& state) {
  return WideFrame(static_cast<size_t>(state.range(0)), static_cast<size_t>(state.range(1)));
}

void ReportBytes(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
}

void BM_EncodeArrow(benchmark::State& state) {
  const CheckedFrame frame = FrameFor(state);
  size_t bytes = 0;
  for (auto _ : state) {
    const std::string encoded = EncodeArrow(frame);
    benchmark::DoNotOptimize(encoded.data());
    bytes = encoded.size();
  }
  ReportBytes(state, bytes);
}
BENCHMARK(BM_EncodeArrow)->Args({1, 100})->Args({1, 10000})->Args({10, 10000});

// Ten frames of one series each, the shape of timeseries-multi.
void BM_EncodeArrowMulti(benchmark::State& state) {
  const CheckedFrame frame = WideFrame(1, static_cast<size_t>(state.range(1)));
  size_t bytes = 0;
  for (auto _ : state) {
    std::vector<std::string> encoded;
    bytes = 0;
    for (int64_t i = 0; i < state.range(0); ++i) {
      encoded.push_back(EncodeArrow(frame));
      bytes += encoded.back().size();
    }
    benchmark::DoNotOptimize(encoded.data());
  }
  ReportBytes(state, bytes);
}
BENCHMARK(BM_EncodeArrowMulti)->Args({10, 10000});

void BM_DecodeArrow(benchmark::State& state) {
  const std::string encoded = EncodeArrow(FrameFor(state));
  for (auto _ : state) {
    const absl::StatusOr<CheckedFrame> frame = DecodeArrow(encoded);
    benchmark::DoNotOptimize(frame.ok());
  }
  ReportBytes(state, encoded.size());
}
BENCHMARK(BM_DecodeArrow)->Args({1, 100})->Args({10, 10000});

void BM_EncodeJson(benchmark::State& state) {
  const CheckedFrame frame = FrameFor(state);
  size_t bytes = 0;
  for (auto _ : state) {
    const std::string encoded = EncodeJsonFrame(frame);
    benchmark::DoNotOptimize(encoded.data());
    bytes = encoded.size();
  }
  ReportBytes(state, bytes);
}
BENCHMARK(BM_EncodeJson)->Args({10, 10000});

void BM_DecodeJson(benchmark::State& state) {
  const std::string encoded = EncodeJsonFrame(FrameFor(state));
  for (auto _ : state) {
    const absl::StatusOr<CheckedFrame> frame = DecodeJsonFrame(encoded);
    benchmark::DoNotOptimize(frame.ok());
  }
  ReportBytes(state, encoded.size());
}
BENCHMARK(BM_DecodeJson)->Args({10, 10000});

// From the engine's numbers to a frame that may be sent: one series.
void BM_CheckedFrameFromNumbers(benchmark::State& state) {
  std::vector<double> values(static_cast<size_t>(state.range(0)));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = i % 100 == 99 ? std::nan("") : static_cast<double>(i);
  }
  for (auto _ : state) {
    Frame frame;
    frame.fields.push_back(NumberField("value", values));
    const absl::StatusOr<CheckedFrame> checked = CheckedFrame::Check(std::move(frame));
    benchmark::DoNotOptimize(checked.ok());
  }
}
BENCHMARK(BM_CheckedFrameFromNumbers)->Arg(10000);

}  // namespace
}  // namespace bellwether
