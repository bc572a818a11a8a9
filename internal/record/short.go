package record

// MaxShort is how long a text may be that [Short] leaves as it is, in bytes.
const MaxShort = 200

// Short bounds what is repeated from an unverified token.
func Short(s string) string { return Clip(s, MaxShort) }

// MaxList is the most names of a [List].
const MaxList = 50

const maxListedBytes = 2 << 10

// List bounds the names that are repeated from outside, in number and in all.
func List(names []string) []string {
	out := make([]string, 0, min(len(names), MaxList))
	room := maxListedBytes
	for _, n := range names[:min(len(names), MaxList)] {
		n = Short(n)
		if room -= len(n); room < 0 {
			return append(out, "…")
		}
		out = append(out, n)
	}
	return out
}
