package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"plumbline/estimate"
)

//go:embed assets templates
var embedded embed.FS

// An assetSet serves the embedded files under names that hold their digest,
// so that a browser may keep them for ever.
type assetSet struct {
	names map[string]string // "style.css" → "/assets/style.1a2b3c4d.css"
	files map[string]asset  // by address
}

type asset struct {
	kind string
	body []byte
}

var assetKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func loadAssets() (*assetSet, error) {
	set := &assetSet{names: map[string]string{}, files: map[string]asset{}}
	set.add("plot.css", []byte(estimate.PlotStyle)) // of the pictures that the engine draws
	entries, err := fs.ReadDir(embedded, "assets")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		body, err := embedded.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, err
		}
		set.add(e.Name(), body)
	}
	return set, nil
}

func (s *assetSet) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	address := "/assets/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext
	s.names[name], s.files[address] = address, asset{assetKinds[ext], body}
}

func (s *assetSet) address(name string) string { return s.names[name] }

func (s *assetSet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := s.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(a.body) // the browser has gone away
}
