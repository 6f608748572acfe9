package stage

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"time"

	"github.com/tradepay/tradepay-go/examples/miniprogram"
)

//go:embed page miniprogram
var files embed.FS

var (
	indexPage   = template.Must(template.ParseFS(files, "page/index.html"))
	programPage = template.Must(template.ParseFS(files, "miniprogram/index.html"))
)

// contentTypes are those of the files that are served.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// page serves the page and its files: the stage's own, and the modules of the mini
// program that a wallet's studio opens, which the one of the stage shares.
type page struct {
	stage *Stage
	files map[string]file
}

type file struct {
	data []byte
	etag string
}

func newPage(s *Stage) (*page, error) {
	p := &page{stage: s, files: make(map[string]file)}
	return p, errors.Join(p.add("", files), p.add("miniprogram", miniprogram.Shop))
}

// add takes in the files of a tree, below a folder.
func (p *page) add(folder string, tree embed.FS) error {
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := tree.ReadFile(name)
		sum := sha256.Sum256(data)
		p.files[path.Join(folder, name)] = file{data, `"` + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`}
		return err
	})
}

// view is what the templates show.
type view struct {
	L        language
	Others   []language
	Texts    string // a JSON object, for the modules
	Wallet   string // URL
	Merchant string // URL
	Site     string // what my.getSiteInfo calls the wallet
	Troubles []string
	Parties  []Party
	Steps    []ghost
	Figures  string   // a JSON object: the steps of each scenario
	Scenario Scenario // of the mini program
	Choices  []Scenario
	Desk     bool // the shopkeeper can be played
	Marks    []Mark
}

// ghost is a step of the figure before anything has happened.
type ghost struct {
	Number   int
	From, To Party
}

// Yours reports whether a party is the reader's own to write.
func (v view) Yours(p Party) bool { return p.yours() }

// T returns a text.
func (v view) T(key string) string { return v.L.say(key) }

func (p *page) view(r *http.Request) (view, error) {
	config := p.stage.wallet.Config()
	site := config.SiteName
	if site == "" {
		site = "TEST_WALLET" // the wallets that do not ask for it give one as well
	}
	v := view{
		L: p.stage.languageOf(r), Wallet: p.stage.wallet.URL(), Merchant: p.stage.merchant.URL(), Site: site,
		Parties: []Party{User, MiniProgram, App, MiniProgramServer, AppServer},
		Marks:   []Mark{MarkSigned, MarkPlain, MarkInferred, MarkFailed, MarkRefused, MarkLost},
	}
	for _, l := range languages {
		if l != v.L {
			v.Others = append(v.Others, l)
		}
	}
	for number := 1; number <= steps; number++ {
		v.Steps = append(v.Steps, ghost{number, figure[number].from, figure[number].to})
	}
	for _, t := range troubles {
		v.Troubles = append(v.Troubles, t.name)
	}
	v.Choices, v.Scenario, v.Desk = scenarios(config.Wallet), ScenarioPay, p.stage.desk != nil
	if wanted := Scenario(r.URL.Query().Get("scenario")); slices.Contains(v.Choices, wanted) {
		v.Scenario = wanted
	}
	var errFigures, errTexts error
	v.Figures, errFigures = figures()
	v.Texts, errTexts = v.L.dictionary()
	return v, errors.Join(errFigures, errTexts)
}

// index serves the page itself. It may talk to this host and the wallet, and
// frame the mini program and the cashier; nobody may frame it.
func (p *page) index(w http.ResponseWriter, r *http.Request) {
	wallet := p.stage.wallet.URL()
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
			"connect-src 'self' "+wallet+"; frame-src 'self' "+wallet+
			"; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
	p.render(w, r, indexPage)
}

// program serves the mini program: in a sandbox, without a network, so that
// the phone's my object is its only way out.
func (p *page) program(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy",
		"sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
			"form-action 'none'; base-uri 'none'; frame-ancestors 'self'")
	p.render(w, r, programPage)
}

func (p *page) render(w http.ResponseWriter, r *http.Request, t *template.Template) {
	v, err := p.view(r)
	var buf bytes.Buffer
	if err == nil {
		err = t.Execute(&buf, v)
	}
	if err != nil {
		p.stage.logger.Error("a page could not be written", "error", err)
		p.stage.problem(w, http.StatusInternalServerError, "the page could not be written")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", v.L.Tag)
	w.Header().Set("Vary", "Accept-Language")
	_, _ = w.Write(buf.Bytes())
}

func (p *page) asset(w http.ResponseWriter, r *http.Request) {
	p.file(w, r, path.Join("page", r.PathValue("name")))
}

// programFile serves a file of the mini program. Its sandbox has an origin of
// its own, which needs leave to read a module.
func (p *page) programFile(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*") // the source of a demonstration, no secret
	p.file(w, r, path.Join("miniprogram", r.PathValue("name")))
}

func (p *page) file(w http.ResponseWriter, r *http.Request, name string) {
	contentType := contentTypes[path.Ext(name)]
	f, ok := p.files[name]
	if contentType == "" || !ok {
		p.stage.problem(w, http.StatusNotFound, "there is no such file")
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-cache") // kept, and asked for whether it changed
	w.Header().Set("ETag", f.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}
