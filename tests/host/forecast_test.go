package host

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

const demoDisks = `{"kind":"demo","series":"disk","labels":{"host":"*"}}`

var fromAlert = map[string]string{"FromAlert": "true"}

// facts are those of one series in the summary of a forecast.
func facts(t *testing.T, frame *data.Frame, series int) map[string]any {
	t.Helper()
	summary, ok := frame.Meta.Custom.(map[string]any)
	if !ok {
		t.Fatalf("meta.custom holds no summary: %v", frame.Meta.Custom)
	}
	list, _ := summary["series"].([]any)
	if len(list) <= series {
		t.Fatalf("the summary has %d series, want more than %d", len(list), series)
	}
	one, _ := list[series].(map[string]any)
	return one
}

func TestRulesAskForecastsThreeQuestions(t *testing.T) {
	process := start(t)
	for name, body := range map[string]struct {
		forecast, field string
		most            float64
	}{
		"probability": {`{"horizon":"2d","threshold":{"value":60}}`, "probability", 1},
		"value":       {`{"horizon":"2d"}`, "forecast", 100},
		"time left":   {`{"horizon":"2d","capacity":{"value":100,"lookAhead":"30d"}}`, "time_left", 30 * 86400},
	} {
		t.Run(name, func(t *testing.T) {
			query := saved("forecast", demoDisks, `"interval":"1h"`, `"history":"30d"`, `"forecast":`+body.forecast)
			frames := succeeded(t, ask(t, process, alertRequest(fromAlert, grafanahost.Query("A", query, dayFrom, dayTo)))["A"])
			checkAlertFrames(t, frames)
			for _, field := range frames[0].Fields[1:] {
				if field.Name != body.field {
					t.Errorf("the field is called %q, want %q", field.Name, body.field)
				}
				values := numbers(t, field)
				if last := values[len(values)-1]; last < 0 || last > body.most {
					t.Errorf("%s%v ends at %v, outside 0 to %v", field.Name, field.Labels, last, body.most)
				}
				for i := 1; i < len(values) && body.field == "probability"; i++ {
					if values[i] < values[i-1] {
						t.Errorf("the probability of having crossed falls at row %d: %v after %v", i, values[i], values[i-1])
					}
				}
			}
		})
	}
}

func TestForecastTellsItsFactsAndWords(t *testing.T) {
	process := start(t)
	frame := askOne(t, process, grafanahost.Query("A", saved("forecast", demoRevenue, `"interval":"1h"`, `"history":"30d"`,
		`"show":["value","band","probability"]`,
		`"forecast":{"horizon":"1d","levels":[0.5,0.8,0.95],"threshold":{"value":1000000},"calendar":{"weekdays":true,"country":"US"}}`), dayFrom, dayTo))[0]
	one := facts(t, frame, 0)
	for _, key := range []string{"reliability", "reasons", "patterns", "uncertainty", "members", "threshold", "effects", "text"} {
		if _, found := one[key]; !found {
			t.Errorf("the summary does not tell %q", key)
		}
	}
	text, _ := one["text"].(string)
	for _, words := range []string{"is expected at $", "with 95 % between", "Reliability"} {
		if !strings.Contains(text, words) {
			t.Errorf("%q does not say %q", text, words)
		}
	}
	probability := numbers(t, theField(t, frame, "probability"))
	if last := probability[len(probability)-1]; math.IsNaN(last) || last > 0.05 {
		t.Errorf("revenue of a million is reached with probability %v, want next to none", last)
	}
	if notices := frame.Meta.Notices; len(notices) == 0 {
		t.Error("no notice tells the story")
	}
}

func TestForecastRowsTellTheTimeLeft(t *testing.T) {
	process := start(t)
	frame := onlyFrame(t, askOne(t, process, grafanahost.Query("A", saved("forecast", demoDisks, `"interval":"1h"`, `"form":"rows"`,
		`"forecast":{"horizon":"7d","threshold":{"value":80},"capacity":{"value":100}}`), dayFrom, dayTo)))
	for _, name := range []string{"series", "at", "forecast", "reaches threshold", "probability", "time left", "time left lower", "time left upper", "reliability", "explanation"} {
		theField(t, frame, name)
	}
	if frame.Rows() < 2 {
		t.Errorf("%d rows, want one for each host", frame.Rows())
	}
}

func TestARegressorExplainsAnotherSeries(t *testing.T) {
	process := start(t)
	source := `{"kind":"demo","series":["revenue","orders"],"labels":{"category":"books"}}`
	frame := askOne(t, process, grafanahost.Query("A", saved("forecast", source, `"interval":"1h"`, `"history":"30d"`,
		`"forecast":{"horizon":"6h","regressors":["orders"]}`), dayFrom, dayTo))[0]
	if values := named(frame, "value"); len(values) != 1 {
		t.Fatalf("%d series are forecast, want revenue alone", len(values))
	}
	effects, _ := facts(t, frame, 0)["effects"].([]any)
	if len(effects) != 1 {
		t.Fatalf("%d effects, want one", len(effects))
	}
	effect, _ := effects[0].(map[string]any)
	lower, _ := effect["lower"].(float64)
	if lower <= 0 {
		t.Errorf("an order brings revenue, but the effect begins at %v", lower)
	}
}

func TestHolidaysComeFromAFileOfTheAllowedFolder(t *testing.T) {
	folder := t.TempDir()
	calendar := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20250217\r\nSUMMARY:Closed\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if err := os.WriteFile(filepath.Join(folder, "closed.ics"), []byte(calendar), 0o600); err != nil {
		t.Fatal(err)
	}
	process := startWith(t, grafanahost.Options{Env: []string{"GF_PLUGIN_CSV_FOLDER=" + folder}})
	query := func(file string) string {
		return saved("forecast", demoRevenue, `"interval":"1h"`, `"history":"30d"`,
			`"forecast":{"horizon":"6h","calendar":{"file":"`+file+`"}}`)
	}
	frame := askOne(t, process, grafanahost.Query("A", query("closed.ics"), dayFrom, dayTo))[0]
	if effects, _ := facts(t, frame, 0)["effects"].([]any); len(effects) != 1 {
		t.Errorf("%d effects, want that of the holiday", len(effects))
	}
	for file, word := range map[string]string{"none.ics": "none.ics", "../secret.ics": "..", "/etc/passwd": "/etc/passwd"} {
		refused(t, ask(t, process, batch(grafanahost.Query("A", query(file), dayFrom, dayTo)))["A"], word)
	}
}

func TestBadForecastOptionsAreRefusedAndTheOthersAnswered(t *testing.T) {
	process := start(t)
	bad := map[string]struct{ forecast, words string }{
		"nan":       {`{"threshold":{"value":"NaN"}}`, "forecast.threshold.value must be a number"},
		"none":      {`{"threshold":{}}`, "forecast.threshold.value is missing"},
		"zero":      {`{"horizon":"0s"}`, "forecast.horizon"},
		"negative":  {`{"horizon":"-1d"}`, "forecast.horizon"},
		"absurd":    {`{"horizon":"900y"}`, "longer than the limit of 366d"},
		"level0":    {`{"levels":[0]}`, "between 0 and 1"},
		"level1":    {`{"levels":[0.8,1]}`, "between 0 and 1"},
		"regressor": {`{"regressors":["weather"]}`, "is no series of this query, which has: revenue"},
		"country":   {`{"calendar":{"country":"Atlantis"}}`, "are not known. Known are"},
		"alert":     {`{"alert":"timeLeft"}`, "forecast.capacity"},
	}
	request := batch(grafanahost.Query("good", saved("forecast", demoRevenue, `"interval":"1h"`, `"history":"30d"`), dayFrom, dayTo))
	for name, one := range bad {
		request.Queries = append(request.Queries,
			grafanahost.Query(name, saved("forecast", demoRevenue, `"interval":"1h"`, `"forecast":`+one.forecast), dayFrom, dayTo))
	}
	responses := ask(t, process, request)
	succeeded(t, responses["good"])
	for name, one := range bad {
		refused(t, responses[name], one.words)
		if responses[name].Status != backend.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", name, responses[name].Status)
		}
	}
}

func TestForecastsOfEveryHorizon(t *testing.T) {
	process := start(t)
	for _, horizon := range []string{"1h", "6h", "1d", "7d", "30d"} {
		body := saved("forecast", demoRevenue, `"forecast":{"horizon":"`+horizon+`"}`)
		started := time.Now()
		frames := succeeded(t, ask(t, process, alertRequest(fromAlert, grafanahost.Query("A", body, dayFrom, dayTo)))["A"])
		values := numbers(t, frames[0].Fields[1])
		if len(values) == 0 || len(values) > 1001 || finite(values) != len(values) {
			t.Errorf("%s: %d values, %d of them finite", horizon, len(values), finite(values))
		}
		t.Logf("%s: %d steps in %v", horizon, len(values), time.Since(started))
	}
}
