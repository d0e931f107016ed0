package host

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// callTimeout bounds every call that should be quick; slow machines and sanitizer builds fit in.
const callTimeout = 60 * time.Second

// A fixed stretch of the past: the demo source is a function of time, so answers never change between runs.
var (
	dayFrom = time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC)
	dayTo   = dayFrom.Add(24 * time.Hour)
)

const (
	demoRevenue    = `{"kind":"demo","series":"revenue","labels":{"category":"books"}}`
	demoCategories = `{"kind":"demo","series":"revenue","labels":{"category":"*"}}`
)

// executable is the path under test; without one the test fails, because a skipped suite proves nothing.
func executable(t testing.TB) string {
	t.Helper()
	path, err := grafanahost.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// start launches the plugin as Grafana >= 12.4 does: with an environment of its own.
func start(t testing.TB) *grafanahost.Process {
	t.Helper()
	return startWith(t, grafanahost.Options{})
}

func startWith(t testing.TB, options grafanahost.Options) *grafanahost.Process {
	t.Helper()
	process, err := grafanahost.Start(executable(t), options)
	if err != nil {
		t.Fatalf("the plugin did not start: %v\nstderr:\n%s", err, process.Log.Tail(20))
	}
	t.Cleanup(func() {
		process.Stop()
		if t.Failed() {
			t.Logf("last lines on stderr:\n%s", process.Log.Tail(15))
		}
	})
	return process
}

func timeout(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	t.Cleanup(cancel)
	return ctx
}

// batch is a request of several queries.
func batch(queries ...*pluginv2.DataQuery) *pluginv2.QueryDataRequest {
	return &pluginv2.QueryDataRequest{PluginContext: grafanahost.PluginContext(), Queries: queries}
}

// ask sends a batch, fails the test when the call as a whole fails, and checks that every refId is answered.
func ask(t testing.TB, process *grafanahost.Process, request *pluginv2.QueryDataRequest) backend.Responses {
	t.Helper()
	responses, err := process.QueryData(timeout(t), request)
	if err != nil {
		t.Fatalf("QueryData failed as a whole: %v", err)
	}
	for _, query := range request.Queries {
		if _, found := responses[query.RefId]; !found {
			t.Fatalf("refId %s got no answer", query.RefId)
		}
	}
	return responses
}

// askOne sends one query and fails the test unless it is answered without an error.
func askOne(t testing.TB, process *grafanahost.Process, query *pluginv2.DataQuery) data.Frames {
	t.Helper()
	return succeeded(t, ask(t, process, batch(query))[query.RefId])
}

func succeeded(t testing.TB, response backend.DataResponse) data.Frames {
	t.Helper()
	if response.Error != nil {
		t.Fatalf("the query failed with %d: %v", response.Status, response.Error)
	}
	if response.Status != backend.StatusOK {
		t.Fatalf("a good query has status %d, want 200", response.Status)
	}
	return response.Frames
}

// refused checks that a query was turned down the way a bad query has to be: a 4xx that counts against the user's query and
// not against the plugin, with a sentence that contains all of `words`.
func refused(t testing.TB, response backend.DataResponse, words ...string) {
	t.Helper()
	if response.Error == nil {
		t.Fatalf("the query was accepted with status %d and %d frames, want a 4xx", response.Status, len(response.Frames))
	}
	text := response.Error.Error()
	if response.Status < 400 || response.Status > 499 {
		t.Errorf("status %d, want 4xx (%q)", response.Status, text)
	}
	if response.ErrorSource != backend.ErrorSourceDownstream {
		t.Errorf("errorSource %q, want downstream (%q)", response.ErrorSource, text)
	}
	if len(text) < 10 || !strings.Contains(text, " ") || !strings.HasSuffix(text, ".") {
		t.Errorf("the error is no sentence: %q", text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("the error does not mention %q: %q", word, text)
		}
	}
}

// saved is a saved query: `source` and `more` are JSON, the latter further members such as `"history":"14d"`.
func saved(analysis, source string, more ...string) string {
	members := append([]string{`"version":1`, fmt.Sprintf(`"analysis":%q`, analysis), `"source":` + source}, more...)
	return "{" + strings.Join(members, ",") + "}"
}

// healthy fails the test unless the plugin still answers its health check with OK.
func healthy(t testing.TB, process *grafanahost.Process) *pluginv2.CheckHealthResponse {
	t.Helper()
	health, err := process.Diagnostics.CheckHealth(timeout(t),
		&pluginv2.CheckHealthRequest{PluginContext: grafanahost.PluginContext()})
	if err != nil {
		t.Fatalf("CheckHealth failed: %v", err)
	}
	if health.Status != pluginv2.CheckHealthResponse_OK {
		t.Fatalf("health is %v: %s", health.Status, health.Message)
	}
	return health
}

// eventually waits until `done` holds.
func eventually(t testing.TB, within time.Duration, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen within %v", what, within)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// alive says whether a process with this id runs (a zombie does not).
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	state := strings.TrimSpace(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}

// cpuTime is the processor time that a process has used so far.
func cpuTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, errUser := strconv.ParseInt(fields[11], 10, 64)
	system, errSystem := strconv.ParseInt(fields[12], 10, 64)
	if errUser != nil || errSystem != nil {
		t.Fatalf("cannot read the processor time in %q", stat)
	}
	const ticksPerSecond = 100 // USER_HZ, fixed on Linux for every architecture that Grafana runs on
	return time.Duration(user+system) * time.Second / ticksPerSecond
}

// children lists the direct children of a process.
func children(t testing.TB, pid int) []int {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for _, word := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(word)
			if err != nil {
				t.Fatalf("unexpected child %q", word)
			}
			pids = append(pids, child)
		}
	}
	return pids
}

// decode reads JSON or fails the test with the text.
func decode[T any](t testing.TB, text []byte) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("not the expected JSON: %v\n%s", err, text)
	}
	return value
}
