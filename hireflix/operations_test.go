package hireflix

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/shurcooL/graphql"
)

var update = flag.Bool("update", false, "write testdata/operations.graphql anew")

const operationsFile = "testdata/operations.graphql"

// texts notes the text of each request that passes, and answers nothing.
type texts struct {
	next http.RoundTripper
	seen []string
}

func (s *texts) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var in struct{ Query, OperationName string }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	if !strings.Contains(in.Query, " "+in.OperationName+"(") && !strings.Contains(in.Query, " "+in.OperationName+"{") {
		return nil, io.ErrUnexpectedEOF // the name is not in the text
	}
	s.seen = append(s.seen, in.Query)
	if s.next != nil {
		req.Body = io.NopCloser(bytes.NewReader(body))
		return s.next.RoundTrip(req)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"data":{}}`))}, nil
}

// sendAll sends each operation that the package has.
func sendAll(ctx context.Context, t *testing.T, c *Client) {
	t.Helper()
	id, email := graphql.String("pos-1"), graphql.String("ada@example.com")
	filtered := map[string]any{"id": id, "email": email}
	wider := map[string]any{"id": id, "pattern": graphql.String("^a$")}
	input := map[string]any{"input": InviteCandidateToInterviewInput{}}
	note := func(_ *exchange, err error) {
		if err != nil {
			t.Error(err)
		}
	}
	_, ex, err := send[minimalInvite](ctx, c, opInvite, input)
	note(ex, err)
	_, ex, err = send[richInvite](ctx, c, opInviteRich, input)
	note(ex, err)
	_, ex, err = send[newerQuery[fullRow]](ctx, c, opLook, filtered)
	note(ex, err)
	_, ex, err = send[newerQuery[row]](ctx, c, opLook, filtered)
	note(ex, err)
	_, ex, err = send[widerQuery[fullRow]](ctx, c, opLookWider, wider)
	note(ex, err)
	_, ex, err = send[widerQuery[row]](ctx, c, opLookWider, wider)
	note(ex, err)
	_, ex, err = send[firstPageQuery](ctx, c, opLookPages, map[string]any{"id": id})
	note(ex, err)
	_, ex, err = send[nextPageQuery](ctx, c, opLookPages, map[string]any{"id": id, "cursor": graphql.String("c")})
	note(ex, err)
	_, ex, err = send[wholeQuery](ctx, c, opLookWhole, map[string]any{"id": id})
	note(ex, err)
	sendWayBack(ctx, t, c)
	_, ex, err = send[positionsQuery](ctx, c, opPositions, nil)
	note(ex, err)
	_, ex, err = send[schemaQuery](ctx, c, opSchema, nil)
	note(ex, err)
	_, ex, err = send[typeQuery](ctx, c, opType, map[string]any{"name": graphql.String("FieldError")})
	note(ex, err)
}

// sendWayBack sends what reads interviews, changes them and looks after the
// webhooks.
func sendWayBack(ctx context.Context, t *testing.T, c *Client) {
	t.Helper()
	id := graphql.String("some-id")
	one := map[string]any{"id": id}
	next := map[string]any{"id": id, "cursor": graphql.String("c")}
	days := map[string]any{"id": id, "days": graphql.Int(75)}
	address := map[string]any{"url": graphql.String("https://flowd.example.com/hooks/hireflix")}
	both := map[string]any{"id": id, "url": graphql.String("https://flowd.example.com/hooks/hireflix")}
	note := func(_ any, _ *exchange, err error) {
		if err != nil {
			t.Error(err)
		}
	}
	for _, call := range []func() (any, *exchange, error){
		func() (any, *exchange, error) { return send[sweepFirst[seenRow]](ctx, c, opSweep, one) },
		func() (any, *exchange, error) { return send[sweepNext[seenRow]](ctx, c, opSweep, next) },
		func() (any, *exchange, error) { return send[sweepFirst[scoredRow]](ctx, c, opSweep, one) },
		func() (any, *exchange, error) { return send[sweepNext[scoredRow]](ctx, c, opSweep, next) },
		func() (any, *exchange, error) { return send[sweepFirst[row]](ctx, c, opSweep, one) },
		func() (any, *exchange, error) { return send[sweepNext[row]](ctx, c, opSweep, next) },
		func() (any, *exchange, error) { return send[sweepOlderFirst[scoredRow]](ctx, c, opSweepPages, one) },
		func() (any, *exchange, error) { return send[sweepOlderNext[scoredRow]](ctx, c, opSweepPages, next) },
		func() (any, *exchange, error) { return send[sweepOlderFirst[row]](ctx, c, opSweepPages, one) },
		func() (any, *exchange, error) { return send[sweepOlderNext[row]](ctx, c, opSweepPages, next) },
		func() (any, *exchange, error) { return send[sweepWhole](ctx, c, opSweepWhole, one) },
		func() (any, *exchange, error) { return send[oneQuery[placedRow]](ctx, c, opInterview, one) },
		func() (any, *exchange, error) { return send[oneQuery[scoredRow]](ctx, c, opInterview, one) },
		func() (any, *exchange, error) { return send[oneQuery[row]](ctx, c, opInterview, one) },
		func() (any, *exchange, error) { return send[transcriptQuery](ctx, c, opTranscript, one) },
		func() (any, *exchange, error) { return send[durationQuery](ctx, c, opDuration, one) },
		func() (any, *exchange, error) { return send[trackingQuery](ctx, c, opTracking, one) },
		func() (any, *exchange, error) { return send[usagePeriodQuery](ctx, c, opUsagePeriod, nil) },
		func() (any, *exchange, error) { return send[usageQuery](ctx, c, opUsage, nil) },
		func() (any, *exchange, error) { return send[linkQuery](ctx, c, opLink, one) },
		func() (any, *exchange, error) { return send[linkPlainQuery](ctx, c, opLinkPlain, one) },
		func() (any, *exchange, error) { return send[shareMutation](ctx, c, opShare, days) },
		func() (any, *exchange, error) { return send[sharePlainMutation](ctx, c, opSharePlain, days) },
		func() (any, *exchange, error) { return send[shortlistMutation](ctx, c, opShortlist, one) },
		func() (any, *exchange, error) { return send[discardMutation](ctx, c, opDiscard, one) },
		func() (any, *exchange, error) { return send[deleteMutation](ctx, c, opDelete, one) },
		func() (any, *exchange, error) { return send[deleteObjectMutation](ctx, c, opDeleteObject, one) },
		func() (any, *exchange, error) { return send[webhooksQuery](ctx, c, opWebhooks, nil) },
		func() (any, *exchange, error) { return send[webhookCreate](ctx, c, opWebhookCreate, address) },
		func() (any, *exchange, error) {
			return send[webhookCreateObject](ctx, c, opWebhookCreateObject, address)
		},
		func() (any, *exchange, error) { return send[webhookUpdate](ctx, c, opWebhookUpdate, both) },
		func() (any, *exchange, error) { return send[webhookSecretQuery](ctx, c, opWebhookSecret, nil) },
	} {
		note(call())
	}
}

// TestOperations_Golden holds every text that is ever sent, so that a change of
// a Go type that changes a request is seen in review.
func TestOperations_Golden(t *testing.T) {
	t.Parallel()
	sent := &texts{}
	opts := options("https://hireflix.example.com/me")
	opts.Transport = sent
	sendAll(t.Context(), t, newTestClient(t, opts))
	got := strings.Join(sent.seen, "\n") + "\n"
	if *update {
		if err := os.MkdirAll(filepath.Dir(operationsFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(operationsFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := strings.Join(golden(t), "\n") + "\n"; got != want {
		t.Errorf("the operations changed; look at them and run: go test ./hireflix -run Golden -update\ngot:\n%s", got)
	}
}

// TestOperations_AreValid holds them against the schema, by the rules of a
// server: an unaliased message would be found here.
func TestOperations_AreValid(t *testing.T) {
	t.Parallel()
	sdl, err := os.ReadFile("sim/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(sdl)})
	if err != nil {
		t.Fatal(err)
	}
	check := func(text string) error {
		doc, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			return err
		}
		if errs := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(errs) > 0 {
			return errs
		}
		return nil
	}
	for _, text := range golden(t) {
		err := check(text)
		// Two pairs are for an answer that is a value here and an object there.
		other := strings.HasPrefix(text, "mutation FlowdDeleteObject(") || strings.HasPrefix(text, "mutation FlowdWebhookCreate(")
		if other != (err != nil) {
			t.Errorf("%v\n%s", err, text)
		}
		if other && !strings.Contains(err.Error(), "selection of subfields") && !strings.Contains(err.Error(), "must not have a selection") {
			t.Errorf("%v\n%s", err, text)
		}
	}
	rich := golden(t)[1]
	if err := check(strings.ReplaceAll(rich, "validationMessage: message", "message")); err != nil {
		t.Errorf("one message without alias is allowed: %v", err)
	}
	unaliased := strings.NewReplacer("validationMessage: ", "", "existsMessage: ", "").Replace(rich)
	if check(unaliased) == nil {
		t.Error("messages of different nullability without alias pass: the check checks nothing")
	}
}

func golden(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile(operationsFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
