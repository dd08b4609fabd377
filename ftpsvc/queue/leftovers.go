package queue

import (
	"context"
	"database/sql"
)

// Leftover is a temporary file that may still be at the target's side of a
// canceled item, or of one that went another way or is no more in the queue.
type Leftover struct {
	Item int64 // the canceled one; 0: another
	Path string
}

// Leftovers are temporary files on an account that nothing goes on with, n at
// most. They belong to nobody; whoever removes them tells it by Swept.
func (s *Store) Leftovers(ctx context.Context, account string, n int) (out []Leftover, err error) {
	var items []Item
	err = s.view(ctx, func(r *sql.Tx) error {
		rows, err := r.QueryContext(ctx, "SELECT path FROM strays WHERE account=? LIMIT ?", account, n)
		if err != nil {
			return err
		}
		err = each(rows, func(scan func(...any) error) error {
			var l Leftover
			err := scan(&l.Path)
			out = append(out, l)
			return err
		})
		if err != nil {
			return err
		}
		rows, err = r.QueryContext(ctx, "SELECT "+columns+fromItems+`WHERE i.state='canceled' AND i.temp IS NOT NULL
			AND i.lane IN (SELECT id FROM lanes WHERE dst=?) LIMIT ?`, account, n-len(out))
		if err != nil {
			return err
		}
		items, err = s.readItems(rows)
		return err
	})
	if err != nil {
		return nil, s.failed("leftovers", err)
	}
	for _, it := range items {
		out = append(out, Leftover{it.ID, it.Temp})
	}
	return out, nil
}

// Swept stores that leftovers on an account are gone.
func (s *Store) Swept(ctx context.Context, account string, gone []Leftover) error {
	err := s.write(ctx, func(t *tx) error {
		for _, l := range gone {
			q, args := "UPDATE items SET temp=NULL WHERE id=? AND state='canceled'", []any{l.Item}
			if l.Item == 0 {
				q, args = "DELETE FROM strays WHERE account=? AND path=?", []any{account, l.Path}
			}
			if err := t.exec(q, args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return s.failed("swept", err)
	}
	return nil
}

// Strays counts the temporary files of items that are over or no more in the queue, by account.
func (s *Store) Strays(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	rows, err := s.dbs[1].QueryContext(ctx, "SELECT account,count(*) FROM strays GROUP BY account")
	if err == nil {
		err = each(rows, func(scan func(...any) error) error {
			var account string
			var n int
			err := scan(&account, &n)
			out[account] = n
			return err
		})
	}
	if err != nil {
		return nil, s.failed("strays", err)
	}
	return out, nil
}

// stray keeps the temporary files in mind of items that are about to be removed.
func (t *tx) stray(p part) error {
	cond, args := p.cond()
	left, err := t.items("SELECT "+columns+fromItems+"WHERE i.temp IS NOT NULL AND"+cond, args...)
	if err != nil {
		return err
	}
	for _, it := range left {
		if it.Temp == "" {
			continue
		}
		if err := t.exec("INSERT INTO strays VALUES(?,?) ON CONFLICT DO NOTHING", it.To, it.Temp); err != nil {
			return err
		}
	}
	return nil
}
