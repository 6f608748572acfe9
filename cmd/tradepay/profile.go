package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/spelling"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// profile is a named set of settings in a file of the user.
type profile struct {
	name, file string
	values     map[string]string // by variable; never a secret
}

func (p *profile) has(variable string) bool { return p.values[variable] != "" }

// profileName matches what may name a profile: it becomes the name of a file.
var profileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// maxProfile is more than any profile needs.
const maxProfile = 64 << 10

// profileFolder returns the folder of the profiles, in that of [os.UserConfigDir].
func (c *cli) profileFolder() (string, error) {
	config := c.getenv("XDG_CONFIG_HOME")
	home := c.getenv("HOME")
	switch {
	case runtime.GOOS == "windows":
		config = c.getenv("AppData")
	case runtime.GOOS == "darwin" && home != "":
		config = filepath.Join(home, "Library", "Application Support")
	case config == "" && home != "":
		config = filepath.Join(home, ".config")
	}
	if !filepath.IsAbs(config) {
		return "", usage("there is no folder for profiles: set HOME")
	}
	return filepath.Join(config, "tradepay"), nil
}

// readProfile reads a profile and checks it.
func (c *cli) readProfile(name string) (*profile, error) {
	folder, err := c.profileFolder()
	if err != nil {
		return nil, err
	}
	if !profileName.MatchString(name) {
		return nil, usage("-profile %s: a profile has a plain name, such as shop", printable(name))
	}
	p := &profile{name: name, file: filepath.Join(folder, name+".env"), values: make(map[string]string)}
	data, err := p.read(os.Geteuid())
	switch {
	case errors.Is(err, os.ErrNotExist):
		if near := spelling.Nearest(name, c.profileNames()); near != "" {
			return nil, usage("-profile %s: there is no file %s; did you mean %s?", name, p.file, near)
		}
		return nil, usage("-profile %s: there is no file %s; tradepay help profiles says what it holds", name, p.file)
	case err != nil:
		return nil, err
	}
	for number, line := range strings.Split(string(data), "\n") {
		if err := p.take(strings.TrimSpace(line)); err != nil {
			return nil, usage("%s, line %d: %w", p.file, number+1, err)
		}
	}
	return p, c.checkPaths(p)
}

// read returns what is in the file, which only the user me and root may write: it names the
// gateway and the keys.
func (p *profile) read(me int) ([]byte, error) {
	f, err := os.Open(p.file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if err := p.isMine(f, me); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxProfile+1))
	switch {
	case err != nil:
		return nil, failed("%s: %w", p.file, err)
	case len(data) > maxProfile:
		return nil, usage("%s: is far too large for a profile", p.file)
	}
	return data, nil
}

// isMine makes sure, as ssh does, that nobody but the user me and root can change the file,
// or put another one in its place.
func (p *profile) isMine(f *os.File, me int) error {
	if !hasModes {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return failed("%s: %w", p.file, err)
	}
	if err := mayChange(p.file, info, me); err != nil {
		return err
	}
	folders := []string{filepath.Dir(p.file)}
	if target, err := filepath.EvalSymlinks(p.file); err == nil && filepath.Dir(target) != folders[0] {
		folders = append(folders, filepath.Dir(target)) // the file may be a link to elsewhere
	}
	for _, folder := range folders {
		info, err := os.Stat(folder)
		if err != nil {
			return failed("%s: %w", folder, err)
		}
		if err := mayChange(folder, info, me); err != nil {
			return err
		}
	}
	return nil
}

// mayChange returns an error if somebody else than the user me and root may change a file or
// a folder.
func mayChange(path string, info fs.FileInfo, me int) error {
	if owner, known := ownerOf(info); known && owner != me && owner != 0 {
		return usage("%s: belongs to somebody else, who can send your calls elsewhere: it must be yours, or root's",
			path)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return usage("%s: others can write it, and so send your calls elsewhere: chmod go-w %s", path, shellQuote(path))
	}
	return nil
}

// hasModes is false where the bits of a file do not say who may read or write it: on Windows
// an access list says it, and that of the user's folder lets in the user and administrators.
const hasModes = runtime.GOOS != "windows"

// take reads a line: a variable and its value, as in sandbox.env.
func (p *profile) take(line string) error {
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	variable, value, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "export ")), "=")
	if !ok {
		return newNotice("write it like NAME=value")
	}
	var known []string
	for _, v := range tradepayenv.Variables() {
		known = append(known, v.Name)
		if v.Name == variable && v.Secret {
			return secretIn(variable)
		}
	}
	switch near := spelling.Nearest(variable, known); {
	case near == variable:
	case near != "":
		return newNotice("%s is no setting; did you mean %s?", printable(variable), near)
	default:
		return newNotice("%s is no setting", printable(variable))
	}
	words, err := shellWords(value)
	switch {
	case err != nil || len(words) > 1:
		return newNotice("put the value of %s into single quotes", variable)
	case len(words) == 0:
		return nil
	case holdsPrivateKey(words[0]):
		return secretIn(variable)
	case p.has(variable):
		return newNotice("%s is there twice: keep one of them", variable)
	}
	p.values[variable] = words[0]
	return nil
}

// secretIn is the error about a secret in a profile. It does not repeat it.
func secretIn(variable string) error {
	if variable == tradepayenv.AgentToken {
		return newNotice("%s is a secret, and a profile holds none: take it out, and set it in the environment",
			variable)
	}
	return newNotice("%s holds a secret, and a profile holds none: move the key into a file that only you can read, "+
		"and name that in %s", variable, tradepayenv.PrivateKeyFile)
}

// holdsPrivateKey reports whether a value is a private key, under whatever name.
func holdsPrivateKey(value string) bool {
	if strings.Contains(value, "PRIVATE KEY") {
		return true
	}
	_, err := tradepay.ParsePrivateKey([]byte(value))
	return err == nil
}

// checkPaths makes the paths of files absolute, and makes sure that nobody else reads the
// private key.
func (c *cli) checkPaths(p *profile) error {
	for _, variable := range []string{tradepayenv.PrivateKeyFile, tradepayenv.WalletKeyFile} {
		if p.has(variable) {
			p.values[variable] = c.absolute(p, p.values[variable])
		}
	}
	if list := p.values[tradepayenv.WalletKeysFile]; list != "" {
		entries := strings.Split(list, ",")
		for i, entry := range entries {
			if version, file, ok := strings.Cut(entry, "="); ok {
				entries[i] = version + "=" + c.absolute(p, file)
			}
		}
		p.values[tradepayenv.WalletKeysFile] = strings.Join(entries, ",")
	}
	file := p.values[tradepayenv.PrivateKeyFile]
	info, err := os.Stat(file)
	if err != nil || !hasModes { // whoever reads the key says what is wrong with the file
		return nil
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		return usage("%s: others can read the private key: chmod 600 %s", p.file, shellQuote(file))
	}
	return nil
}

// absolute returns the path of a file that a profile names.
func (c *cli) absolute(p *profile, file string) string {
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		return filepath.Join(c.getenv("HOME"), rest)
	}
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(filepath.Dir(p.file), file)
}

// isSecret reports whether a variable holds a secret.
func isSecret(variable string) bool {
	for _, v := range tradepayenv.Variables() {
		if v.Name == variable {
			return v.Secret
		}
	}
	return false
}

// profileNames are the profiles that are there.
func (c *cli) profileNames() (names []string) {
	folder, err := c.profileFolder()
	if err != nil {
		return nil
	}
	entries, err := os.ReadDir(folder) // sorted
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), ".env")
		if ok && profileName.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// runProfiles lists the profiles.
func runProfiles(_ context.Context, c *cli, args []string) error {
	fs := c.newFlags("profiles")
	asJSON := fs.toggle("json")
	if err := fs.parse(args); err != nil {
		return err
	}
	folder, err := c.profileFolder()
	if err != nil {
		return err
	}
	list := make([]map[string]string, 0)
	rows := [][2]string{{c.lang.say("folder"), folder}}
	for _, name := range c.profileNames() {
		one := map[string]string{"name": name, "file": filepath.Join(folder, name+".env")}
		p, err := c.readProfile(name)
		if err != nil {
			one["error"] = c.errorText(err)
			rows = append(rows, [2]string{name, one["error"]})
		} else {
			one["wallet"], one["baseUrl"] = p.values[tradepayenv.Wallet], p.values[tradepayenv.BaseURL]
			rows = append(rows, [2]string{name, strings.TrimSpace(one["wallet"] + "  " + one["baseUrl"])})
		}
		list = append(list, one)
	}
	if *asJSON {
		return printJSON(c.stdout, map[string]any{"folder": folder, "profiles": list})
	}
	fields(c.stdout, c.out, rows...)
	if len(list) == 0 {
		c.print(c.stdout, "There are none yet. After tradepay sandbox -dir sandbox, for example:\n"+
			"  mkdir -p %s && cp sandbox/sandbox.env %s", shellQuote(folder), shellQuote(filepath.Join(folder,
			"sandbox.env")))
	}
	return nil
}
