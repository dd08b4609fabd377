package ftpsvc

import (
	"context"
	"fmt"
	"testing"

	"ferry/ftpsvc/session"
	"ferry/ftpsvc/vfs"
)

// lateFS is a side whose rows turn out otherwise than they were told at first.
type lateFS struct{ *memFS }

func (l lateFS) List(_ context.Context, dir string, o vfs.ListOptions, yield func(vfs.Batch) error) (vfs.ListInfo, error) {
	if o.Anew != nil {
		if err := yield(vfs.Entries{{Name: " a"}}); err != nil {
			return vfs.ListInfo{}, err
		}
		o.Anew()
	}
	return vfs.ListInfo{Dir: dir, Entries: 2}, yield(vfs.Entries{{Name: "a"}, {Name: "b"}})
}

// TestRowsComeAnewToWhoAsked: and the listing that is kept has them right.
func TestRowsComeAnewToWhoAsked(t *testing.T) {
	r := newRig(t, func(o *Options) {
		dial := o.Dial
		o.Dial = func(ctx context.Context, so session.Options) (Remote, error) {
			side, err := dial(ctx, so)
			if err != nil {
				return nil, err
			}
			return lateFS{side.(*memFS)}, nil
		}
	})
	c := r.connect()
	for gen, want := range []string{"[ a] anew [a b]", "[a b]", "[a b]"} {
		r.do(List{Conn: c, Path: "/", Pane: 1, Gen: uint64(gen), Anew: gen == 0, Refresh: gen == 2})
		got := ""
		for _, e := range r.seen {
			rows, ok := e.(Rows)
			switch {
			case !ok || rows.Gen != uint64(gen):
			case rows.Anew:
				got += " anew "
			default:
				var names []string
				for i := range rows.Batch.Len() {
					names = append(names, rows.Batch.At(i).Name)
				}
				got += fmt.Sprint(names)
			}
		}
		if got != want {
			t.Errorf("listing %d: %s, want %s", gen, got, want)
		}
	}
}
