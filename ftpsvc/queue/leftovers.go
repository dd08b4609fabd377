package queue

import (
	"context"
	"database/sql"
	"fmt"
)

// Leftovers are canceled items whose temporary file may still be there, n at
// most. They belong to nobody; whoever removes the file tells it by Swept.
func (s *Store) Leftovers(ctx context.Context, n int) (items []Item, err error) {
	err = s.view(ctx, func(r *sql.Tx) error {
		rows, err := r.QueryContext(ctx, "SELECT "+columns+fromItems+"WHERE i.state='canceled' AND i.temp IS NOT NULL LIMIT ?", n)
		if err != nil {
			return err
		}
		items, err = s.readItems(rows)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("queue: leftovers: %w", err)
	}
	return items, nil
}

// Swept stores that the temporary file of a canceled item is gone.
func (s *Store) Swept(ctx context.Context, id int64) error {
	err := s.write(ctx, func(t *tx) error {
		return t.exec("UPDATE items SET temp=NULL WHERE id=? AND state='canceled'", id)
	})
	if err != nil {
		return fmt.Errorf("queue: swept: %w", err)
	}
	return nil
}
