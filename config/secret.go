package config

import (
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"
)

// keyringService is what the entries are called in the system's keyring.
const keyringService = "ferry"

// Password fetches the password of an account, named as user@host:port, from
// the system's keyring. found is false when there is none, also where the
// system has no keyring: nothing depends on it. It may wait for the user to
// unlock the keyring.
func Password(account string) (password string, found bool, err error) {
	p, err := keyring.Get(keyringService, account)
	switch {
	case errors.Is(err, keyring.ErrNotFound), errors.Is(err, keyring.ErrUnsupportedPlatform):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("read the keyring for %q: %w", account, err)
	}
	return p, true, nil
}

// SavePassword puts the password of an account into the system's keyring.
func SavePassword(account, password string) error {
	if err := keyring.Set(keyringService, account, password); err != nil {
		return fmt.Errorf("write the keyring for %q: %w", account, err)
	}
	return nil
}

// DeletePassword takes the password of an account out of the system's keyring;
// none being there is no error.
func DeletePassword(account string) error {
	err := keyring.Delete(keyringService, account)
	if err == nil || errors.Is(err, keyring.ErrNotFound) || errors.Is(err, keyring.ErrUnsupportedPlatform) {
		return nil
	}
	return fmt.Errorf("delete from the keyring %q: %w", account, err)
}
