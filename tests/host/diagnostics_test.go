package host

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func TestHealthGoesThroughARealQuery(t *testing.T) {
	process := start(t)
	health := healthy(t, process)
	if len(health.Message) < 10 {
		t.Errorf("the message says nothing: %q", health.Message)
	}
	if len(health.JsonDetails) > 0 && !json.Valid(health.JsonDetails) {
		t.Errorf("the details are no JSON: %q", health.JsonDetails)
	}
}

func TestHealthNamesABadSetting(t *testing.T) {
	process := start(t)
	for _, settings := range []string{`{"demoEnabled":"perhaps"}`, `[]`, `{`} {
		pluginContext := grafanahost.PluginContext()
		pluginContext.DataSourceInstanceSettings.JsonData = []byte(settings)
		health, err := process.Diagnostics.CheckHealth(timeout(t), &pluginv2.CheckHealthRequest{PluginContext: pluginContext})
		if err != nil {
			t.Fatalf("%s: %v", settings, err)
		}
		if health.Status != pluginv2.CheckHealthResponse_ERROR || len(health.Message) < 10 {
			t.Errorf("%s: status %v, message %q, want an error that says what is wrong", settings, health.Status, health.Message)
		}
	}
}

func TestHealthWithoutAnyContext(t *testing.T) {
	process := start(t)
	if _, err := process.Diagnostics.CheckHealth(timeout(t), &pluginv2.CheckHealthRequest{}); err != nil {
		t.Errorf("an empty request failed: %v", err)
	}
}

func TestMetricsAreInPrometheusFormat(t *testing.T) {
	process := start(t)
	count := func() float64 {
		response, err := process.Diagnostics.CollectMetrics(timeout(t), &pluginv2.CollectMetricsRequest{PluginContext: grafanahost.PluginContext()})
		if err != nil {
			t.Fatal(err)
		}
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err := parser.TextToMetricFamilies(bytes.NewReader(response.GetMetrics().GetPrometheus()))
		if err != nil {
			t.Fatalf("not the text format: %v\n%s", err, response.GetMetrics().GetPrometheus())
		}
		if len(families) == 0 {
			t.Fatal("no metric at all")
		}
		total := 0.0
		for name, family := range families {
			if family.GetHelp() == "" {
				t.Errorf("%s has no help text", name)
			}
			if name != "grafana_plugin_request_total" { // the name that plugins made with the Go SDK use
				continue
			}
			for _, metric := range family.Metric {
				for _, label := range metric.Label {
					if label.GetName() == "endpoint" && label.GetValue() == "queryData" {
						total += metric.GetCounter().GetValue()
					}
				}
			}
		}
		return total
	}
	before := count()
	askOne(t, process, grafanahost.Query("A", saved("raw", demoRevenue, `"interval":"1h"`), dayFrom, dayTo))
	if after := count(); after != before+1 {
		t.Errorf("one query moved the counter from %v to %v", before, after)
	}
}

// busyProcess is a plugin that has seen some of everything that it might log about.
func busyProcess(t *testing.T, pluginContext *pluginv2.PluginContext) *grafanahost.Process {
	t.Helper()
	process := start(t)
	request := batch(
		grafanahost.Query("good", saved("anomalies", demoRevenue, `"interval":"1h"`, `"history":"7d"`), dayFrom, dayTo),
		grafanahost.Query("bad", saved("astrology", demoRevenue), dayFrom, dayTo),
		grafanahost.Query("strange", "{\"analysis\":\"\\u0000\\n{}\\\"\"}", dayFrom, dayTo))
	request.PluginContext = pluginContext
	request.Headers = map[string]string{"Authorization": "Bearer " + secret, "Cookie": "session=" + secret, "http_X-Grafana-Id": secret}
	ask(t, process, request)
	if _, err := process.Diagnostics.CheckHealth(timeout(t), &pluginv2.CheckHealthRequest{
		PluginContext: pluginContext, Headers: request.Headers}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"methods", "settings", "nonsense"} {
		call(t, process, "GET", path, "")
	}
	call(t, process, "POST", "validate", "}{")
	return process
}

const secret = "hunter2-do-not-print"

func TestEveryLogLineIsStructured(t *testing.T) {
	process := busyProcess(t, grafanahost.PluginContext())
	process.Stop()
	if raw := process.Log.RawLines(); len(raw) > 0 {
		t.Errorf("%d lines on stderr are no structured log entries:\n%s", len(raw), strings.Join(raw, "\n"))
	}
	entries := process.Log.Entries()
	if len(entries) == 0 {
		t.Fatal("nothing was logged, not even that the plugin started")
	}
	withFields := 0
	for _, entry := range entries {
		if entry.Level == hclog.NoLevel || entry.Message == "" {
			t.Errorf("an entry without level or message: %+v", entry)
		}
		if len(entry.Fields) > 1 { // one is the time
			withFields++
		}
	}
	if withFields == 0 {
		t.Error("no entry carries a field")
	}
	for _, line := range strings.Split(strings.TrimSpace(process.Log.Text()), "\n") {
		if len(line) >= 64<<10 {
			t.Errorf("a log line of %d bytes", len(line))
		}
		keys := decode[map[string]any](t, []byte(line))
		for _, key := range []string{"@message", "@level", "@timestamp"} {
			if _, isText := keys[key].(string); !isText {
				t.Errorf("%s is no text, which would crash Grafana: %s", key, line)
			}
		}
	}
}

func TestSecretsAreNeverLogged(t *testing.T) {
	pluginContext := grafanahost.PluginContext()
	pluginContext.DataSourceInstanceSettings.DecryptedSecureJsonData = map[string]string{"serviceAccountToken": secret, "password": secret}
	pluginContext.GrafanaConfig["GF_PLUGIN_APP_CLIENT_SECRET"] = secret
	process := busyProcess(t, pluginContext)
	process.Stop()
	if strings.Contains(process.Log.Text(), secret) {
		t.Errorf("a secret was logged:\n%s", process.Log.Tail(30))
	}
}
