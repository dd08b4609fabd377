package queue

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fill queues n files in folders of a thousand.
func fill(tb testing.TB, s *Store, n int) Job {
	tb.Helper()
	ctx := context.Background()
	j, _, err := s.AddJob(ctx, Job{Title: "many"}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < n; i += 1000 {
		if _, err := s.Add(ctx, j.ID, 0, files(min(1000, n-i), "d"+strconv.Itoa(i/1000), 6)); err != nil {
			tb.Fatal(err)
		}
	}
	return j
}

// BenchmarkMillion asks a queue of a million files for what a screen and an
// engine ask for many times a second. It reports the memory of the process.
func BenchmarkMillion(b *testing.B) {
	ctx := context.Background()
	s := open(b, filepath.Join(b.TempDir(), "q.db"), OpenOptions{})
	defer func() { _ = s.Close() }()
	n := 1_000_000
	start := time.Now()
	fill(b, s, n)
	b.Logf("%d rows in %v", n, time.Since(start))
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if c, err := s.Counts(ctx, 0); err != nil || c.Open() != int64(n) {
				b.Fatal(c, err)
			}
		}
	})
	for _, off := range []int{0, n / 2, n - 50} {
		b.Run(fmt.Sprintf("page at %d", off), func(b *testing.B) {
			for b.Loop() {
				if p, total, err := s.Page(ctx, Filter{}, off, 50); err != nil || len(p) != 50 || total != n {
					b.Fatal(len(p), total, err)
				}
			}
		})
	}
	b.Run("claim and give back 64", func(b *testing.B) {
		for b.Loop() {
			got, err := s.Claim(ctx, Want{N: 64})
			if err != nil || len(got) != 64 {
				b.Fatal(len(got), err)
			}
			if err := s.Release(ctx, got...); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("pause and resume a job", func(b *testing.B) {
		for b.Loop() {
			for _, op := range []Op{OpPause, OpResume} {
				if k, err := s.Control(ctx, op, Selection{Jobs: []int64{1}}, 0); err != nil || k != int64(n) {
					b.Fatal(k, err)
				}
			}
		}
	})
	b.Run("memory", func(b *testing.B) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-go")
		b.ReportMetric(peakRSS(b)/(1<<10), "MiB-peak-RSS")
	})
}

// peakRSS is in KiB, 0 where the system does not tell.
func peakRSS(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kib float64
	for line := range strings.Lines(string(text)) {
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib
		}
	}
	return 0
}
