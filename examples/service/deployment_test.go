package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// instruction is one of a container file, such as USER.
type instruction struct{ name, text string }

type instructions []instruction

// known are the instructions of a container file, apart from the obsolete ones.
var known = strings.Fields("FROM ARG ENV WORKDIR COPY ADD RUN USER EXPOSE HEALTHCHECK ENTRYPOINT CMD LABEL STOPSIGNAL VOLUME SHELL ONBUILD")

// instructionsOf reads a container file. It knows no here-documents.
func instructionsOf(t *testing.T, file string) instructions {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var out instructions
	for _, line := range strings.Split(strings.ReplaceAll(string(data), "\\\n", " "), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, text, _ := strings.Cut(line, " ")
		require.Contains(t, known, name, line)
		require.NotEmpty(t, text, line)
		out = append(out, instruction{name, text})
	}
	return out
}

// last are the instructions of the last stage.
func (in instructions) last() instructions {
	for i := len(in) - 1; i >= 0; i-- {
		if in[i].name == "FROM" {
			return in[i:]
		}
	}
	return nil
}

// texts are those of the instructions of this name.
func (in instructions) texts(name string) (out []string) {
	for _, i := range in {
		if i.name == name {
			out = append(out, i.text)
		}
	}
	return out
}

// exec is the command of an instruction in the form that needs no shell.
func (in instructions) exec(t *testing.T, name string) (command []string) {
	t.Helper()
	texts := in.last().texts(name)
	require.Len(t, texts, 1, name)
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(texts[0], "CMD ")), &command), name)
	return command
}

func TestImageHasNoShellAndNoRoot(t *testing.T) {
	in := instructionsOf(t, "Containerfile")
	from := in.texts("FROM")
	require.Len(t, from, 2)
	_, stage, named := strings.Cut(from[0], " AS ")
	require.True(t, named)
	last := in.last()
	require.Empty(t, last.texts("RUN"), "the last image has no shell")
	require.Equal(t, []string{"65532:65532"}, last.texts("USER"))
	require.Equal(t, []string{"--from=" + stage + " /service /service"}, last.texts("COPY"))
	for _, name := range []string{"ENTRYPOINT", "HEALTHCHECK"} {
		require.Equal(t, "/service", in.exec(t, name)[0], name)
	}
	require.Equal(t, []string{"8080"}, last.texts("EXPOSE"))
	require.Contains(t, in.exec(t, "HEALTHCHECK"), "http://127.0.0.1:8080/healthz")
}

// httpProbe is a probe of Kubernetes.
type httpProbe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

// deployment has the members of a Deployment that the test reads.
type deployment struct {
	Spec struct {
		Template struct {
			Spec struct {
				Containers []struct {
					Liveness     httpProbe `yaml:"livenessProbe"`
					Readiness    httpProbe `yaml:"readinessProbe"`
					VolumeMounts []struct {
						Name string
						Path string `yaml:"mountPath"`
					} `yaml:"volumeMounts"`
					Ports []struct {
						Name string
						Port int `yaml:"containerPort"`
					}
				}
				Volumes []struct {
					Name   string
					Secret struct{ Items []struct{ Path string } }
				}
			}
		}
	}
}

// decode reads the object of a kind from the manifest.
func decode(t *testing.T, kind string, into any) {
	t.Helper()
	data, err := os.ReadFile("kubernetes.yaml")
	require.NoError(t, err)
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var n yaml.Node
		require.NoError(t, decoder.Decode(&n), kind)
		var head struct{ Kind string }
		require.NoError(t, n.Decode(&head))
		if head.Kind == kind {
			require.NoError(t, n.Decode(into))
			return
		}
	}
}

// The settings of the manifest are a valid document, and each of its secrets is a file that the Deployment mounts.
func TestManifestMountsSettingsAndSecrets(t *testing.T) {
	var d deployment
	decode(t, "Deployment", &d)
	var configMap struct{ Data map[string]string }
	decode(t, "ConfigMap", &configMap)
	pod := d.Spec.Template.Spec
	require.Len(t, pod.Containers, 1)
	container := pod.Containers[0]
	require.Equal(t, "/healthz", container.Liveness.HTTPGet.Path)
	require.Equal(t, "/readyz", container.Readiness.HTTPGet.Path)
	require.Equal(t, 8080, container.Ports[0].Port)
	require.Equal(t, container.Ports[0].Name, container.Readiness.HTTPGet.Port)

	mounts := map[string]string{}
	for _, m := range container.VolumeMounts {
		mounts[m.Name] = m.Path
	}
	dir := t.TempDir() // is the root of the container
	for _, v := range pod.Volumes {
		require.Contains(t, mounts, v.Name)
		for _, item := range v.Secret.Items {
			file := filepath.Join(dir, mounts[v.Name], item.Path)
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
			require.NoError(t, os.WriteFile(file, []byte("a secret"), 0o600))
		}
	}
	inContainer := instructionsOf(t, "Containerfile").exec(t, "ENTRYPOINT")
	require.Contains(t, inContainer, path.Join(mounts["settings"], "settings.json"))
	text := strings.ReplaceAll(configMap.Data["settings.json"], "/run/", dir+"/run/")
	doc, err := settings.Parse([]byte(text))
	require.NoError(t, err)
	c, err := doc.Configuration(settings.Options{})
	require.NoError(t, err)
	require.NoError(t, c.Close())
}
