package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

var shells = []string{"bash", "zsh", "fish"}

// complete prints a script for a shell. The scripts are for the name explain, under which the command is installed.
func complete(_ context.Context, o options, s streams) (int, error) {
	if !slices.Contains(shells, o.completion) {
		return usage, fmt.Errorf("-completion is one of %s", strings.Join(shells, ", "))
	}
	var all []setting
	for _, g := range o.groups() {
		all = append(all, g.settings...)
	}
	script := map[string]func([]setting) string{"bash": bash, "zsh": zsh, "fish": fish}[o.completion]
	_, err := io.WriteString(s.out, script(all))
	return accepted, err
}

func bash(all []setting) string {
	var b strings.Builder
	var names, files, dirs, others []string
	var words strings.Builder
	for _, f := range all {
		name := "-" + f.name
		names = append(names, name)
		switch {
		case f.words != nil:
			fmt.Fprintf(&words, "\t\t%s) COMPREPLY=($(compgen -W %q -- \"$cur\")); return ;;\n", name, strings.Join(f.words, " "))
		case f.argument == "FILE":
			files = append(files, name)
		case f.argument == "DIR":
			dirs = append(dirs, name)
		case f.argument != "":
			others = append(others, name)
		}
	}
	b.WriteString("# source <(explain -completion bash)\n_explain() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n\tCOMPREPLY=()\n\tcase $previous in\n")
	b.WriteString(words.String())
	fmt.Fprintf(&b, "\t\t%s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", strings.Join(files, "|"))
	fmt.Fprintf(&b, "\t\t%s) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n", strings.Join(dirs, "|"))
	fmt.Fprintf(&b, "\t\t%s) return ;;\n\tesac\n", strings.Join(others, "|"))
	fmt.Fprintf(&b, "\tCOMPREPLY=($(compgen -W %q -- \"$cur\"))\n}\ncomplete -o filenames -F _explain explain\n", strings.Join(names, " "))
	return b.String()
}

func zsh(all []setting) string {
	var b strings.Builder
	b.WriteString("#compdef explain\n# explain -completion zsh > \"${fpath[1]}/_explain\"\n_arguments \\\n")
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`, `\`, `\\`)
	for _, f := range all {
		repeat := ""
		if _, ok := f.into.(*list); ok {
			repeat = "*"
		}
		fmt.Fprintf(&b, "\t'%s-%s[%s]", repeat, f.name, quote.Replace(f.text))
		switch {
		case f.words != nil:
			fmt.Fprintf(&b, ":%s:(%s)", f.argument, strings.Join(f.words, " "))
		case f.argument == "FILE":
			b.WriteString(":FILE:_files")
		case f.argument == "DIR":
			b.WriteString(":DIR:_files -/")
		case f.argument != "":
			fmt.Fprintf(&b, ":%s: ", f.argument)
		}
		b.WriteString("' \\\n")
	}
	return strings.TrimSuffix(b.String(), " \\\n") + "\n"
}

func fish(all []setting) string {
	var b strings.Builder
	b.WriteString("# explain -completion fish > ~/.config/fish/completions/explain.fish\ncomplete -c explain -f\n")
	quote := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	for _, f := range all {
		fmt.Fprintf(&b, "complete -c explain -o %s -d '%s'", f.name, quote.Replace(f.text))
		switch {
		case f.words != nil:
			fmt.Fprintf(&b, " -x -a '%s'", strings.Join(f.words, " "))
		case f.argument == "FILE":
			b.WriteString(" -r -F")
		case f.argument == "DIR":
			b.WriteString(" -x -a '(__fish_complete_directories)'")
		case f.argument != "":
			b.WriteString(" -x")
		}
		b.WriteString("\n")
	}
	return b.String()
}
