package host

import (
	"math"
	"testing"
	"time"

	"github.com/grafana/dataplane/sdata/timeseries"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// onlyFrame is the one frame of an answer.
func onlyFrame(t testing.TB, frames data.Frames) *data.Frame {
	t.Helper()
	if len(frames) != 1 {
		t.Fatalf("%d frames, want 1", len(frames))
	}
	return frames[0]
}

// named lists the fields of a frame with this name: one per series.
func named(frame *data.Frame, name string) []*data.Field {
	var fields []*data.Field
	for _, field := range frame.Fields {
		if field.Name == name {
			fields = append(fields, field)
		}
	}
	return fields
}

// theField is the one field of that name.
func theField(t testing.TB, frame *data.Frame, name string) *data.Field {
	t.Helper()
	fields := named(frame, name)
	if len(fields) != 1 {
		t.Fatalf("%d fields are named %q, want 1; the frame holds %v", len(fields), name, names(frame))
	}
	return fields[0]
}

func names(frame *data.Frame) []string {
	var all []string
	for _, field := range frame.Fields {
		all = append(all, field.Name+field.Labels.String())
	}
	return all
}

// numbers reads a numeric field; missing values are NaN.
func numbers(t testing.TB, field *data.Field) []float64 {
	t.Helper()
	values := make([]float64, field.Len())
	for i := range values {
		value, err := field.NullableFloatAt(i)
		if err != nil {
			t.Fatalf("%s[%d] is no number: %v", field.Name, i, err)
		}
		values[i] = math.NaN()
		if value != nil {
			values[i] = *value
		}
	}
	return values
}

func finite(values []float64) int {
	count := 0
	for _, value := range values {
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			count++
		}
	}
	return count
}

// times reads the time axis and checks that it ascends without a repetition.
func times(t testing.TB, frame *data.Frame) []time.Time {
	t.Helper()
	if len(frame.Fields) == 0 || frame.Fields[0].Type() != data.FieldTypeTime {
		t.Fatalf("the first field is not a time without nulls: %v", names(frame))
	}
	axis := make([]time.Time, frame.Fields[0].Len())
	for i := range axis {
		axis[i] = frame.Fields[0].At(i).(time.Time)
		if i > 0 && !axis[i].After(axis[i-1]) {
			t.Fatalf("times do not ascend: row %d is %v after %v", i, axis[i], axis[i-1])
		}
	}
	return axis
}

// isWideSeries checks a frame against the SDK's schema, the meta data that the server side reads, and the library with which
// server-side expressions and alerting read it. It returns the number of series found.
func isWideSeries(t testing.TB, frame *data.Frame) int {
	t.Helper()
	if kind := frame.TimeSeriesSchema().Type; kind != data.TimeSeriesTypeWide {
		t.Fatalf("the SDK sees the frame as %v, want wide: %v", kind, names(frame))
	}
	if frame.Meta == nil || frame.Meta.Type != data.FrameTypeTimeSeriesWide || frame.Meta.TypeVersion != (data.FrameTypeVersion{0, 1}) {
		t.Fatalf("meta does not say timeseries-wide 0.1: %+v", frame.Meta)
	}
	collection, err := (&timeseries.WideFrame{frame}).GetCollection(true)
	if err != nil {
		t.Fatalf("the dataplane library refuses the frame: %v", err)
	}
	if collection.Warning != nil {
		t.Errorf("the dataplane library warns: %v", collection.Warning)
	}
	if len(collection.RemainderIndices) > 0 {
		t.Errorf("the dataplane library ignores fields: %+v", collection.RemainderIndices)
	}
	return len(collection.Refs)
}

func custom(field *data.Field, key string) any {
	if field.Config == nil {
		return nil
	}
	return field.Config.Custom[key]
}

func displayName(field *data.Field) string {
	if field.Config == nil {
		return ""
	}
	return field.Config.DisplayNameFromDS
}
