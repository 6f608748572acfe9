package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// errSBOM is returned for a bill of materials that is not that of a binary.
var errSBOM = errors.New("bill of materials")

// cyclonedx writes bills of materials. It is not in go.mod: it brings forty
// modules, which the workspace would then build with.
const cyclonedx = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

// writeSBOM writes the bill of materials of a binary, in CycloneDX's JSON, without
// a time, so that it can be made again.
func writeSBOM(ctx context.Context, s stranger, binary, name string) error {
	env := slices.DeleteFunc(os.Environ(), isWorkspace)
	_, err := output(ctx, s.home, append(env, "GOWORK=off", "GOFLAGS="), "go", "run", cyclonedx,
		"bin", "-json", "-std", "-noserial", "-notimestamp", "-version", s.version, "-output", name, binary)
	if err != nil {
		return err
	}
	return checkSBOM(binary, name)
}

func isWorkspace(entry string) bool { return strings.HasPrefix(entry, "GOWORK=") }

// checkSBOM holds a bill of materials against what the linker wrote into the binary.
func checkSBOM(binary, name string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var bom struct {
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(data, &bom); err != nil {
		return fmt.Errorf("%w: %w", errSBOM, err)
	}
	var got, want []string
	for _, component := range bom.Components {
		if component.Name != "std" {
			got = append(got, component.Name+"@"+component.Version)
		}
	}
	for _, dep := range info.Deps {
		want = append(want, dep.Path+"@"+dep.Version)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("%w: %s lists %v, and the binary has %v", errSBOM, name, got, want)
	}
	return nil
}
