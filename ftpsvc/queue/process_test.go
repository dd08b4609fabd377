package queue

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ferry/ftpsvc/vfs"
)

func TestMain(m *testing.M) {
	if what := os.Getenv("QUEUE_TEST_CHILD"); what != "" {
		child(what, os.Args[1:])
		return
	}
	goleak.VerifyTestMain(m)
}

// child is another process: it claims n items and, as told, runs them or holds
// them until it is killed.
func child(what string, args []string) {
	ctx := context.Background()
	s, err := Open(ctx, args[0], OpenOptions{Poll: -1})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	n, _ := strconv.Atoi(args[1])
	got, err := s.Claim(ctx, Want{N: n})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	switch what {
	case "hold":
		for i := range got {
			got[i].State, got[i].Temp = Running, "/t/.part"
		}
		if err := s.Save(ctx, got...); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("held", len(got))
		select {}
	case "drain":
		for len(got) > 0 {
			for i := range got {
				got[i].State, got[i].Tries, got[i].Bytes = Done, got[i].Tries+1, got[i].Size
				fmt.Println("did", got[i].ID)
			}
			s.Later(got...)
			if got, err = s.Claim(ctx, Want{N: n}); err != nil {
				fmt.Println("error", err)
				os.Exit(1)
			}
		}
		if err := s.Close(); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
}

// start runs this test binary as another process.
func start(t *testing.T, what, path string, n int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, path, strconv.Itoa(n))
	cmd.Env = append(os.Environ(), "QUEUE_TEST_CHILD="+what)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, bufio.NewScanner(out)
}

func TestTwoProcessesRunEachItemOnce(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	s := open(t, path, OpenOptions{})
	fill(t, s, 2000)
	_, a := start(t, "drain", path, 7)
	_, b := start(t, "drain", path, 11)
	seen := map[string]int{}
	for _, out := range []*bufio.Scanner{a, b} {
		for out.Scan() {
			seen[out.Text()]++
		}
	}
	for line, n := range seen {
		if n != 1 || !strings.HasPrefix(line, "did ") {
			t.Errorf("%q: %d times", line, n)
		}
	}
	c, err := s.Counts(ctx, 0)
	if err != nil || c.ByState[Done] != 2000 || len(seen) != 2000 {
		t.Fatal(c, len(seen), err)
	}
	if err := errors.Join(tallyErr(s), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestItemsOfAKilledProcessAreTakenOver(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	s := open(t, path, OpenOptions{})
	defer func() { _ = s.Close() }()
	fill(t, s, 20)
	holder, out := start(t, "hold", path, 15)
	if !out.Scan() || out.Text() != "held 15" {
		t.Fatal(out.Text())
	}
	got, err := s.Claim(ctx, Want{N: 100})
	if err != nil || len(got) != 5 {
		t.Fatalf("%d items claimed beside a living holder: %v", len(got), err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	if err := s.write(ctx, (*tx).reap); err != nil {
		t.Fatal(err)
	}
	got, err = s.Claim(ctx, Want{N: 100})
	if err != nil || len(got) != 15 || got[0].Temp != "/t/.part" {
		t.Fatalf("%d items taken over: %v", len(got), err)
	}
	if err := tallyErr(s); err != nil {
		t.Fatal(err)
	}
}

func TestAHolderWhoseHeartStopsLosesItsItemsAndHearsOfIt(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	lost := make(chan Note, 10)
	a := open(t, path, OpenOptions{Lease: time.Hour, Notify: func(n Note) { lost <- n }})
	defer func() { _ = a.Close() }()
	fill(t, a, 3)
	mine, err := a.Claim(ctx, Want{N: 3})
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, path, OpenOptions{Lease: time.Hour})
	defer func() { _ = b.Close() }()
	for range 2 {
		err := b.write(ctx, func(t *tx) error {
			for id, seen := range b.seen { // two hours pass
				b.seen[id] = sighting{seen.beat, seen.at.Add(-2 * time.Hour)}
			}
			return t.reap()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	theirs, err := b.Claim(ctx, Want{N: 3})
	if err != nil || len(theirs) != 3 {
		t.Fatal(theirs, err)
	}
	mine[0].State = Done
	if err := a.Save(ctx, mine[0]); !errors.Is(err, ErrLost) {
		t.Fatalf("saved what another runs: %v", err)
	}
	if n := <-lost; !n.Lost {
		t.Fatalf("told %+v", n)
	}
	theirs[1].State = Failed
	if err := b.Save(ctx, theirs...); err != nil {
		t.Fatal(err)
	}
	c, err := a.Counts(ctx, 0)
	if err != nil || c.ByState[Done] != 0 || c.ByState[Failed] != 1 {
		t.Fatal(c, err)
	}
}

func TestAWishReachesTheProcessThatHoldsTheItem(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	notes := make(chan Note, 100)
	a := open(t, path, OpenOptions{Poll: time.Millisecond, Notify: func(n Note) { notes <- n }})
	defer func() { _ = a.Close() }()
	fill(t, a, 2)
	got, err := a.Claim(ctx, Want{N: 1})
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, path, OpenOptions{})
	defer func() { _ = b.Close() }()
	if _, err := b.Control(ctx, OpCancel, Selection{All: true}, 0); err != nil {
		t.Fatal(err)
	}
	for n := range notes {
		if len(n.Stops) > 0 {
			if n.Stops[0] != (Stop{got[0].ID, Canceled}) {
				t.Fatal(n)
			}
			break
		}
	}
	// It dies without an answer: the wish is done for it.
	if err := a.write(ctx, func(t *tx) error { return t.evict(a.me, true) }); err != nil {
		t.Fatal(err)
	}
	if c, err := b.Counts(ctx, 0); err != nil || c.ByState[Canceled] != 2 {
		t.Fatal(c, err)
	}
}

func TestClosingGivesItemsBack(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	a := open(t, path, OpenOptions{})
	j, _, err := a.AddJob(ctx, Job{Options: Options{Owner: "me"}}, files(4, "x", 1))
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, path, OpenOptions{})
	defer func() { _ = b.Close() }()
	if got, err := b.Claim(ctx, Want{N: 9}); err != nil || len(got) != 0 {
		t.Fatal("claimed items of a job that belongs to another process", got, err)
	}
	if _, err := a.Claim(ctx, Want{N: 2}); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := b.Claim(ctx, Want{N: 9})
	if err != nil || len(got) != 4 || got[0].Job != j.ID {
		t.Fatal(got, err)
	}
}

func TestAPausedQueueHandsOutNothing(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "q.db"), OpenOptions{})
	defer func() { _ = s.Close() }()
	fill(t, s, 4)
	for _, step := range []struct {
		op   Op
		want int
	}{{OpPause, 0}, {OpResume, 4}} {
		if _, err := s.Control(ctx, step.op, Selection{All: true}, 0); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Claim(ctx, Want{N: 9}); err != nil || len(got) != step.want {
			t.Fatal(step, got, err)
		}
	}
}

func TestAPausedQueueLeavesOwnJobsToThoseWhoWait(t *testing.T) {
	ctx := context.Background()
	for _, waits := range []bool{false, true} {
		s := open(t, filepath.Join(t.TempDir(), "q.db"), OpenOptions{Waits: waits})
		defer func() { _ = s.Close() }()
		if _, _, err := s.AddJob(ctx, Job{Options: Options{Owner: "me"}}, files(3, "f", 10)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Control(ctx, OpPause, Selection{All: true}, 0); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Claim(ctx, Want{N: 9}); err != nil || len(got) > 0 != waits {
			t.Errorf("waits %v: %d items are handed out: %v", waits, len(got), err)
		}
		if _, err := s.Control(ctx, OpResume, Selection{All: true}, 0); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Claim(ctx, Want{N: 9}); err != nil || len(got) == 0 != waits {
			t.Errorf("waits %v: %d items are handed out after that: %v", waits, len(got), err)
		}
	}
}

func TestADamagedFileIsMovedAside(t *testing.T) {
	ctx := context.Background()
	for name, damage := range map[string]func(path string) error{
		"no database":      func(p string) error { return os.WriteFile(p, bytes.Repeat([]byte("garbage "), 1000), 0o600) },
		"first page zeros": func(p string) error { return scribble(p, 0, 4096) },
		"header cut":       func(p string) error { return os.Truncate(p, 50) },
		"half of it":       func(p string) error { return os.Truncate(p, 4096*3) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "q.db")
			s := open(t, path, OpenOptions{})
			fill(t, s, 500)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			s = open(t, path, OpenOptions{})
			defer func() { _ = s.Close() }()
			if s.Moved() == "" {
				t.Fatal("not moved aside")
			}
			if _, err := os.Stat(s.Moved()); err != nil {
				t.Error(err)
			}
			fill(t, s, 3)
			if c, err := s.Counts(ctx, 0); err != nil || c.Open() != 3 {
				t.Error(c, err)
			}
		})
	}
}

func scribble(path string, at int64, n int) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, n), at)
	return errors.Join(err, f.Close())
}

func TestAFileOfANewerFerryIsLeftAlone(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	s := open(t, path, OpenOptions{})
	if _, err := s.w.ExecContext(ctx, "PRAGMA user_version=99"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(ctx, path, OpenOptions{}); !errors.Is(err, ErrNewer) {
		t.Fatal(s, err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
}

func TestTheFilesAreTheUsersAloneAndHoldNoPassword(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "state")
	path := filepath.Join(dir, "q.db")
	s := open(t, path, OpenOptions{})
	fill(t, s, 10)
	e := vfs.Endpoint{Host: "Example.org", User: "me", Proxy: "socks5://proxyuser:geheim-7@proxy:1080", Insecure: true}
	if err := s.PutAccount(ctx, e); err != nil {
		t.Fatal(err)
	}
	got, ok, err := s.Account(ctx, e.Key())
	if err != nil || !ok || got.Host != "Example.org" || got.Proxy != "socks5://proxyuser@proxy:1080" || got.Insecure {
		t.Fatal(got, ok, err)
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 3 {
		t.Fatal(names, err)
	}
	for _, n := range names {
		info, err := n.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Error(n.Name(), info.Mode(), err)
		}
		b, err := os.ReadFile(filepath.Join(dir, n.Name()))
		if err != nil || bytes.Contains(b, []byte("geheim-7")) {
			t.Error(n.Name(), "holds a password", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderReadASecondTimeAddsOnlyWhatIsNew(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	s := open(t, path, OpenOptions{})
	j, roots, err := s.AddJob(ctx, Job{}, []Item{{Kind: KindTree, From: "a", Source: "/srv/tree", Target: "/t", Size: -1}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Add(ctx, j.ID, roots[0].ID, files(10, "x", 1)); err != nil || len(got) != 10 {
		t.Fatal(got, err)
	}
	if got, err := s.Add(ctx, j.ID, roots[0].ID, files(3, "y", 1)); err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, OpenOptions{})
	defer func() { _ = s.Close() }()
	if got, err := s.Add(ctx, j.ID, roots[0].ID, files(15, "x", 1)); err != nil || len(got) != 5 {
		t.Fatal(got, err)
	}
	if n, err := s.Control(ctx, OpCancel, Selection{Jobs: []int64{j.ID}}, 0); err != nil || n != 19 {
		t.Fatal(n, err)
	}
	if n, err := s.Control(ctx, OpClear, Selection{All: true}, 0); err != nil || n != 19 {
		t.Fatal(n, err)
	}
	if jobs, err := s.Jobs(ctx); err != nil || len(jobs) != 0 {
		t.Fatal(jobs, err)
	}
}

func TestFinishedItemsExpire(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := open(t, filepath.Join(t.TempDir(), "q.db"), OpenOptions{Now: func() time.Time { return now }})
	defer func() { _ = s.Close() }()
	fill(t, s, 100)
	got, err := s.Claim(ctx, Want{N: 60})
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].State = Done
	}
	if err := s.Save(ctx, got...); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		keep  int64
		want  int64
	}{{time.Hour, 1000, 0}, {48 * time.Hour, 1000, 60}, {0, 0, 0}} {
		now = now.Add(step.after)
		if n, err := s.Expire(ctx, 24*time.Hour, step.keep); err != nil || n != step.want {
			t.Fatal(step, n, err)
		}
	}
	if c, err := s.Counts(ctx, 0); err != nil || c.ByState[Queued] != 40 {
		t.Fatal(c, err)
	}
}

func TestProvenItemsReachMore(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "q.db"), OpenOptions{})
	defer func() { _ = s.Close() }()
	fill(t, s, 3)
	got, err := s.Claim(ctx, Want{N: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].State, got[i].Reached = Done, Acknowledged
	}
	got[1].State = Failed
	s.Later(got...)
	if err := s.Prove(ctx, Verified, got[2].ID, got[1].ID, got[0].ID); err != nil {
		t.Fatal(err)
	}
	after, err := s.Items(ctx, got[0].ID, got[1].ID, got[2].ID)
	if err != nil || after[0].Reached != Verified || after[1].Reached != Acknowledged || after[2].Reached != Verified {
		t.Fatal(after, err)
	}
}

// A process that stood still while another one died hears of what came free:
// its own heartbeat takes the items back, which poll does not see.
func TestWhoFindsADeadHolderIsToldToAskAgain(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	notes := make(chan Note, 10)
	s := open(t, path, OpenOptions{Lease: time.Hour, Notify: func(n Note) { notes <- n }})
	defer func() { _ = s.Close() }()
	fill(t, s, 1)
	holder, out := start(t, "hold", path, 1)
	if !out.Scan() || out.Text() != "held 1" {
		t.Fatal(out.Text())
	}
	if got, err := s.Claim(ctx, Want{N: 1}); err != nil || len(got) != 0 {
		t.Fatal("claimed what another holds", got, err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "linux" { // there, its end is seen before anybody asks for it
		_ = holder.Wait()
	}
	for n := 2; n > 1; {
		out.Scan() // the end of what it says is its end, or nearly
		if err := s.heartbeat(); err != nil {
			t.Fatal(err)
		}
		if err := s.w.QueryRowContext(ctx, "SELECT count(*) FROM procs").Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	if len(notes) == 0 {
		t.Fatal("not told")
	}
	if n := <-notes; !n.Changed {
		t.Fatalf("told %+v", n)
	}
	if got, err := s.Claim(ctx, Want{N: 1}); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
}

func TestWhatOthersWroteBeforeTheFirstPollIsNews(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.db")
	notes := make(chan Note, 10)
	a := open(t, path, OpenOptions{Notify: func(n Note) { notes <- n }})
	defer func() { _ = a.Close() }()
	b := open(t, path, OpenOptions{})
	fill(t, b, 1)
	if err := errors.Join(b.Close(), a.poll()); err != nil {
		t.Fatal(err)
	}
	if len(notes) == 0 {
		t.Fatal("not told")
	}
}

// What a dead process may have left is remembered when its items are cleared.
func TestLeftoversOfADeadProcessOutliveItsItems(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	s := open(t, path, OpenOptions{Temp: func(it Item) string { return fmt.Sprintf("/t/.%d", it.ID) }})
	defer func() { _ = s.Close() }()
	fill(t, s, 4)
	got, err := s.Claim(ctx, Want{N: 3})
	if err != nil {
		t.Fatal(err)
	}
	got[0].State, got[1].State, got[1].Temp = Done, Running, "/t/.told"
	if err := s.Save(ctx, got[:2]...); err != nil {
		t.Fatal(err)
	}
	// As another process would do once this one is dead; it goes on as a new one.
	if err := errors.Join(s.write(ctx, func(t *tx) error { return t.evict(s.me, true) }), s.lose()); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Control(ctx, OpForget, Selection{All: true}, 0); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	left, err := s.Leftovers(ctx, "", 10)
	if want := []Leftover{{0, "/t/.3"}, {0, "/t/.told"}}; err != nil || !slices.Equal(left, want) {
		t.Fatalf("left %v, want %v: %v", left, want, err)
	}
	if err := s.Swept(ctx, "", left); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Strays(ctx); len(n) != 0 || err != nil {
		t.Fatal(n, err)
	}
}

func TestAForgottenItemGoesWhenItsHolderHasEndedIt(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	a := open(t, path, OpenOptions{})
	defer func() { _ = a.Close() }()
	j, roots, err := a.AddJob(ctx, Job{}, []Item{{Kind: KindTree, Source: "/s", Target: "/t"}})
	if err == nil {
		_, err = a.Add(ctx, j.ID, roots[0].ID, files(2, "x", 6))
	}
	if err != nil {
		t.Fatal(err)
	}
	held, err := a.Claim(ctx, Want{N: 2})
	if err != nil || len(held) != 2 || held[0].Kind != KindTree {
		t.Fatal(held, err)
	}
	b := open(t, path, OpenOptions{})
	defer func() { _ = b.Close() }()
	if n, err := b.Control(ctx, OpForget, Selection{All: true}, 0); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if _, n, err := b.Page(ctx, Filter{}, 0, 10); n != 2 || err != nil {
		t.Fatal("the one that nobody held is still shown", n, err)
	}
	// The holder, who has not heard of it, tries one again later and ends the other.
	held[0].State, held[1].State, held[1].NotBefore = Done, Retrying, time.Now().Add(time.Hour)
	if err := a.Save(ctx, held...); err != nil {
		t.Fatal(err)
	}
	if _, n, err := b.Page(ctx, Filter{}, 0, 10); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	var rows int
	if err := a.w.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM items)+(SELECT count(*) FROM jobs)+(SELECT count(*) FROM wishes)").Scan(&rows); rows != 0 || err != nil {
		t.Fatal(rows, err)
	}
	if err := tallyErr(a); err != nil {
		t.Fatal(err)
	}
}

func TestAFileOfAnOlderFerryIsBroughtUpToDate(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	s := open(t, path, OpenOptions{})
	fill(t, s, 3)
	_, err := s.w.ExecContext(ctx, "DROP TABLE strays; PRAGMA user_version=1")
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, OpenOptions{})
	defer func() { _ = s.Close() }()
	if c, err := s.Counts(ctx, 0); s.Moved() != "" || c.Open() != 3 || err != nil {
		t.Fatal(s.Moved(), c, err)
	}
	if _, err := s.Strays(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestTheFileShrinksWhenMostOfItIsCleared(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "q.db")
	s := open(t, path, OpenOptions{})
	defer func() { _ = s.Close() }()
	fill(t, s, 40_000)
	if _, err := s.w.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Control(ctx, OpForget, Selection{All: true}, 0); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || after.Size() > before.Size()/10 {
		t.Fatalf("%d bytes before, %d after: %v", before.Size(), after.Size(), err)
	}
}
