package ftpsvc

import (
	"testing"
	"time"
)

func TestWhatAnEarlierTryLeftIsNoPartOfTheRate(t *testing.T) {
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	m := newMeter(1, 1000, 0, now)
	m.left.Store(500)
	m.Bytes.Store(500)
	m.read(now.Add(time.Millisecond))
	m.Bytes.Store(600)
	p, ok := m.read(now.Add(time.Second + time.Millisecond))
	if !ok || p.Bytes != 600 || p.Rate != 100 || p.Left != 4*time.Second {
		t.Fatalf("got %+v", p)
	}
}
