package main

import (
	"context"
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

The invitation signs its user in once, at /sign-in/CODE, within seven days.`,
	run: func(ctx context.Context, c *call) error {
		roles := plumbline.Role("").Values()
		role := c.flags.String("role", "", "the user's `role`: "+strings.Join(roles, ", "))
		name := c.flags.String("name", "", "how the user is `shown` beside what they write: a role and an organisation")
		organisation := c.flags.String("organisation", "", "the user's organisation, by its `id`")
		units := c.flags.String("unit", "", "the units a police liaison answers for, by their `ids`, with commas between")
		conf := c.settings("db", "protocols")
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
		if err := known(ctx, db, a); err != nil {
			return err
		}
		if err := db.PutActor(ctx, keeper, a); err != nil {
			return err
		}
		token, err := db.Invite(ctx, keeper, a.User)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s may sign in once, within seven days, at /sign-in/%s\n", a.User, token)
		return nil
	},
}

// known refuses an organisation or unit of which the site has no record: a
// user with a misspelt one would seem to be right and see nothing.
func known(ctx context.Context, db *store.DB, a plumbline.Actor) error {
	organisations, err := db.Organisations(ctx, operator)
	if err != nil {
		return err
	}
	if a.Organisation != "" && !slices.ContainsFunc(organisations, func(o *plumbline.Organisation) bool { return o.ID == a.Organisation }) {
		return usageError{fmt.Sprintf("the site has no organisation %q", a.Organisation), "leave --organisation out, or record it first"}
	}
	units, err := db.Units(ctx, operator)
	if err != nil {
		return err
	}
	for _, id := range a.Units {
		if !slices.ContainsFunc(units, func(u *plumbline.Unit) bool { return u.ID == id }) {
			return usageError{fmt.Sprintf("the site has no unit %q", id), "record it first"}
		}
	}
	return nil
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
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tROLE\tORGANISATION\tSHOWN AS")
		for _, a := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.User, a.Role, dash(string(a.Organisation)), a.Name)
		}
		return w.Flush()
	},
}
