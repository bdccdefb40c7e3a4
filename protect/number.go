package protect

import (
	"encoding/json"
	"math"
)

// Number is a float64 that JSON prints in full precision, and as null when it is not finite.
type Number float64

// Null is the number that could not be computed.
var Null = Number(math.NaN())

// MarshalJSON prints the shortest digits that read back as the same float64.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(f)
	}
	return []byte("null"), nil
}

// ratio is a/b, or null where there is nothing to divide by.
func ratio(a, b float64) Number {
	if b == 0 {
		return Null
	}
	return Number(a / b)
}
