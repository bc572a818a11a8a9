package operatorpage

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
)

var update = flag.Bool("update", false, "write the screenshots of the documentation")

// height is that of a screenshot.
const height = 740

// folder is where the pages of the documentation find the screenshots.
const folder = "../../../../.github/images"

// With -update, the screenshots of the documentation are written. The scene has a clock of its own, and the random decision id is
// below the edge, so only changes of the page and of the browser change them.
func TestScreenshots(t *testing.T) {
	s := newScene(t, false)
	for _, scheme := range []string{"light", "dark"} {
		tab := s.openTab(t, 1200, height)
		tab.Prefers("prefers-color-scheme="+scheme, "prefers-reduced-motion=reduce")
		tab.Go(s.url)
		s.shoot(tab, "operator-page-"+scheme)
		tab.Go(s.url + "decision?id=" + s.id)
		s.shoot(tab, "operator-page-refusal-"+scheme)
	}
}

func (s *scene) shoot(t *browser.Tab, name string) {
	t.Helper()
	text, err := chromedp.Run(t, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	shot, err := png.Decode(bytes.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, image.Pt(1200, height), shot.Bounds().Size())
	small := withPalette(shot)
	require.Greater(t, len(small.Palette), 8, "the page is not blank")
	if !*update {
		return
	}
	var out bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small))
	require.NoError(t, os.MkdirAll(folder, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, name+".png"), out.Bytes(), 0o644))
}

// withPalette reduces an image to its 256 most frequent colours, which makes its file small.
func withPalette(in image.Image) *image.Paletted {
	count := map[color.RGBA]int{}
	bounds := in.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(in.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return slices.Compare([]int{-count[a], int(a.R), int(a.G), int(a.B)}, []int{-count[b], int(b.R), int(b.G), int(b.B)})
	})
	out := image.NewPaletted(bounds, nil)
	for _, c := range colours[:min(len(colours), 256)] {
		out.Palette = append(out.Palette, c)
	}
	index := map[color.RGBA]uint8{}
	for c := range count {
		index[c] = uint8(out.Palette.Index(c))
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			out.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	return out
}
