package queue

import (
	"context"
	"database/sql"
)

// Trees reads up to n folders of a job that were done, those that were found
// last first, so that what is in a folder comes before it. first is the number
// of any item of the job before which there is none, before that of the last
// folder read, 0 to begin with.
func (s *Store) Trees(ctx context.Context, job, first, before int64, n int) (items []Item, err error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	err = s.view(ctx, func(r *sql.Tx) error {
		rows, err := r.QueryContext(ctx, "SELECT "+columns+fromItems+`WHERE i.id>=? AND i.id<? AND i.state=?
			AND i.lane IN (SELECT id FROM lanes WHERE job=? AND class=?) ORDER BY i.id DESC LIMIT ?`, first, before, string(Done), job, string(ClassTree), n)
		if err != nil {
			return err
		}
		items, err = s.readItems(rows)
		return err
	})
	if err != nil {
		return nil, s.failed("folders", err)
	}
	return items, nil
}
