package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// errImage is returned for a Dockerfile whose image is not the command and nothing else.
var errImage = errors.New("Dockerfile")

// image is the last stage of a Dockerfile.
type image struct {
	entrypoint string
	user       string
	files      map[string]string // where a file is in the image, and where in the stage before
	environ    []string
}

// instruction is one of a Dockerfile: its name and what follows.
type instruction struct{ name, rest string }

func instructions(dockerfile string) []instruction {
	comments := regexp.MustCompile(`(?m)^\s*#.*\n`)
	text := strings.ReplaceAll(comments.ReplaceAllString(dockerfile, ""), "\\\n", " ")
	var list []instruction
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != "" {
			list = append(list, instruction{strings.ToUpper(name), strings.TrimSpace(rest)})
		}
	}
	return list
}

// readImage reads what the image of a Dockerfile is: from scratch, run by somebody
// who is not root, with an entry point that is a file of it, each file of which
// comes from the stage before.
func readImage(dockerfile string) (image, error) {
	all := instructions(dockerfile)
	last := -1
	for i, in := range all {
		if in.name == "FROM" {
			last = i
		}
	}
	if last < 0 || all[last].rest != "scratch" {
		return image{}, fmt.Errorf("%w: the last stage is not from scratch", errImage)
	}
	read := image{files: make(map[string]string)}
	for _, in := range all[last+1:] {
		switch in.name {
		case "COPY":
			words := slices.DeleteFunc(strings.Fields(in.rest), isFlag)
			if len(words) != 2 || !strings.Contains(in.rest, "--from=") {
				return image{}, fmt.Errorf("%w: COPY %s is not of one file of the stage before", errImage, in.rest)
			}
			to := words[1]
			if strings.HasSuffix(to, "/") {
				to += path.Base(words[0])
			}
			read.files[to] = words[0]
		case "USER":
			read.user = in.rest
		case "ENV":
			read.environ = append(read.environ, in.rest)
		case "ENTRYPOINT":
			var words []string
			if err := json.Unmarshal([]byte(in.rest), &words); err != nil || len(words) != 1 {
				return image{}, fmt.Errorf("%w: ENTRYPOINT %s is not one program, as JSON", errImage, in.rest)
			}
			read.entrypoint = words[0]
		}
	}
	return read, read.check(all[:last])
}

func isFlag(word string) bool { return strings.HasPrefix(word, "--") }

// check holds the last stage against those before.
func (m image) check(before []instruction) error {
	uid, _, _ := strings.Cut(m.user, ":")
	if n, err := strconv.Atoi(uid); err != nil || n == 0 {
		return fmt.Errorf("%w: USER %q is not a number other than root's", errImage, m.user)
	}
	if m.files[m.entrypoint] == "" {
		return fmt.Errorf("%w: ENTRYPOINT %q is no file of the image", errImage, m.entrypoint)
	}
	var built strings.Builder
	for _, in := range before {
		if in.name == "RUN" {
			built.WriteString(in.rest + " ")
		}
	}
	for to, from := range m.files {
		ofBase := strings.HasPrefix(from, "/etc/ssl/certs/")
		made := built.String()
		isMade := strings.Contains(made, "-o "+from+" ") || strings.Contains(made, "mkdir "+from+" ")
		if !ofBase && !isMade {
			return fmt.Errorf("%w: %s is copied from %s, which no RUN makes", errImage, to, from)
		}
	}
	return nil
}

// build builds and runs the image with Docker.
func (m image) build(ctx context.Context, dir, version string) (string, error) {
	tag := "tradepay:" + version
	build := []string{"build", "--quiet", "--build-arg", "VERSION=" + version, "--tag", tag, "."}
	if _, err := output(ctx, dir, nil, "docker", build...); err != nil {
		return "", err
	}
	said, err := output(ctx, dir, nil, "docker", "run", "--rm", "--network", "none", tag, "version")
	if err == nil && !strings.HasPrefix(said, "tradepay "+version+" ") {
		err = fmt.Errorf("%w: the image says it is %q", errImage, said)
	}
	return "built and run with Docker: " + said, err
}

// imitate runs a binary in a folder that has what the image has, as its user,
// where chroot is allowed: the sandbox has to start there.
func (m image) imitate(ctx context.Context, root, binary, version string) (string, error) {
	if _, err := exec.LookPath("chroot"); err != nil || os.Geteuid() != 0 {
		return "no Docker here, and no right to chroot: only the file is checked", nil
	}
	uid, gid, _ := strings.Cut(m.user, ":")
	owner, err := strconv.Atoi(uid)
	if err != nil {
		return "", err
	}
	group, err := strconv.Atoi(gid)
	if err != nil {
		return "", err
	}
	for to, from := range m.files {
		name := filepath.Join(root, to)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return "", err
		}
		switch {
		case to == m.entrypoint:
			err = copyFile(binary, name)
		case strings.HasPrefix(from, "/etc/"):
			err = nil // the sandbox calls nobody who has a certificate
		default:
			if err = os.Mkdir(name, 0o755); err == nil {
				err = os.Chown(name, owner, group)
			}
		}
		if err != nil {
			return "", err
		}
	}
	if err := os.Chmod(root, 0o755); err != nil {
		return "", err
	}
	inside := []string{"--userspec=" + m.user, root, m.entrypoint}
	said, err := output(ctx, root, m.environ, "chroot", append(inside, "version")...)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(said, "tradepay "+version+" ") {
		return "", fmt.Errorf("%w: the command says it is %q", errImage, said)
	}
	if err := m.startSandbox(ctx, root, inside); err != nil {
		return "", err
	}
	return "no Docker here: ran in a chroot, as user " + m.user + ": " + said, nil
}

// startSandbox starts the sandbox in a chroot, on loopback, until it answers.
func (m image) startSandbox(ctx context.Context, root string, inside []string) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	arguments := append(inside, "sandbox", "-address", "127.0.0.1:0", "-dir", "/sandbox")
	sandbox := exec.CommandContext(ctx, "chroot", arguments...)
	sandbox.Env, sandbox.Dir = m.environ, root
	var said strings.Builder
	sandbox.Stderr = &said
	if err := sandbox.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- sandbox.Wait() }()
	defer func() { _ = sandbox.Process.Kill() }()
	for {
		if _, err := os.Stat(filepath.Join(root, "sandbox", "sandbox.env")); err == nil {
			return nil // it exists while the wallet answers requests
		}
		select {
		case err := <-ended:
			return fmt.Errorf("%w: the sandbox ended: %w: %s", errImage, err, said.String())
		case <-ctx.Done():
			return fmt.Errorf("%w: the sandbox does not start: %w", errImage, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
