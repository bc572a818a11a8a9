package pasted

import (
	"regexp"
	"strings"
)

// assignment is a variable with a token, as in a shell, in a file of settings or in YAML. A name before a colon may also be that of a
// header, unless it has an underscore or the value is quoted.
var assignment = regexp.MustCompile(`^(?:export |set |\$env:|- )?(?:\w+\s*=|\w*_\w*\s*:|\w+\s*:\s*["'])\s*["']?([^\s"']+)["']?[;,]?$`)

// unwrapped returns the text within a JSON string, and the token of a variable. The note says what was removed.
func unwrapped(text string) (inner, note string) {
	if text != "" && text[0] == '"' {
		if inner, ok := decode(text).(string); ok {
			return strings.TrimSpace(inner), "The quotation marks around the text were removed."
		}
	}
	if m := assignment.FindStringSubmatch(text); m != nil {
		if isJWT(m[1]) {
			return m[1], "The name before the value was ignored."
		}
	}
	return text, ""
}

// readWords reads one token that stands alone, on one line or broken into several, or several tokens that have one line each.
func readWords(text string) (*Found, error) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
		if strings.ContainsAny(lines[i], " \t") {
			return nil, nil
		}
	}
	f := &Found{Kind: SingleToken}
	if len(lines) > 1 && !isWrapped(lines) {
		f.Kind = Tokens
		for _, line := range lines {
			f.add("token", line)
		}
		return f, nil
	}
	if len(lines) > 1 {
		f.ignore("The line breaks within the token were removed.")
	}
	token := strings.Join(lines, "")
	if inner := strings.Trim(token, `"'`+"`"); inner != token && inner != "" {
		f.ignore("The quotation marks around the token were removed.")
		token = inner
	}
	f.add("token", token)
	return f, nil
}

// narrow is the least length of a line that a terminal or a mail wraps.
const narrow = 60

// isWrapped reports whether the lines are one token: the parts of one JWT, or lines of one length before the last.
func isWrapped(lines []string) bool {
	whole := strings.Join(lines, "")
	if strings.HasPrefix(whole, "eyJ") && strings.Count(whole, ".") <= 4 && !strings.Contains(lines[len(lines)-1], "eyJ") {
		return true
	}
	if len(lines[0]) < narrow {
		return false
	}
	for _, line := range lines[:len(lines)-1] {
		if len(line) != len(lines[0]) || strings.HasPrefix(line, "eyJ") && strings.Count(line, ".") >= 2 {
			return false
		}
	}
	return len(lines[len(lines)-1]) <= len(lines[0])
}

// readText finds tokens in another text, such as a log. Without any, the whole text is taken for the token.
func readText(text string) *Found {
	f := &Found{Kind: Text}
	for _, m := range bearer.FindAllStringSubmatch(text, MaxTokens) {
		f.add("token", m[1])
	}
	for _, token := range jwt.FindAllString(text, MaxTokens) {
		f.add("token", token)
	}
	if len(f.Tokens) == 0 {
		f.Kind = SingleToken
		f.add("token", text)
		f.ignore("No token was recognized, so the whole text was examined as one.")
		return f
	}
	f.ignore("The text around the tokens was ignored.")
	return f
}
