package host

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"bellwether/tests/host/grafanahost"
)

func call(t *testing.T, process *grafanahost.Process, method, path, body string) grafanahost.ResourceAnswer {
	t.Helper()
	answer, err := process.CallResource(timeout(t), method, path, []byte(body))
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if !json.Valid(answer.Body) {
		t.Errorf("%s %s: the body is no JSON: %.200s", method, path, answer.Body)
	}
	for name, values := range answer.Headers {
		if strings.EqualFold(name, "Content-Type") && len(values) == 1 && strings.HasPrefix(values[0], "application/json") {
			return answer
		}
	}
	t.Errorf("%s %s: no JSON content type in %v", method, path, answer.Headers)
	return answer
}

func TestResourceMethodsListsWhatQueriesMayUse(t *testing.T) {
	process := start(t)
	for _, path := range []string{"methods", "/methods"} {
		answer := call(t, process, http.MethodGet, path, "")
		if answer.Code != http.StatusOK {
			t.Fatalf("%s: status %d: %s", path, answer.Code, answer.Body)
		}
		for _, word := range []string{"anomalies", "forecast", "trend", "raw", "demo", "dbscan", "one-class-svm"} {
			if !strings.Contains(string(answer.Body), `"`+word+`"`) {
				t.Errorf("%s does not mention %q: %.300s", path, word, answer.Body)
			}
		}
	}
}

type seriesInfo struct {
	Name   string
	Labels map[string]string
	Unit   string
}

func TestResourceDemoSeriesListsSeriesThatCanBeQueried(t *testing.T) {
	process := start(t)
	answer := call(t, process, http.MethodGet, "demo/series", "")
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	series := decode[[]seriesInfo](t, answer.Body)
	if len(series) < 5 {
		t.Fatalf("%d series: %s", len(series), answer.Body)
	}
	for _, one := range series {
		source, err := json.Marshal(map[string]any{"kind": "demo", "series": one.Name, "labels": one.Labels})
		if err != nil {
			t.Fatal(err)
		}
		frame := onlyFrame(t, askOne(t, process, grafanahost.Query("A", saved("raw", string(source), `"interval":"1h"`), dayFrom, dayTo)))
		if fields := len(frame.Fields) - 1; fields < 1 {
			t.Errorf("%s%v has no data", one.Name, one.Labels)
		}
	}
}

func TestResourceBacktestReplaysASavedQuery(t *testing.T) {
	process := start(t)
	body := `{"query":` + saved("anomalies", demoRevenue) + `,"days":7,"budgets":[1,7],"to":"2026-11-20T12:00:00Z"}`
	answer := call(t, process, http.MethodPost, "backtest", body)
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	type backtest struct {
		From, To string
		Budgets  []struct {
			FalseAlarmsPerWeek, Weeks float64
			Alarms                    int
			Incidents                 []struct{ Series, Start, Severity string }
		}
	}
	replay := decode[backtest](t, answer.Body)
	if replay.From != "2026-11-13T12:00:00Z" || replay.To != "2026-11-20T12:00:00Z" || len(replay.Budgets) != 2 {
		t.Fatalf("replayed the wrong days or budgets: %.400s", answer.Body)
	}
	for _, budget := range replay.Budgets {
		if budget.Weeks < 0.9 || budget.Alarms != len(budget.Incidents) {
			t.Errorf("%d alarms, %d incidents in %v weeks", budget.Alarms, len(budget.Incidents), budget.Weeks)
		}
	}
	for body, sentence := range map[string]string{
		`{}`: "query is missing",
		`{"query":` + saved("anomalies", demoRevenue) + `,"budgets":[0]}`: "at least 0.002 and at most 1000",
		`{"query":` + saved("trend", demoRevenue) + `}`:                   "Choose the analysis anomalies",
	} {
		refused := call(t, process, http.MethodPost, "backtest", body)
		if refused.Code != http.StatusBadRequest || !strings.Contains(string(refused.Body), sentence) {
			t.Errorf("%s: status %d: %s", body, refused.Code, refused.Body)
		}
	}
}

func TestResourceValidateSaysWhatAQueryWouldSay(t *testing.T) {
	process := start(t)
	good := call(t, process, http.MethodPost, "validate", saved("anomalies", demoRevenue))
	if good.Code != http.StatusOK {
		t.Errorf("a good query: status %d: %s", good.Code, good.Body)
	}
	bad := saved("anomalies", demoRevenue, `"anomalies":{"sensitivity":"extreme"}`)
	answer := call(t, process, http.MethodPost, "validate", bad)
	response := askBeside(t, process, grafanahost.Query("bad", bad, dayFrom, dayTo))
	refused(t, response)
	var said []string
	for _, value := range decode[map[string]any](t, answer.Body) {
		if text, ok := value.(string); ok {
			said = append(said, text)
		}
	}
	if !strings.Contains(strings.Join(said, "\n"), response.Error.Error()) {
		t.Errorf("validate says %s, the query itself %q", answer.Body, response.Error)
	}
	if answer.Code == good.Code && string(answer.Body) == string(good.Body) {
		t.Errorf("a bad query cannot be told from a good one: %d %s", answer.Code, answer.Body)
	}
	for name, body := range map[string]string{"no JSON": "}{", "empty": "", "not an object": "[1]"} {
		if strange := call(t, process, http.MethodPost, "validate", body); string(strange.Body) == string(good.Body) {
			t.Errorf("%s: accepted: %d %s", name, strange.Code, strange.Body)
		}
	}
}

func TestResourceSettingsTellWhatTheOperatorAllows(t *testing.T) {
	folder := t.TempDir()
	process := startWith(t, grafanahost.Options{Env: []string{"GF_PLUGIN_CSV_FOLDER=" + folder}})
	answer := call(t, process, http.MethodGet, "settings", "")
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	if settings := decode[map[string]any](t, answer.Body); settings["csvFolder"] != folder {
		t.Errorf("csvFolder is %v, want %s", settings["csvFolder"], folder)
	}
	without := decode[map[string]any](t, call(t, start(t), http.MethodGet, "settings", "").Body)
	if value, found := without["csvFolder"]; !found || value != nil {
		t.Errorf("without a folder csvFolder is %v, want null", value)
	}
}

func TestUnknownResourcesAreNotFound(t *testing.T) {
	process := start(t)
	for _, path := range []string{"nonsense", "", "/", "methods/../settings/secret", strings.Repeat("a/", 5000)} {
		answer := call(t, process, http.MethodGet, path, "")
		if answer.Code != http.StatusNotFound {
			t.Errorf("%.40q: status %d, want 404", path, answer.Code)
		}
	}
	if answer := call(t, process, http.MethodDelete, "methods", ""); answer.Code != http.StatusMethodNotAllowed && answer.Code != http.StatusNotFound {
		t.Errorf("DELETE methods: status %d, want 405", answer.Code)
	}
	healthy(t, process)
}
