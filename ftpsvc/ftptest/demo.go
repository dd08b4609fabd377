package ftptest

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"goftp.io/server/v2"
	"goftp.io/server/v2/driver/file"
)

// DemoUser is the login name of the embedded server.
const DemoUser = "demo"

// Options set the embedded server up.
type Options struct {
	TempDir string // where the two folders are made; "": the system's
	Empty   bool   // no sample files
}

// Demo is a running embedded server with its two temporary folders.
type Demo struct {
	Host     string // 127.0.0.1
	Port     int
	User     string
	Password string // random
	Root     string // the folder that is served
	Local    string // an empty folder for the local pane
	State    string // a folder for what a client of the demo alone wants to keep; made by who needs it

	dir    *tempDir
	server *server.Server
	ports  *tracker
	wg     sync.WaitGroup
	once   sync.Once
	ended  chan struct{}
	err    error
}

// Serve starts an FTP server on 127.0.0.1, a free port, over a temporary
// folder with samples. It ends, and both folders go, with Close or ctx. What a
// killed demo left behind is removed first; a living one's is not touched.
func Serve(ctx context.Context, o Options) (*Demo, error) {
	sweep(o.TempDir)
	dir, err := newTempDir(o.TempDir)
	if err != nil {
		return nil, err
	}
	d := &Demo{User: DemoUser, Password: rand.Text()[:12], Root: filepath.Join(dir.path, "server"),
		Local: filepath.Join(dir.path, "local"), State: filepath.Join(dir.path, "state"), dir: dir, ended: make(chan struct{})}
	if err := d.start(o); err != nil {
		return nil, errors.Join(err, dir.remove())
	}
	stop := context.AfterFunc(ctx, func() { _ = d.Close() })
	d.wg.Go(func() { <-d.ended; stop() })
	return d, nil
}

func (d *Demo) start(o Options) error {
	for _, p := range []string{d.Root, d.Local} {
		if err := os.Mkdir(p, 0o700); err != nil {
			return fmt.Errorf("start demo: %w", err)
		}
	}
	if !o.Empty {
		if err := makeSamples(d.Root); err != nil {
			return fmt.Errorf("make samples: %w", err)
		}
	}
	drv, err := file.NewDriver(d.Root)
	if err != nil {
		return fmt.Errorf("start demo: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start demo: %w", err)
	}
	d.Host, d.Port = "127.0.0.1", l.Addr().(*net.TCPAddr).Port
	d.ports = &tracker{Listener: l, conns: map[string]*tracked{}}
	wrapped := &driver{Driver: drv, root: d.Root}
	d.server, err = server.NewServer(&server.Options{
		Driver: wrapped, Auth: account{d}, Perm: server.NewSimplePerm(DemoUser, DemoUser),
		Name: "ferry demo", WelcomeMessage: "ferry demo server, made of samples; all of it goes when it ends",
		Hostname: d.Host, Port: d.Port, Logger: &server.DiscardLogger{}, Commands: commands(d.ports, wrapped),
	})
	if err != nil {
		l.Close()
		return fmt.Errorf("start demo: %w", err)
	}
	d.wg.Go(func() { _ = d.server.Serve(d.ports) })
	return nil
}

// Addr is host:port.
func (d *Demo) Addr() string { return net.JoinHostPort(d.Host, fmt.Sprint(d.Port)) }

// URL is where the server is, with user and password.
func (d *Demo) URL() string {
	u := url.URL{Scheme: "ftp", User: url.UserPassword(d.User, d.Password), Host: d.Addr(), Path: "/"}
	return u.String()
}

// Done is closed when the server has ended.
func (d *Demo) Done() <-chan struct{} { return d.ended }

// Close ends the server and its connections and removes both folders. It may
// be called more than once.
func (d *Demo) Close() error {
	d.once.Do(func() {
		// Serve sets its own fields without a lock; the listener is ours, and
		// closing it ends Serve just as well as Shutdown.
		d.ports.closeAll()
		close(d.ended)
		d.err = d.dir.remove()
	})
	d.wg.Wait()
	return d.err
}

// account checks the one account.
type account struct{ d *Demo }

// CheckPasswd implements server.Auth.
func (l account) CheckPasswd(_ *server.Context, user, pass string) (bool, error) {
	return user == l.d.User && subtle.ConstantTimeCompare([]byte(pass), []byte(l.d.Password)) == 1, nil
}
