package host

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bellwether/tests/host/grafanahost"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

func TestShutdownIsOrderly(t *testing.T) {
	process := start(t)
	askOne(t, process, grafanahost.Query("A", saved("raw", demoRevenue), dayFrom, dayTo))
	pid := process.Pid()
	offspring := children(t, pid)
	took := process.Stop()
	if took >= 2*time.Second {
		t.Errorf("the end took %v; go-plugin kills after 2 s", took)
	}
	if code := process.ExitCode(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if alive(pid) {
		t.Error("the process still runs")
	}
	for _, child := range offspring {
		if alive(child) {
			t.Errorf("child %d was left behind", child)
		}
	}
}

func TestShutdownDuringAQueryStaysBelowTwoSeconds(t *testing.T) {
	process := start(t)
	answered := make(chan error, 1)
	go func() {
		_, err := process.QueryData(context.Background(), heavyBatch())
		answered <- err
	}()
	time.Sleep(100 * time.Millisecond) // the query is under way; being early would only make the test weaker
	if took := process.Stop(); took >= 2*time.Second {
		t.Errorf("the end took %v with a query under way", took)
	}
	if code := process.ExitCode(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	select {
	case <-answered:
	case <-time.After(callTimeout):
		t.Error("the caller was left without an answer")
	}
}

func TestTerminationSignalEndsTheProcessCleanly(t *testing.T) {
	direct := startDirect(t)
	direct.queryOnce(t)
	direct.stop(t)
	if code := direct.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d after SIGTERM, want 0", code)
	}
}

func TestShutdownCallIsAnsweredBeforeTheEnd(t *testing.T) {
	direct := startDirect(t)
	direct.queryOnce(t)
	// plugin.Empty has no fields, so any empty message serves.
	if err := direct.conn.Invoke(timeout(t), "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{},
		grpc.WaitForReady(true)); err != nil {
		t.Errorf("Shutdown was not answered: %v", err)
	}
	direct.waitExit(t, 2*time.Second)
	if code := direct.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestKilledProcessIsNoticedAndReplaced(t *testing.T) {
	first := start(t)
	healthy(t, first)
	if err := syscall.Kill(first.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := first.WaitExited(timeout(t)); err != nil {
		t.Fatal(err)
	}
	second := start(t)
	healthy(t, second)
	askOne(t, second, grafanahost.Query("A", saved("raw", demoRevenue), dayFrom, dayTo))
}

// parentVariable turns this test binary into the parent that TestEndsWithItsParent kills.
const parentVariable = "BELLWETHER_TEST_ACT_AS_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) != "" {
		actAsParent()
	}
	os.Exit(m.Run())
}

// actAsParent starts the plugin, prints its process id and waits to be killed.
func actAsParent() {
	path, err := grafanahost.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	process, err := grafanahost.Start(path, grafanahost.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(process.Pid())
	time.Sleep(10 * time.Minute) // a bound for the case that nobody kills this process
	os.Exit(1)
}

func TestEndsWithItsParent(t *testing.T) {
	executable(t)
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"=1")
	parent.Stderr = os.Stderr
	stdout, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = parent.Process.Kill()
		t.Fatalf("the parent did not start the plugin: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if !alive(pid) {
		t.Fatal("the plugin is not running")
	}
	if err := parent.Process.Kill(); err != nil { // SIGKILL: the parent has no chance to say goodbye
		t.Fatal(err)
	}
	_ = parent.Wait()
	eventually(t, 10*time.Second, "the end of the orphaned plugin", func() bool { return !alive(pid) })
}
