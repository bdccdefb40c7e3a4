package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"plumbline"
	"plumbline/internal/store"
)

// keeper is who keeps the users of a site from the command line.
var keeper = plumbline.Actor{User: "command-line", Name: "Command line", Role: plumbline.Administrator}

var userAddCommand = command{
	name: "user add",
	line: "add a user of the site, or change one, and print an invitation",
	help: `plumbline user add ID --role ROLE --name NAME [--organisation ID] [--unit ID,…] [--db …]

  plumbline user add first-admin --role administrator --name "Administrator, Lime House"

The invitation works once, at /sign-in/CODE, within seven days: with it the user
sets up a passkey, or a password and a phone. A user who is there already is
changed, and needs no invitation.`,
	run: func(ctx context.Context, c *call) error {
		roles := plumbline.Role("").Values()
		role := c.flags.String("role", "", "the user's `role`: "+strings.Join(roles, ", "))
		name := c.flags.String("name", "", "how the user is `shown` beside what they write: a role and an organisation")
		organisation := c.flags.String("organisation", "", "the user's organisation, by its `id`")
		units := c.flags.String("unit", "", "the units a police liaison answers for, by their `ids`, with commas between")
		conf := c.settings("db", "protocols", "url")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if !slices.Contains(roles, *role) {
			return usageError{fmt.Sprintf("%q is no role", *role), "--role is one of " + strings.Join(roles, ", ")}
		}
		if strings.TrimSpace(*name) == "" {
			return usageError{"a user needs a name to be shown by", `--name "Worker, Lime House", say: a role and an organisation`}
		}
		if !plumbline.ValidID(plumbline.ID(c.args[0])) {
			return usageError{fmt.Sprintf("%q is not an id", c.args[0]), "lower-case letters, digits and hyphens, at most 64, and never a person's name"}
		}
		if err := conf.finish(c); err != nil {
			return err
		}
		db, err := conf.open(ctx, c)
		if err != nil {
			return err
		}
		defer db.Close()
		a := plumbline.Actor{User: plumbline.ID(c.args[0]), Name: *name, Role: plumbline.Role(*role), Organisation: plumbline.ID(*organisation)}
		for _, u := range strings.FieldsFunc(*units, func(r rune) bool { return r == ',' }) {
			a.Units = append(a.Units, plumbline.ID(u))
		}
		before, err := db.Accesses(ctx, keeper)
		if err != nil {
			return err
		}
		if err := db.PutActor(ctx, keeper, a); err != nil {
			return err
		}
		if _, there := before[a.User]; there {
			fmt.Fprintf(c.out, "%s is changed. plumbline user invite %s makes a new invitation.\n", a.User, a.User)
			return nil
		}
		return invite(ctx, c, conf, db, a.User)
	},
}

func invite(ctx context.Context, c *call, conf *settings, db *store.DB, user plumbline.ID) error {
	token, err := db.Invite(ctx, keeper, user)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s may sign in once, within seven days, at %s/sign-in/%s\n", user, conf.URL, token)
	return nil
}

// userCommand does something to the sign-in of one user.
func userCommand(name, line, help string, do func(ctx context.Context, c *call, conf *settings, db *store.DB, user plumbline.ID) error) command {
	return command{name: name, line: line, help: "plumbline " + name + " ID [--db …]\n\n  plumbline " + name + " first-admin --db site.db\n\n" + help,
		run: func(ctx context.Context, c *call) error {
			conf := c.settings("db", "protocols", "url")
			if err := c.parse(1, 1); err != nil {
				return err
			}
			if err := conf.finish(c); err != nil {
				return err
			}
			look, err := conf.look(ctx, c) // there must be a site: opening would make one
			if err != nil {
				return err
			}
			if err := look.Close(); err != nil {
				return err
			}
			db, err := conf.open(ctx, c)
			if err != nil {
				return err
			}
			defer db.Close()
			user := plumbline.ID(c.args[0])
			err = do(ctx, c, conf, db, user)
			if errors.Is(err, plumbline.ErrNotFound) {
				return usageError{fmt.Sprintf("the site has no user %q", user), "plumbline user list names them"}
			}
			return err
		}}
}

var userInviteCommand = userCommand("user invite", "print a new invitation for a user who has lost every way in",
	"Every earlier way in ends with it: sessions, passkeys, password, recovery codes.\nThe user is told. plumbline user add invites a new user.", invite)

// accessCommand does one thing to a user's sign-in and says so.
func accessCommand(name, line, help string, do func(*store.DB, context.Context, plumbline.Actor, plumbline.ID) error, done string) command {
	return userCommand(name, line, help, func(ctx context.Context, c *call, _ *settings, db *store.DB, user plumbline.ID) error {
		if err := do(db, ctx, keeper, user); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s %s.\n", user, done)
		return nil
	})
}

var (
	userDisableCommand = accessCommand("user disable", "shut a user out at once",
		"Every session ends. What the user has written stays. plumbline user enable undoes it.", (*store.DB).Disable, "is shut out")
	userEnableCommand = accessCommand("user enable", "let a user in again who was shut out",
		"The user signs in as before.", (*store.DB).Enable, "may sign in again")
	userEndSessionsCommand = accessCommand("user end-sessions", "sign a user out everywhere",
		"Passkeys, password and codes stay as they are.", (*store.DB).EndSessions, "is signed out everywhere")
)

var userForgetAllCommand = command{
	name: "user forget-all",
	line: "end every way in for everybody, when the site's secret is lost",
	help: `plumbline user forget-all --sure [--db …]

  plumbline user forget-all --sure --db site.db

Sessions, passkeys, passwords and recovery codes of all users end. Then each
needs plumbline user invite. The next plumbline serve begins with a new secret.`,
	run: func(ctx context.Context, c *call) error {
		sure := c.flags.Bool("sure", false, "do it")
		conf := c.settings("db", "protocols")
		if err := c.parse(0, 0); err != nil {
			return err
		}
		if !*sure {
			return usageError{"this signs everybody out for good", "--sure does it"}
		}
		if err := conf.finish(c); err != nil {
			return err
		}
		db, err := conf.open(ctx, c)
		if err != nil {
			return err
		}
		defer db.Close()
		n, err := db.ForgetSignIns(ctx, keeper)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s can no longer sign in; plumbline user invite lets one in again.\n", more(n, "user", "users"))
		return nil
	},
}

var userListCommand = command{
	name: "user list",
	line: "list the users of the site",
	help: "plumbline user list [--db …]\n\n  plumbline user list --db site.db",
	run: func(ctx context.Context, c *call) error {
		conf := c.settings("db")
		if err := c.parse(0, 0); err != nil {
			return err
		}
		if err := conf.finish(c); err != nil {
			return err
		}
		db, err := conf.look(ctx, c)
		if err != nil {
			return err
		}
		defer db.Close()
		list, err := db.Actors(ctx, keeper)
		if err != nil {
			return err
		}
		access, err := db.Accesses(ctx, keeper)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tROLE\tORGANISATION\tSIGN-IN\tSESSIONS\tSHOWN AS")
		for _, a := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", a.User, a.Role, dash(string(a.Organisation)), ways(access[a.User]), access[a.User].Sessions, a.Name)
		}
		return w.Flush()
	},
}

// ways says how a user may come in.
func ways(a store.Access) string {
	var list []string
	if a.Passkeys > 0 {
		list = append(list, "passkey")
	}
	if a.Password {
		list = append(list, "password")
	}
	switch {
	case a.Disabled:
		return "disabled"
	case len(list) > 0:
		return strings.Join(list, ", ")
	case !a.Invited.IsZero():
		return "invited"
	}
	return "none"
}
