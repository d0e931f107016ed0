package grafanahost

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// MaxMessageBytes is what Grafana's client accepts and sends: no limit of its own.
const MaxMessageBytes = 1<<31 - 1

// PluginContext is the context of a data source without any setting of its own.
func PluginContext() *pluginv2.PluginContext {
	return &pluginv2.PluginContext{
		OrgId:      1,
		PluginId:   "bellwether-datasource",
		ApiVersion: "v0alpha1",
		User:       &pluginv2.User{Login: "anna", Name: "Anna", Email: "anna@example.com", Role: "Editor"},
		DataSourceInstanceSettings: &pluginv2.DataSourceInstanceSettings{
			Id: 1, Uid: "bellwether", Name: "Bellwether", JsonData: []byte(`{}`), LastUpdatedMS: 1,
		},
		GrafanaConfig: map[string]string{"GF_APP_URL": "http://localhost:3000/"},
	}
}

// Query is one query of a batch with the values that Grafana's time-series panel would send.
func Query(refID, json string, from, to time.Time) *pluginv2.DataQuery {
	return &pluginv2.DataQuery{
		RefId:         refID,
		MaxDataPoints: 1000,
		IntervalMS:    60_000,
		TimeRange:     &pluginv2.TimeRange{FromEpochMS: from.UnixMilli(), ToEpochMS: to.UnixMilli()},
		Json:          []byte(json),
	}
}

// QueryData sends a batch and decodes the answer with the SDK's own decoder.
func (p *Process) QueryData(ctx context.Context, request *pluginv2.QueryDataRequest) (backend.Responses, error) {
	if request.PluginContext == nil {
		request.PluginContext = PluginContext()
	}
	response, err := p.Data.QueryData(ctx, request)
	if err != nil {
		return nil, err
	}
	decoded, err := backend.FromProto().QueryDataResponse(response)
	if err != nil {
		return nil, fmt.Errorf("the SDK could not decode the answer: %w", err)
	}
	return decoded.Responses, nil
}

// ResourceAnswer is a whole answer to a resource call.
type ResourceAnswer struct {
	Code    int
	Headers map[string][]string
	Body    []byte
}

// CallResource sends one HTTP-like call and gathers the streamed answer.
func (p *Process) CallResource(ctx context.Context, method, path string, body []byte) (ResourceAnswer, error) {
	stream, err := p.Resource.CallResource(ctx, &pluginv2.CallResourceRequest{
		PluginContext: PluginContext(), Path: path, Method: method, Url: path, Body: body,
		Headers: map[string]*pluginv2.StringList{"Content-Type": {Values: []string{"application/json"}}},
	})
	if err != nil {
		return ResourceAnswer{}, err
	}
	answer := ResourceAnswer{Headers: map[string][]string{}}
	for first := true; ; first = false {
		part, err := stream.Recv()
		if err == io.EOF {
			return answer, nil
		}
		if err != nil {
			return answer, err
		}
		if first {
			answer.Code = int(part.Code)
			for name, values := range part.Headers {
				answer.Headers[name] = values.Values
			}
		}
		answer.Body = append(answer.Body, part.Body...)
	}
}
