package stage

import (
	"encoding/json"
	"io/fs"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/consttest"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/wire"
)

var brace = regexp.MustCompile(`\{\w+\}`)

// Every text is there in every language, with the same things to fill in.
func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	words := glossary(t)
	for key, text := range texts {
		require.NotEmpty(t, strings.TrimSpace(text.En), key)
		require.NotEmpty(t, strings.TrimSpace(text.Es), key)
		en, es := brace.FindAllString(text.En, -1), brace.FindAllString(text.Es, -1)
		slices.Sort(en)
		slices.Sort(es)
		require.Equal(t, en, es, key)
		for word, instead := range words {
			require.NotRegexp(t, "(?i)"+word, text.Es, "%s: say %s", key, instead)
		}
	}
}

// glossary are the words that no Spanish text has, as regular expressions, and what to say instead.
func glossary(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("../../../testdata/glossary.json")
	require.NoError(t, err)
	var words map[string]string
	require.NoError(t, json.Unmarshal(data, &words))
	return words
}

// wanted are the keys that the code makes up.
func wanted() []string {
	var keys []string
	for step := 1; step <= steps; step++ {
		keys = append(keys, "step."+strconv.Itoa(step))
	}
	for party := range parties {
		keys = append(keys, "party."+strconv.Itoa(int(party)))
	}
	for _, mark := range []Mark{MarkSigned, MarkPlain, MarkInferred, MarkFailed, MarkRefused, MarkLost, MarkNote} {
		keys = append(keys, "mark."+string(mark))
	}
	for _, trouble := range troubles {
		keys = append(keys, "trouble."+trouble.name, "trouble."+trouble.name+".note")
		if trouble.fault != nil {
			keys = append(keys, "note."+string(trouble.fault.Kind))
		}
	}
	for _, state := range orderflow.States() {
		keys = append(keys, "state."+string(state))
	}
	for _, code := range []string{"9000", "8000", "4000", "6001", "6002", "6004", "8001", "4001", "4002"} {
		keys = append(keys, "callback."+code)
	}
	for _, op := range []wire.Operation{
		wire.OpPay, wire.OpInquiryPayment, wire.OpCancel, wire.OpRefund,
		wire.OpInquiryRefund, wire.OpCapture,
		wire.OpVoid, wire.OpNotifyVoid, wire.OpNotifyCashierURL,
		"notifyRefund", "notifyCapture", "notifyDispute",
	} {
		keys = append(keys, "op."+string(op))
	}
	return keys
}

// Every key that a page, a module or the code uses has a text, and every text
// is used.
func TestTextsAreUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, key := range wanted() {
		require.Contains(t, texts, key)
		used[key] = true
	}
	literal := regexp.MustCompile("\"([a-zA-Z]+(?:\\.[\\w/]+)*)\"")
	require.NoError(t, fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(name)
		for _, found := range literal.FindAllStringSubmatch(string(data), -1) {
			used[found[1]] = true
		}
		for _, found := range regexp.MustCompile(`\.T "([^"]+)"`).FindAllStringSubmatch(string(data), -1) {
			require.Contains(t, texts, found[1], name)
		}
		if strings.HasPrefix(name, "miniprogram/") {
			return err // whose texts examples/miniprogram has, and tests
		}
		for _, found := range regexp.MustCompile(`\bt\("([^"]+)"`).FindAllStringSubmatch(string(data), -1) {
			require.Contains(t, texts, found[1], name)
		}
		return err
	}))
	made := []string{"cause.", "verdict.", "note.", "detail.", "op.", "trouble.", "step.", "begin.", "scenario.",
		"desk."} // of codes, by name
	for key := range texts {
		byCode := slices.ContainsFunc(made, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
		require.True(t, used[key] || byCode, "nobody says %q", key)
	}
}

// Each of the doctor's causes has its words, and no other.
func TestCausesHaveWords(t *testing.T) {
	t.Parallel()
	causes := consttest.Texts(t, "../../../doctor", "Cause")
	require.NotEmpty(t, causes)
	for _, cause := range causes {
		require.Contains(t, texts, "cause."+cause)
	}
	said := 0
	for key := range texts {
		if strings.HasPrefix(key, "cause.") {
			said++
		}
	}
	require.Equal(t, len(causes), said)
}

func TestLanguageOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, query, accept, want string }{
		{"nothing", "", "", "own"},
		{"asked for", "?lang=es", "en", "es"},
		{"a region", "?lang=es-MX", "", "es"},
		{"by the browser", "", "es-AR,es;q=0.9,en;q=0.8", "es"},
		{"the better one", "", "es;q=0.1,en;q=0.9", "en"},
		{"none of ours", "?lang=fr", "de,fr", "own"},
		{"nonsense", "", ";;q=x,=", "own"},
		{"not wanted", "", "es;q=0", "own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &Stage{language: language{Tag: "own"}}
			r := httptest.NewRequest("GET", "/"+tt.query, nil)
			r.Header.Set("Accept-Language", tt.accept)
			require.Equal(t, tt.want, s.languageOf(r).Tag)
		})
	}
}
