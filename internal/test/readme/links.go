package readme

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

var (
	errLink = errors.New("a link leads nowhere")

	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	inline  = regexp.MustCompile("`[^`]*`")
)

// CheckLinks finds relative links of a page, given by its path, that lead to no file, or to no heading of one.
func CheckLinks(path string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var faults []error
	prose := inline.ReplaceAllString(fenced.ReplaceAllString(string(page), ""), "")
	for _, m := range link.FindAllStringSubmatch(prose, -1) {
		if strings.Contains(m[1], "://") {
			continue
		}
		to, anchor, _ := strings.Cut(m[1], "#")
		target := path
		if to != "" {
			target = filepath.Join(filepath.Dir(path), filepath.FromSlash(to))
		}
		if !leads(target, anchor) {
			faults = append(faults, fmt.Errorf("%w: %s", errLink, m[1]))
		}
	}
	return errors.Join(faults...)
}

func leads(target, anchor string) bool {
	if anchor == "" {
		_, err := os.Stat(target)
		return err == nil
	}
	page, err := os.ReadFile(target)
	if err != nil {
		return false
	}
	for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(string(page), ""), -1) {
		if slug(h[1]) == anchor {
			return true
		}
	}
	return false
}

// slug is the anchor that the hosting site makes of a heading.
func slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}
