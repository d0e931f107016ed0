package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"
)

// row is one line of the report.
type row struct {
	what     string
	measured string
	peer     string
	ratio    string
	required string
	verdict  string
}

type report struct{ rows []row }

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

func (r *report) markdown() string {
	var text strings.Builder
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Fprintf(&text, "# Benchmarks\n\n%s, %d CPUs, %s, %s. Load before the report was written: %s.\n\n",
		cpuModel(), runtime.NumCPU(), firstLine("/proc/sys/kernel/osrelease"), runtime.Version(), firstWords(string(load), 3))
	text.WriteString("| what | Bellwether | Go SDK | ratio | required | verdict |\n|---|---|---|---|---|---|\n")
	for _, line := range r.rows {
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s |\n",
			line.what, line.measured, line.peer, line.ratio, line.required, line.verdict)
	}
	return text.String()
}

func cpuModel() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer file.Close()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		if key, value, found := strings.Cut(scanner.Text(), ":"); found && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func firstLine(path string) string {
	text, _ := os.ReadFile(path)
	line, _, _ := strings.Cut(string(text), "\n")
	return "Linux " + line
}

func firstWords(text string, count int) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(count, len(words))], " ")
}

// quantile is the value below which a share of the durations lies.
func quantile(durations []time.Duration, share float64) time.Duration {
	sorted := append([]time.Duration{}, durations...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

func mebibytes(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }
