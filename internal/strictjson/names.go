package strictjson

// nameSet finds duplicates: by comparison while there are few names, and by a map beyond that.
type nameSet struct {
	marks [4]uint64        // The marks of the names in the set. A name whose mark is missing is new.
	few   [fewNames]string // An array, so that the set of an ordinary object stays on the stack.
	count int
	many  map[string]struct{}
}

// mark reports whether the mark of a name was set, and sets it.
func (n *nameSet) mark(name string) bool {
	m := byte(len(name))
	if name != "" {
		m = m*31 + name[0]*7 + name[len(name)-1]
	}
	word, bit := &n.marks[m>>6], uint64(1)<<(m&63)
	had := *word&bit != 0
	*word |= bit
	return had
}

const fewNames = 32

func (n *nameSet) add(name string) bool {
	if n.many != nil {
		_, dup := n.many[name]
		n.many[name] = struct{}{}
		return !dup
	}
	if n.mark(name) {
		for _, have := range n.few[:n.count] {
			if have == name {
				return false
			}
		}
	}
	if n.count < fewNames {
		n.few[n.count] = name
		n.count++
		return true
	}
	n.many = make(map[string]struct{}, 2*fewNames)
	for _, have := range n.few {
		n.many[have] = struct{}{}
	}
	n.many[name] = struct{}{}
	return true
}

// Folds holds names that must not be imitated. A lenient decoder reads a member that differs only by case as one of
// these names, while a strict one ignores it.
type Folds struct {
	byFolded map[string]string
	lower    bool // Folding changes no known name, so that a name which it does not change either imitates none.
}

// NewFolds returns the Folds of these names, which consist of ASCII letters, digits and signs.
func NewFolds(names ...string) Folds {
	f := Folds{byFolded: make(map[string]string, len(names)), lower: true}
	for _, n := range names {
		var buf [maxFolded]byte
		if folded, ok := fold(n, buf[:0]); ok {
			f.byFolded[string(folded)] = n
			f.lower = f.lower && isLower(n)
		}
	}
	return f
}

// Imitation returns the first member whose name differs from a known name, but is equal to it after folding.
func (f Folds) Imitation(o Object) (name string, found bool) {
	var buf [maxFolded]byte
	for i := range o.members {
		name := o.members[i].Name
		if f.lower && isLower(name) {
			continue
		}
		folded, ok := fold(name, buf[:0])
		if !ok {
			continue
		}
		if known, hit := f.byFolded[string(folded)]; hit && known != name {
			return name, true
		}
	}
	return "", false
}

// isLower reports whether folding leaves the name unchanged.
func isLower(name string) bool {
	for i := range len(name) {
		if c := name[i]; c > 0x7F || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

const maxFolded = 32

// fold lowers a name by Unicode simple folding. U+017F and U+212A are the only other characters that fold to ASCII.
func fold(name string, buf []byte) ([]byte, bool) {
	for _, r := range name {
		switch {
		case len(buf) == maxFolded:
			return nil, false
		case r == 'ſ':
			r = 's'
		case r == '\u212A':
			r = 'k'
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r > 0x7F:
			return nil, false
		}
		buf = append(buf, byte(r))
	}
	return buf, true
}
