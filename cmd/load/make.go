package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/exchange"
	"plumbline/internal/rig"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// batch is how many operations are brought in at once: enough that a commit
// costs little, few enough that memory stays small.
const batch = 100

var (
	administrator = plumbline.Actor{User: "large-administrator", Name: "Administrator", Role: plumbline.Administrator}
	coordinator   = plumbline.Actor{User: "large-importer", Name: "Importer", Role: plumbline.Coordinator}
)

func openSite(ctx context.Context, address string, secret *credential.Secret) (*store.DB, error) {
	protocols, err := protocol.Shipped(store.Vocabulary())
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{Address: address, Protocols: protocols, Claims: exchange.Claims(), Secret: secret})
}

// makeSite brings a large site in, batch by batch. What is there already is
// known again, so that a run that was interrupted goes on.
func makeSite(ctx context.Context, o options, address string, out, notes io.Writer) error {
	db, err := openSite(ctx, address, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	now := time.Now()
	l := rig.Large{Now: now.UTC().Truncate(24 * time.Hour), Seed: o.seed, N: o.operations}
	orgs, units := l.House()
	if _, err := db.Import(ctx, coordinator, store.Bundle{Organisations: orgs, Units: units}, false, nil); err != nil {
		return err
	}
	for _, a := range l.Actors(users) {
		if err := db.PutActor(ctx, administrator, a); err != nil {
			return err
		}
	}
	used, presences, movements, entries := ownCPU(), 0, 0, 0
	for i := 0; i < o.operations; i += batch {
		var b store.Bundle
		for j := i; j < min(i+batch, o.operations); j++ {
			r := l.Operation(j)
			b.Operations = append(b.Operations, r)
			presences, movements = presences+len(r.Presences), movements+len(r.Movements)
		}
		n, err := db.Import(ctx, coordinator, b, false, nil)
		if err != nil {
			return err
		}
		entries += n.Entries
		fmt.Fprintf(notes, "\r%d operations, %d entries, %.0f s", i+len(b.Operations), entries, time.Since(now).Seconds())
	}
	fmt.Fprintln(notes)
	cpu := ownCPU() - used
	fmt.Fprintf(out, "%s: %d operations, %d presences, %d movements; %d entries in %.0f s, %.0f s of processor time (%.0f entries a processor second, this program's share)\n",
		db.Engine(), o.operations, presences, movements, entries, time.Since(now).Seconds(), cpu.Seconds(), float64(entries)/max(cpu.Seconds(), 1e-9))
	return nil
}
