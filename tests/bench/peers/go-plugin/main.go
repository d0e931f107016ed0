// The peer of the QueryData benchmark: the smallest Grafana data source that the official Go SDK can make. It answers every
// query with one wide frame of a time and a float64 field over the query's range, one point per interval.
package main

import (
	"context"
	"math"
	"os"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// maxPoints bounds one answer.
const maxPoints = 1_000_000

type peer struct{}

func newPeer(context.Context, backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	return &peer{}, nil
}

// QueryData answers every query of the batch.
func (p *peer) QueryData(_ context.Context, request *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	response := backend.NewQueryDataResponse()
	for _, query := range request.Queries {
		step := query.Interval
		if step <= 0 || query.TimeRange.Duration()/step > maxPoints {
			response.Responses[query.RefID] = backend.ErrDataResponse(backend.StatusBadRequest, "the interval does not fit the range")
			continue
		}
		response.Responses[query.RefID] = backend.DataResponse{
			Status: backend.StatusOK, Frames: data.Frames{frame(query.RefID, query.TimeRange, step)},
		}
	}
	return response, nil
}

func frame(refID string, span backend.TimeRange, step time.Duration) *data.Frame {
	count := int(span.Duration() / step)
	times := make([]time.Time, count)
	values := make([]*float64, count)
	store := make([]float64, count)
	for i := range times {
		times[i] = span.From.Add(time.Duration(i) * step)
		// A daily wave: real arithmetic per point, as any source has to do some.
		store[i] = 100 + 25*math.Sin(float64(times[i].Unix())*2*math.Pi/86400)
		values[i] = &store[i]
	}
	value := data.NewField("value", data.Labels{"category": "books"}, values)
	value.Config = &data.FieldConfig{
		DisplayNameFromDS: "revenue", Unit: "currencyEUR",
		Custom: map[string]any{"lineWidth": 1, "showPoints": "never"},
	}
	result := data.NewFrame("revenue", data.NewField("time", nil, times), value)
	result.RefID = refID
	result.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesWide, TypeVersion: data.FrameTypeVersion{0, 1}}
	return result
}

func main() {
	if err := datasource.Manage("bellwether-bench-peer", newPeer, datasource.ManageOpts{}); err != nil {
		backend.Logger.Error(err.Error())
		os.Exit(1)
	}
}
