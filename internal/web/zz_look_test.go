//go:build unix

package web

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"plumbline"
)

func TestZZLook(t *testing.T) {
	s, b, address := browseSite(t, siteOf(t, grown))
	n := 0
	for _, x := range strings.Fields(os.Getenv("LOOK")) {
		parts := strings.SplitN(x, "@", 3) // role@width@addr
		s.enter(b, address, plumbline.Role(parts[0]))
		w := 1280
		fmt.Sscan(parts[1], &w)
		b.Width(w)
		b.Light()
		b.Go(address + parts[2])
		n++
		os.WriteFile(fmt.Sprintf("/tmp/coal-s/%02d-%s.png", n, strings.ReplaceAll(strings.Trim(parts[2], "/"), "/", "_")), b.Screenshot(), 0o644)
	}
}
