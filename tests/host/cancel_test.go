package host

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// heavyBatch asks for ten series over two years of 5-minute steps, eight times: far more work than any test waits for.
func heavyBatch() *pluginv2.QueryDataRequest {
	request := batch()
	for i := 0; i < 8; i++ {
		request.Queries = append(request.Queries, grafanahost.Query(fmt.Sprintf("H%d", i),
			saved("anomalies", fmt.Sprintf(`{"kind":"demo","series":["revenue","orders"],"labels":{"category":"*"},"seed":%d}`, i), `"interval":"5m"`, `"history":"90d"`), dayFrom.AddDate(-2, 0, 0), dayTo))
	}
	return request
}

func TestCancelledCallStopsTheWork(t *testing.T) {
	process := start(t)
	for name, end := range map[string]func() (context.Context, context.CancelFunc, codes.Code){
		"cancelled by the user": func() (context.Context, context.CancelFunc, codes.Code) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(400*time.Millisecond, cancel)
			return ctx, cancel, codes.Canceled
		},
		"past its deadline": func() (context.Context, context.CancelFunc, codes.Code) {
			ctx, cancel := context.WithTimeout(context.Background(), 400*time.Millisecond)
			return ctx, cancel, codes.DeadlineExceeded
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel, want := end()
			defer cancel()
			begin := time.Now()
			_, err := process.QueryData(ctx, heavyBatch())
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("the call returned after %v", took)
			}
			if err == nil {
				t.Fatal("the heavy batch was answered before it could be cancelled, so this test shows nothing")
			}
			if code := status.Code(err); code != want {
				t.Errorf("the call ended with %v (%v), want %v", code, err, want)
			}
			idle := time.Now()
			eventually(t, 3*time.Second, "an idle processor after the cancellation", func() bool {
				before := cpuTime(t, process.Pid())
				time.Sleep(250 * time.Millisecond)
				return cpuTime(t, process.Pid())-before <= 20*time.Millisecond
			})
			t.Logf("idle %v after the end of the call", time.Since(idle).Round(time.Millisecond))
			healthy(t, process)
		})
	}
}

func TestManyCancelledCallsLeaveNothingBehind(t *testing.T) {
	process := start(t)
	for i := 0; i < 30; i++ {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+i)*time.Millisecond)
		_, _ = process.QueryData(ctx, heavyBatch())
		cancel()
	}
	healthy(t, process)
	askOne(t, process, grafanahost.Query("A", saved("raw", demoRevenue, `"interval":"1h"`), dayFrom, dayTo))
}
