package host

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

func TestRawAnswersOneWideFrame(t *testing.T) {
	process := start(t)
	frame := onlyFrame(t, askOne(t, process, grafanahost.Query("A", saved("raw", demoRevenue, `"interval":"5m"`), dayFrom, dayTo)))
	if series := isWideSeries(t, frame); series != 1 {
		t.Fatalf("%d series, want 1: %v", series, names(frame))
	}
	if frame.RefID != "A" {
		t.Errorf("refId %q, want A", frame.RefID)
	}
	axis := times(t, frame)
	if want := 24 * 12; len(axis) != want {
		t.Errorf("%d points, want %d: one per 5 min of a day", len(axis), want)
	}
	if !axis[0].Equal(dayFrom) {
		t.Errorf("the first point is at %v, want %v", axis[0], dayFrom)
	}
	value := frame.Fields[1]
	if value.Type() != data.FieldTypeNullableFloat64 {
		t.Errorf("the value is %v, want a nullable float64", value.Type())
	}
	if value.Labels["category"] != "books" {
		t.Errorf("labels %v, want category=books", value.Labels)
	}
	if count := finite(numbers(t, value)); count < len(axis)*9/10 {
		t.Errorf("only %d of %d values are numbers", count, len(axis))
	}
}

func TestAnomaliesAnswerCarriesItsOwnStyle(t *testing.T) {
	process := start(t)
	query := grafanahost.Query("A", saved("anomalies", demoRevenue, `"history":"14d"`, `"interval":"5m"`,
		`"show":["value","expected","band","points","score","pValue"]`), dayFrom, dayTo)
	frame := onlyFrame(t, askOne(t, process, query))
	isWideSeries(t, frame)
	axis := times(t, frame)
	value, expected := theField(t, frame, "value"), theField(t, frame, "expected")
	lower, upper := theField(t, frame, "lower"), theField(t, frame, "upper")
	anomaly, score, pValue := theField(t, frame, "anomaly"), theField(t, frame, "score"), theField(t, frame, "p_value")

	for _, field := range []*data.Field{value, expected, lower, upper, anomaly, score, pValue} {
		if field.Labels["category"] != "books" {
			t.Errorf("%s lost its labels: %v", field.Name, field.Labels)
		}
		if field.Len() != len(axis) {
			t.Errorf("%s has %d rows, the time axis %d", field.Name, field.Len(), len(axis))
		}
		if displayName(field) == "" {
			t.Errorf("%s has no display name", field.Name)
		}
	}
	if target := custom(upper, "fillBelowTo"); target != displayName(lower) {
		t.Errorf("the band fills down to %v, but its lower edge is shown as %q", target, displayName(lower))
	}
	if style := custom(anomaly, "drawStyle"); style != "points" {
		t.Errorf("anomalies are drawn as %v, want points", style)
	}
	checkVerdicts(t, numbers(t, lower), numbers(t, upper), numbers(t, score), numbers(t, pValue))
	summary, ok := frame.Meta.Custom.(map[string]any)
	if !ok || summary["analysis"] != "anomalies" {
		t.Errorf("meta.custom holds no summary: %v", frame.Meta.Custom)
	}
}

// checkVerdicts checks what must hold for every judged point.
func checkVerdicts(t *testing.T, lower, upper, score, pValue []float64) {
	t.Helper()
	judged := 0
	for i := range lower {
		if math.IsNaN(lower[i]) || math.IsNaN(upper[i]) {
			continue
		}
		judged++
		if lower[i] > upper[i] {
			t.Fatalf("row %d: the band is upside down, %v to %v", i, lower[i], upper[i])
		}
		for name, share := range map[string]float64{"score": score[i], "p_value": pValue[i]} {
			if share < 0 || share > 1 {
				t.Fatalf("row %d: %s is %v, outside 0 to 1", i, name, share)
			}
		}
	}
	if judged < len(lower)*9/10 {
		t.Errorf("only %d of %d points were judged with two weeks of history", judged, len(lower))
	}
}

func TestSeveralSeriesKeepLabelsAndUniqueNames(t *testing.T) {
	process := start(t)
	frame := onlyFrame(t, askOne(t, process, grafanahost.Query("A",
		saved("anomalies", `{"kind":"demo","series":["revenue","orders"],"labels":{"category":"*"}}`, `"history":"7d"`, `"interval":"15m"`), dayFrom, dayTo)))
	isWideSeries(t, frame)
	values := named(frame, "value")
	if len(values) < 10 {
		t.Fatalf("%d series, want two metrics of five categories: %v", len(values), names(frame))
	}
	seen := map[string]bool{}
	for _, field := range frame.Fields[1:] {
		if seen[displayName(field)] {
			t.Errorf("two fields are shown as %q, so a band could fill to the wrong one", displayName(field))
		}
		seen[displayName(field)] = true
	}
	for _, upper := range named(frame, "upper") {
		if target, _ := custom(upper, "fillBelowTo").(string); !seen[target] {
			t.Errorf("%s fills down to %q, which is no field of the answer", displayName(upper), target)
		}
	}
}

func TestForecastReachesBeyondTheDataWithNestedBands(t *testing.T) {
	process := start(t)
	// The forecast starts where the data end, which is now: the range has to reach it.
	now := time.Now().Truncate(time.Minute)
	query := grafanahost.Query("A", saved("forecast", demoRevenue, `"history":"14d"`, `"interval":"15m"`,
		`"forecast":{"horizon":"1d","levels":[0.8,0.95]}`), now.Add(-24*time.Hour), now.Add(24*time.Hour))
	frames := askOne(t, process, query)
	if len(frames) == 0 {
		t.Fatal("no frame")
	}
	frame := frames[0]
	isWideSeries(t, frame)
	axis := times(t, frame)
	if last := axis[len(axis)-1]; last.Before(now.Add(23 * time.Hour)) {
		t.Errorf("the last point is at %v, a horizon of a day reaches beyond %v", last, now.Add(23*time.Hour))
	}
	forecast := theField(t, frame, "forecast")
	ahead := 0
	for i, value := range numbers(t, forecast) {
		if !math.IsNaN(value) && axis[i].After(now) {
			ahead++
		}
	}
	if want := 23 * 4; ahead < want {
		t.Errorf("%d forecast points lie ahead, want at least %d", ahead, want)
	}
	style, _ := json.Marshal(custom(forecast, "lineStyle"))
	if !json.Valid(style) || string(style) == "null" {
		t.Error("the forecast line is not dashed")
	}
	checkBands(t, frame)
}

// checkBands checks that every field with fillBelowTo lies on or above its lower edge, and that there are two such bands.
func checkBands(t *testing.T, frame *data.Frame) {
	t.Helper()
	byName := map[string]*data.Field{}
	for _, field := range frame.Fields {
		byName[displayName(field)] = field
	}
	bands := 0
	for _, upper := range frame.Fields {
		target, isBand := custom(upper, "fillBelowTo").(string)
		if !isBand {
			continue
		}
		bands++
		lower, found := byName[target]
		if !found {
			t.Errorf("%s fills down to %q, which is no field of the answer", displayName(upper), target)
			continue
		}
		low, high := numbers(t, lower), numbers(t, upper)
		for i := range low {
			if low[i] > high[i] {
				t.Fatalf("row %d: %s lies above %s", i, target, displayName(upper))
			}
		}
	}
	if bands != 2 {
		t.Errorf("%d bands, want one for each of the two levels: %v", bands, names(frame))
	}
}

func TestTrendAnswers(t *testing.T) {
	process := start(t)
	for _, form := range []string{"overlay", "rows"} {
		t.Run(form, func(t *testing.T) {
			frames := askOne(t, process, grafanahost.Query("A",
				saved("trend", demoRevenue, `"interval":"1h"`, `"form":"`+form+`"`), dayFrom.AddDate(0, 0, -14), dayTo))
			if len(frames) == 0 || frames[0].Rows() == 0 {
				t.Fatalf("an empty answer: %d frames", len(frames))
			}
			if form == "overlay" {
				isWideSeries(t, frames[0])
				times(t, frames[0])
			}
		})
	}
}

func TestChangesAndPatternsAnswer(t *testing.T) {
	process := start(t)
	for analysis, forms := range map[string][]string{
		"changepoints": {"overlay", "rows", "annotations", "last"},
		"patterns":     {"overlay", "rows", "last"},
	} {
		for _, form := range forms {
			t.Run(analysis+" "+form, func(t *testing.T) {
				frames := askOne(t, process, grafanahost.Query("A",
					saved(analysis, demoRevenue, `"interval":"1h"`, `"history":"28d"`, `"form":"`+form+`"`), dayFrom.AddDate(0, 0, -14), dayTo))
				if len(frames) == 0 || len(frames[0].Fields) == 0 {
					t.Fatalf("an empty answer: %d frames", len(frames))
				}
				if form == "overlay" {
					isWideSeries(t, frames[0])
					times(t, frames[0])
				}
			})
		}
	}
}

func TestEveryFormOfAnomaliesDecodes(t *testing.T) {
	process := start(t)
	for _, form := range []string{"overlay", "rows", "severity", "last", "annotations"} {
		t.Run(form, func(t *testing.T) {
			frames := askOne(t, process, grafanahost.Query("A",
				saved("anomalies", demoRevenue, `"form":"`+form+`"`, `"interval":"15m"`, `"history":"14d"`), dayFrom.AddDate(0, 0, -30), dayTo))
			if len(frames) == 0 || len(frames[0].Fields) == 0 {
				t.Fatalf("an empty answer: %d frames", len(frames))
			}
			if form == "rows" || form == "annotations" {
				if frames[0].Rows() == 0 {
					t.Error("a month of the demo shop holds no incident at all")
				}
			}
			if form == "last" && frames[0].Rows() != 1 {
				t.Errorf("%d rows, want 1", frames[0].Rows())
			}
		})
	}
}

func TestJSONFramesHoldTheSameAsArrowFrames(t *testing.T) {
	process := start(t)
	for _, analysis := range []string{"raw", "anomalies"} {
		t.Run(analysis, func(t *testing.T) {
			query := grafanahost.Query("A", saved(analysis, demoRevenue, `"interval":"5m"`, `"history":"7d"`), dayFrom, dayTo)
			arrow := onlyFrame(t, askOne(t, process, query))
			request := batch(query)
			request.Format = pluginv2.DataFrameFormat_JSON
			raw, err := process.Data.QueryData(timeout(t), request)
			if err != nil {
				t.Fatal(err)
			}
			if raw.Responses["A"].GetFormat() != pluginv2.DataFrameFormat_JSON {
				t.Fatalf("the answer is marked %v, want JSON", raw.Responses["A"].GetFormat())
			}
			fromJSON := onlyFrame(t, succeeded(t, ask(t, process, request)["A"]))
			want, errWant := data.FrameToJSON(arrow, data.IncludeAll)
			got, errGot := data.FrameToJSON(fromJSON, data.IncludeAll)
			if errWant != nil || errGot != nil {
				t.Fatal(errWant, errGot)
			}
			if string(want) != string(got) {
				t.Errorf("the two forms differ:\n%.600s\n%.600s", want, got)
			}
		})
	}
}

func TestTheSameScoresAtEveryZoom(t *testing.T) {
	process := start(t)
	scores := func(from, to time.Time, maxDataPoints, intervalMS int64) map[int64]float64 {
		query := grafanahost.Query("A", saved("anomalies", demoRevenue, `"interval":"5m"`, `"history":"14d"`, `"show":["score"]`), from, to)
		query.MaxDataPoints, query.IntervalMS = maxDataPoints, intervalMS
		frame := onlyFrame(t, askOne(t, process, query))
		axis, values := times(t, frame), numbers(t, theField(t, frame, "score"))
		byTime := map[int64]float64{}
		for i, at := range axis {
			byTime[at.UnixMilli()] = values[i]
		}
		return byTime
	}
	week := scores(dayFrom.AddDate(0, 0, -6), dayTo, 5000, 60_000)
	compare := func(name string, other map[int64]float64, atLeast int) {
		t.Helper()
		shared := 0
		for at, score := range other {
			if reference, found := week[at]; found {
				shared++
				if score != reference && !(math.IsNaN(score) && math.IsNaN(reference)) {
					t.Fatalf("%s: the score at %v is %v, on the week's panel it is %v", name, time.UnixMilli(at).UTC(), score, reference)
				}
			}
		}
		if shared < atLeast {
			t.Errorf("%s: only %d times in common, want %d", name, shared, atLeast)
		}
	}
	compare("a day, another interval", scores(dayFrom, dayTo, 5000, 1000), 288)
	compare("an hour", scores(dayFrom.Add(7*time.Hour), dayFrom.Add(8*time.Hour), 1500, 15_000), 12)
	compare("three odd hours", scores(dayFrom.Add(431*time.Minute), dayFrom.Add(611*time.Minute), 288, 3_600_000), 34)

	// A coarse panel draws the mean of the very same scores.
	for at, coarse := range scores(dayFrom.AddDate(0, 0, -6), dayTo, 100, 60_000) {
		if _, found := week[at]; !found {
			t.Fatalf("a drawn point at %v lies off the model's clock", time.UnixMilli(at).UTC())
		}
		if coarse < 0 || coarse > 1 {
			t.Fatalf("a drawn score is %v", coarse)
		}
	}
}
