package exchange

import (
	"bytes"
	_ "embed"
)

//go:embed publicrecord/operations.json
var publicRecord []byte

// PublicRecord returns the operations that the published documents tell
// about, with every fact marked by its claims; see publicrecord/ORIGIN.md.
// Each call returns a copy of its own.
func PublicRecord() *File {
	f, err := Read(bytes.NewReader(publicRecord), MaxFile)
	if err != nil {
		panic("exchange: the embedded public record does not read: " + err.Error())
	}
	return f
}
