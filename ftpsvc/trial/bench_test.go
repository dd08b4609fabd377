package trial

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ferry/ftpsvc"
	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/session"
)

// bench is a service over a server in memory and a local folder.
type bench struct {
	b    *testing.B
	srv  *ftptest.Script
	s    *ftpsvc.Service
	conn ftpsvc.Conn
	dir  string
	runs int
}

func newBench(b *testing.B, o ftpsvc.Options) *bench {
	b.Helper()
	x := &bench{b: b, srv: ftptest.NewScript(b, ftptest.ScriptOptions{User: user, Pass: password}), dir: b.TempDir()}
	x.srv.Mkdir("/up")
	o.Queue = filepath.Join(x.dir, "queue.db")
	var err error
	if x.s, err = ftpsvc.New(o); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = x.s.Close() })
	x.conn = x.do(ftpsvc.Connect{Endpoint: endpoint(x.srv.Addr()), Password: password, HasPassword: true}).(ftpsvc.ConnInfo).Conn
	return x
}

// do runs a request to its end.
func (x *bench) do(r ftpsvc.Request) any {
	x.b.Helper()
	id := x.s.Submit(r)
	for {
		batch, err := x.s.Next(x.b.Context())
		if err != nil {
			x.b.Fatal(err)
		}
		for _, e := range batch.Events {
			switch e := e.(type) {
			case ftpsvc.Asked:
				x.s.Submit(ftpsvc.Answer{Question: e.Question.ID, Value: true})
			case ftpsvc.Failed:
				x.b.Fatal(e.Err)
			case ftpsvc.Done:
				if e.ID == id {
					return e.Value
				}
			}
		}
	}
}

// tree makes files on both sides, in folders of a hundred.
func (x *bench) tree(name string, n, size int) {
	data := bytes.Repeat([]byte("ferry"), size/5+1)[:size]
	for i := range n {
		p := fmt.Sprintf("%s/dir%03d/file%04d", name, i/100, i)
		x.srv.Put("/"+p, data)
		local := filepath.Join(x.dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(local), 0o755); err != nil {
			x.b.Fatal(err)
		}
		if err := os.WriteFile(local, data, 0o644); err != nil {
			x.b.Fatal(err)
		}
	}
}

// copy moves a tree or file into a new folder, and wants n files done.
func (x *bench) copy(name string, up bool, n int64) {
	x.b.Helper()
	x.runs++
	o := ftpsvc.CopyOptions{Conflict: queue.Overwrite, KeepTime: true, Segments: 1}
	c := ftpsvc.Copy{From: x.conn, Paths: []string{"/" + name}, To: ftpsvc.Local, Dir: filepath.Join(x.dir, fmt.Sprintf("down%d", x.runs)), Options: o}
	if up {
		c = ftpsvc.Copy{From: ftpsvc.Local, Paths: []string{filepath.Join(x.dir, name)}, To: x.conn, Dir: fmt.Sprintf("/up/%d", x.runs), Options: o}
	}
	if r := x.do(c).(ftpsvc.JobResult); r.Failed > 0 || r.Done < n {
		x.b.Fatalf("%+v", r)
	}
}

func direction(up bool) string {
	if up {
		return "up"
	}
	return "down"
}

// BenchmarkSmall copies a thousand files of 2 KiB. An op is a file, so
// allocs/op are those of client and server for one.
func BenchmarkSmall(b *testing.B) {
	for _, up := range []bool{false, true} {
		b.Run(direction(up), func(b *testing.B) {
			const files = 1000
			x := newBench(b, ftpsvc.Options{Workers: 8, PerSite: 8})
			x.tree("small", files, 2048)
			b.ReportAllocs()
			b.ResetTimer()
			n := 0
			for ; n < b.N; n += files {
				x.copy("small", up, files)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "files/s")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/op")
		})
	}
}

// BenchmarkBig copies one file of 256 MiB.
func BenchmarkBig(b *testing.B) {
	for _, up := range []bool{false, true} {
		b.Run(direction(up), func(b *testing.B) {
			const size = 256 << 20
			x := newBench(b, ftpsvc.Options{})
			x.tree("big", 1, size)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				x.copy("big", up, 1)
			}
		})
	}
}

// BenchmarkRoundTrips counts the round trips that a small file costs on one
// connection, by the time it takes over a delaying dialer. The folder, the logins
// and the listing are counted out by copying two trees of different size.
func BenchmarkRoundTrips(b *testing.B) {
	const rtt = 20 * time.Millisecond
	for _, up := range []bool{false, true} {
		b.Run(direction(up), func(b *testing.B) {
			x := newBench(b, ftpsvc.Options{Workers: 1, PerSite: 1, Dial: func(ctx context.Context, o session.Options) (ftpsvc.Remote, error) {
				o.Dial = delaying(rtt)
				return session.Open(ctx, o)
			}})
			const few, many = 10, 60
			x.tree("few", few, 2048)
			x.tree("many", many, 2048)
			x.copy("few", up, few) // the connection for transfers is there from now on
			var trips float64
			for b.Loop() {
				t0 := time.Now()
				x.copy("few", up, few)
				t1 := time.Now()
				x.copy("many", up, many)
				trips += float64(time.Since(t1)-t1.Sub(t0)) / float64(rtt) / (many - few)
			}
			b.ReportMetric(trips/float64(b.N), "RTT/file")
		})
	}
}

// delaying dials connections on which each byte takes half of rtt, each way.
func delaying(rtt time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		wait := func() error {
			select {
			case <-time.After(rtt / 2):
			case <-ctx.Done():
			}
			return ctx.Err()
		}
		if err := wait(); err != nil { // SYN
			return nil, err
		}
		var d net.Dialer
		c, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		far, near := net.Pipe()
		s := &slow{Conn: near, real: c}
		go pump(c, far, rtt/2)
		go pump(far, c, rtt/2)
		if err := wait(); err != nil { // its answer
			_ = near.Close()
			return nil, err
		}
		return s, nil
	}
}

// slow is our end of a delayed connection.
type slow struct {
	net.Conn
	real net.Conn
}

func (s *slow) LocalAddr() net.Addr  { return s.real.LocalAddr() }
func (s *slow) RemoteAddr() net.Addr { return s.real.RemoteAddr() }

// pump copies from one end to the other, late by delay, and then closes both ways.
func pump(to, from net.Conn, delay time.Duration) {
	type piece struct {
		due  time.Time
		data []byte
	}
	pieces := make(chan piece, 1<<16)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			if p.data == nil {
				break
			}
			if _, err := to.Write(p.data); err != nil {
				break
			}
		}
		_ = to.Close()
		for range pieces {
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			pieces <- piece{time.Now().Add(delay), bytes.Clone(buf[:n])}
		}
		if err != nil {
			pieces <- piece{time.Now().Add(delay), nil}
			close(pieces)
			wg.Wait()
			return
		}
	}
}
