package receivers_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/otlptranslator"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.yaml.in/yaml/v3"

	"github.com/tradepay/tradepay-go/internal/consttest"
)

// metricName is a metric as the golden files have it.
type metricName struct {
	kind, unit string
	attributes []string
}

// names are the metrics of the golden files.
func names(t *testing.T) map[string]metricName {
	t.Helper()
	found := map[string]metricName{}
	for _, file := range []string{"../testdata/names.txt", "../otelorderflow/testdata/names.txt"} {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(data)) {
			if words := strings.Fields(line); words[0] == "metric" {
				found[words[1]] = metricName{words[2], words[3], words[4:]}
			}
		}
	}
	require.Greater(t, len(found), 15)
	return found
}

// series are the names of all series that Prometheus makes of the metrics, with their
// labels.
func series(t *testing.T) map[string][]string {
	t.Helper()
	types := map[string]otlptranslator.MetricType{
		"counter": otlptranslator.MetricTypeMonotonicCounter, "gauge": otlptranslator.MetricTypeGauge,
		"histogram": otlptranslator.MetricTypeHistogram,
	}
	metrics := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	label := otlptranslator.LabelNamer{}
	found := map[string][]string{}
	for name, m := range names(t) {
		unit := strings.TrimPrefix(m.unit, "-")
		built, err := metrics.Build(otlptranslator.Metric{Name: name, Unit: unit, Type: types[m.kind]})
		require.NoError(t, err)
		list := []string{"job", "instance"}
		for _, attribute := range m.attributes {
			own, err := label.Build(attribute)
			require.NoError(t, err)
			list = append(list, own)
		}
		if m.kind != "histogram" {
			found[built] = list
			continue
		}
		found[built+"_bucket"] = append(slices.Clone(list), "le")
		found[built+"_count"], found[built+"_sum"] = list, list
	}
	return found
}

// TestScrape: Prometheus sees the names and labels that the dashboard is checked against.
func TestScrape(t *testing.T) {
	t.Parallel()
	registry := client.NewRegistry()
	exporter, err := prometheus.New(prometheus.WithRegisterer(registry))
	require.NoError(t, err)
	sell(t, sdktrace.NewTracerProvider(), sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter)))
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	known, scraped := series(t), 0
	for _, m := range regexp.MustCompile(`(?m)^(\w+)\{(.*)\} `).FindAllStringSubmatch(string(body), -1) {
		if !strings.HasPrefix(m[1], "tradepay_") && !strings.HasPrefix(m[1], "orderflow_") {
			continue
		}
		scraped++
		require.Contains(t, known, m[1])
		for _, l := range regexp.MustCompile(`(\w+)="[^"]*"`).FindAllStringSubmatch(m[2], -1) {
			if !strings.HasPrefix(l[1], "otel_scope_") {
				require.Contains(t, known[m[1]], l[1], m[1])
			}
		}
	}
	require.Greater(t, scraped, 50)
	require.Contains(t, string(body), `orderflow_alarms_total{orderflow_alarm_kind="late"`, "before the first of them")
	require.NotContains(t, string(body), "planted")
}

// queries are all of the dashboard and the alerts, by where they stand.
func queries(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for name, rule := range alerts(t) {
		found["alert "+name] = rule.Expr
	}
	data, err := os.ReadFile("../../docs/dashboard.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Type, Query string }
		}
	}
	require.NoError(t, json.Unmarshal(data, &dashboard))
	require.NotEmpty(t, dashboard.Panels)
	for _, panel := range dashboard.Panels {
		require.NotEmpty(t, panel.Targets, panel.Title)
		for _, target := range panel.Targets {
			expr := strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")
			found["panel "+panel.Title+": "+expr] = expr
		}
	}
	for _, variable := range dashboard.Templating.List {
		if variable.Type == "query" {
			of := regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`).FindStringSubmatch(variable.Query)
			require.NotNil(t, of, variable.Query)
			found["variable "+variable.Name] = `count by (` + of[2] + `) (` + of[1] + `)`
		}
	}
	return found
}

// rule is an alert of docs/alerts.yaml.
type rule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) map[string]rule {
	t.Helper()
	data, err := os.ReadFile("../../docs/alerts.yaml")
	require.NoError(t, err)
	var file struct {
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&file))
	found := map[string]rule{}
	for _, group := range file.Groups {
		for _, r := range group.Rules {
			require.NotContains(t, found, r.Alert)
			found[r.Alert] = r
		}
	}
	require.Greater(t, len(found), 15)
	return found
}

// TestQueries: Prometheus can read each query, and each name in it is one that the modules
// tell, with a label that it has and a value that there is.
func TestQueries(t *testing.T) {
	t.Parallel()
	known, used := series(t), map[string]bool{}
	values := map[string][]string{
		"tradepay_outcome":     consttest.Texts(t, "../..", "Outcome"),
		"orderflow_alarm_kind": consttest.Texts(t, "../../orderflow", "AlarmKind"),
		"tradepay_operation":   consttest.Texts(t, "../../wire", "Operation"),
	}
	for where, query := range queries(t) {
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
		require.NoError(t, err, where)
		own := map[string]bool{} // labels of what the query is about
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			selector, ok := node.(*parser.VectorSelector)
			if !ok {
				return nil
			}
			require.Contains(t, known, selector.Name, where)
			used[selector.Name] = true
			for _, label := range known[selector.Name] {
				own[label] = true
			}
			for _, m := range selector.LabelMatchers {
				if m.Name == "__name__" {
					continue
				}
				require.Contains(t, known[selector.Name], m.Name, where)
				if all := values[m.Name]; m.Type == labels.MatchEqual && all != nil {
					require.Contains(t, all, m.Value, where)
				}
			}
			return nil
		})
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			if aggregate, ok := node.(*parser.AggregateExpr); ok {
				for _, label := range aggregate.Grouping {
					require.True(t, own[label], "%s: %s", where, label)
				}
			}
			return nil
		})
	}
	for name := range known {
		isShown := used[name] || strings.HasSuffix(name, "_sum") || strings.HasSuffix(name, "_count") ||
			strings.HasSuffix(name, "_bucket")
		require.True(t, isShown, "nobody looks at %s", name)
	}
}

// TestAlertsNameWhatTheySay: a summary shows labels that the query leaves, and leads to a
// heading of the document.
func TestAlertsNameWhatTheySay(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	for name, r := range alerts(t) {
		require.Contains(t, []string{"page", "ticket"}, r.Labels["severity"], name)
		for _, m := range regexp.MustCompile(`\$labels\.(\w+)`).FindAllStringSubmatch(r.Annotations["summary"], -1) {
			require.Regexp(t, `by \([^)]*\b`+m[1]+`\b`, r.Expr, name)
		}
		url := r.Annotations["runbook_url"]
		_, anchor, _ := strings.Cut(url, "docs/operations.md#")
		require.Contains(t, strings.ToLower(string(document)), "\n## "+strings.ReplaceAll(anchor, "-", " ")+"\n", name)
		if anchor == "alerts" {
			require.Contains(t, string(document), "| `"+name+"` |")
		}
	}
}

// TestCallerRefused: the alert has each code with which a wallet refuses the caller.
func TestCallerRefused(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../answer.go")
	require.NoError(t, err)
	_, body, found := strings.Cut(string(data), "func refusesCaller(code string) bool {")
	require.True(t, found)
	body, _, _ = strings.Cut(body, "return true")
	codes := map[string]bool{}
	for _, m := range regexp.MustCompile(`"([A-Z_]+)"`).FindAllStringSubmatch(body, -1) {
		codes[m[1]] = true
	}
	require.Greater(t, len(codes), 8)
	all := `"` + strings.Join(slices.Sorted(maps.Keys(codes)), "|") + `"`
	require.Contains(t, alerts(t)["TradepayCallerRefused"].Expr, all)
}
