package host

import (
	"fmt"
	"sync"
	"testing"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

func TestOneBadQueryDoesNotSpoilTheBatch(t *testing.T) {
	process := start(t)
	responses := ask(t, process, batch(
		grafanahost.Query("good", saved("anomalies", demoRevenue, `"interval":"15m"`, `"history":"7d"`), dayFrom, dayTo),
		grafanahost.Query("bad", saved("anomalies", demoRevenue, `"anomalies":{"sensitivity":"extreme"}`), dayFrom, dayTo)))
	frame := onlyFrame(t, succeeded(t, responses["good"]))
	if frame.RefID != "good" || frame.Rows() == 0 {
		t.Errorf("the good query got a frame with refId %q and %d rows", frame.RefID, frame.Rows())
	}
	bad := responses["bad"]
	refused(t, bad, "anomalies.sensitivity", "extreme", "medium")
	if bad.Status != backend.StatusBadRequest {
		t.Errorf("status %d, want 400", bad.Status)
	}
}

func TestEveryQueryOfALargeBatchIsAnswered(t *testing.T) {
	process := start(t)
	request := batch()
	for i := 0; i < 100; i++ {
		body := saved("raw", demoRevenue, `"interval":"1h"`)
		if i%2 == 1 {
			body = fmt.Sprintf(`{"analysis":"nonsense %d"}`, i)
		}
		request.Queries = append(request.Queries, grafanahost.Query(fmt.Sprintf("Q%d", i), body, dayFrom, dayTo))
	}
	responses := ask(t, process, request)
	for i, query := range request.Queries {
		if failed := responses[query.RefId].Error != nil; failed != (i%2 == 1) {
			t.Errorf("%s: error %v", query.RefId, responses[query.RefId].Error)
		}
	}
}

func TestQueriesBeyondTheBatchLimitAreRefusedByName(t *testing.T) {
	process := start(t)
	request := batch()
	for i := 0; i < 1000; i++ {
		request.Queries = append(request.Queries, grafanahost.Query(fmt.Sprintf("Q%d", i), saved("raw", demoRevenue, `"interval":"1h"`), dayFrom, dayTo))
	}
	responses := ask(t, process, request)
	succeeded(t, responses["Q0"])
	refused(t, responses["Q999"], "1000 queries")
}

func TestQueriesOfOneRefIDAreRefused(t *testing.T) {
	process := start(t)
	twice := grafanahost.Query("A", saved("raw", demoRevenue, `"interval":"1h"`), dayFrom, dayTo)
	refused(t, ask(t, process, batch(twice, twice))["A"], "refId")
}

func TestAHundredConcurrentCalls(t *testing.T) {
	process := start(t)
	body := saved("anomalies", demoRevenue, `"interval":"15m"`, `"history":"7d"`, `"show":["score"]`)
	want := numbers(t, onlyFrame(t, askOne(t, process, grafanahost.Query("A", body, dayFrom, dayTo))).Fields[1])
	ctx := timeout(t)
	var group sync.WaitGroup
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			refID := fmt.Sprintf("Q%d", i)
			responses, err := process.QueryData(ctx, batch(grafanahost.Query(refID, body, dayFrom, dayTo)))
			if err != nil || responses[refID].Error != nil {
				t.Errorf("call %d: %v %v", i, err, responses[refID].Error)
				return
			}
			got := responses[refID].Frames[0].Fields[1]
			if got.Len() != len(want) {
				t.Errorf("call %d: %d rows, alone it is %d", i, got.Len(), len(want))
				return
			}
			for row := range want {
				if value, _ := got.FloatAt(row); value != want[row] && want[row] == want[row] {
					t.Errorf("call %d: row %d is %v, alone it is %v", i, row, value, want[row])
					return
				}
			}
		}()
		if i%10 == 0 { // health checks and metric scrapes go on meanwhile
			group.Add(1)
			go func() {
				defer group.Done()
				if _, err := process.Diagnostics.CollectMetrics(ctx, &pluginv2.CollectMetricsRequest{}); err != nil {
					t.Errorf("CollectMetrics under load: %v", err)
				}
			}()
		}
	}
	group.Wait()
	healthy(t, process)
}
