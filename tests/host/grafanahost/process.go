// Package grafanahost starts a data-source executable the way Grafana does: with the same go-plugin library, the same
// handshake and plugin set, and the clients of the official plugin SDK.
package grafanahost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// ExecutableVariable names the environment variable that holds the path of the executable under test.
const ExecutableVariable = "BELLWETHER_EXECUTABLE"

// Executable returns the path under test, or an error that says how to set it.
func Executable() (string, error) {
	path := os.Getenv(ExecutableVariable)
	if path == "" {
		return "", fmt.Errorf("%s is not set. Set it to the built executable, for example %s=$PWD/build/release/server/app/bellwether",
			ExecutableVariable, ExecutableVariable)
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s names %q, which cannot be read: %w. Build the executable first", ExecutableVariable, path, err)
	}
	return path, nil
}

// Handshake is the pair that every Grafana plugin answers to, whatever its type.
var Handshake = plugin.HandshakeConfig{
	ProtocolVersion:  grpcplugin.ProtocolVersion,
	MagicCookieKey:   grpcplugin.MagicCookieKey,
	MagicCookieValue: grpcplugin.MagicCookieValue,
}

// Options says how the process is started.
type Options struct {
	// Env is what Grafana adds for the plugin, as KEY=value.
	Env []string
	// InheritHostEnv passes this process's environment on, as Grafana did up to 12.3.
	InheritHostEnv bool
	// SyncStdout receives what the plugin sends over the broker's stdio stream; nil discards it.
	SyncStdout io.Writer
	// StartTimeout bounds the wait for the handshake line; 0 means Grafana's own 60 s.
	StartTimeout time.Duration
}

// Process is a running plugin with the clients that Grafana uses.
type Process struct {
	Client      *plugin.Client
	Data        pluginv2.DataClient
	Resource    pluginv2.ResourceClient
	Diagnostics pluginv2.DiagnosticsClient
	Stream      pluginv2.StreamClient
	Conn        *grpc.ClientConn
	Log         *Log
	// StartTook is the time from fork to a parsed handshake line.
	StartTook time.Duration

	cmd      *exec.Cmd
	killOnce sync.Once
}

// Start launches the executable and connects; the caller stops it with Stop.
func Start(executable string, options Options) (*Process, error) {
	cmd := exec.Command(executable)
	cmd.Env = append([]string{}, options.Env...)
	log := NewLog()
	client := plugin.NewClient(&plugin.ClientConfig{
		Cmd:             cmd,
		HandshakeConfig: Handshake,
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {
			"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
			"resource":    &grpcplugin.ResourceGRPCPlugin{},
			"data":        &grpcplugin.DataGRPCPlugin{},
			"stream":      &grpcplugin.StreamGRPCPlugin{},
		}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           log.Logger(),
		Stderr:           log,
		SyncStdout:       options.SyncStdout,
		SkipHostEnv:      !options.InheritHostEnv,
		StartTimeout:     options.StartTimeout,
	})
	process := &Process{Client: client, Log: log, cmd: cmd}
	begin := time.Now()
	if _, err := client.Start(); err != nil {
		client.Kill()
		return process, err
	}
	process.StartTook = time.Since(begin)
	if err := process.connect(); err != nil {
		client.Kill()
		return process, err
	}
	return process, nil
}

func (p *Process) connect() error {
	protocol, err := p.Client.Client()
	if err != nil {
		return err
	}
	if grpcClient, ok := protocol.(*plugin.GRPCClient); ok {
		p.Conn = grpcClient.Conn
	}
	if p.Diagnostics, err = dispense[pluginv2.DiagnosticsClient](protocol, "diagnostics"); err != nil {
		return err
	}
	if p.Resource, err = dispense[pluginv2.ResourceClient](protocol, "resource"); err != nil {
		return err
	}
	if p.Data, err = dispense[pluginv2.DataClient](protocol, "data"); err != nil {
		return err
	}
	p.Stream, err = dispense[pluginv2.StreamClient](protocol, "stream")
	return err
}

func dispense[T any](protocol plugin.ClientProtocol, name string) (T, error) {
	var none T
	raw, err := protocol.Dispense(name)
	if err != nil {
		return none, fmt.Errorf("dispensing %s: %w", name, err)
	}
	client, ok := raw.(T)
	if !ok {
		return none, fmt.Errorf("the %s plugin gave an unexpected client %T", name, raw)
	}
	return client, nil
}

// Pid is the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Stop ends the process as Grafana does: Shutdown call, up to 2 s of patience, SIGKILL. It returns the time it took.
func (p *Process) Stop() time.Duration {
	begin := time.Now()
	p.killOnce.Do(p.Client.Kill)
	return time.Since(begin)
}

// ExitCode is the exit code once the process has ended; -1 when a signal ended it or it still runs.
func (p *Process) ExitCode() int {
	if !p.Client.Exited() || p.cmd.ProcessState == nil {
		return -1
	}
	return p.cmd.ProcessState.ExitCode()
}

// ErrNotExited says that a process outlived the time it was given.
var ErrNotExited = errors.New("the process still runs")

// WaitExited waits for go-plugin to notice that the process has ended.
func (p *Process) WaitExited(ctx context.Context) error {
	for !p.Client.Exited() {
		select {
		case <-ctx.Done():
			return ErrNotExited
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}
