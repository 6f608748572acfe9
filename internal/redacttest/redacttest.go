// Package redacttest finds out by reflection whether the types of a package print
// secrets.
package redacttest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// word is in every text that must not be printed.
const word = "open-sesame"

// Spec says what the exported structs of a package hold.
type Spec struct {
	Dir    string // of its sources
	Values []any  // one of each exported struct type
	// Public lists the fields whose texts may be printed, by the name of their
	// type, such as "tradepay.Order". All other fields are secret. The query of a
	// URL or URI in this list is secret, too, unless a star follows the field's
	// name. Named types of strings, such as a status, are public.
	Public map[string]string
	// Stored are the types that are stored or sent as JSON, so their JSON holds
	// secrets. slog's JSON handler writes that JSON if such a value is within
	// another value.
	Stored []string
}

// Check fails the test for each exported struct type that is not in Values, for each
// field of Public that does not exist, and for each secret that fmt or slog print.
func Check(t *testing.T, s Spec) {
	t.Helper()
	var names []string
	f := &filler{public: s.Public, seen: map[string]bool{}}
	for _, v := range s.Values {
		names = append(names, reflect.TypeOf(v).Name())
	}
	for _, name := range exportedStructs(t, s.Dir) {
		if !slices.Contains(names, name) {
			t.Errorf("%s is an exported struct: add it to the values of this test, and say which of its fields are "+
				"public", name)
		}
	}
	for _, v := range s.Values {
		filled := reflect.New(reflect.TypeOf(v))
		f.fill(filled.Elem(), "", 0)
		check(t, filled, slices.Contains(s.Stored, filled.Elem().Type().String()))
	}
	for name, fields := range s.Public {
		for field := range strings.FieldsSeq(fields) {
			if !f.seen[name+"."+strings.TrimSuffix(field, "*")] {
				t.Errorf("%s.%s is said to be public, but it is not there, or holds no text", name, field)
			}
		}
	}
}

// exportedStructs reads the sources of a package.
func exportedStructs(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources in %s: %v", dir, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range tree.Decls {
			group, ok := declared.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range group.Specs {
				named, ok := spec.(*ast.TypeSpec)
				if !ok || !named.Name.IsExported() {
					continue
				}
				if _, ok := named.Type.(*ast.StructType); ok {
					names = append(names, named.Name.Name)
				}
			}
		}
	}
	return names
}

// filler writes a text into every field that can hold one.
type filler struct {
	public map[string]string
	seen   map[string]bool
}

const deepest = 6 // levels of fields that are filled

func (f *filler) text(field string) string {
	f.seen[field] = true
	dot := strings.LastIndexByte(field, '.')
	name, public := field[dot+1:], strings.Fields(f.public[field[:dot]])
	secret := word + "<" + field + ">"
	switch address := strings.HasSuffix(name, "URL") || strings.HasSuffix(name, "URI"); {
	case slices.Contains(public, name+"*"), slices.Contains(public, name) && !address:
		return "public"
	case slices.Contains(public, name):
		return "/public?token=" + secret
	}
	return secret
}

// ours reports whether a type is one of this repository.
func ours(t reflect.Type) bool { return strings.Contains(t.PkgPath(), "tradepay") }

func (f *filler) fill(v reflect.Value, field string, depth int) {
	if depth > deepest {
		return
	}
	switch v.Kind() {
	case reflect.String:
		if v.Type().PkgPath() != "" { // a word of a list, such as a status
			v.SetString("WORD")
			return
		}
		v.SetString(f.text(field))
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(f.text(field)))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		f.fill(v.Index(0), field, depth+1)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key, field, depth+1)
		f.fill(value, field, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.Struct && ours(v.Type().Elem()) {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), field, depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if member := v.Type().Field(i); ours(v.Type()) && member.IsExported() {
				f.fill(v.Field(i), v.Type().String()+"."+member.Name, depth+1)
			}
		}
	case reflect.Interface:
		switch {
		case v.NumMethod() == 0:
			v.Set(reflect.ValueOf(f.text(field)))
		case v.Type() == reflect.TypeFor[error]():
			v.Set(reflect.ValueOf(errors.New(f.text(field))))
		}
	}
}

// check prints the value in each of its forms, with each verb and handler.
func check(t *testing.T, p reflect.Value, stored bool) {
	t.Helper()
	name := p.Elem().Type().String()
	told := func(how, text string) {
		if found := leaked(text); found != "" {
			t.Errorf("%s, %s, prints a secret: %s", name, how, found)
		}
	}
	for form, v := range formsOf(p) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			told(form+" by "+verb, fmt.Sprintf(verb, v))
		}
		var text, encoded bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
		told(form+" by slog's text handler", text.String())
		if within := form != "itself" && form != "its pointer"; within && stored {
			continue
		}
		slog.New(slog.NewJSONHandler(&encoded, nil)).Info("m", "v", v)
		told(form+" by slog's JSON handler", encoded.String())
	}
}

// formsOf returns the value in each form in which somebody may print it.
func formsOf(p reflect.Value) map[string]any {
	v, kind := p.Elem(), p.Elem().Type()
	list := func(of reflect.Value) any {
		s := reflect.MakeSlice(reflect.SliceOf(of.Type()), 1, 1)
		s.Index(0).Set(of)
		return s.Interface()
	}
	within := func(of reflect.Value) reflect.Value {
		s := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "Held", Type: of.Type()}}))
		s.Elem().Field(0).Set(of)
		return s
	}
	byName := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), kind))
	byName.SetMapIndex(reflect.ValueOf("v"), v)
	return map[string]any{
		"itself": v.Interface(), "its pointer": p.Interface(), "in a list": list(v), "its pointer in a list": list(p),
		"in a struct": within(v).Elem().Interface(), "in a struct behind a pointer": within(v).Interface(),
		"its pointer in a struct": within(p).Elem().Interface(), "in a map": byName.Interface(),
		"in a list of any": []any{v.Interface()}, "in a struct of any": struct{ Held any }{v.Interface()},
		"in a struct in a struct": within(within(v).Elem()).Elem().Interface(),
	}
}

// leaked finds the word in the forms in which texts and bytes are printed.
func leaked(text string) string {
	if i := strings.Index(text, word); i >= 0 {
		rest := text[i:]
		if end := strings.IndexByte(rest, '>'); end > 0 {
			return rest[:end+1]
		}
		return word
	}
	raw := []byte(word)
	forms := []string{
		hex.EncodeToString(raw), strings.Trim(fmt.Sprintf("%d", raw), "[]"),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", raw), "[]byte{"), "}"),
	}
	for shift := range 3 { // base64 depends on the position of the word
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), raw...))
		forms = append(forms, encoded[4:len(encoded)-4])
	}
	for _, form := range forms {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}
