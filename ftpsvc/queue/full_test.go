package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/ftpsvc/vfs"
)

// room limits the file to what it has now, or lets it grow again.
func (s *Store) room(t *testing.T, limited bool) {
	t.Helper()
	s.wmu.Lock()
	defer s.wmu.Unlock()
	most := int64(1 << 30)
	if limited {
		if err := s.w.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&most); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.w.QueryRowContext(t.Context(), "PRAGMA max_page_count="+fmt.Sprint(most)).Scan(&most); err != nil {
		t.Fatal(err)
	}
}

func wantFull(t *testing.T, path string, err error) {
	t.Helper()
	if !errors.Is(err, ErrFile) || !errors.Is(err, vfs.ErrDiskFull) || vfs.ExitCode(err) != vfs.ExitLocal {
		t.Fatalf("no error of a full disk: %v", err)
	}
	if s := err.Error(); !strings.Contains(s, path) || !strings.Contains(s, "no space left") || strings.Count(s, "queue:") != 1 {
		t.Errorf("the error reads %q", s)
	}
}

func TestAFullDiskIsToldAndNothingIsHalfStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.db")
	s := open(t, path, OpenOptions{})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx := t.Context()
	if _, _, err := s.AddJob(ctx, Job{Title: "first"}, files(1, "a", 10)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Claim(ctx, Want{N: 1, OK: func(Lane) bool { return true }})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}

	s.room(t, true)
	_, _, err = s.AddJob(ctx, Job{Title: "second"}, files(2000, "b", 10))
	wantFull(t, path, err)
	it := got[0]
	it.State, it.Err = Failed, strings.Repeat("long words ", 10000)
	wantFull(t, path, s.Save(ctx, it))
	_, err = s.Counts(ctx, 0)
	wantFull(t, path, err) // it would not tell of what is not stored

	s.room(t, false)
	c, err := s.Counts(ctx, 0)
	if err != nil || c.ByState[Failed] != 1 || c.ByState[Queued] != 0 {
		t.Errorf("once there is room again: %v, %v", c.ByState, err)
	}
}

func TestAFileThatCannotBeOpenedIsTheDisksFault(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(plain, "q.db"), filepath.Dir(plain)} {
		_, err := Open(context.Background(), path, OpenOptions{Poll: -1})
		if !errors.Is(err, ErrFile) || errors.Is(err, vfs.ErrDiskFull) || vfs.ExitCode(err) != vfs.ExitLocal {
			t.Errorf("%s: %v", path, err)
		}
	}
}
