package host

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/tests/host/grafanahost"
)

func TestStartsWithoutAnyInheritedEnvironment(t *testing.T) {
	process := start(t)
	if network := process.Client.ReattachConfig().Addr.Network(); network != "tcp" {
		t.Errorf("the handshake named network %q, want tcp", network)
	}
	if address := process.Client.ReattachConfig().Addr.String(); !strings.HasPrefix(address, "127.0.0.1:") {
		t.Errorf("the plugin listens on %s, which is not loopback alone", address)
	}
	if version := process.Client.NegotiatedVersion(); version != 2 {
		t.Errorf("protocol version %d, want 2", version)
	}
	healthy(t, process)
}

func TestStartsWithInheritedEnvironment(t *testing.T) {
	// Variables that steer C++ libraries must not bend the plugin, and nothing may land on its output.
	t.Setenv("GRPC_VERBOSITY", "DEBUG")
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:9")
	process := startWith(t, grafanahost.Options{InheritHostEnv: true})
	healthy(t, process)
}

func TestListensOnUnixSocketInTheGivenFolder(t *testing.T) {
	folder, err := os.MkdirTemp("", "bw") // t.TempDir's names can exceed the 108 bytes of a socket path
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	process := startWith(t, grafanahost.Options{Env: []string{"PLUGIN_UNIX_SOCKET_DIR=" + folder}})
	address := process.Client.ReattachConfig().Addr
	if address.Network() != "unix" || filepath.Dir(address.String()) != folder {
		t.Fatalf("the plugin listens on %s %s, want a unix socket in %s", address.Network(), address, folder)
	}
	info, err := os.Stat(address.String())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o002 != 0 { // connecting takes the right to write
		t.Errorf("the socket is open to every user: %v", info.Mode())
	}
	healthy(t, process)
	process.Stop()
	if _, err := os.Stat(address.String()); !os.IsNotExist(err) {
		t.Errorf("the socket is still there after an orderly end (%v)", err)
	}
}

func TestUnusableSocketFolderEndsTheStartWithASentence(t *testing.T) {
	process, err := grafanahost.Start(executable(t), grafanahost.Options{
		Env: []string{"PLUGIN_UNIX_SOCKET_DIR=/nonexistent/bellwether"}, StartTimeout: callTimeout,
	})
	if err == nil {
		process.Stop()
		t.Fatal("the plugin started with a socket folder that does not exist")
	}
	if text := process.Log.Text(); !strings.Contains(text, "/nonexistent/bellwether") {
		t.Errorf("stderr does not name the folder: %q", text)
	}
}

func TestWithoutTheCookieItExplainsItself(t *testing.T) {
	for name, env := range map[string][]string{
		"no cookie":    {},
		"wrong cookie": {"grafana_plugin_type=renderer"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(timeout(t), executable(t))
			cmd.Env = env
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit code %d (%v), want 1", code, err)
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout is not empty: %q", stdout.String())
			}
			text := strings.TrimSpace(stderr.String())
			if !strings.Contains(text, "Grafana") || strings.HasPrefix(text, "{") || !strings.Contains(text, ".") {
				t.Errorf("stderr holds no sentence for a person: %q", text)
			}
		})
	}
}

func TestUnsupportedProtocolVersionIsRefused(t *testing.T) {
	cmd := exec.CommandContext(timeout(t), executable(t))
	cmd.Env = []string{"grafana_plugin_type=datasource", "PLUGIN_PROTOCOL_VERSIONS=7"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	done := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
		// Ending with an error is one good answer ...
		if cmd.ProcessState.ExitCode() == 0 || stderr.Len() == 0 {
			t.Errorf("exit code %d with stderr %q, want an error and a reason", cmd.ProcessState.ExitCode(), stderr.String())
		}
	case <-time.After(2 * time.Second):
		// ... naming version 2, as Go plugins do, and leaving the refusal to the host is the other.
		_ = cmd.Process.Kill()
		<-done
		if !strings.HasPrefix(stdout.String(), "1|2|") {
			t.Errorf("the handshake line is %q, want version 2", stdout.String())
		}
	}
}

func TestStdoutHoldsNothingButTheHandshake(t *testing.T) {
	direct := startDirect(t)
	direct.queryOnce(t)
	if err := direct.cmd.Process.Signal(os.Interrupt); err != nil { // a terminal's ^C is for the host to handle
		t.Fatal(err)
	}
	direct.queryOnce(t)
	text := direct.stop(t)
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) != 1 {
		t.Errorf("stdout holds %d lines, want the handshake alone:\n%s", len(lines), text)
	}
	if fields := strings.Split(lines[0], "|"); len(fields) < 5 || fields[0] != "1" || fields[1] != "2" || fields[4] != "grpc" {
		t.Errorf("the handshake line is %q", lines[0])
	}
}
