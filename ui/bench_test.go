package ui

import (
	"fmt"
	"sort"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"ferry/ftpsvc"
	"ferry/ftpsvc/queue"
	"ferry/ftpsvc/vfs"
)

func manyEntries(n int) vfs.Entries {
	es := make(vfs.Entries, n)
	for i := range es {
		name := fmt.Sprintf("file-%07d.dat", (i*7919)%n)
		if i%17 == 0 {
			name = fmt.Sprintf("写真-%07d.jpg", i)
		}
		es[i] = vfs.Entry{Name: name, Kind: vfs.File, Size: int64(i) * 977, ModTime: testNow.Add(-time.Duration(i) * time.Minute), Prec: vfs.Minute}
	}
	return es
}

// loaded is a screen with a big folder in each pane and eight transfers at work.
func loaded(t testing.TB, n int) *rig {
	r := online(t, 200, 60, nil)
	for range 2 {
		r.m.list(r.m.here(), "/big", "", false)
		r.listed(manyEntries(n))
		r.run()
		r.keys("tab")
	}
	return r
}

func eight(r *rig, step int64) batchMsg {
	b := batchMsg{Now: r.at, Queue: &ftpsvc.QueueView{Counts: queue.Counts{ByState: map[queue.State]int64{queue.Running: 8, queue.Queued: 900}, Bytes: 1 << 40, Moved: step}}}
	for i := range int64(8) {
		b.Queue.Active = append(b.Queue.Active, queue.Item{ID: i + 1, To: string(testSite), Source: fmt.Sprintf("/big/file-%07d.dat", i), Target: fmt.Sprintf("/big/file-%07d.dat", i), Size: 1 << 37, State: queue.Running})
		b.Progress = append(b.Progress, ftpsvc.Progress{Item: i + 1, Bytes: step * 1000, Size: 1 << 37, Rate: 1e6 * i, Left: time.Hour, Conn: int(i)})
	}
	return b
}

// BenchmarkUpdateAndView is what a message costs while eight transfers run and
// both panes show a big folder at 200x60: keys, news and wheel in turn.
func BenchmarkUpdateAndView(b *testing.B) {
	for _, n := range []int{100, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := loaded(b, n)
			var took []time.Duration
			i := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				i++
				var msg tea.Msg
				switch i % 4 {
				case 0:
					msg = eight(r, i)
				case 1:
					msg = press("down")
				case 2:
					msg = press("pgdown")
				default:
					msg = tea.MouseWheelMsg{X: 10, Y: 20, Button: tea.MouseWheelUp}
				}
				start := time.Now()
				r.m.Update(msg)
				r.m.View()
				took = append(took, time.Since(start))
			}
			sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		})
	}
}
