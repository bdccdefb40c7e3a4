package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"plumbline"
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
		role := c.flags.String("role", "", "what the user does: "+strings.Join(roles, ", "))
		name := c.flags.String("name", "", "how the user is `shown` beside what they write: a role and an organisation")
		organisation := c.flags.String("organisation", "", "the user's organisation, by its `id`")
		units := c.flags.String("unit", "", "the units a police liaison answers for, by their `ids`, with commas between")
		conf := c.settings("db", "protocols")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if !slices.Contains(roles, *role) || *name == "" {
			return usageError{"a user needs a role and a name", "--role is one of " + strings.Join(roles, ", ")}
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

var userListCommand = command{
	name: "user list",
	line: "list the users of the site",
	help: "plumbline user list [--db …]\n\n  plumbline user list --db site.db",
	run: func(ctx context.Context, c *call) error {
		conf := c.settings("db", "protocols")
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
