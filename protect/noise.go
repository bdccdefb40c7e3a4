package protect

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/bits"
)

// Noise draws whole numbers of noise, exactly: every step is a comparison of whole
// numbers drawn evenly, so that no rounding of a processor tells what the noise was
// (Mironov 2012). After Canonne, Kamath and Steinke, "The Discrete Gaussian for
// Differential Privacy" (NeurIPS 2020), algorithms 1 to 3.
type Noise struct {
	in  *bufio.Reader
	err error
}

// NewNoise draws from source; nil means the system's cryptographic source, and anything else is for
// tests: who knows the source can take the noise away.
func NewNoise(source io.Reader) *Noise {
	if source == nil {
		source = rand.Reader
	}
	return &Noise{in: bufio.NewReaderSize(source, 1<<14)}
}

// Err is the first error of the source. What was drawn after it is worthless.
func (n *Noise) Err() error { return n.err }

func (n *Noise) word() uint64 {
	var b [8]byte
	if n.err != nil {
		return 0
	}
	if _, err := io.ReadFull(n.in, b[:]); err != nil {
		n.err = fmt.Errorf("read the source of chance: %w", err)
		return 0
	}
	return binary.LittleEndian.Uint64(b[:])
}

// below draws evenly from 0 to m−1.
func (n *Noise) below(m uint64) uint64 {
	// Lemire's method: the high word of a product, with the uneven low end drawn again.
	hi, lo := bits.Mul64(n.word(), m)
	for least := -m % m; lo < least && n.err == nil; {
		hi, lo = bits.Mul64(n.word(), m)
	}
	return hi
}

// chance is true with probability num/den.
func (n *Noise) chance(num, den uint64) bool { return n.below(den) < num }

// A fraction of whole numbers, at most 1 where it is a probability.
type fraction struct{ num, den *big.Int }

// belowBig draws evenly from 0 to m−1 for m of any size.
func (n *Noise) belowBig(m *big.Int) *big.Int {
	if m.IsUint64() {
		return new(big.Int).SetUint64(n.below(m.Uint64()))
	}
	size := m.BitLen()
	buf := make([]byte, (size+7)/8)
	for {
		if n.err == nil {
			if _, err := io.ReadFull(n.in, buf); err != nil {
				n.err = fmt.Errorf("read the source of chance: %w", err)
			}
		}
		if n.err != nil {
			return new(big.Int)
		}
		buf[0] >>= uint(len(buf)*8 - size)
		if v := new(big.Int).SetBytes(buf); v.Cmp(m) < 0 {
			return v
		}
	}
}

// expMinus is true with probability exp(−num/den), for num >= 0.
func (n *Noise) expMinus(g fraction) bool {
	whole, rest := new(big.Int).QuoRem(g.num, g.den, new(big.Int))
	for i := big.NewInt(0); i.Cmp(whole) < 0; i.Add(i, big.NewInt(1)) {
		if !n.expMinusSmall(big.NewInt(1), big.NewInt(1)) {
			return false
		}
	}
	return n.expMinusSmall(rest, g.den)
}

// expMinusSmall is true with probability exp(−num/den) for num <= den: the first k at which a coin of
// probability num/(den·k) falls to no is odd with that probability.
func (n *Noise) expMinusSmall(num, den *big.Int) bool {
	if num.IsUint64() && den.IsUint64() && den.Uint64() < 1<<52 {
		a, b := num.Uint64(), den.Uint64()
		for k := uint64(1); n.err == nil; k++ {
			if !n.chance(a, b*k) {
				return k%2 == 1
			}
		}
		return true
	}
	m := new(big.Int)
	for k := int64(1); n.err == nil; k++ {
		m.Mul(den, m.SetInt64(k))
		if n.belowBig(m).Cmp(num) >= 0 {
			return k%2 == 1
		}
	}
	return true
}

// Laplace draws from the discrete Laplace distribution, P(x) ∝ exp(−|x|·num/den), with den at most 2^40.
// A count to which one record adds at most 1, plus this, is num/den-differentially private.
func (n *Noise) Laplace(num, den uint64) int64 {
	one := big.NewInt(1)
	bigDen := new(big.Int).SetUint64(den)
	for n.err == nil {
		u := n.below(den)
		if !n.expMinusSmall(new(big.Int).SetUint64(u), bigDen) {
			continue
		}
		v := uint64(0)
		for n.expMinusSmall(one, one) && n.err == nil {
			v++
		}
		y := int64((u + den*v) / num)
		negative := n.below(2) == 0
		if negative && y == 0 {
			continue // zero would come up twice as often
		}
		if negative {
			return -y
		}
		return y
	}
	return 0
}

// varianceUnit is the fineness of variances: 2^−16.
const varianceUnit = 1 << 16

// Gaussian draws from the discrete Gaussian distribution, P(x) ∝ exp(−x²/(2·variance)). The variance
// is rounded up to a multiple of 2^−16: never less noise than asked for. With L2 sensitivity s it is
// s²/(2·variance)-zCDP.
func (n *Noise) Gaussian(variance float64) int64 {
	if !(variance > 0) || variance > 1<<40 {
		panic(fmt.Sprintf("protect: discrete Gaussian noise of variance %v", variance))
	}
	units := uint64(math.Ceil(variance * varianceUnit)) // variance = units/varianceUnit
	t := uint64(math.Sqrt(variance)) + 1
	v := new(big.Int).SetUint64(units)
	d := big.NewInt(varianceUnit)
	dt := new(big.Int).Mul(d, new(big.Int).SetUint64(t))
	// exp(−(|y| − variance/t)²/(2·variance)) = exp(−(|y|·d·t − v)² / (2·v·d·t²))
	den := new(big.Int).Mul(v, dt)
	den.Mul(den, new(big.Int).SetUint64(2*t))
	num := new(big.Int)
	for n.err == nil {
		y := n.Laplace(1, t)
		num.SetInt64(max(y, -y))
		num.Mul(num, dt).Sub(num, v)
		num.Mul(num, num)
		if n.expMinus(fraction{num, den}) {
			return y
		}
	}
	return 0
}

// best picks one of scores with probability as by permute-and-flip (McKenna and Sheldon 2020): scores that one record
// changes by at most 1 make it num/den-differentially private.
func (n *Noise) best(scores []int64, num, den uint64) int {
	top := scores[0]
	for _, s := range scores {
		top = max(top, s)
	}
	left := make([]int, len(scores))
	for i := range left {
		left[i] = i
	}
	bigDen := new(big.Int).SetUint64(2 * den)
	for len(left) > 0 && n.err == nil {
		at := int(n.below(uint64(len(left))))
		i := left[at]
		left[at] = left[len(left)-1]
		left = left[:len(left)-1]
		gap := new(big.Int).SetUint64(uint64(top - scores[i]))
		gap.Mul(gap, new(big.Int).SetUint64(num))
		if n.expMinus(fraction{gap, bigDen}) {
			return i
		}
	}
	return 0
}
