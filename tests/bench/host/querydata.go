package main

import (
	"context"
	"fmt"
	"time"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

const (
	rawPoints = 10_000
	rawQuery  = `{"version":1,"analysis":"raw","source":{"kind":"demo","series":"revenue","labels":{"category":"books"}},"interval":"1m"}`
	warmUp    = 20
)

// pastDay is a fixed moment, so that every run asks for the same data.
var pastDay = time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC)

func rawRequest() *pluginv2.QueryDataRequest {
	query := grafanahost.Query("A", rawQuery, pastDay.Add(-rawPoints*time.Minute), pastDay)
	query.MaxDataPoints, query.IntervalMS = rawPoints, time.Minute.Milliseconds()
	return &pluginv2.QueryDataRequest{PluginContext: grafanahost.PluginContext(), Queries: []*pluginv2.DataQuery{query}}
}

// timeQuery measures one call as Grafana sees it: request out, frames in.
func timeQuery(ctx context.Context, process *grafanahost.Process) (time.Duration, error) {
	request := rawRequest()
	begin := time.Now()
	response, err := process.Data.QueryData(ctx, request)
	took := time.Since(begin)
	if err != nil {
		return 0, err
	}
	if text := response.Responses["A"].GetError(); text != "" {
		return 0, fmt.Errorf("the query failed: %s", text)
	}
	return took, nil
}

// checkRows makes sure that both sides answer with what is compared.
func checkRows(ctx context.Context, process *grafanahost.Process) error {
	responses, err := process.QueryData(ctx, rawRequest())
	if err != nil {
		return err
	}
	frames := responses["A"].Frames
	if len(frames) != 1 || len(frames[0].Fields) != 2 || frames[0].Rows() != rawPoints {
		return fmt.Errorf("want one frame of two fields and %d rows, got %d frames (error %v)", rawPoints, len(frames), responses["A"].Error)
	}
	return nil
}

func measureQueryData(opts options) ([]row, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	var processes [2]*grafanahost.Process
	for i, executable := range []string{opts.ours, opts.peer} {
		process, err := grafanahost.Start(executable, grafanahost.Options{})
		if err != nil {
			return nil, err
		}
		defer process.Stop()
		if err := checkRows(ctx, process); err != nil {
			return nil, fmt.Errorf("%s: %w", executable, err)
		}
		processes[i] = process
	}
	var took [2][]time.Duration
	for pair := range warmUp + opts.pairs {
		for turn := range 2 {
			side := (pair + turn) % 2 // who goes first alternates
			duration, err := timeQuery(ctx, processes[side])
			if err != nil {
				return nil, err
			}
			if pair >= warmUp {
				took[side] = append(took[side], duration)
			}
		}
	}
	ours, peer := quantile(took[0], 0.5), quantile(took[1], 0.5)
	ratio := float64(ours) / float64(peer)
	return []row{{
		what:     fmt.Sprintf("QueryData, one raw series × 10,000 points, median (p95) of %d pairs", opts.pairs),
		measured: fmt.Sprintf("%s (%s)", milliseconds(ours), milliseconds(quantile(took[0], 0.95))),
		peer:     fmt.Sprintf("%s (%s)", milliseconds(peer), milliseconds(quantile(took[1], 0.95))),
		ratio:    fmt.Sprintf("%.2f", ratio), required: "≤ 1.2", verdict: verdict(ratio <= 1.2),
	}}, nil
}
