package stage

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// exported is a run as it is saved: whole, and without secrets, as the journal
// keeps it.
type exported struct {
	Format  string     `json:"format"` // names this shape
	Run     runSummary `json:"run"`
	Parties []string   `json:"parties"` // what from and to count
	Entries []*Entry   `json:"entries"`
}

// exportFormat changes with the shape of exported.
const exportFormat = "tradepay-run/1"

// export saves a run: /runs/r1.json or /runs/r1.svg.
func (s *Stage) export(w http.ResponseWriter, r *http.Request) {
	id, format, _ := strings.Cut(r.PathValue("run"), ".")
	x, err := s.journal.exported(id)
	if err != nil || format != "json" && format != "svg" {
		s.problem(w, http.StatusNotFound, "this payment is not kept anymore")
		return
	}
	var data []byte
	contentType := "image/svg+xml"
	if format == "svg" {
		data = diagram(s.readerOf(r), x)
	} else {
		contentType = "application/json; charset=utf-8"
		if data, err = json.MarshalIndent(x, "", "  "); err != nil {
			s.problem(w, http.StatusInternalServerError, "the run could not be written")
			return
		}
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", `attachment; filename="tradepay-`+x.Run.ID+`.`+format+`"`)
	_, _ = w.Write(data)
}

// partyNames are those of the columns, in English.
func partyNames() []string {
	var names []string
	for p := range parties {
		names = append(names, texts["party."+strconv.Itoa(int(p))].En)
	}
	return names
}

func (j *Journal) exported(id string) (*exported, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.byID[id]
	if r == nil {
		return nil, errNoEntry
	}
	return &exported{
		Format: exportFormat, Run: r.summary(), Entries: append([]*Entry{}, r.entries...),
		Parties: partyNames(),
	}, nil
}
