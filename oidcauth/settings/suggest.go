package settings

import (
	"slices"
	"strings"
)

// otherNames has the known name for usual other names of the same thing, where the letters suggest a wrong one.
var otherNames = map[string]string{"mssql": "sqlserver", "aud": "audience", "iss": "issuer"}

// nearest returns the known name that was probably meant: one that differs by case, by few letters, or that contains
// the name.
func nearest(name string, known []string) string {
	if other := otherNames[strings.ToLower(name)]; slices.Contains(known, other) {
		return other
	}
	best, least := "", 1+len(name)/3
	for _, k := range known {
		if strings.EqualFold(squeeze(k), squeeze(name)) {
			return k
		}
		if d := distance(strings.ToLower(name), strings.ToLower(k), least); d < least || d == least && best == "" {
			best, least = k, d
		}
	}
	if i := slices.IndexFunc(known, func(k string) bool { return len(name) > 3 && strings.Contains(k, name) }); best == "" && i >= 0 {
		return known[i]
	}
	return best
}

// squeeze drops the signs that other formats put between words.
func squeeze(name string) string { return strings.NewReplacer("_", "", "-", "", " ", "").Replace(name) }

// distance is the number of letters to insert, delete or replace to make b of a. A result above most is most+1.
func distance(a, b string, most int) int {
	if d := len(a) - len(b); d > most || -d > most || len(a) > maxName {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return min(row[len(b)], most+1)
}
