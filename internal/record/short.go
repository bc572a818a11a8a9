package record

// MaxShort is the length in bytes up to which [Short] leaves a text unchanged.
const MaxShort = 200

// Short shortens a text of an unverified token.
func Short(s string) string { return Clip(s, MaxShort) }

// MaxList is the largest number of names in the result of [List].
const MaxList = 50

// maxListedBytes is the largest sum of the lengths.
const maxListedBytes = 2 << 10

// List shortens a list of names of an unverified token. It limits their number, the length of each, and the sum of the
// lengths.
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
