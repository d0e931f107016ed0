package host

import (
	"testing"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// alertRequest is a batch as Grafana's rule evaluation sends it: no user, its own headers and fixed panel values.
func alertRequest(headers map[string]string, queries ...*pluginv2.DataQuery) *pluginv2.QueryDataRequest {
	request := batch(queries...)
	request.PluginContext.User = nil
	request.Headers = headers
	for _, query := range queries {
		query.MaxDataPoints, query.IntervalMS = 43_200, 1000
	}
	return request
}

func TestAlertRulesGetOneDenseSeriesPerLabelSet(t *testing.T) {
	process := start(t)
	headers := map[string]map[string]string{
		"alert rule":             {"FromAlert": "true", "X-Cache-Skip": "true", "X-Grafana-Org-Id": "1"},
		"lower case":             {"fromalert": "true"},
		"forwarded with prefix":  {"http_FromAlert": "true"},
		"server-side expression": {"http_X-Grafana-From-Expr": "true"},
	}
	bodies := map[string]string{
		"score": saved("anomalies", demoCategories, `"interval":"15m"`, `"history":"7d"`,
			`"show":["value","expected","band","points","regions","labels"]`),
		"threshold": saved("anomalies", demoCategories, `"interval":"15m"`, `"history":"7d"`,
			`"anomalies":{"alertThreshold":0.8}`),
		"rows": saved("anomalies", `{"kind":"demo","series":["revenue","orders"],"labels":{"category":"*"}}`, `"interval":"15m"`, `"history":"7d"`, `"form":"rows"`),
		"raw":  saved("raw", demoCategories, `"interval":"15m"`),
	}
	for caller, header := range headers {
		for name, body := range bodies {
			t.Run(caller+"/"+name, func(t *testing.T) {
				request := alertRequest(header, grafanahost.Query("A", body, dayFrom, dayTo))
				frames := succeeded(t, ask(t, process, request)["A"])
				checkAlertFrames(t, frames)
			})
		}
	}
}

// checkAlertFrames checks what Grafana's expression engine needs: numbers only, labels that tell every series apart.
func checkAlertFrames(t *testing.T, frames data.Frames) {
	t.Helper()
	labels := map[string]bool{}
	for _, frame := range frames {
		isWideSeries(t, frame)
		axis := times(t, frame)
		for _, field := range frame.Fields[1:] {
			if !field.Type().Numeric() {
				t.Errorf("%s is %v; alerting accepts numbers alone", field.Name, field.Type())
			}
			if key := field.Labels.String(); labels[key] {
				t.Errorf("two series carry the labels %q: %v", key, names(frame))
			} else {
				labels[key] = true
			}
			if count := finite(numbers(t, field)); count < len(axis)*9/10 {
				t.Errorf("%s%v is not dense: %d of %d values", field.Name, field.Labels, count, len(axis))
			}
		}
	}
	if len(labels) < 2 {
		t.Errorf("%d series, want one per category", len(labels))
	}
}

func TestAlertThresholdGivesZeroOrOne(t *testing.T) {
	process := start(t)
	body := saved("anomalies", demoRevenue, `"interval":"15m"`, `"history":"7d"`, `"anomalies":{"alertThreshold":0.8}`)
	request := alertRequest(map[string]string{"FromAlert": "true"}, grafanahost.Query("A", body, dayFrom.AddDate(0, 0, -20), dayTo))
	frame := onlyFrame(t, succeeded(t, ask(t, process, request)["A"]))
	for i, value := range numbers(t, frame.Fields[1]) {
		if value == value && value != 0 && value != 1 { // NaN is missing input
			t.Fatalf("row %d is %v, want 0 or 1", i, value)
		}
	}
}

func TestAlertRuleSeesTheScoresOfTheDashboard(t *testing.T) {
	process := start(t)
	body := saved("anomalies", demoRevenue, `"interval":"5m"`, `"history":"7d"`, `"show":["score"]`)
	dashboard := onlyFrame(t, askOne(t, process, grafanahost.Query("A", body, dayFrom, dayTo)))
	alert := onlyFrame(t, succeeded(t, ask(t, process, alertRequest(map[string]string{"FromAlert": "true"},
		grafanahost.Query("A", body, dayFrom, dayTo)))["A"]))
	want, got := numbers(t, theField(t, dashboard, "score")), numbers(t, theField(t, alert, "score"))
	if len(want) != len(got) {
		t.Fatalf("%d scores for the rule, %d on the dashboard", len(got), len(want))
	}
	for i := range want {
		if want[i] != got[i] && (want[i] == want[i] || got[i] == got[i]) {
			t.Fatalf("row %d: %v for the rule, %v on the dashboard", i, got[i], want[i])
		}
	}
}
