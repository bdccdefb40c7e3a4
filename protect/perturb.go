package protect

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
)

// PerturbSpec says which tables to make with cell-key noise.
type PerturbSpec struct {
	Tables [][]string // each by its columns; margins are always included
	// ID is the column that names each record, the same in every release of a series. A record
	// keeps its key for as long as it keeps its name.
	ID string
	// Secret makes the keys. Whoever has it can take the noise away; whoever changes it within a series
	// lets readers average the noise away. At least 16 bytes.
	Secret []byte
	// Min is the smallest count shown; smaller ones are blank after the noise. 0 shows all.
	Min int
	// Spread is the most that noise moves a count by, and Variance its variance; 0 means 5 and 3.
	Spread   int
	Variance float64
	// NoSmall is the largest count that noise must not make: with 2, no cell shows 1 or 2.
	NoSmall int
	Total   string
}

// Perturbed is a set of tables with noise.
type Perturbed struct {
	Method   string      `json:"method"`
	Version  string      `json:"version"`
	Min      int         `json:"min"`
	Spread   int         `json:"spread"`
	Variance Number      `json:"variance"`
	NoSmall  int         `json:"no_small"`
	Tables   []Frequency `json:"tables"`
	Warnings []Warning   `json:"warnings"`
}

const secretPrefix = "plumbline-cell-key-1 "

// NewSecret makes a secret for cell keys, in the line that [ParseSecret] reads.
func NewSecret() string {
	secret := make([]byte, 32)
	rand.Read(secret)
	return secretPrefix + base64.StdEncoding.EncodeToString(secret) + "\n"
}

// ParseSecret reads what [NewSecret] made. No error carries a part of it.
func ParseSecret(text string) ([]byte, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	secret, err := base64.StdEncoding.Strict().DecodeString(rest)
	if !ok || err != nil || len(secret) != 32 {
		return nil, option("key", "this is not a secret for cell keys, or a letter of it is wrong", "the file that plumbline protect key made")
	}
	return secret, nil
}

// SecretFingerprint tells whether two releases were made with one secret, and nothing else of it. It is for secrets
// of [NewSecret]: one that people chose could be guessed with it.
func SecretFingerprint(secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("plumbline cell key fingerprint"))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// keys is how many different keys a record or cell can have.
const keys = 4096

// Perturb makes tables in which every count carries noise that belongs to the people in
// it: each record has a secret key, a cell's key is the sum of its records' keys, and
// the noise is looked up by the cell's key and count. The same people get the same noise in every
// table, so that asking again, or in another way, does not average it out, and the difference of
// two releases one record apart is not that record. Empty cells stay empty.
//
// The table of noise has, for each count, the distribution of greatest entropy on whole
// numbers from −Spread to Spread with mean 0 and the variance asked for, without negative or small
// results. Totals get noise of their own, so tables do not add; that is said in Warnings.
//
// Not for data whose records cannot be named, and no formal guarantee: an attacker who knows all
// but one record of many cells can take some of the noise away. A count that stays as it was says that nobody in it came or
// went; so a second release, of which fewer than a group's records changed, tells where: ask [Changed] before it. Fraser and Wooton (2005); Thompson,
// Broadfoot and Elazar (2013); maximum entropy: Giessing (2016).
func Perturb(ctx context.Context, t *Table, spec PerturbSpec) (*Perturbed, error) {
	if spec.Spread == 0 {
		spec.Spread = 5
	}
	if spec.Variance == 0 {
		spec.Variance = 3
	}
	switch {
	case len(spec.Secret) < 16:
		return nil, option("secret", fmt.Sprintf("%d bytes can be guessed", len(spec.Secret)), "16 random bytes or more")
	case spec.Spread < 1 || spec.Spread > 100:
		return nil, option("spread", fmt.Sprintf("noise of up to %d", spec.Spread), "1 to 100")
	case !(spec.Variance > 0) || spec.Variance > float64(spec.Spread*spec.Spread)*0.9:
		return nil, option("variance", fmt.Sprintf("variance %v with noise of up to %d", spec.Variance, spec.Spread), "more than 0, and less than nine tenths of the square of spread")
	case spec.NoSmall < 0 || spec.NoSmall >= spec.Spread:
		return nil, option("no-small", fmt.Sprintf("noise of up to %d cannot avoid 1 to %d", spec.Spread, spec.NoSmall), "less than spread")
	case spec.Min < 0:
		return nil, option("min", "the smallest count shown is negative", "0 or more")
	}
	at := slices.Index(t.header, spec.ID)
	if at < 0 {
		return nil, &InputError{File: t.Name, Column: spec.ID, Wrong: "there is no such column", Want: "the column that names each record"}
	}
	seen := make([]bool, len(t.columns[at].values))
	for i, code := range t.columns[at].codes {
		if code == 0 {
			return nil, &InputError{File: t.Name, Row: i + 2, Column: spec.ID, Wrong: "the record has no name", Want: "a name for every record, the same in every release"}
		}
		if seen[code] {
			return nil, &InputError{File: t.Name, Row: i + 2, Column: spec.ID, Wrong: "two records have this name", Want: "one record a name"}
		}
		seen[code] = true
	}
	key := make([]uint16, len(t.columns[at].values))
	mac := hmac.New(sha256.New, spec.Secret)
	for code, id := range t.columns[at].values {
		mac.Reset()
		mac.Write([]byte(id))
		key[code] = binary.BigEndian.Uint16(mac.Sum(nil)) % keys
	}
	c, err := newCube(t, spec.Tables, "", spec.Total)
	if err != nil {
		return nil, err
	}
	cellKeys, err := c.sumKeys(ctx, t, func(row int) uint16 { return key[t.columns[at].codes[row]] })
	if err != nil {
		return nil, err
	}
	noise, err := newNoiseTable(spec.Spread, spec.Variance, spec.NoSmall)
	if err != nil {
		return nil, err
	}
	p := &Perturbed{Method: "cell-key", Version: Version, Min: spec.Min, Spread: spec.Spread, Variance: Number(spec.Variance), NoSmall: spec.NoSmall,
		Warnings: []Warning{{"not_additive", "every count carries its own noise, so margins differ from the sums of their parts"}}}
	if noise.loose > 0 {
		p.Warnings = append(p.Warnings, Warning{"variance", fmt.Sprintf("counts up to %d cannot have the variance asked for without negative or small results; theirs is the nearest of greatest entropy", noise.loose)})
	}
	for i := range c.tables {
		p.Tables = append(p.Tables, c.frequency(i, "", func(cell int) *int64 {
			n := c.count[cell]
			n += int64(noise.draw(n, cellKeys[cell]))
			if n > 0 && n < int64(spec.Min) {
				return nil
			}
			return &n
		}))
	}
	return p, nil
}

// sumKeys adds the keys of the records in each cell.
func (c *cube) sumKeys(ctx context.Context, t *Table, key func(row int) uint16) ([]uint16, error) {
	sums := make([]uint16, len(c.count))
	pick := make([]int, len(c.columns))
	coordinate := make([][]int32, len(c.columns))
	for k, name := range c.columns {
		pick[k] = slices.Index(t.header, name)
		col := &t.columns[pick[k]]
		coordinate[k] = make([]int32, len(col.values))
		for code, v := range col.values {
			if code == 0 {
				v = missingLabel
			}
			coordinate[k][code] = int32(slices.Index(c.values[k], v) + 1)
		}
	}
	coords := make([]int32, len(pick))
	cell := make([]int32, len(pick))
	for i := range t.rows {
		if i%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		for k, j := range pick {
			coords[k] = coordinate[k][t.columns[j].codes[i]]
		}
		done := map[int32]bool{}
		for _, cols := range c.tables {
			for set := range 1 << len(cols) {
				clear(cell)
				for b, k := range cols {
					if set&(1<<b) != 0 {
						cell[k] = coords[k]
					}
				}
				if at := c.at[c.key(cell)]; !done[at] {
					done[at] = true
					sums[at] = (sums[at] + key(i)) % keys
				}
			}
		}
	}
	return sums, nil
}

// A noiseTable has, for each count, the noise of each key.
type noiseTable struct {
	rows  [][keys]int8 // rows[n-1] for counts 1, 2, …; the last for all larger ones
	loose int64        // the largest count without the variance asked for
}

func (t *noiseTable) draw(n int64, key uint16) int8 {
	if n == 0 {
		return 0
	}
	return t.rows[min(n, int64(len(t.rows)))-1][key]
}

func newNoiseTable(spread int, variance float64, noSmall int) (*noiseTable, error) {
	t := &noiseTable{}
	// From this count on no result is negative or small.
	for n := 1; n <= spread+noSmall+1; n++ {
		var support []int
		for p := -min(spread, n); p <= spread; p++ {
			if r := n + p; r == 0 || r > noSmall {
				support = append(support, p)
			}
		}
		prob, ok := maxEntropy(support, variance)
		if !ok {
			t.loose = int64(n)
		}
		if prob == nil {
			return nil, option("no-small", fmt.Sprintf("no noise of mean 0 takes %d out of 1 to %d", n, noSmall), "a larger spread")
		}
		t.rows = append(t.rows, quantise(support, prob))
	}
	return t, nil
}

// maxEntropy returns the distribution of greatest entropy on support with mean 0 and the variance
// asked for: p(i) ∝ exp(a·i + b·i²), a found for each b so that the mean is 0, b by bisection on the
// variance, which grows with b. It reports false, with the nearest variance, when none has it.
func maxEntropy(support []int, variance float64) ([]float64, bool) {
	if support[0] > 0 || support[len(support)-1] < 0 {
		return nil, false
	}
	at := func(b float64) (prob []float64, v float64) {
		lo, hi := -60.0, 60.0
		for range 60 {
			a := (lo + hi) / 2
			prob = prob[:0]
			top := math.Inf(-1)
			for _, i := range support {
				x := float64(i)
				prob = append(prob, a*x+b*x*x)
				top = max(top, prob[len(prob)-1])
			}
			sum, mean := 0.0, 0.0
			v = 0
			for k, i := range support {
				prob[k] = math.Exp(prob[k] - top)
				sum += prob[k]
				mean += prob[k] * float64(i)
				v += prob[k] * float64(i) * float64(i)
			}
			for k := range prob {
				prob[k] /= sum
			}
			v /= sum
			if mean > 0 {
				hi = a
			} else {
				lo = a
			}
		}
		return prob, v
	}
	lo, hi := -10.0, 10.0
	for range 50 {
		b := (lo + hi) / 2
		if _, v := at(b); v > variance {
			hi = b
		} else {
			lo = b
		}
	}
	prob, v := at((lo + hi) / 2)
	return prob, math.Abs(v-variance) < 1e-6*max(1, variance)
}

// quantise gives each key a noise so that the keys follow the distribution as nearly as 4096 can, the
// mean first: what rounding leaves over goes where it brings the sum nearest to zero.
func quantise(support []int, prob []float64) (row [keys]int8) {
	count := make([]int, len(support))
	left, sum := keys, 0
	for i, p := range prob {
		count[i] = int(p * keys)
		left -= count[i]
		sum += count[i] * support[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i := range support {
			if prob[i] > 0 && max(sum+support[i], -sum-support[i]) < max(sum+support[best], -sum-support[best]) {
				best = i
			}
		}
		count[best]++
		sum += support[best]
	}
	at := 0
	for i, n := range count {
		for range n {
			row[at] = int8(support[i])
			at++
		}
	}
	return row
}
