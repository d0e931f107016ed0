package grafanahost

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"
)

// Entry is one log line of the plugin as Grafana's logger receives it.
type Entry struct {
	Level   hclog.Level
	Message string
	Fields  map[string]string
	// Parsed is false when go-plugin could not read the line as a structured entry and passed it on raw.
	Parsed bool
}

// Log collects what the plugin writes to stderr: raw, and as go-plugin parsed it. Safe for concurrent use.
type Log struct {
	mutex   sync.Mutex
	raw     bytes.Buffer
	entries []Entry
	logger  hclog.InterceptLogger
}

// hostLoggerName tells go-plugin's own messages from those of the plugin, whose logger is a child of this one.
const hostLoggerName = "host"

// NewLog makes an empty log.
func NewLog() *Log {
	log := &Log{logger: hclog.NewInterceptLogger(&hclog.LoggerOptions{
		Name: hostLoggerName, Output: io.Discard, Level: hclog.Trace,
	})}
	log.logger.RegisterSink(log)
	return log
}

// Logger is what go-plugin writes to.
func (l *Log) Logger() hclog.Logger { return l.logger }

// Write takes the raw stderr of the plugin.
func (l *Log) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.raw.Write(text)
}

// Accept implements hclog.SinkAdapter.
func (l *Log) Accept(name string, level hclog.Level, message string, args ...any) {
	// "host.<executable>" carries the plugin's lines; "host" and "host.stdio" are go-plugin's own.
	if name == hostLoggerName || name == hostLoggerName+".stdio" {
		return
	}
	entry := Entry{Level: level, Message: message, Fields: map[string]string{}}
	for i := 0; i+1 < len(args); i += 2 {
		key := fmt.Sprint(args[i])
		entry.Fields[key] = fmt.Sprint(args[i+1])
		// go-plugin adds the time of every line that it understood under this key.
		entry.Parsed = entry.Parsed || key == "timestamp"
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.entries = append(l.entries, entry)
}

// Entries is a copy of what the plugin logged so far.
func (l *Log) Entries() []Entry {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return append([]Entry{}, l.entries...)
}

// RawLines is a copy of the lines that go-plugin could not parse.
func (l *Log) RawLines() []string {
	var lines []string
	for _, entry := range l.Entries() {
		if !entry.Parsed {
			lines = append(lines, entry.Message)
		}
	}
	return lines
}

// Text is the raw stderr so far.
func (l *Log) Text() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.raw.String()
}

// Tail is the end of the raw stderr, for failure messages.
func (l *Log) Tail(lines int) string {
	all := strings.Split(strings.TrimRight(l.Text(), "\n"), "\n")
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return strings.Join(all, "\n")
}
