package rig

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"

	"plumbline/figure"
	"plumbline/internal/store"
)

//go:embed claims.csv
var claimsCSV []byte

//go:embed sources.csv
var sourcesCSV []byte

// Claims writes what is claimed about the coalition into its site: a file of
// claims, a correction, and a reply that came by a link.
func Claims(ctx context.Context, db *store.DB) error {
	sources, err := figure.ReadSheet(bytes.NewReader(sourcesCSV), "sources.csv")
	if err != nil {
		return err
	}
	if _, err := db.ImportClaims(ctx, secretary, sources, "", false); err != nil {
		return fmt.Errorf("bring in the sources: %w", err)
	}
	s, err := figure.ReadSheet(bytes.NewReader(claimsCSV), "claims.csv")
	if err != nil {
		return err
	}
	if _, err := db.ImportClaims(ctx, secretary, s, "", false); err != nil {
		return fmt.Errorf("bring in the claims: %w", err)
	}
	misread := s.Claims[0]
	right, err := store.NewClaim(func(column string) string {
		switch column {
		case "paraphrase":
			return "Fourteen victims were rescued at Pier Street in one night"
		case "figure":
			return "14"
		}
		return misread.Field(column)
	})
	if err == nil {
		err = db.KeepClaim(ctx, secretary, right, 1, "Misread: the release says fourteen, and two of the staff")
	}
	if err != nil {
		return fmt.Errorf("correct a claim: %w", err)
	}
	token, err := db.InviteReply(ctx, secretary, "L-05")
	if err == nil {
		err = db.SendReply(ctx, token, "", "Lime House, the manager", "We wrote of those who came through the door. On four nights there was no bed left, and we sent people on to Bridge Street by car.\nThe next report will say how many.")
	}
	if err != nil {
		return fmt.Errorf("answer a claim: %w", err)
	}
	return nil
}
