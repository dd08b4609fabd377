package queue

import (
	"fmt"
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

// The folders of a job come from the inside out, page by page.
func TestTreesOfAJob(t *testing.T) {
	st, err := Open(t.Context(), filepath.Join(t.TempDir(), "q.db"), OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	tree := func(p string, s State) Item {
		return Item{Kind: KindTree, Source: p, Target: p, Size: -1, State: s}
	}
	j, items, err := st.AddJob(t.Context(), Job{}, []Item{tree("/a", Done), {Kind: KindFile, Source: "/f", Target: "/f", State: Done}, tree("/a/b", Done), tree("/a/c", Failed), tree("/a/b/d", Done)})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := st.AddJob(t.Context(), Job{}, []Item{tree("/other", Done)}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for before := int64(0); ; {
		page, err := st.Trees(t.Context(), j.ID, items[0].ID, before, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, it := range page {
			got, before = append(got, it.Source), it.ID
		}
	}
	if fmt.Sprint(got) != "[/a/b/d /a/b /a]" {
		t.Errorf("got %v", got)
	}
}
