package host

import (
	"bufio"
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bellwether/tests/host/grafanahost"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// directProcess is the plugin started without go-plugin, to see its bare output and exit code.
type directProcess struct {
	cmd    *exec.Cmd
	conn   *grpc.ClientConn
	exited chan struct{}

	mutex  sync.Mutex
	stdout bytes.Buffer
	stderr bytes.Buffer
}

// startDirect starts the executable with nothing but the cookie and connects to the address it prints.
func startDirect(t *testing.T) *directProcess {
	t.Helper()
	direct := &directProcess{cmd: exec.Command(executable(t)), exited: make(chan struct{})}
	direct.cmd.Env = []string{"grafana_plugin_type=datasource", "PLUGIN_PROTOCOL_VERSIONS=2"}
	direct.cmd.Stderr = &lockedWriter{mutex: &direct.mutex, buffer: &direct.stderr}
	stdout, err := direct.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := direct.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = direct.cmd.Process.Kill(); <-direct.exited })
	first := make(chan string, 1)
	go func() {
		defer close(direct.exited)
		scanner := bufio.NewScanner(stdout)
		for count := 0; scanner.Scan(); count++ {
			direct.mutex.Lock()
			direct.stdout.WriteString(scanner.Text() + "\n")
			direct.mutex.Unlock()
			if count == 0 {
				first <- scanner.Text()
			}
		}
		_ = direct.cmd.Wait()
	}()
	select {
	case line := <-first:
		direct.connect(t, line)
	case <-direct.exited:
		t.Fatalf("the plugin ended before the handshake: %s", direct.stderrText())
	case <-time.After(callTimeout):
		t.Fatal("no handshake line in time")
	}
	return direct
}

func (d *directProcess) connect(t *testing.T, handshake string) {
	t.Helper()
	fields := strings.Split(strings.TrimSpace(handshake), "|")
	if len(fields) < 5 {
		t.Fatalf("the handshake line is %q", handshake)
	}
	conn, err := grpc.NewClient("passthrough:///"+fields[3], grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(grafanahost.MaxMessageBytes),
			grpc.MaxCallSendMsgSize(grafanahost.MaxMessageBytes)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	d.conn = conn
}

func (d *directProcess) queryOnce(t *testing.T) {
	t.Helper()
	request := batch(grafanahost.Query("A", saved("raw", demoRevenue), dayFrom, dayTo))
	response, err := pluginv2.NewDataClient(d.conn).QueryData(timeout(t), request)
	if err != nil {
		t.Fatal(err)
	}
	if text := response.Responses["A"].GetError(); text != "" {
		t.Fatal(text)
	}
}

// stop ends the process with SIGTERM and returns all of its stdout.
func (d *directProcess) stop(t *testing.T) string {
	t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	d.waitExit(t, 2*time.Second)
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.stdout.String()
}

func (d *directProcess) waitExit(t *testing.T, within time.Duration) {
	t.Helper()
	select {
	case <-d.exited:
	case <-time.After(within):
		t.Fatalf("the process did not end within %v", within)
	}
}

func (d *directProcess) stderrText() string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.stderr.String()
}

type lockedWriter struct {
	mutex  *sync.Mutex
	buffer *bytes.Buffer
}

func (w *lockedWriter) Write(text []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.buffer.Write(text)
}
