package ledger_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/ledger"
)

// A site appends three entries and signs; a reader who kept the checkpoint after the
// second checks that the third came after it and that nothing before was changed.
func Example() {
	private, public, err := ledger.NewKey(rand.Reader, "plumbline.example/ledger")
	if err != nil {
		log.Fatal(err)
	}

	// The site. A store keeps the hashes in a table, by index.
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, i := range at {
			hashes = append(hashes, stored[i])
		}
		return hashes, nil
	})
	var entries [][]byte
	var checkpoints [][]byte
	body := []byte(`{"state":"free to go","count":3}`)
	nonce := make([]byte, 32)
	rand.Read(nonce)
	for n := range int64(3) {
		entry, err := ledger.Entry{
			Time:  time.Date(2026, 11, 22, 3, 32+int(n), 0, 0, time.UTC),
			Actor: "A1", Action: "movement.record", Kind: "movement", Record: fmt.Sprintf("M-%d", n), Version: 1,
			Commitment: ledger.Commit(nonce, body),
		}.Encode()
		if err != nil {
			log.Fatal(err)
		}
		_, hashes, err := ledger.Hashes(n, entry, reader)
		if err != nil {
			log.Fatal(err)
		}
		entries, stored = append(entries, entry), append(stored, hashes...)
		root, err := ledger.Root(n+1, reader)
		if err != nil {
			log.Fatal(err)
		}
		signed, err := ledger.Sign(ledger.Checkpoint{Origin: "plumbline.example/ledger", Size: n + 1, Root: root}, private)
		if err != nil {
			log.Fatal(err)
		}
		checkpoints = append(checkpoints, signed)
	}
	inclusion, err := ledger.ProveInclusion(3, 1, reader)
	if err != nil {
		log.Fatal(err)
	}
	growth, err := ledger.ProveGrowth(2, 3, reader)
	if err != nil {
		log.Fatal(err)
	}

	// The reader, with the public key and nothing else of the site.
	then, err := ledger.Open(checkpoints[1], public)
	if err != nil {
		log.Fatal(err)
	}
	now, err := ledger.Open(checkpoints[2], public)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("only grown:", ledger.CheckGrowth(growth, then, now))
	fmt.Println("in the log:", ledger.CheckInclusion(inclusion, now, 1, entries[1]))
	changed := bytes.Replace(entries[1], []byte("M-1"), []byte("M-7"), 1)
	fmt.Println("changed:", ledger.CheckInclusion(inclusion, now, 1, changed))

	entry, err := ledger.ParseEntry(entries[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("content:", entry.CheckCommitment(nonce, body))
	fmt.Println("other content:", entry.CheckCommitment(nonce, []byte(`{"state":"free to go","count":2}`)))
	// Output:
	// only grown: <nil>
	// in the log: <nil>
	// changed: entry 1 of 3: not proved
	// content: <nil>
	// other content: version 1 of movement M-1: not the content that was committed to
}
