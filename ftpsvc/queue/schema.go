package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"
)

// version of the schema, kept in the file's user_version.
const version = 2

// The words of an item are kept as words. What many items share is kept once:
// a lane is (job, from, to, class), a folder is the two paths up to the last
// separator. tally counts the items of each state in blocks of about blockRows
// positions, so that counting and paging never walk the items.
//
// An item's state "leased" is "queued" to everybody else: a process holds it
// and has not begun.
const schema = `
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES('next', 1), ('paused', 0);
CREATE TABLE procs(
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL, pid INTEGER NOT NULL, place TEXT NOT NULL, beat INTEGER NOT NULL);
CREATE TABLE jobs(
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	title TEXT NOT NULL, created INTEGER NOT NULL, options TEXT NOT NULL, roots INTEGER NOT NULL,
	owner INTEGER);
CREATE TABLE accounts(name TEXT PRIMARY KEY, endpoint TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lanes(
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	job INTEGER NOT NULL, src TEXT NOT NULL, dst TEXT NOT NULL, class TEXT NOT NULL);
CREATE INDEX lanes_job ON lanes(job);
CREATE TABLE dirs(
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	job INTEGER NOT NULL, tree INTEGER, source TEXT NOT NULL, target TEXT NOT NULL);
CREATE INDEX dirs_job ON dirs(job);
CREATE INDEX dirs_tree ON dirs(tree) WHERE tree IS NOT NULL;
CREATE TABLE items(
	id INTEGER PRIMARY KEY,
	lane INTEGER NOT NULL, dir INTEGER NOT NULL, name TEXT NOT NULL, tname TEXT, kind TEXT NOT NULL,
	size INTEGER NOT NULL, mtime INTEGER, bits INTEGER NOT NULL,
	prio INTEGER NOT NULL, pos INTEGER NOT NULL, state TEXT NOT NULL,
	bytes INTEGER, tries INTEGER, reached TEXT, owner INTEGER, ended INTEGER,
	err TEXT, class TEXT, notbefore INTEGER, temp TEXT, segments TEXT, answer TEXT);
CREATE INDEX items_order ON items(state, prio DESC, pos);
CREATE TABLE tally(
	state TEXT NOT NULL, prio INTEGER NOT NULL, blk INTEGER NOT NULL, lane INTEGER NOT NULL,
	n INTEGER NOT NULL, size INTEGER NOT NULL, bytes INTEGER NOT NULL, last INTEGER NOT NULL,
	PRIMARY KEY(state, prio DESC, blk, lane)) WITHOUT ROWID;
CREATE TABLE wishes(item INTEGER PRIMARY KEY, op TEXT NOT NULL, owner INTEGER NOT NULL);
CREATE INDEX wishes_owner ON wishes(owner);
` + strays

// strays are temporary files of items that are over, or no more in the queue.
const strays = `CREATE TABLE strays(account TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY(account, path)) WITHOUT ROWID;
`

// migrations[v] brings version v to v+1.
var migrations = map[int]string{1: strays}

// openFile opens the file's two sides: one connection that writes, a few that
// read. Only what is needed to trust the file is read, not all of it.
func openFile(ctx context.Context, path string) (w *sql.Conn, dbs []*sql.DB, err error) {
	if err := secure(path); err != nil {
		return nil, nil, err
	}
	wdb, err := sql.Open("sqlite", dsn(path, "journal_mode(wal)", "synchronous(normal)", "cache_size(-6000)",
		"wal_autocheckpoint(2000)", "journal_size_limit(33554432)"))
	if err != nil {
		return nil, nil, err
	}
	rdb, err := sql.Open("sqlite", dsn(path, "query_only(1)", "cache_size(-3000)"))
	if err != nil {
		return nil, nil, errors.Join(err, wdb.Close())
	}
	dbs = []*sql.DB{wdb, rdb}
	defer func() {
		if err != nil {
			_ = closeAll(w, dbs)
			w, dbs = nil, nil
		}
	}()
	wdb.SetMaxOpenConns(1)
	rdb.SetMaxOpenConns(2)
	rdb.SetMaxIdleConns(2)
	if w, err = wdb.Conn(ctx); err != nil {
		return w, dbs, err
	}
	if err = migrate(ctx, w); err != nil {
		return w, dbs, err
	}
	// Each table is touched, so that a damaged root is found here and not in the middle of a transfer.
	for _, t := range []string{"meta", "procs", "jobs", "accounts", "lanes", "dirs", "items", "tally", "wishes", "strays"} {
		if _, err = w.ExecContext(ctx, "SELECT * FROM "+t+" LIMIT 1"); err != nil {
			return w, dbs, err
		}
	}
	return w, dbs, nil
}

func dsn(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(15000)"}, pragmas...)}
	p := filepath.ToSlash(path)
	if p[0] != '/' {
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p, RawQuery: q.Encode()}).String()
}

// secure makes the file readable by its owner alone; SQLite gives the files
// beside it the same mode.
func secure(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

func migrate(ctx context.Context, w *sql.Conn) (err error) {
	var v int
	if err := w.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return err
	}
	if v == version {
		return nil
	}
	// Another process may be making the same step: the version is read again inside.
	if _, err := w.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = w.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if err := w.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return err
	}
	if v > version {
		return fmt.Errorf("%w (schema %d, this one knows %d)", ErrNewer, v, version)
	}
	steps := schema
	if v > 0 {
		steps = ""
		for ; v < version; v++ {
			steps += migrations[v]
		}
	}
	if _, err := w.ExecContext(ctx, steps+fmt.Sprintf("PRAGMA user_version=%d", version)); err != nil {
		return err
	}
	_, err = w.ExecContext(ctx, "COMMIT")
	return err
}

// moveAside renames a damaged file and what belongs to it, and tells the new name.
// Where another process has already replaced the file, it does nothing.
func moveAside(path string, seen os.FileInfo, now time.Time) (string, error) {
	cur, err := os.Stat(path)
	if err != nil || !os.SameFile(cur, seen) {
		return "", nil
	}
	to := fmt.Sprintf("%s.damaged-%s", path, now.UTC().Format("20060102-150405"))
	if err := os.Rename(path, to); err != nil {
		return "", err
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+suffix, to+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return to, err
		}
	}
	return to, nil
}

func closeAll(w *sql.Conn, dbs []*sql.DB) error {
	var errs []error
	if w != nil {
		errs = append(errs, w.Close())
	}
	for i := len(dbs) - 1; i >= 0; i-- { // the readers first: the last to close cleans up
		errs = append(errs, dbs[i].Close())
	}
	return errors.Join(errs...)
}
