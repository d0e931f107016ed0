package main

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

const (
	manySeries = 1000
	manyPoints = 1440 // a day of minutes is shown; as much again is the history that the model learns from
)

// writeWideCSV writes a file of one time column and a column per series: a daily wave with noise and rare spikes.
func writeWideCSV(path string, from time.Time, rows int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	random := rand.New(rand.NewSource(1))
	out.WriteString("time")
	for series := range manySeries {
		fmt.Fprintf(out, ",m%04d", series)
	}
	out.WriteByte('\n')
	for row := range rows {
		at := from.Add(time.Duration(row) * time.Minute)
		out.WriteString(at.Format(time.RFC3339))
		day := math.Sin(2 * math.Pi * float64(row) / manyPoints)
		for series := range manySeries {
			value := 100 + float64(series%50) + 20*day + random.NormFloat64()
			if random.Intn(5000) == 0 {
				value += 40
			}
			out.WriteByte(',')
			out.WriteString(strconv.FormatFloat(value, 'f', 3, 64))
		}
		out.WriteByte('\n')
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func measureManySeries(opts options) ([]row, error) {
	folder, err := os.MkdirTemp("", "bellwether-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if err := writeWideCSV(filepath.Join(folder, "many.csv"), pastDay.Add(-manyPoints*time.Minute), 2*manyPoints); err != nil {
		return nil, err
	}
	process, err := grafanahost.Start(opts.ours, grafanahost.Options{Env: []string{"GF_PLUGIN_CSV_FOLDER=" + folder}})
	if err != nil {
		return nil, err
	}
	defer process.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	query := grafanahost.Query("A", `{"version":1,"analysis":"anomalies","source":{"kind":"csv","file":"many.csv","timeColumn":"time"},`+
		`"interval":"1m","history":"1d"}`, pastDay, pastDay.Add(manyPoints*time.Minute))
	query.MaxDataPoints = manyPoints
	begin := time.Now()
	responses, err := process.QueryData(ctx, &pluginv2.QueryDataRequest{Queries: []*pluginv2.DataQuery{query}})
	took := time.Since(begin)
	if err != nil {
		return nil, err
	}
	answer := responses["A"]
	if answer.Error != nil {
		return nil, answer.Error
	}
	values, rows := 0, 0
	for _, frame := range answer.Frames {
		for _, field := range frame.Fields {
			if field.Name == "value" {
				values, rows = values+1, field.Len()
			}
		}
	}
	if values != manySeries || rows != manyPoints {
		return nil, fmt.Errorf("the answer holds %d series of %d points, want %d of %d", values, rows, manySeries, manyPoints)
	}
	peak, err := statusBytes(process.Pid(), "VmHWM")
	if err != nil {
		return nil, err
	}
	what := "anomalies on 1,000 series × 1,440 points (and 1,440 more of history) in one query"
	return []row{
		{what: what + ": peak resident memory", measured: mebibytes(peak), required: "≤ 512 MiB", verdict: verdict(peak <= 512<<20)},
		{what: what + ": time, decoded", measured: fmt.Sprintf("%.1f s", took.Seconds())},
	}, nil
}
