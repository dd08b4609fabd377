package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"ferry/ftpsvc/vfs"
)

// PutAccount keeps how an account is reached, so that a process started later
// can run its items. No password is stored, that of a proxy neither, nor that
// any certificate is taken: that is said anew, or by the user's own site.
func (s *Store) PutAccount(ctx context.Context, e vfs.Endpoint) error {
	e.Proxy, e.Insecure = withoutPassword(e.Proxy), false
	b, err := json.Marshal(e)
	if err == nil {
		err = s.write(ctx, func(t *tx) error {
			return t.exec("INSERT INTO accounts VALUES(?,?) ON CONFLICT DO UPDATE SET endpoint=excluded.endpoint WHERE endpoint<>excluded.endpoint", e.Key(), string(b))
		})
	}
	if err != nil {
		return s.failed("save", err)
	}
	return nil
}

// Account reads what PutAccount kept under the key.
func (s *Store) Account(ctx context.Context, key string) (e vfs.Endpoint, found bool, err error) {
	var text string
	err = s.dbs[1].QueryRowContext(ctx, "SELECT endpoint FROM accounts WHERE name=?", key).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &e)
	}
	if err != nil {
		return e, false, s.failed("page", err)
	}
	e.Insecure = false // a ferry of before stored it
	return e, true, nil
}

func withoutPassword(proxy string) string {
	if proxy == "" || !strings.Contains(proxy, "@") {
		return proxy
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return "" // rather no proxy than its password in the file
	}
	if _, has := u.User.Password(); has {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}
