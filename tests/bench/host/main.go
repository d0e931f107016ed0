// Bellwether's figures against those of a data source made with the official Go SDK, both driven by Grafana's own host
// libraries in the same run. Writes a Markdown report.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

type options struct {
	ours       string
	peer       string
	frameBench string
	report     string
	pairs      int
	starts     int
}

func main() {
	var opts options
	flag.StringVar(&opts.ours, "executable", "", "the bellwether executable")
	flag.StringVar(&opts.peer, "peer", "", "the Go plugin to compare with")
	flag.StringVar(&opts.frameBench, "frame-bench", "", "the C++ frame benchmark; left out, encoding is not compared")
	flag.StringVar(&opts.report, "report", "report.md", "where to write the report")
	flag.IntVar(&opts.pairs, "pairs", 300, "interleaved pairs of QueryData calls")
	flag.IntVar(&opts.starts, "starts", 20, "starts of the process")
	flag.Parse()
	if err := run(opts); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run takes every measurement. One that fails is named in the report and in the returned error; the others go on.
func run(opts options) error {
	if opts.ours == "" || opts.peer == "" {
		return fmt.Errorf("-executable and -peer are both needed; tests/bench/run.sh builds and names them")
	}
	var report report
	var failed error
	for _, measurement := range []struct {
		name    string
		measure func(options) ([]row, error)
	}{
		{"QueryData", measureQueryData},
		{"start", measureStart},
		{"idle memory", measureIdle},
		{"size", measureSize},
		{"Arrow encoding", measureEncode},
		{"1,000 series", measureManySeries},
	} {
		fmt.Fprintf(os.Stderr, "measuring %s ...\n", measurement.name)
		rows, err := measurement.measure(opts)
		if err != nil {
			failed = fmt.Errorf("%s: %w", measurement.name, err)
			fmt.Fprintln(os.Stderr, "bench:", failed)
			rows = append(rows, row{what: measurement.name, measured: "failed: " + err.Error(), verdict: "missed"})
		}
		report.rows = append(report.rows, rows...)
	}
	text := report.markdown()
	fmt.Print(text)
	if err := os.MkdirAll(filepath.Dir(opts.report), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(opts.report, []byte(text), 0o644); err != nil {
		return err
	}
	return failed
}
