package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"plumbline/internal/credential"
	"plumbline/internal/store"
)

var secretCommand = command{
	name: "secret",
	line: "make a secret for a site on PostgreSQL",
	help: `plumbline secret > FILE

  (umask 077; plumbline secret > plumbline.secret)

With it what users sign in with is sealed in the database. Every server of a
site has the same, by --secret-file or PLUMBLINE_SECRET_FILE. Keep a copy apart
from the copies of the database.`,
	run: func(_ context.Context, c *call) error {
		if err := c.parse(0, 0); err != nil {
			return err
		}
		fmt.Fprint(c.out, credential.NewSecret())
		return nil
	},
}

// secretPath is where the secret is: where the setting says, else beside a
// SQLite site.
func (s *settings) secretPath() string {
	if s.Secret == "" && !s.isPostgres() {
		return s.Database + ".secret"
	}
	return s.Secret
}

// secret reads the site's secret. It makes one, for its owner's eyes alone,
// when the file is to stand beside a SQLite site and is not there.
func (s *settings) secret() (secret *credential.Secret, made bool, err error) {
	path := s.secretPath()
	if path == "" {
		return nil, false, usageError{"a site on PostgreSQL needs a secret of its own, the same for each of its servers", "(umask 077; plumbline secret > plumbline.secret), then --secret-file plumbline.secret"}
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && s.Secret == "" {
		if text, err = makeSecret(path); err == nil {
			made = true
		}
	}
	if err != nil {
		return nil, false, fileError(path, err)
	}
	if secret, err = credential.ParseSecret(string(text)); err != nil {
		return nil, false, usageError{fmt.Sprintf("%s: %v", path, err), "plumbline secret makes one"}
	}
	return secret, made, nil
}

// makeSecret writes a new secret. When another server is quicker, its secret
// is the one.
func makeSecret(path string) ([]byte, error) {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(f, credential.NewSecret())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		// It is there whole or not at all, and never takes the place of another.
		if err = os.Link(path+".new", path); errors.Is(err, os.ErrExist) {
			err = nil
		}
	}
	if err = errors.Join(err, os.Remove(path+".new")); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// openSecret opens the site with its secret.
func (s *settings) openSecret(ctx context.Context, c *call) (*store.DB, error) {
	if err := s.place(); err != nil {
		return nil, err
	}
	secret, made, err := s.secret()
	if err != nil {
		return nil, err
	}
	db, err := s.openWith(ctx, c, secret)
	if !errors.Is(err, store.ErrOtherSecret) {
		return db, err
	}
	path := s.secretPath()
	if made {
		return nil, errors.Join(usageError{fmt.Sprintf("%s is gone, with the secret that this site was used with", path),
			"put it back from its copy; if there is none, plumbline user forget-all and new invitations begin anew"}, os.Remove(path))
	}
	return nil, usageError{fmt.Sprintf("the secret in %s is not the one that this site was used with", path),
		"--secret-file names another; if it is lost, plumbline user forget-all and new invitations begin anew"}
}
