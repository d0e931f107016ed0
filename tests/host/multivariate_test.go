package host

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

const demoHosts = `{"kind":"demo","series":["cpu","memory","disk","network_in","network_out"],"labels":{"host":"*"}}`

// together asks for the analysis of the demo's hosts as wholes.
func together(more ...string) string {
	return saved("multivariate", demoHosts, append([]string{`"interval":"5m"`, `"history":"7d"`}, more...)...)
}

// texts reads a field of strings.
func texts(t *testing.T, frame *data.Frame, name string) []string {
	t.Helper()
	field := theField(t, frame, name)
	all := make([]string, field.Len())
	for i := range all {
		text, ok := field.ConcreteAt(i)
		if !ok {
			t.Fatalf("%s[%d] is missing", name, i)
		}
		all[i] = text.(string)
	}
	return all
}

func TestSeriesTogetherGiveRulesOneSeriesPerHost(t *testing.T) {
	process := start(t)
	for name, body := range map[string]string{"panel": together(), "rows": together(`"form":"rows"`)} {
		t.Run(name, func(t *testing.T) {
			frames := succeeded(t, ask(t, process, alertRequest(fromAlert, grafanahost.Query("A", body, dayFrom, dayTo)))["A"])
			checkAlertFrames(t, frames)
			for _, field := range onlyFrame(t, frames).Fields[1:] {
				if field.Labels["host"] == "" || len(field.Labels) != 1 {
					t.Errorf("a rule gets %v, want one series a host", field.Labels)
				}
				for i, value := range numbers(t, field) {
					if !math.IsNaN(value) && value != 0 && value != 1 {
						t.Fatalf("%v row %d is %v, want 0 or 1", field.Labels, i, value)
					}
				}
			}
		})
	}
}

func TestSeriesTogetherPanelTableAndRuleTellTheSame(t *testing.T) {
	process := start(t)
	from := dayTo.Add(-5 * 24 * time.Hour)
	query := func(more ...string) *data.Frame {
		return askOne(t, process, grafanahost.Query("A", together(more...), from, dayTo))[0]
	}
	rows := query(`"form":"rows"`)
	if rows.Rows() == 0 {
		t.Fatal("four hosts have no incident in five days; the demo has several")
	}
	groups, kinds := texts(t, rows, "group"), texts(t, rows, "kind")
	explanations, actions := texts(t, rows, "explanation"), texts(t, rows, "action")
	starts, ends := theField(t, rows, "start"), theField(t, rows, "end")
	rule := onlyFrame(t, succeeded(t, ask(t, process, alertRequest(fromAlert, grafanahost.Query("A", together(), from, dayTo)))["A"]))
	axis := times(t, rule)
	for i, group := range groups {
		if kinds[i] == "" || !strings.HasSuffix(actions[i], ".") || !strings.Contains(explanations[i], "was unusual as a whole for") {
			t.Errorf("row %d tells %q, %q, %q", i, kinds[i], explanations[i], actions[i])
		}
		fires := 0
		for _, field := range rule.Fields[1:] {
			if field.Labels["host"] != group {
				continue
			}
			for k, value := range numbers(t, field) {
				if value == 1 && !axis[k].Before(starts.At(i).(time.Time)) && axis[k].Before(ends.At(i).(time.Time)) {
					fires++
				}
			}
		}
		if fires == 0 && !starts.At(i).(time.Time).Before(from) {
			t.Errorf("the rule of %s does not fire within %v to %v", group, starts.At(i), ends.At(i))
		}
	}
	panel := query(`"show":["value","points","score","regions"]`)
	isWideSeries(t, panel)
	if values, points, scores := named(panel, "value"), named(panel, "anomaly"), named(panel, "score"); len(values) != 20 || len(scores) != 4 {
		t.Errorf("%d values and %d scores, want 20 and 4: %v", len(values), len(scores), names(panel))
	} else if len(points) == 0 || len(points) > 20 {
		t.Errorf("%d series have points, want those that tell of an incident: %v", len(points), names(panel))
	} else {
		for _, field := range points {
			if !slices.ContainsFunc(numbers(t, field), func(value float64) bool { return !math.IsNaN(value) }) {
				t.Errorf("%s%v has no point and should be left out", field.Name, field.Labels)
			}
		}
	}
	regions := askOne(t, process, grafanahost.Query("A", together(`"show":["regions"]`), from, dayTo))
	if len(regions) != 2 || regions[1].Rows() != rows.Rows() {
		t.Errorf("%d frames, want the panel and one region for each of the %d rows", len(regions), rows.Rows())
	}
	last := query(`"form":"last"`)
	for _, field := range last.Fields {
		if value := numbers(t, field)[0]; !(value >= 0 && value <= 1) {
			t.Errorf("%s%v is %v, want a score", field.Name, field.Labels, value)
		}
	}
	if len(last.Fields) != 4 {
		t.Errorf("%d latest scores, want one a host", len(last.Fields))
	}
}

func TestSeriesTogetherAreJudgedAlikeAtEveryZoom(t *testing.T) {
	process := start(t)
	scores := func(from, to time.Time, maxDataPoints int64) map[string]map[time.Time]float64 {
		query := grafanahost.Query("A", together(), from, to)
		query.MaxDataPoints = maxDataPoints
		request := alertRequest(fromAlert, query)
		frame := onlyFrame(t, succeeded(t, ask(t, process, request)["A"]))
		axis := times(t, frame)
		all := map[string]map[time.Time]float64{}
		for _, field := range frame.Fields[1:] {
			all[field.Labels["host"]] = map[time.Time]float64{}
			for i, value := range numbers(t, field) {
				all[field.Labels["host"]][axis[i]] = value
			}
		}
		return all
	}
	wide := scores(dayTo.Add(-9*24*time.Hour), dayTo, 100)
	for _, hours := range []int{150, 31, 2} {
		for host, narrow := range scores(dayTo.Add(-time.Duration(hours)*time.Hour), dayTo, 2000) {
			for at, value := range narrow {
				if want := wide[host][at]; value != want && !(math.IsNaN(value) && math.IsNaN(want)) {
					t.Fatalf("%s at %v is %v in %d hours and %v in nine days", host, at, value, hours, want)
				}
			}
		}
	}
}

func TestOneSeriesAloneIsNoGroup(t *testing.T) {
	process := start(t)
	for body, word := range map[string]string{
		saved("multivariate", demoRevenue):                    "Select more metrics",
		together(`"multivariate":{"falseAlarmsPerWeek":0}`):   "0.002",
		together(`"multivariate":{"falseAlarmsPerWeek":-1}`):  "0.002",
		together(`"multivariate":{"falseAlarmsPerWeek":1e9}`): "1000",
		together(`"multivariate":{"method":"lof"}`):           "one-class-svm",
	} {
		t.Run(word, func(t *testing.T) {
			refused(t, ask(t, process, batch(grafanahost.Query("A", body, dayFrom, dayTo)))["A"], word)
		})
	}
}
