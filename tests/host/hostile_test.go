package host

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// maxRequestBytes is the receive limit of the plugin, the same as that of plugins made with the Go SDK.
const maxRequestBytes = 16 << 20

// askBeside sends a query together with a good one, which must be answered whatever happens to its neighbour.
func askBeside(t *testing.T, process *grafanahost.Process, query *pluginv2.DataQuery) backend.DataResponse {
	t.Helper()
	good := grafanahost.Query("good", saved("raw", demoRevenue, `"interval":"1h"`), dayFrom, dayTo)
	responses := ask(t, process, batch(query, good))
	succeeded(t, responses["good"])
	return responses[query.RefId]
}

func TestBadQueriesAreRefusedWithASentence(t *testing.T) {
	process := start(t)
	many, err := json.Marshal(strings.Split(strings.Repeat("revenue ", 50_000), " "))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, json string
		words      []string
	}{
		{"nothing at all", "", nil},
		{"cut off", `{"analysis":"raw","source":{"kind":"demo"`, nil},
		{"a list", `[]`, nil},
		{"a text", `"raw"`, nil},
		{"a number", `5`, nil},
		{"null", `null`, nil},
		{"an empty object", `{}`, []string{"analysis"}},
		{"not UTF-8", "{\"analysis\":\"raw\xff\",\"source\":{\"kind\":\"demo\"}}", nil},
		{"a NUL byte", "{\"analysis\":\"raw\x00\"}", nil},
		{"deep nesting", `{"analysis":"raw","source":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000) + "}", nil},
		{"deep nesting that never ends", strings.Repeat("[", 1_000_000), nil},
		{"unknown analysis", saved("astrology", demoRevenue), []string{"astrology", "anomalies"}},
		{"analysis of a wrong type", `{"analysis":{"a":1},"source":{"kind":"demo"}}`, []string{"analysis"}},
		{"source of a wrong type", `{"analysis":"raw","source":"demo"}`, []string{"source"}},
		{"unknown source", saved("raw", `{"kind":"oracle"}`), []string{"source.kind", "oracle"}},
		{"unknown series", saved("raw", `{"kind":"demo","series":"flux_capacitor"}`), []string{"flux_capacitor"}},
		{"series of a wrong type", saved("raw", `{"kind":"demo","series":7}`), []string{"series"}},
		{"labels of a wrong type", saved("raw", `{"kind":"demo","labels":["books"]}`), []string{"labels"}},
		{"a horizon of 10 years", saved("forecast", demoRevenue, `"forecast":{"horizon":"3650d"}`), []string{"forecast.horizon"}},
		{"a negative horizon", saved("forecast", demoRevenue, `"forecast":{"horizon":"-1d"}`), []string{"forecast.horizon"}},
		{"a level of 2", saved("forecast", demoRevenue, `"forecast":{"levels":[2]}`), []string{"forecast.levels"}},
		{"a history of 100 years", saved("anomalies", demoRevenue, `"history":"36500d"`), []string{"history"}},
		{"a history beyond every clock", saved("anomalies", demoRevenue, `"history":"99999999999999999999d"`), []string{"history"}},
		{"an interval of nothing", saved("anomalies", demoRevenue, `"interval":"0s"`), []string{"interval"}},
		{"50,000 series", saved("raw", `{"kind":"demo","series":`+string(many)+`}`), []string{"series"}},
		{"a file outside of the folder", saved("raw", `{"kind":"csv","file":"../../../etc/passwd"}`), nil},
		{"a file without a folder", saved("raw", `{"kind":"csv","file":"shop.csv"}`), nil},
		{"an unknown method", saved("anomalies", demoRevenue, `"anomalies":{"method":"crystal_ball"}`), []string{"crystal_ball"}},
		{"a budget of nothing", saved("anomalies", demoRevenue, `"anomalies":{"falseAlarmsPerWeek":0}`), []string{"falseAlarmsPerWeek"}},
		{"a threshold that is no number", saved("anomalies", demoRevenue, `"anomalies":{"alertThreshold":"high"}`), []string{"alertThreshold"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			refused(t, askBeside(t, process, grafanahost.Query("bad", test.json, dayFrom, dayTo)), test.words...)
		})
	}
	healthy(t, process)
}

func TestBadRangesAreRefusedWithASentence(t *testing.T) {
	process := start(t)
	year := 366 * 24 * time.Hour
	for _, test := range []struct {
		name     string
		from, to int64
		interval string
	}{
		{"empty", dayFrom.UnixMilli(), dayFrom.UnixMilli(), "auto"},
		{"backwards", dayTo.UnixMilli(), dayFrom.UnixMilli(), "auto"},
		{"all of int64", math.MinInt64, math.MaxInt64, "auto"},
		{"the end of int64", math.MaxInt64 - 1, math.MaxInt64, "auto"},
		{"three thousand years", -62_135_596_800_000, 32_503_680_000_000, "auto"},
		{"a century of seconds", dayTo.Add(-100 * year).UnixMilli(), dayTo.UnixMilli(), "1s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, analysis := range []string{"raw", "anomalies", "forecast", "trend", "changepoints", "patterns"} {
				query := grafanahost.Query("bad", saved(analysis, demoRevenue, fmt.Sprintf(`"interval":%q`, test.interval)), dayFrom, dayTo)
				query.TimeRange = &pluginv2.TimeRange{FromEpochMS: test.from, ToEpochMS: test.to}
				t.Run(analysis, func(t *testing.T) { refused(t, askBeside(t, process, query)) })
			}
		})
	}
	t.Run("no range at all", func(t *testing.T) {
		query := grafanahost.Query("bad", saved("raw", demoRevenue), dayFrom, dayTo)
		query.TimeRange = nil
		refused(t, askBeside(t, process, query))
	})
}

func TestAbsurdPanelSizesAreBounded(t *testing.T) {
	process := start(t)
	for _, points := range []int64{1_000_000_000, math.MaxInt64, 0, -1, math.MinInt64} {
		for _, interval := range []int64{1, 0, -1, math.MaxInt64, math.MinInt64} {
			query := grafanahost.Query("A", saved("raw", demoRevenue, `"interval":"1m"`), dayTo.AddDate(0, 0, -60), dayTo)
			query.MaxDataPoints, query.IntervalMS = points, interval
			response := askBeside(t, process, query)
			if response.Error != nil {
				refused(t, response)
				continue
			}
			if rows := onlyFrame(t, response.Frames).Rows(); rows == 0 || rows > 100_000 {
				t.Errorf("maxDataPoints %d, interval %d ms: %d rows", points, interval, rows)
			}
		}
	}
}

func TestExampleDocumentsOfTheContract(t *testing.T) {
	process := start(t)
	folder := filepath.Join("..", "golden", "contract")
	invalid, err := filepath.Glob(filepath.Join(folder, "invalid", "*.json"))
	if err != nil || len(invalid) == 0 {
		t.Fatalf("no examples below %s (%v)", folder, err)
	}
	for _, file := range invalid {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			example := decode[struct {
				Query json.RawMessage
				Error string
			}](t, text)
			response := askBeside(t, process, grafanahost.Query("bad", string(example.Query), dayFrom, dayTo))
			refused(t, response, example.Error)
		})
	}
	valid, err := filepath.Glob(filepath.Join(folder, "valid", "*demo*.json"))
	if err != nil || len(valid) == 0 {
		t.Fatalf("no valid examples below %s (%v)", folder, err)
	}
	for _, file := range valid {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			succeeded(t, askBeside(t, process, grafanahost.Query("A", string(text), dayFrom, dayTo)))
		})
	}
}

// rawCodec sends bytes as they are, so that what arrives need not be a message.
type rawCodec struct{}

func (rawCodec) Name() string                      { return "proto" }
func (rawCodec) Marshal(value any) ([]byte, error) { return *value.(*[]byte), nil }
func (rawCodec) Unmarshal(text []byte, value any) error {
	*value.(*[]byte) = text
	return nil
}

func TestMalformedMessagesAreRefused(t *testing.T) {
	process := start(t)
	good, err := proto.Marshal(batch(grafanahost.Query("A", saved("raw", demoRevenue, `"interval":"1h"`), dayFrom, dayTo)))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewSource(7))
	messages := map[string][]byte{
		"garbage":               {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"a length past the end": {0x1a, 0xff, 0xff, 0xff, 0x7f},
		"cut off":               good[:len(good)-3],
	}
	for method := range map[string]bool{
		"/pluginv2.Data/QueryData": true, "/pluginv2.Diagnostics/CheckHealth": true, "/pluginv2.Diagnostics/CollectMetrics": true,
	} {
		for name, message := range messages {
			answer := []byte{}
			err := process.Conn.Invoke(timeout(t), method, &message, &answer, grpc.ForceCodec(rawCodec{}))
			if method == "/pluginv2.Data/QueryData" && err == nil {
				t.Errorf("%s was accepted by %s", name, method)
			}
			if code := status.Code(err); code == codes.Unavailable {
				t.Fatalf("%s took the plugin down at %s: %v", name, method, err)
			}
		}
	}
	for i := 0; i < 500; i++ { // flipped bytes: whatever the answer is, the process lives
		message := append([]byte{}, good...)
		for flips := 0; flips < 1+i%5; flips++ {
			message[random.Intn(len(message))] = byte(random.Intn(256))
		}
		answer := []byte{}
		err := process.Conn.Invoke(timeout(t), "/pluginv2.Data/QueryData", &message, &answer, grpc.ForceCodec(rawCodec{}))
		if code := status.Code(err); code == codes.Unavailable || code == codes.DeadlineExceeded {
			t.Fatalf("damaged message %d: %v\n%x", i, err, message)
		}
	}
	healthy(t, process)
}

func TestUnknownMethodsAreUnimplemented(t *testing.T) {
	process := start(t)
	message, answer := []byte{}, []byte{}
	err := process.Conn.Invoke(timeout(t), "/pluginv2.AdmissionControl/ValidateAdmission", &message, &answer, grpc.ForceCodec(rawCodec{}))
	if code := status.Code(err); code != codes.Unimplemented {
		t.Errorf("%v, want Unimplemented", err)
	}
}

// padded makes a request of exactly `size` bytes by means of a header.
func padded(t *testing.T, size int) *pluginv2.QueryDataRequest {
	t.Helper()
	request := batch(grafanahost.Query("A", saved("raw", demoRevenue, `"interval":"1h"`), dayFrom, dayTo))
	request.Headers = map[string]string{"X-Padding": ""}
	fill := size - proto.Size(request)
	for range 4 { // lengths of lengths: settles within a few rounds
		request.Headers["X-Padding"] = strings.Repeat("x", fill)
		fill -= proto.Size(request) - size
	}
	request.Headers["X-Padding"] = strings.Repeat("x", fill)
	if got := proto.Size(request); got != size {
		t.Fatalf("the request has %d bytes, want %d", got, size)
	}
	return request
}

func TestRequestSizeLimit(t *testing.T) {
	process := start(t)
	succeeded(t, ask(t, process, padded(t, maxRequestBytes-1))["A"])
	_, err := process.QueryData(timeout(t), padded(t, maxRequestBytes+1))
	if code := status.Code(err); code != codes.ResourceExhausted {
		t.Errorf("a request just above the limit gave %v, want ResourceExhausted", err)
	}
	_, err = process.QueryData(timeout(t), padded(t, 4*maxRequestBytes))
	if code := status.Code(err); code != codes.ResourceExhausted {
		t.Errorf("a request far above the limit gave %v, want ResourceExhausted", err)
	}
	healthy(t, process)
	askOne(t, process, grafanahost.Query("A", saved("raw", demoRevenue, `"interval":"1h"`), dayFrom, dayTo))
}

func TestLargeQueryTextIsAnswered(t *testing.T) {
	process := start(t)
	query := grafanahost.Query("A", saved("raw", demoRevenue, `"interval":"1h"`, `"comment":"`+strings.Repeat("x", 12<<20)+`"`), dayFrom, dayTo)
	if response := askBeside(t, process, query); response.Error != nil {
		refused(t, response) // a bound on the text is fine when it is said
	}
}
