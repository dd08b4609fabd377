package ftpsvc

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

// A gigabyte in ten seconds makes no more batches than the screen can use.
func TestProgressMakesFewBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size, length = 1 << 30, 10 * time.Second
		o := newOutbox(time.Now)
		m := newMeter(1, size, 0, time.Now())
		o.track(m)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			for range 10000 {
				m.Bytes.Add(size / 10000)
				time.Sleep(length / 10000)
			}
			o.drop(m)
			o.put(Done{ID: 1})
		}()
		batches, last := 0, int64(0)
		begin := time.Now()
		for ctx.Err() == nil {
			b, err := o.next(ctx)
			if err != nil {
				break
			}
			batches++
			for _, p := range b.Progress {
				if p.Bytes < last {
					t.Errorf("progress went back from %d to %d", last, p.Bytes)
				}
				last = p.Bytes
				if at := time.Since(begin); at > 2*time.Second && (p.Rate < 100<<20 || p.Rate > 105<<20) {
					t.Errorf("a rate of %d after %v", p.Rate, at)
				}
			}
			if len(b.Events) > 0 {
				break
			}
		}
		if most := 12 * int(length/time.Second); batches > most {
			t.Errorf("%d batches in %v, at most %d are wanted", batches, length, most)
		}
		if batches < 50 {
			t.Errorf("only %d batches", batches)
		}
	})
}

// Lines of the log and small items come in thousands: they wait for the tick,
// and what somebody waits for does not.
func TestNewsThatNobodyWaitsForIsGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(time.Now)
		go func() {
			for range 5000 {
				o.put(ItemDone{})
				time.Sleep(200 * time.Microsecond)
			}
			o.put(Done{ID: 9})
		}()
		begin, batches, items := time.Now(), 0, 0
		for {
			b, err := o.next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			batches++
			items += len(b.Events)
			if _, ok := b.Events[len(b.Events)-1].(Done); ok {
				break
			}
		}
		if items != 5001 || batches > 13 {
			t.Errorf("%d events in %d batches", items, batches)
		}
		if d := time.Since(begin); d > 1100*time.Millisecond {
			t.Errorf("the end was told after %v", d)
		}
	})
}

// Whatever order puts and reads come in, all events are told, once, in order.
func TestEventsAreCompleteAndInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Unix(0, 0)
		o := newOutbox(func() time.Time { return now })
		var put, got []ID
		take := func() {
			b, _, err := o.take()
			if err != nil && !errors.Is(err, ErrClosed) {
				rt.Fatal(err)
			}
			for _, e := range b.Events {
				switch e := e.(type) {
				case Done:
					got = append(got, e.ID)
				case ItemDone:
					got = append(got, ID(e.Item.ID))
				}
			}
		}
		next := ID(0)
		rt.Repeat(map[string]func(*rapid.T){
			"urgent": func(*rapid.T) { next++; put = append(put, next); o.put(Done{ID: next}) },
			"lazy": func(*rapid.T) {
				next++
				put = append(put, next)
				e := ItemDone{}
				e.Item.ID = int64(next)
				o.put(e)
			},
			"take": func(*rapid.T) { take() },
			"tick": func(*rapid.T) { now = now.Add(50 * time.Millisecond) },
			"view": func(*rapid.T) { o.setView(&QueueView{}) },
			"":     func(*rapid.T) {},
		})
		o.close()
		take()
		if !slices.Equal(put, got) {
			rt.Fatalf("put %v, got %v", put, got)
		}
		if _, err := o.next(t.Context()); !errors.Is(err, ErrClosed) {
			rt.Fatalf("after the end: %v", err)
		}
	})
}

func TestNextEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(time.Now)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := o.next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

func TestARateFallsWhenNothingMoves(t *testing.T) {
	now := time.Unix(0, 0)
	m := newMeter(1, 1000, 0, now)
	var last Progress
	for i := range 40 {
		if i < 10 {
			m.Bytes.Add(50)
		}
		now = now.Add(500 * time.Millisecond)
		if p, moved := m.read(now); moved {
			last = p
		}
	}
	if last.Rate != 0 || last.Left != -1 || last.Bytes != 500 {
		t.Errorf("%+v", last)
	}
}

func TestARateLimitHoldsAndChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBucket(1000)
		begin := time.Now()
		for range 50 {
			if err := b.wait(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(begin); d < 4*time.Second || d > 5*time.Second {
			t.Errorf("5000 bytes at 1000 a second took %v", d)
		}
		go func() { time.Sleep(time.Second); b.set(0) }()
		begin = time.Now()
		if err := b.wait(t.Context(), 1<<20); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("lifting the limit was noticed after %v", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b.set(1)
		if err := b.wait(ctx, 1000); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

func TestDecide(t *testing.T) {
	day := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	file := func(size int64, mod time.Time) vfs.Entry {
		return vfs.Entry{Kind: vfs.File, Size: size, ModTime: mod, UTC: true, Prec: vfs.Second}
	}
	minute := file(5, day.Truncate(time.Minute))
	minute.Prec = vfs.Minute
	wall := file(5, day.Add(2*time.Hour))
	wall.UTC = false
	for _, c := range []struct {
		name     string
		policy   queue.Conflict
		src, old vfs.Entry
		want     queue.Conflict
	}{
		{"newer replaces an older one", queue.NewerOnly, file(5, day.Add(time.Hour)), file(5, day), queue.Overwrite},
		{"newer keeps a newer one", queue.NewerOnly, file(5, day), file(5, day.Add(time.Hour)), queue.Skip},
		{"newer keeps one of the same time", queue.NewerOnly, file(5, day), file(6, day), queue.Skip},
		{"newer replaces where no time is known", queue.NewerOnly, file(5, time.Time{}), file(5, day), queue.Overwrite},
		{"size replaces another size", queue.SizeOnly, file(5, day), file(6, day), queue.Overwrite},
		{"size keeps the same size", queue.SizeOnly, file(5, day), file(5, day.Add(time.Hour)), queue.Skip},
		{"size replaces where it is not known", queue.SizeOnly, file(-1, day), file(5, day), queue.Overwrite},
		{"differs keeps what is alike", queue.Differs, file(5, day), file(5, day.Add(time.Second)), queue.Skip},
		{"differs replaces another time", queue.Differs, file(5, day), file(5, day.Add(time.Hour)), queue.Overwrite},
		{"differs replaces another size", queue.Differs, file(5, day), file(6, day), queue.Overwrite},
		{"differs allows for a listing of minutes", queue.Differs, file(5, day), minute, queue.Skip},
		{"differs goes by size where the zone is not known", queue.Differs, file(5, day), wall, queue.Skip},
		{"skip skips", queue.Skip, file(5, day), file(6, day), queue.Skip},
		{"keep both keeps both", queue.KeepBoth, file(5, day), file(6, day), queue.KeepBoth},
		{"ask asks", queue.Ask, file(5, day), file(6, day), queue.Ask},
		{"nothing said asks", "", file(5, day), file(6, day), queue.Ask},
	} {
		if got := decide(c.policy, c.src, c.old, true); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
