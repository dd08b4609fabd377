package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ferry/ftpsvc/ftptest"
	"ferry/ftpsvc/localfs"
	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

func pasv(o *session.Options)   { o.Endpoint.Data = vfs.DataPASV }
func active(o *session.Options) { o.Endpoint.Data = vfs.DataEPRT }

func TestHostile16PASVForeignHost(t *testing.T) {
	for _, host := range []string{"127.66.66.66", "0.0.0.0", "224.0.0.1", "10.1.2.3", "255.255.255.255"} {
		t.Run(host, func(t *testing.T) {
			srv := ftptest.NewScript(t)
			srv.Put("/f", []byte("hello"))
			srv.On("PASV", func(c *ftptest.Conn, _ string) { c.PASV(host) })
			s := connect(t, srv, pasv)
			if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestQuirk2PASVAddressIsUsedWhereTheSiteTrustsIt(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("PASV", func(c *ftptest.Conn, _ string) { c.PASV("127.0.0.9") })
	var seen dialled
	s := connect(t, srv, pasv, seen.record, func(o *session.Options) { o.Endpoint.TrustPASV = true })
	get(t, s, "/f")
	if all := seen.list(); len(all) < 2 || !strings.HasPrefix(all[1], "127.0.0.9:") {
		t.Errorf("dialled %q", all)
	}
}

func TestHostile17WrongPortsAreRefused(t *testing.T) {
	for _, reply := range []string{"227 Entering (256,0,0,1,1,1)", "227 Entering (127,0,0,1,0,0)", "227 no numbers", "227 (-1,0,0,1,1,1)", "227"} {
		srv := ftptest.NewScript(t)
		srv.On("PASV", func(c *ftptest.Conn, _ string) { c.Raw(reply + "\r\n") })
		s := connect(t, srv, pasv)
		if _, err := get(t, s, "/f"); err == nil {
			t.Errorf("%q: no error", reply)
		}
		inStep(t, s)
	}
}

func TestHostile18DataPortThatDoesNotServe(t *testing.T) {
	quick := func(o *session.Options) {
		o.Endpoint.Data, o.Endpoint.DataIdle, o.Endpoint.Timeout = vfs.DataEPSV, 500*time.Millisecond, time.Second
	}
	for name, retr := range map[string]ftptest.Handler{
		"accepts and never sends": func(c *ftptest.Conn, _ string) {
			c.Reply(150, "soon")
			d, err := c.OpenData()
			if err != nil {
				return
			}
			<-c.Gone()
			d.Close()
		},
		"is never opened, and nobody says so": func(c *ftptest.Conn, _ string) { c.Reply(150, "soon"); c.Stall() },
		"accepts and resets": func(c *ftptest.Conn, _ string) {
			c.Reply(150, "here")
			d, err := c.OpenData()
			if err != nil {
				return
			}
			d.(*net.TCPConn).SetLinger(0)
			d.Close()
			c.Reply(426, "broken")
		},
		"closes and the reply says why": func(c *ftptest.Conn, _ string) {
			c.Reply(150, "here")
			d, err := c.OpenData()
			if err != nil {
				return
			}
			d.Close()
			c.Reply(451, "disk broken")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := ftptest.NewScript(t)
			srv.On("RETR", retr)
			s := connect(t, srv, quick)
			if got, err := read(soon(t), s, "/f", vfs.ReadOptions{Size: -1}); err == nil {
				t.Errorf("no error, %d bytes", len(got))
			}
		})
	}
}

// The target's side meets the error, and must not pass it for its own.
func TestAStalledDownloadIsTheSourcesError(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", randomBytes(100000))
	srv.Fault(ftptest.Fault{Verb: "RETR", When: ftptest.AtByte, Byte: 50000, Do: ftptest.Stall})
	s := connect(t, srv, func(o *session.Options) {
		o.Endpoint.DataIdle, o.Endpoint.Timeout = 300*time.Millisecond, 300*time.Millisecond
	})
	disk, path := localfs.New(), filepath.Join(t.TempDir(), "f")
	err := s.Read(t.Context(), "/f", vfs.ReadOptions{Size: 100000}, func(r io.Reader) error {
		_, err := disk.Write(t.Context(), path, r, vfs.WriteOptions{})
		return err
	})
	var e *vfs.Error
	if !errors.As(err, &e) || e.Op != "download" || e.Path != "/f" || !errors.Is(err, vfs.ErrTimeout) {
		t.Errorf("it is %v", err)
	}
}

func TestHostile18DataPortOpensEarlyOrLate(t *testing.T) {
	for name, retr := range map[string]ftptest.Handler{
		"bytes come before 150": func(c *ftptest.Conn, _ string) {
			d, err := c.OpenData()
			if err != nil {
				return
			}
			io.WriteString(d, "hello")
			d.Close()
			c.Reply(150, "here it was")
			c.Reply(226, "done")
		},
		"150 and 226 in one segment, before the bytes": func(c *ftptest.Conn, _ string) {
			c.Raw("150 here\r\n226 done\r\n")
			d, err := c.OpenData()
			if err != nil {
				return
			}
			io.WriteString(d, "hello")
			d.Close()
		},
		"no 150 at all": func(c *ftptest.Conn, _ string) {
			d, err := c.OpenData()
			if err != nil {
				return
			}
			io.WriteString(d, "hello")
			d.Close()
			c.Reply(226, "done")
		},
		"two final replies": func(c *ftptest.Conn, _ string) {
			c.Reply(150, "here")
			d, err := c.OpenData()
			if err != nil {
				return
			}
			io.WriteString(d, "hello")
			d.Close()
			c.Raw("226 done\r\n226 really\r\n")
		},
		"250 in place of 226": func(c *ftptest.Conn, _ string) {
			c.Reply(125, "here")
			d, err := c.OpenData()
			if err != nil {
				return
			}
			io.WriteString(d, "hello")
			d.Close()
			c.Reply(250, "done")
		},
	} {
		for _, mode := range []vfs.DataMode{vfs.DataEPSV, vfs.DataEPRT} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				srv := ftptest.NewScript(t)
				srv.On("RETR", retr)
				s := connect(t, srv, func(o *session.Options) { o.Endpoint.Data = mode })
				for range 3 {
					if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
						t.Fatalf("%q, %v", got, err)
					}
					inStep(t, s)
				}
			})
		}
	}
}

func TestHostile19StrangerOnTheActivePort(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	srv.On("EPRT", func(c *ftptest.Conn, arg string) {
		f := strings.Split(arg, "|")
		thief := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 77)}}
		d, err := thief.Dial("tcp", net.JoinHostPort(f[2], f[3]))
		if err == nil {
			io.WriteString(d, "stolen")
			d.Close()
		}
		c.Default()
	})
	s := connect(t, srv, active)
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestHostile20TruncatedFiles(t *testing.T) {
	body := []byte("hello, world")
	short := func(final int) ftptest.Handler {
		return func(c *ftptest.Conn, _ string) {
			c.Reply(150, "here")
			d, err := c.OpenData()
			if err != nil {
				return
			}
			d.Write(body[:5])
			d.Close()
			c.Reply(final, "fine")
		}
	}
	for final, size := range map[int]int64{226: int64(len(body)), 451: int64(len(body)), 426: -1} {
		t.Run(fmt.Sprint(final), func(t *testing.T) {
			srv := ftptest.NewScript(t)
			srv.Put("/f", body)
			srv.On("RETR", short(final))
			s := connect(t, srv)
			if _, err := read(t.Context(), s, "/f", vfs.ReadOptions{Size: size}); err == nil {
				t.Error("a truncated file was told whole")
			}
			inStep(t, s)
		})
	}
}

func TestHostile20FinalReplyNeverComes(t *testing.T) {
	t.Parallel()
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	srv.Fault(ftptest.Fault{Verb: "RETR", When: ftptest.Final, Do: ftptest.CloseData})
	s := connect(t, srv, func(o *session.Options) {
		o.Endpoint.Timeout, o.Endpoint.DataIdle = 300*time.Millisecond, 300*time.Millisecond
	})
	if _, err := read(soon(t), s, "/f", vfs.ReadOptions{Size: 5}); !errors.Is(err, vfs.ErrTimeout) {
		t.Errorf("it is %v", err)
	}
	if s.Alive() {
		t.Error("a connection that is out of step was kept")
	}
}

func TestHostile21EndlessListing(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.On("MLSD", func(c *ftptest.Conn, _ string) {
		c.Send(func(w io.Writer) error {
			for {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
					return err
				}
			}
		})
	})
	s := connect(t, srv)
	ctx, cancel := context.WithCancel(t.Context())
	if err := srv.Await(ctx, "FEAT", 1); err != nil {
		t.Fatal(err)
	}
	go func() {
		srv.Await(ctx, "MLSD", 1)
		cancel()
	}()
	if _, err := s.List(ctx, "/", vfs.ListOptions{}, func(vfs.Batch) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("it is %v", err)
	}
	inStep(t, s)
}

func TestQuirk3DeadEPSVPortFallsBackToPASV(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	dead := func(c *ftptest.Conn, _ string) { c.Reply(229, "mode (|||1|)") }
	srv.On("EPSV", dead)
	mem := newMemory()
	s := connect(t, srv, func(o *session.Options) { o.Memory = mem })
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
	if got := mem.Learned(to(srv).Key()).Data; got != vfs.DataPASV {
		t.Errorf("remembered %q, want pasv", got)
	}
	srv.Forget()
	again := connect(t, srv, func(o *session.Options) { o.Memory = mem })
	if _, err := get(t, again, "/f"); err != nil || srv.Count("EPSV") != 0 {
		t.Errorf("EPSV was tried again: %v, %v", srv.Commands(), err)
	}
}

// blocked makes a server tell a port in reply to EPSV that nobody can reach, and
// wait for that connection, deaf, when a transfer is asked for (vsftpd, proftpd).
func blocked(srv *ftptest.Script) {
	var dead atomic.Bool
	srv.On("EPSV", func(c *ftptest.Conn, _ string) { dead.Store(true); c.Reply(229, "mode (|||1|)") })
	srv.On("PASV", func(c *ftptest.Conn, _ string) { dead.Store(false); c.PASV("") })
	for _, verb := range []string{"RETR", "MLSD"} {
		srv.On(verb, func(c *ftptest.Conn, _ string) {
			if dead.Load() {
				c.Stall()
				return
			}
			c.Default()
		})
	}
}

func TestQuirk3ADeadEPSVPortCostsNoConnection(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	blocked(srv)
	s := connect(t, srv)
	if got := list(t.Context(), s, "/"); len(got) != 1 {
		t.Errorf("listed %v", got)
	}
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if srv.Total() != 1 || srv.Count("ABOR") != 0 || srv.Count("EPSV") != 1 {
		t.Errorf("%d connections, %q", srv.Total(), srv.Commands())
	}
}

func TestQuirk3ARememberedEPSVThatIsDeadNowGivesWayAtTheNextLogin(t *testing.T) {
	for _, way := range []string{"memory", "like"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			srv := ftptest.NewScript(t)
			srv.Put("/f", []byte("hello"))
			mem := newMemory()
			mem.Learn(to(srv).Key(), func(l *vfs.Learned) { l.Data = vfs.DataEPSV })
			with := func(o *session.Options) { o.Memory, o.Endpoint.Timeout = mem, 300*time.Millisecond }
			s := connect(t, srv, with)
			if _, err := get(t, s, "/f"); err != nil {
				t.Fatal(err)
			}
			blocked(srv)
			if _, err := get(t, s, "/f"); !errors.Is(err, vfs.ErrConnLost) {
				t.Fatalf("it is %v", err)
			}
			again := connect(t, srv, with, func(o *session.Options) {
				if way == "like" {
					o.Like, o.Memory = s, nil
				}
			})
			if got, err := get(t, again, "/f"); err != nil || string(got) != "hello" {
				t.Errorf("%q, %v", got, err)
			}
			if got := again.Info().Data; got != vfs.DataPASV {
				t.Errorf("mode %q", got)
			}
			if sent := srv.CommandsOf(2); slices.Contains(sent, "EPSV") {
				t.Errorf("EPSV was tried again: %q", sent)
			}
			// The way back.
			srv.On("EPSV", nil)
			srv.Refuse(502, "PASV")
			if got, err := get(t, again, "/f"); err != nil || string(got) != "hello" || again.Info().Data != vfs.DataEPSV {
				t.Errorf("%q by %q, %v", got, again.Info().Data, err)
			}
		})
	}
}

func TestModesThatCannotBeUsedFromHereAreNotTheServersWord(t *testing.T) {
	srv := ftptest.NewScript(t, ftptest.ScriptOptions{Host: "::1"})
	srv.Put("/f", []byte("hello"))
	s := connect(t, srv, func(o *session.Options) { o.Endpoint.Data = vfs.DataPORT })
	_, err := get(t, s, "/f")
	if !errors.Is(err, vfs.ErrUsage) || strings.Contains(err.Error(), "replied") || !strings.Contains(err.Error(), "IPv4 only") {
		t.Errorf("it is %v", err)
	}
	inStep(t, s)
}

func Test522MeansTLSOnlyWhereItIsSaid(t *testing.T) {
	for text, want := range map[string]error{
		"Network protocol not supported, use (1)":          vfs.ErrRefused, // RFC 2428
		"SSL connection failed; session reuse required":    vfs.ErrTLS,     // vsftpd
		"Data connection must be encrypted (session PROT)": vfs.ErrTLS,
	} {
		srv := ftptest.NewScript(t)
		srv.On("EPRT", func(c *ftptest.Conn, _ string) { c.Reply(522, text) })
		s := connect(t, srv, active)
		if _, err := get(t, s, "/f"); !errors.Is(err, want) || errors.Is(err, vfs.ErrTLS) != (want == vfs.ErrTLS) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestQuirk3AllPassiveRefusedFallsBackToActive(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	srv.Refuse(502, "EPSV", "PASV")
	s := connect(t, srv)
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
	if err := put(t, s, "/g", []byte("there")); err != nil {
		t.Error(err)
	}
	if got, _ := srv.Get("/g"); string(got) != "there" {
		t.Errorf("%q was stored", got)
	}
	if got := s.Info().Data; got != vfs.DataEPRT {
		t.Errorf("mode %q", got)
	}
}

func TestQuirk3WhatNeverWorkedIsNotRemembered(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	srv.Refuse(502, "PASV", "EPRT", "PORT")
	dead := func(c *ftptest.Conn, _ string) { c.Reply(229, "mode (|||1|)") }
	srv.On("EPSV", dead)
	mem := newMemory()
	s := connect(t, srv, func(o *session.Options) { o.Memory = mem })
	for range 2 {
		if _, err := get(t, s, "/f"); err == nil {
			t.Fatal("no error")
		}
	}
	if got := mem.Learned(to(srv).Key()).Data; got != "" {
		t.Errorf("remembered %q", got)
	}
	srv.On("EPSV", nil)
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Errorf("the way is free again, yet %q, %v", got, err)
	}
	if got := mem.Learned(to(srv).Key()).Data; got != vfs.DataEPSV {
		t.Errorf("remembered %q, want epsv", got)
	}
}

func TestQuirk3ARememberedModeThatFailsNowGivesWay(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	srv.Refuse(502, "EPRT", "PORT")
	mem := newMemory()
	mem.Learn(to(srv).Key(), func(l *vfs.Learned) { l.Data = vfs.DataPORT })
	s := connect(t, srv, func(o *session.Options) { o.Memory = mem })
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if got := mem.Learned(to(srv).Key()).Data; got != vfs.DataEPSV {
		t.Errorf("remembered %q, want epsv", got)
	}
}

func TestQuirk30PassivePortsUsedUpForAMoment(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	srv.Fault(ftptest.Fault{Verb: "RETR", Nth: 1, When: ftptest.Before, Code: 425, Text: "can't open data connection"})
	s := connect(t, srv)
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestActivePortRangeAndAddress(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	s := connect(t, srv, func(o *session.Options) {
		o.Endpoint.Data, o.Endpoint.ActivePorts = vfs.DataPORT, "41200-41300"
	})
	if got, err := get(t, s, "/f"); err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
	for _, c := range srv.Commands() {
		var a, b, d, e, hi, lo int
		if n, _ := fmt.Sscanf(c, "PORT %d,%d,%d,%d,%d,%d", &a, &b, &d, &e, &hi, &lo); n == 6 {
			if p := hi<<8 | lo; p < 41200 || p > 41300 {
				t.Errorf("port %d", p)
			}
			return
		}
	}
	t.Error("no PORT was sent")
}

func TestTheActiveAddressMayBeAName(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Put("/f", []byte("hello"))
	for name, ok := range map[string]bool{"localhost": true, "127.0.0.1": true, "no-such-host.invalid": false} {
		srv.Forget()
		s := connect(t, srv, func(o *session.Options) { o.Endpoint.Data, o.Endpoint.ActiveAddr = vfs.DataPORT, name })
		if _, err := get(t, s, "/f"); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
		for _, c := range srv.Commands() {
			if strings.HasPrefix(c, "PORT") && !strings.HasPrefix(c, "PORT 127,0,0,1,") {
				t.Errorf("%s: sent %q", name, c)
			}
		}
	}
}

func TestHostile46PassiveModeTellsNoAddress(t *testing.T) {
	srv := ftptest.NewScript(t)
	srv.Refuse(502, "EPSV", "PASV")
	s := connect(t, srv, func(o *session.Options) { o.Endpoint.Data = vfs.DataEPSV })
	if _, err := get(t, s, "/f"); err == nil {
		t.Error("no error")
	}
	if n := srv.Count("EPRT") + srv.Count("PORT"); n != 0 {
		t.Error("active mode was used unasked")
	}
}

func TestHostile35ServerStopsReading(t *testing.T) {
	t.Parallel()
	srv := ftptest.NewScript(t)
	srv.On("STOR", func(c *ftptest.Conn, _ string) {
		c.Reply(150, "send")
		d, err := c.OpenData()
		if err != nil {
			return
		}
		c.Stall()
		d.Close()
	})
	s := connect(t, srv, func(o *session.Options) { o.Endpoint.Timeout = time.Second })
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Write(ctx, "/f", &stopAfter{left: 3 << 20, stop: cancel}, vfs.WriteOptions{})
	if !errors.Is(err, context.Canceled) && !errors.Is(err, vfs.ErrTimeout) {
		t.Errorf("it is %v", err)
	}
}

func TestAFailingReaderAbortsTheUpload(t *testing.T) {
	srv := ftptest.NewScript(t)
	s := connect(t, srv)
	broken := errors.New("disk on fire")
	n, err := s.Write(t.Context(), "/f", io.MultiReader(bytes.NewReader(randomBytes(300000)), failing{broken}), vfs.WriteOptions{})
	if !errors.Is(err, broken) || n == 0 {
		t.Errorf("%d, %v", n, err)
	}
	if srv.Count("ABOR") != 1 {
		t.Error("the upload was ended as if it were whole")
	}
	inStep(t, s)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
