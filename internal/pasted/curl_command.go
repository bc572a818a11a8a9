package pasted

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// prompt matches the beginning of a command for curl, after a prompt of the shell and settings of environment variables.
var prompt = regexp.MustCompile(`^(?:[^\s'"]*[$%#>] +)?(?:[A-Za-z_]\w*=\S* +)*curl(?:\.exe)?\s`)

// readCurlCommand reads a command for curl, as people write it and as browsers copy it ("Copy as cURL").
func readCurlCommand(text string) (*Found, error) {
	begin := prompt.FindString(text)
	if begin == "" {
		return nil, nil
	}
	f := newRequest(CurlCommand)
	var c curl
	c.read(words(text[len(begin):]))
	for _, line := range c.headers {
		if name, value, ok := field(line); ok {
			f.setField(name, value)
		} else if strings.HasPrefix(line, "@") {
			f.ignore("The file with header lines was not read.")
		}
	}
	if c.cookies != "" {
		f.Header.Add("Cookie", c.cookies)
	}
	if c.authorization != "" && len(f.Header["Authorization"]) == 0 {
		f.Header.Set("Authorization", c.authorization)
	}
	f.Method = c.method
	if f.Method == "" {
		f.Method = "GET"
		if len(c.body) > 0 && !c.inQuery {
			f.Method = "POST"
		}
	}
	body := strings.Join(c.body, "&")
	if c.inQuery {
		c.url, body = c.url+"?"+body, ""
	}
	f.finish(c.url, strings.Split(body, "\n"))
	return f, nil
}

// curl is a parsed command.
type curl struct {
	url, method, cookies, authorization string
	headers, body                       []string
	inQuery                             bool // -G
}

// curlOptions lists the options with a value that say something about the request. The slice valued lists the other options
// with a value.
var curlOptions = map[string]func(*curl, string){
	"--header":        func(c *curl, v string) { c.headers = append(c.headers, v) },
	"--cookie":        func(c *curl, v string) { c.cookies = v },
	"--request":       func(c *curl, v string) { c.method = v },
	"--url":           func(c *curl, v string) { c.url = v },
	"--oauth2-bearer": func(c *curl, v string) { c.authorization = "Bearer " + v },
	"--user":          func(c *curl, _ string) { c.authorization = "Basic ?" },
	"--data":          (*curl).addBody, "--data-raw": (*curl).addBody, "--data-binary": (*curl).addBody, "--data-ascii": (*curl).addBody,
	"--data-urlencode": (*curl).addBody, "--json": (*curl).addBody, "--form": (*curl).addBody,
}

func (c *curl) addBody(v string) { c.body = append(c.body, v) }

// curlLetters maps short options with a value to their long form. Those with an empty form say nothing about the request.
var curlLetters = map[byte]string{
	'H': "--header", 'b': "--cookie", 'X': "--request", 'u': "--user", 'd': "--data", 'F': "--form",
	'A': "", 'c': "", 'C': "", 'D': "", 'e': "", 'E': "", 'K': "", 'm': "", 'o': "", 'r': "", 't': "", 'T': "", 'w': "", 'x': "", 'y': "", 'Y': "", 'z': "",
}

// valued lists further long options with a value.
var valued = []string{
	"--user-agent", "--referer", "--output", "--max-time", "--connect-timeout", "--proxy", "--cacert", "--capath", "--cert", "--key", "--cert-type",
	"--key-type", "--resolve", "--connect-to", "--write-out", "--retry", "--retry-delay", "--config", "--cookie-jar", "--dump-header", "--interface",
	"--tls-max", "--ciphers", "--limit-rate", "--range", "--upload-file", "--unix-socket", "--max-redirs", "--trace", "--trace-ascii", "--proxy-header",
}

func (c *curl) read(args []string) {
	for i := 0; i < len(args); i++ {
		name, value, attached := option(args[i])
		switch set, ok := curlOptions[name]; {
		case name == "":
			if c.url == "" {
				c.url = value
			}
		case name == "--get":
			c.inQuery = true
		case ok || slices.Contains(valued, name):
			if !attached {
				if i++; i == len(args) {
					return
				}
				value = args[i]
			}
			if ok {
				set(c, value)
			}
		}
	}
}

// option splits an argument into the long form of its option and an attached value. The name is empty for a URL.
func option(arg string) (name, value string, attached bool) {
	switch {
	case len(arg) < 2 || arg[0] != '-':
		return "", arg, true
	case arg[1] == '-':
		return strings.Cut(arg, "=")
	}
	for i := 1; i < len(arg); i++ { // several letters may share one dash; a letter with a value is the last of them
		if long, ok := curlLetters[arg[i]]; ok {
			if long == "" {
				long = valued[0] // its value is skipped
			}
			return long, arg[i+1:], i+1 < len(arg)
		}
		if arg[i] == 'G' {
			return "--get", "", false
		}
		if arg[i] == 'I' {
			continue
		}
	}
	return arg, "", false
}

// readFetch reads a call of fetch in JavaScript, as browsers copy it ("Copy as fetch").
func readFetch(text string) (*Found, error) {
	call := strings.TrimSpace(strings.TrimPrefix(text, "await "))
	arguments, ok := strings.CutPrefix(call, "fetch(")
	if !ok {
		return nil, nil
	}
	var url string
	d := json.NewDecoder(strings.NewReader(arguments))
	if d.Decode(&url) != nil {
		return nil, nil
	}
	rest := strings.TrimLeft(arguments[d.InputOffset():], ", \n\t")
	var options map[string]any
	if json.NewDecoder(strings.NewReader(rest)).Decode(&options) != nil {
		options = nil
	}
	f := newRequest(Fetch)
	f.Method = "GET"
	if method := firstText(options, "method"); method != "" {
		f.Method = method
	}
	if headers, ok := options["headers"].(map[string]any); ok {
		f.Header = textMembers(headers)
	}
	f.finish(url, strings.Split(firstText(options, "body"), "\n"))
	return f, nil
}
