package pasted

import "strings"

// maxWords is the largest number of words of a command.
const maxWords = 1000

// words splits a command as a POSIX shell does, or as cmd.exe does if its escapes are used. It expands nothing, so that a variable
// that was not replaced remains visible. It ends at the end of the command.
func words(command string) []string {
	if strings.Contains(command, `^"`) || strings.Contains(command, "^\n") {
		command = withoutCarets(command)
	}
	var (
		out  []string
		word strings.Builder
		open bool // a word has begun
	)
	end := func() {
		if open {
			out = append(out, word.String())
		}
		word.Reset()
		open = false
	}
	for i := 0; i < len(command) && len(out) < maxWords; i++ {
		switch c := command[i]; c {
		case ' ', '\t':
			end()
		case '\n', '|', ';', '&', '>', '<':
			if c != '\n' || open || len(out) > 0 {
				end()
				return out
			}
		case '\\', '`':
			if i++; i < len(command) && command[i] != '\n' {
				word.WriteByte(command[i])
				open = true
			}
		case '\'', '"':
			ansi := c == '\'' && strings.HasSuffix(word.String(), "$") && word.Len() == 1
			if ansi {
				word.Reset()
			}
			i = quoted(command, i, ansi, &word)
			open = true
		default:
			word.WriteByte(c)
			open = true
		}
	}
	end()
	return out
}

// quoted adds the text between quotes, and returns the index of the closing one.
func quoted(command string, i int, ansi bool, word *strings.Builder) int {
	mark := command[i]
	for i++; i < len(command) && command[i] != mark; i++ {
		escapes := mark == '"' || ansi
		if command[i] != '\\' || !escapes || i+1 == len(command) {
			word.WriteByte(command[i])
			continue
		}
		i++
		switch next := command[i]; {
		case ansi && next == 'n':
			word.WriteByte('\n')
		case next == '\n':
		case ansi || strings.IndexByte("\"\\$`", next) >= 0:
			word.WriteByte(next)
		default:
			word.WriteByte('\\')
			word.WriteByte(next)
		}
	}
	return i
}

// withoutCarets removes the escapes of cmd.exe.
func withoutCarets(command string) string {
	var b strings.Builder
	for i := 0; i < len(command); i++ {
		if command[i] == '^' && i+1 < len(command) {
			if i++; command[i] == '\n' {
				b.WriteByte(' ')
				continue
			}
		}
		b.WriteByte(command[i])
	}
	return b.String()
}
