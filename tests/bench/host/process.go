package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"bellwether/tests/host/grafanahost"
)

// statusBytes reads a memory figure such as VmRSS of a running process.
func statusBytes(pid int, key string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == key+":" {
			kibibytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kibibytes * 1024, err
		}
	}
	return 0, fmt.Errorf("%s is not in the status of process %d", key, pid)
}

func medianStart(executable string, count int) (time.Duration, time.Duration, error) {
	var took []time.Duration
	for range count {
		process, err := grafanahost.Start(executable, grafanahost.Options{})
		if err != nil {
			return 0, 0, err
		}
		took = append(took, process.StartTook)
		process.Stop()
	}
	return quantile(took, 0.5), quantile(took, 1), nil
}

func measureStart(opts options) ([]row, error) {
	const bound = 20 * time.Millisecond
	ours, slowest, err := medianStart(opts.ours, opts.starts)
	if err != nil {
		return nil, err
	}
	peer, _, err := medianStart(opts.peer, opts.starts)
	if err != nil {
		return nil, err
	}
	return []row{{
		what:     fmt.Sprintf("start to handshake, median (slowest) of %d", opts.starts),
		measured: fmt.Sprintf("%s (%s)", milliseconds(ours), milliseconds(slowest)),
		peer:     milliseconds(peer), ratio: fmt.Sprintf("%.2f", float64(ours)/float64(peer)),
		required: "≤ 20 ms", verdict: verdict(ours <= bound),
	}}, nil
}

func idleBytes(executable string) (int64, error) {
	process, err := grafanahost.Start(executable, grafanahost.Options{})
	if err != nil {
		return 0, err
	}
	defer process.Stop()
	time.Sleep(2 * time.Second)
	return statusBytes(process.Pid(), "VmRSS")
}

func measureIdle(opts options) ([]row, error) {
	const bound = 15 * 1000 * 1000
	ours, err := idleBytes(opts.ours)
	if err != nil {
		return nil, err
	}
	peer, err := idleBytes(opts.peer)
	if err != nil {
		return nil, err
	}
	return []row{{
		what: "resident memory, idle for 2 s", measured: megabytes(ours), peer: megabytes(peer),
		ratio: fmt.Sprintf("%.2f", float64(ours)/float64(peer)), required: "≤ 15 MB", verdict: verdict(ours <= bound),
	}}, nil
}

func measureSize(opts options) ([]row, error) {
	const bound = 20 * 1000 * 1000
	ours, err := os.Stat(opts.ours)
	if err != nil {
		return nil, err
	}
	peer, err := os.Stat(opts.peer)
	if err != nil {
		return nil, err
	}
	return []row{{
		what: "size of the executable", measured: megabytes(ours.Size()), peer: megabytes(peer.Size()),
		ratio:    fmt.Sprintf("%.2f", float64(ours.Size())/float64(peer.Size())),
		required: "≤ 20 MB", verdict: verdict(ours.Size() <= bound),
	}}, nil
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
