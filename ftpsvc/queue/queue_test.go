package queue

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

func open(tb testing.TB, path string, o OpenOptions) *Store {
	tb.Helper()
	if o.Poll == 0 {
		o.Poll = -1
	}
	s, err := Open(context.Background(), path, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func files(n int, dir string, size int64) []Item {
	items := make([]Item, n)
	mt := time.Date(2024, 2, 29, 12, 30, 15, 123456789, time.UTC)
	for i := range items {
		name := fmt.Sprintf("file%06d.dat", i)
		items[i] = Item{Kind: KindFile, From: "me@host:21", Source: "/srv/tree/" + dir + "/" + name, Target: "/home/me/dst/" + dir + "/" + name,
			Size: size, ModTime: mt, UTC: true, Mode: 0o644, HasMode: true}
	}
	return items
}

func TestItemsGoThroughTheQueueInOrder(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "q.db"), OpenOptions{})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	j, roots, err := s.AddJob(ctx, Job{Title: "x"}, files(3, "a", 5))
	if err != nil {
		t.Fatal(err)
	}
	more, err := s.Add(ctx, j.ID, 0, files(1000, "b", 6))
	if err != nil {
		t.Fatal(err)
	}
	all := append(roots, more...)
	got, err := s.Claim(ctx, Want{N: 10})
	if err != nil || len(got) != 10 {
		t.Fatal(len(got), err)
	}
	for i := range got {
		if got[i].ID != all[i].ID || got[i].Source != all[i].Source || got[i].Target != all[i].Target || !got[i].ModTime.Equal(all[i].ModTime) || got[i].Mode != 0o644 || !got[i].UTC {
			t.Fatalf("claimed %+v, added %+v", got[i], all[i])
		}
		got[i].State, got[i].Bytes, got[i].Tries = Done, got[i].Size, 1
	}
	got[4].State, got[4].Err = Failed, "550 no"
	if err := s.Save(ctx, got...); err != nil {
		t.Fatal(err)
	}
	c, err := s.Counts(ctx, 0)
	if err != nil || c.ByState[Done] != 9 || c.ByState[Failed] != 1 || c.ByState[Queued] != 993 || c.Moved != 51 {
		t.Fatal(c, err)
	}
	p, n, err := s.Page(ctx, Filter{}, 990, 5)
	if err != nil || n != 1003 || p[2].ID != all[1002].ID || p[3].ID != got[4].ID || p[3].Err != "550 no" || p[4].ID != got[0].ID {
		t.Fatal(n, p, err)
	}
	for _, step := range []struct {
		op   Op
		want int64
	}{{OpPause, 993}, {OpResume, 993}, {OpRetry, 1}, {OpPriority, 994}, {OpCancel, 994}, {OpClear, 1003}} {
		if n, err := s.Control(ctx, step.op, Selection{Jobs: []int64{j.ID}}, 7); n != step.want || err != nil {
			t.Fatal(step, n, err)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	ctx := context.Background()
	s := open(b, filepath.Join(b.TempDir(), "q.db"), OpenOptions{})
	defer s.Close()
	j, _, err := s.AddJob(ctx, Job{Title: "x"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	items := files(100, "b", 6)
	b.ResetTimer()
	for i := 0; i < b.N; i += 100 {
		if _, err := s.Add(ctx, j.ID, 0, items); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLife is what a small file costs in all: added, leased, done.
func BenchmarkLife(b *testing.B) {
	ctx := context.Background()
	s := open(b, filepath.Join(b.TempDir(), "q.db"), OpenOptions{})
	defer s.Close()
	j, _, err := s.AddJob(ctx, Job{Title: "x"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	items := files(100, "b", 6)
	b.ResetTimer()
	for i := 0; i < b.N; i += 100 {
		if _, err := s.Add(ctx, j.ID, 0, items); err != nil {
			b.Fatal(err)
		}
		got, err := s.Claim(ctx, Want{N: 100})
		if err != nil {
			b.Fatal(err)
		}
		for i := range got {
			got[i].State, got[i].Bytes, got[i].Tries, got[i].Reached = Done, got[i].Size, 1, Verified
		}
		s.Later(got...)
	}
	if err := s.Flush(ctx); err != nil {
		b.Fatal(err)
	}
}
