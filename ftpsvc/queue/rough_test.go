package queue

import (
	"path/filepath"
	"testing"
	"time"

	"ferry/ftpsvc/vfs"
)

// How exactly a time was told is stored with it, and known of what was just added.
func TestAnItemKeepsHowExactItsTimeIs(t *testing.T) {
	st, err := Open(t.Context(), filepath.Join(t.TempDir(), "q.db"), OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	day := time.Date(2024, 1, 5, 0, 0, 0, 0, time.UTC)
	var items []Item
	for _, p := range []vfs.Precision{vfs.Day, vfs.Minute, vfs.Second, vfs.Nano} {
		items = append(items, Item{Kind: KindFile, Source: "/a/" + string('0'+rune(p)), Target: "/b/x", ModTime: day, UTC: true, Mode: 0o644, HasMode: true, Prec: p})
	}
	if _, _, err := st.AddJob(t.Context(), Job{}, items); err != nil {
		t.Fatal(err)
	}
	read, _, err := st.Page(t.Context(), Filter{}, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := st.Claim(t.Context(), Want{N: 10, OK: func(Lane) bool { return true }})
	if err != nil || len(read) != 4 || len(claimed) != 4 {
		t.Fatal(len(read), len(claimed), err)
	}
	for i, it := range items {
		for _, got := range []Item{read[i], claimed[i]} {
			if got.Prec != it.Prec || !got.UTC || !got.HasMode || got.Mode != it.Mode || got.Rough() != (it.Prec < vfs.Second) {
				t.Errorf("%+v", got)
			}
		}
	}
}
