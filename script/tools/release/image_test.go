package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDockerfile: the image is the command and nothing else, and the flags with which it starts exist.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(repositoryRoot, "Dockerfile"))
	require.NoError(t, err)
	read, err := readImage(string(data))
	require.NoError(t, err)
	require.Equal(t, "/tradepay", read.entrypoint)
	require.Equal(t, "/out/tradepay", read.files[read.entrypoint])
	require.DirExists(t, filepath.Join(repositoryRoot, "cmd", "tradepay"))
	require.Contains(t, string(data), "-o /out/tradepay ./cmd/tradepay")
	require.Contains(t, string(data), "-X main.release=$VERSION")
}

func TestDockerfilesThatAreRefused(t *testing.T) {
	t.Parallel()
	const good = `FROM golang AS build
RUN go build -o /out/tradepay ./cmd/tradepay && \
    mkdir /out/sandbox
FROM scratch
# The command.
COPY --from=build /out/tradepay /tradepay
COPY --from=build /out/sandbox /sandbox
USER 65532:65532
ENTRYPOINT ["/tradepay"]
`
	_, err := readImage(good)
	require.NoError(t, err)
	for old, changed := range map[string]string{
		"FROM scratch":                  "FROM alpine",
		"USER 65532:65532\n":            "",
		"USER 65532:65532":              "USER 0:0",
		"USER 65532":                    "USER nobody",
		`ENTRYPOINT ["/tradepay"]`:      "ENTRYPOINT /tradepay",
		`["/tradepay"]`:                 `["/other"]`,
		"COPY --from=build /out/sandbo": "COPY sandbo",
		"/out/tradepay /tradepay":       "/out/other /tradepay",
	} {
		_, err := readImage(strings.Replace(good, old, changed, 1))
		require.ErrorIs(t, err, errImage, changed)
	}
}
