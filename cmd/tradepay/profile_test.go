package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepayenv"
)

// withProfile writes a profile of the user, and gives the user a home.
func withProfile(t *testing.T, u *user, name, content string) string {
	t.Helper()
	home := u.env["HOME"]
	if home == "" {
		home = t.TempDir()
		u.env["HOME"], u.env["XDG_CONFIG_HOME"], u.env["AppData"] = home, "", filepath.Join(home, "AppData")
	}
	c := &cli{getenv: func(name string) string { return u.env[name] }}
	folder, err := c.profileFolder()
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(folder, 0o700))
	file := filepath.Join(folder, name+".env")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

// TestProfile: the settings come from it and from flags, and of the environment only secrets.
func TestProfile(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	var lines []string
	for variable, value := range u.env {
		lines = append(lines, "export "+variable+"="+shellQuote(value))
	}
	content := "# of the sandbox\n\n" + strings.Join(lines, "\n") + "\n"
	withProfile(t, u, "shop", content)
	stranger := newUser(t, map[string]string{
		"HOME": u.env["HOME"], "AppData": u.env["AppData"],
		tradepayenv.BaseURL: "https://gateway.other.example", tradepayenv.AppID: "other",
	})
	for _, args := range [][]string{
		{"order", "create", "order-1", "-amount", "1.00", "-currency", "USD", "-profile", "shop"},
		{"-profile", "shop", "order", "query", "order-1"},
		{"-profile=shop", "-lang=es", "order", "query", "order-1"},
		{"doctor", "-live", "-profile", "shop"},
	} {
		got := stranger.run(args...)
		require.Equal(t, exitOK, got.code, "%q %s", args, got.stderr)
	}
	got := stranger.run("order", "query", "order-1", "-profile", "shop", "-base-url", "http://127.0.0.1:1")
	require.Contains(t, got.stderr, "tradepay order query -id order-1 -base-url http://127.0.0.1:1 -profile shop")

	list := stranger.run("profiles")
	require.Equal(t, exitOK, list.code)
	require.Regexp(t, `shop +platform-v2  http://127\.0\.0\.1`, list.out)
	var all struct{ Profiles []map[string]string }
	require.NoError(t, json.Unmarshal([]byte(stranger.run("profiles", "-json").out), &all))
	require.Equal(t, "shop", all.Profiles[0]["name"])

	got = stranger.run("order", "query", "order-1", "-profile", "shpo")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "did you mean shop?")
	withProfile(t, u, "half", "TRADEPAY_WALLET=VodaPay\n")
	got = stranger.run("order", "query", "order-1", "-profile", "half")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "TRADEPAY_BASE_URL of profile half: is not set", "the environment's does not count")
	require.Contains(t, newUser(t, map[string]string{"HOME": t.TempDir(), "AppData": t.TempDir()}).run("profiles").out,
		"There are none yet.")
}

// TestProfileSecrets: a secret in a profile is refused, with the remedy and without the secret.
func TestProfileSecrets(t *testing.T) {
	t.Parallel()
	pair := newPair(t)
	private := string(mustReadFile(t, pair+"-private.pem"))
	bare := strings.Join(strings.Split(strings.TrimSpace(private), "\n")[1:], "")
	bare, _, _ = strings.Cut(bare, "-----")
	for line, says := range map[string]string{
		"TRADEPAY_PRIVATE_KEY=" + bare: "name that in " +
			"TRADEPAY_PRIVATE_KEY_FILE",
		"TRADEPAY_PRIVATE_KEY='" + strings.ReplaceAll(private, "\n",
			`\n`) + "'": "name that in TRADEPAY_PRIVATE_KEY_FILE",
		"TRADEPAY_CLIENT_ID=" + bare:        "TRADEPAY_CLIENT_ID holds a secret",
		"TRADEPAY_AGENT_TOKEN=secret-token": "set it in the environment",
		"export TRADEPAY_AGENT_TOKEN=x-secret": "line 1: " +
			"TRADEPAY_AGENT_TOKEN is a secret",
	} {
		u := newUser(t, map[string]string{})
		withProfile(t, u, "shop", line)
		got := u.run("order", "query", "order-1", "-profile", "shop")
		require.Equal(t, exitUsage, got.code, line)
		require.Contains(t, got.stderr, says)
		require.NotContains(t, got.stderr, "secret-token")
		require.NotContains(t, got.stderr, bare[:40])
		require.NotContains(t, u.run("profiles").out, bare[:40])
	}
}

func TestProfileRejects(t *testing.T) {
	t.Parallel()
	for line, says := range map[string]string{
		"TRADEPAY_WALET=VodaPay":                         "did you mean TRADEPAY_WALLET?",
		"PATH=/bin":                                      "PATH is no setting",
		"TRADEPAY_WALLET":                                "write it like NAME=value",
		"TRADEPAY_WALLET=Touch 'n Go":                    "put the value of TRADEPAY_WALLET into single quotes",
		"TRADEPAY_WALLET=$WALLET":                        "put the value of TRADEPAY_WALLET into single quotes",
		"TRADEPAY_WALLET=VodaPay\nTRADEPAY_WALLET=GCash": "line 2: TRADEPAY_WALLET is there twice",
		strings.Repeat("#", maxProfile+1):                "is far too large",
	} {
		u := newUser(t, map[string]string{})
		withProfile(t, u, "shop", line)
		got := u.run("doctor", "-profile", "shop")
		require.Equal(t, exitUsage, got.code)
		require.Contains(t, got.stderr, says)
	}
	for _, name := range []string{"../shop", ".hidden", "a/b", "a b", "\x1b"} {
		u := newUser(t, map[string]string{})
		withProfile(t, u, "shop", "")
		require.Contains(t, u.run("doctor", "-profile", name).stderr, "a profile has a plain name", name)
	}
	got := newUser(t, nil).run("doctor", "-profile", "shop")
	require.Contains(t, got.stderr, "there is no folder for profiles")
}

// TestProfileOwner: the profile and its folder are the user's or root's, and no one else may
// write them, also where the profile is a link to elsewhere.
func TestProfileOwner(t *testing.T) {
	t.Parallel()
	if !hasModes {
		require.Equal(t, "windows", runtime.GOOS, "an access list says who may write")
		return
	}
	me := os.Geteuid()
	const says = "others can write it, and so send your calls elsewhere"
	for _, test := range []struct {
		name   string
		change func(file string)
		me     int
		says   string
	}{
		{"mine", func(string) {}, me, ""},
		{"read by others", func(file string) { require.NoError(t, os.Chmod(file, 0o644)) }, me, ""},
		{"folder read by others", func(file string) {
			require.NoError(t, os.Chmod(filepath.Dir(file), 0o755))
		}, me, ""},
		{"somebody else's", func(file string) { giveAway(t, file) }, me + 1,
			"belongs to somebody else, who can send your calls elsewhere"},
		{"somebody else's folder", func(file string) { giveAway(t, filepath.Dir(file)) }, me + 1,
			"belongs to somebody else, who can send your calls elsewhere"},
		{"folder of a group", func(file string) {
			require.NoError(t, os.Chmod(filepath.Dir(file), 0o770))
		}, me, says},
		{"folder of all", func(file string) {
			require.NoError(t, os.Chmod(filepath.Dir(file), 0o777|os.ModeSticky))
		}, me, says},
		{"link into a folder of all", func(file string) {
			folder := t.TempDir()
			require.NoError(t, os.Rename(file, filepath.Join(folder, "shop.env")))
			require.NoError(t, os.Symlink(filepath.Join(folder, "shop.env"), file))
			require.NoError(t, os.Chmod(folder, 0o777))
		}, me, says},
	} {
		u := newUser(t, map[string]string{})
		p := &profile{file: withProfile(t, u, "shop", "TRADEPAY_WALLET=VodaPay\n")}
		test.change(p.file)
		_, err := p.read(test.me)
		if test.says == "" {
			require.NoError(t, err, test.name)
			continue
		}
		require.Equal(t, exitUsage, exitCode(err), test.name)
		require.ErrorContains(t, err, test.says, test.name)
		require.NotEqual(t, err.Error(), spanish.errorText(err), test.name)
	}
}

// giveAway makes a file belong to neither root nor the user after this one. Without root's
// rights, it is so already.
func giveAway(t *testing.T, file string) {
	t.Helper()
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(file, 65534, -1))
	}
}

// TestProfileModes: who can write the profile sends calls elsewhere, who reads the key signs.
func TestProfileModes(t *testing.T) {
	t.Parallel()
	if !hasModes {
		require.Equal(t, "windows", runtime.GOOS)
		return
	}
	u := newUser(t, map[string]string{})
	file := withProfile(t, u, "shop",
		"TRADEPAY_PRIVATE_KEY_FILE=key.pem\nTRADEPAY_WALLET_KEYS_FILE=1=~/one.pem,2=two.pem\n")
	require.NoError(t, os.Chmod(file, 0o620))
	require.Contains(t, u.run("doctor", "-profile", "shop").stderr, "others can write it")
	require.NoError(t, os.Chmod(file, 0o644))
	key := filepath.Join(filepath.Dir(file), "key.pem")
	require.NoError(t, os.WriteFile(key, nil, 0o600))
	require.NoError(t, os.Chmod(key, 0o640))
	require.Contains(t, u.run("doctor", "-profile", "shop").stderr, "others can read the private key: chmod 600 "+key)
	require.NoError(t, os.Chmod(key, 0o600))
	c := &cli{getenv: func(name string) string { return u.env[name] }}
	p, err := c.readProfile("shop")
	require.NoError(t, err)
	require.Equal(t, key, p.values[tradepayenv.PrivateKeyFile])
	require.Equal(t, "1="+filepath.Join(u.env["HOME"], "one.pem")+",2="+filepath.Join(filepath.Dir(file), "two.pem"),
		p.values[tradepayenv.WalletKeysFile])
}
