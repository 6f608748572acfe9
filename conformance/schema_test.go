package conformance_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// TestSchema holds the vectors of every wallet against their schema, by an
// implementation that is not ours, and shows that the schema refuses.
func TestSchema(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(vectors, "wallets")
	compiler := jsonschema.NewCompiler()
	schema, err := compiler.Compile(filepath.Join(dir, "schema.json"))
	require.NoError(t, err)
	require.Equal(t, 2020, schema.DraftVersion)
	files, err := filepath.Glob(filepath.Join(dir, "*", "vectors.json"))
	require.NoError(t, err)
	folders, err := os.ReadDir(dir)
	require.NoError(t, err)
	count := 0
	for _, folder := range folders {
		if folder.IsDir() {
			count++
		}
	}
	require.NotZero(t, count)
	require.Len(t, files, count)
	for _, file := range files {
		require.NoError(t, schema.Validate(instance(t, file)), file)
	}

	vector := func(file map[string]any) map[string]any { return file["vectors"].([]any)[0].(map[string]any) }
	for name, spoil := range map[string]func(file map[string]any){
		"a field missing":        func(file map[string]any) { delete(vector(file), "body") },
		"a field too many":       func(file map[string]any) { vector(file)["more"] = "x" },
		"a field too many above": func(file map[string]any) { file["more"] = "x" },
		"another version":        func(file map[string]any) { file["version"] = 2 },
		"another content":        func(file map[string]any) { file["signedContent"] = "something" },
		"no vectors":             func(file map[string]any) { file["vectors"] = []any{} },
		"a header that is none": func(file map[string]any) {
			vector(file)["headers"].(map[string]any)["Client-Id"] = 1
		},
		"a header missing": func(file map[string]any) {
			delete(vector(file)["headers"].(map[string]any), "Signature")
		},
		"another kind":          func(file map[string]any) { vector(file)["kind"] = "answer" },
		"a signature in base64": func(file map[string]any) { vector(file)["signatureHex"] = "QUJD" },
		"a whole URL":           func(file map[string]any) { vector(file)["uri"] = "https://wallet.example/v1" },
	} {
		file, ok := instance(t, files[0]).(map[string]any)
		require.True(t, ok)
		spoil(file)
		var refused *jsonschema.ValidationError
		require.ErrorAs(t, schema.Validate(file), &refused, name)
	}
}

func instance(t *testing.T, file string) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(readFile(t, file)))
	require.NoError(t, err)
	return value
}
