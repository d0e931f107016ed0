package host

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bellwether/tests/host/grafanahost"
)

// csvProcess is a plugin whose operator allowed one folder; `write` puts a file there.
func csvProcess(t *testing.T) (process *grafanahost.Process, folder string, write func(name, text string)) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "allowed")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	process = startWith(t, grafanahost.Options{Env: []string{"GF_PLUGIN_CSV_FOLDER=" + folder}})
	return process, folder, func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func csvQuery(t *testing.T, file string) string {
	t.Helper()
	name, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return saved("raw", fmt.Sprintf(`{"kind":"csv","file":%s}`, name), `"interval":"1h"`)
}

func TestCsvFileBecomesLabelledSeries(t *testing.T) {
	process, _, write := csvProcess(t)
	var text strings.Builder
	text.WriteString("time,region,sales\n")
	for hour := range 24 {
		for number, region := range []string{"north", "south"} {
			fmt.Fprintf(&text, "2025-03-04T%02d:00:00Z,%s,%d\n", hour, region, 100*number+hour)
		}
	}
	write("sales.csv", text.String())
	frame := onlyFrame(t, askOne(t, process, grafanahost.Query("A", csvQuery(t, "sales.csv"), dayFrom, dayTo)))
	if series := isWideSeries(t, frame); series != 2 {
		t.Fatalf("%d series, want one per region: %v", series, names(frame))
	}
	for _, field := range frame.Fields[1:] {
		offset := map[string]float64{"north": 0, "south": 100}[field.Labels["region"]]
		for hour, value := range numbers(t, field) {
			if want := offset + float64(hour); value != want {
				t.Fatalf("%v at %d h is %v, the file says %v", field.Labels, hour, value, want)
			}
		}
	}
}

func TestCsvMissingValuesStayMissing(t *testing.T) {
	process, _, write := csvProcess(t)
	write("gaps.csv", "time,value\n2025-03-04T00:00:00Z,1\n2025-03-04T01:00:00Z,\n2025-03-04T02:00:00Z,NaN\n2025-03-04T03:00:00Z,4\n")
	frame := onlyFrame(t, askOne(t, process, grafanahost.Query("A", csvQuery(t, "gaps.csv"), dayFrom, dayTo)))
	for hour, value := range numbers(t, frame.Fields[1]) {
		if missing := hour == 1 || hour == 2 || hour > 3; missing != math.IsNaN(value) {
			t.Errorf("%d h is %v", hour, value)
		}
	}
}

func TestCsvNeverLeavesTheAllowedFolder(t *testing.T) {
	process, folder, write := csvProcess(t)
	outside := filepath.Join(filepath.Dir(folder), "secret.csv")
	text := "time,value\n2025-03-04T00:00:00Z,31337\n"
	if err := os.WriteFile(outside, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link.csv": outside, "loop.csv": "loop.csv", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.csv"), 0o644); err != nil { // reading one would wait for ever
		t.Fatal(err)
	}
	write("inside.csv", text)
	succeeded(t, askBeside(t, process, grafanahost.Query("A", csvQuery(t, "inside.csv"), dayFrom, dayTo)))
	for _, file := range []string{
		outside, "../secret.csv", "./../secret.csv", "a/../../secret.csv", "up/secret.csv", "link.csv", "loop.csv", "pipe.csv",
		".", "..", "", "inside.csv\x00.txt", "/dev/zero", "/proc/self/environ", "missing.csv", strings.Repeat("a", 100_000),
	} {
		t.Run(fmt.Sprintf("%.30q", file), func(t *testing.T) {
			response := askBeside(t, process, grafanahost.Query("A", csvQuery(t, file), dayFrom, dayTo))
			refused(t, response)
			if strings.Contains(response.Error.Error(), "31337") {
				t.Errorf("the error tells what the file holds: %v", response.Error)
			}
		})
	}
	healthy(t, process)
}

func TestCsvGarbageIsRefusedOrEmpty(t *testing.T) {
	process, _, write := csvProcess(t)
	for name, text := range map[string]string{
		"empty.csv":       "",
		"header.csv":      "time,value\n",
		"binary.csv":      "\x7fELF\x02\x01\x01\x00\x00\xff\xfe\xfd\x00",
		"zeros.csv":       strings.Repeat("\x00", 1<<20),
		"oneline.csv":     strings.Repeat("x", 4<<20),
		"quote.csv":       "time,value\n2025-03-04T00:00:00Z,\"1" + strings.Repeat("\n2025-03-04T00:00:00Z,1", 100_000),
		"columns.csv":     strings.Repeat("c,", 100_000) + "\n",
		"words.csv":       "time,value\nyesterday,much\ntomorrow,little\n",
		"far.csv":         "time,value\n99999999999999999999,1\n-99999999999999999999,2\n",
		"huge-values.csv": "time,value\n2025-03-04T00:00:00Z,1e400\n2025-03-04T01:00:00Z,-1e400\n2025-03-04T02:00:00Z,inf\n",
	} {
		write(name, text)
		t.Run(name, func(t *testing.T) {
			response := askBeside(t, process, grafanahost.Query("A", csvQuery(t, name), dayFrom, dayTo))
			if response.Error != nil {
				refused(t, response)
				return
			}
			for _, frame := range response.Frames {
				if frame.Meta != nil && len(frame.Meta.Notices) > 0 {
					continue // what could be saved was, and the panel says that it is not all
				}
				for _, field := range frame.Fields[min(1, len(frame.Fields)):] {
					if count := finite(numbers(t, field)); count > 0 {
						t.Errorf("%d numbers were found in it", count)
					}
				}
			}
		})
	}
	healthy(t, process)
}
