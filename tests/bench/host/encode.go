package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

const (
	encodeSeries = 10
	encodeRows   = 10_000
	encodeRounds = 5
)

// wideFrame is the frame that both sides encode: a time and ten nullable numbers, one in a hundred missing.
func wideFrame() *data.Frame {
	times := make([]time.Time, encodeRows)
	for row := range times {
		times[row] = pastDay.Add(time.Duration(row) * time.Minute)
	}
	frame := data.NewFrame("wide", data.NewField("time", nil, times))
	for series := range encodeSeries {
		values := make([]*float64, encodeRows)
		for row := range values {
			if row%100 != 99 {
				value := math.Sin(float64(row)/100) * float64(series+1)
				values[row] = &value
			}
		}
		field := data.NewField("value", data.Labels{"series": fmt.Sprint(series)}, values)
		field.Config = &data.FieldConfig{DisplayNameFromDS: fmt.Sprintf("series %d", series)}
		frame.Fields = append(frame.Fields, field)
	}
	frame.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesWide, TypeVersion: data.FrameTypeVersion{0, 1}}
	return frame
}

func encodeWithSDK(frame *data.Frame) (float64, error) {
	var failed error
	result := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			if _, err := frame.MarshalArrow(); err != nil {
				failed = err
				b.FailNow()
			}
		}
	})
	return float64(result.NsPerOp()), failed
}

// encodeWithBellwether runs the C++ benchmark and reads the time of the one that encodes ten series of 10,000 rows.
func encodeWithBellwether(program string) (float64, string, error) {
	output, err := exec.Command(program, "--benchmark_filter=Encode.*", "--benchmark_format=json").Output()
	if err != nil {
		return 0, "", fmt.Errorf("%s: %w", program, err)
	}
	var report struct {
		Benchmarks []struct {
			Name     string  `json:"name"`
			RealTime float64 `json:"real_time"`
			TimeUnit string  `json:"time_unit"`
			Failed   bool    `json:"error_occurred"`
		} `json:"benchmarks"`
	}
	if err := json.Unmarshal(output, &report); err != nil {
		return 0, "", fmt.Errorf("%s printed no benchmark JSON: %w", program, err)
	}
	units := map[string]float64{"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
	var seen []string
	for _, benchmark := range report.Benchmarks {
		seen = append(seen, benchmark.Name)
		if strings.Contains(benchmark.Name, "Arrow") && strings.Contains(benchmark.Name, "10/10000") && !benchmark.Failed {
			return benchmark.RealTime * units[benchmark.TimeUnit], benchmark.Name, nil
		}
	}
	return 0, "", fmt.Errorf("%s has no Arrow benchmark of 10/10000 (series/rows), only: %s", program, strings.Join(seen, ", "))
}

func median(values []float64) float64 {
	sort.Float64s(values)
	return values[len(values)/2]
}

func measureEncode(opts options) ([]row, error) {
	frame := wideFrame()
	var ours, peer []float64
	name := ""
	for range encodeRounds {
		sdk, err := encodeWithSDK(frame)
		if err != nil {
			return nil, err
		}
		peer = append(peer, sdk)
		if opts.frameBench == "" {
			continue
		}
		own, found, err := encodeWithBellwether(opts.frameBench)
		if err != nil {
			return nil, err
		}
		ours, name = append(ours, own), found
	}
	line := row{
		what: fmt.Sprintf("Arrow encoding, 10 series × 10,000 rows, median of %d rounds", encodeRounds),
		peer: fmt.Sprintf("%.0f µs", median(peer)/1e3), required: "≥ 2 times faster",
	}
	if len(ours) == 0 {
		line.measured, line.verdict = "not measured", "missed"
		return []row{line}, nil
	}
	faster := median(peer) / median(ours)
	line.measured = fmt.Sprintf("%.0f µs (%s)", median(ours)/1e3, name)
	line.ratio = fmt.Sprintf("%.1f times faster", faster)
	line.verdict = verdict(faster >= 2)
	return []row{line}, nil
}
