package connectors

import (
	"context"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

// FetchSection says how a system is asked how an application stands now.
type FetchSection struct {
	RequestSection
	// Failed asks the answer whether it is a failure in spite of its status.
	Failed *strictyaml.Node `yaml:"failed"`
	Map    *strictyaml.Node `yaml:"map,required"`
	Node   *strictyaml.Node `yaml:",node"`
}

// Fetching asks by the call that the configuration spells out. It is immutable.
type Fetching struct {
	client  *Client
	request *Request
	failed  *expression.Mapping
	parts   *Map
	names   bool // the answer says which application it is about
	door    Door
}

// asked is the application that was asked for.
var asked = func() *expression.Mapping {
	m, err := expression.CompileMapping("application.id", expression.OfAnswer)
	if err != nil {
		panic(err) // a programmer's mistake
	}
	return m
}()

// Fetcher compiles the section; nil where there is none.
func (k *Compiler) Fetcher(cfg *FetchSection, client *Client, c Common) *Fetching {
	if cfg == nil {
		return nil
	}
	if cfg.Node == nil {
		k.failed = true
		return nil
	}
	f := &Fetching{
		client: client, request: k.Request(cfg.RequestSection, "GET", expression.OfAsking),
		failed: k.Mapping(cfg.Failed, expression.OfAnswer),
		parts:  k.Map(cfg.Map, expression.OfAnswer, "stage.id stage.name"), door: c.Door,
	}
	if f.names = f.parts.Has("application"); !f.names {
		f.parts.parts = append(f.parts.parts, mapped{name: "application", expr: asked, put: putter("application")})
	}
	if !k.failed && !f.request.Reads("application.id") {
		k.Fail(cfg.Node, "fetch", "the call does not say which application it asks for", "put ${application.id} into the url")
	}
	return f
}

// Members are what conditions may read of the answer.
func (f *Fetching) Members() []string { return f.parts.Members() }

// Fetch implements Fetcher.
func (f *Fetching) Fetch(ctx context.Context, applicationID string) (flowd.Application, error) {
	now, err := f.ask(ctx, applicationID)
	now.Application.Stage = now.Stage
	return now.Application, err
}

// ask returns the answer as an event: of the type that its map says, else of
// stage.entered.
func (f *Fetching) ask(ctx context.Context, applicationID string) (flowd.Event, error) {
	const op = "ask how an application stands"
	in := &expression.Input{Application: map[string]any{"id": applicationID}}
	call, err := f.request.Call(op, in)
	if err != nil {
		return flowd.Event{}, err
	}
	reply, err := f.client.Do(ctx, call)
	if err != nil {
		return flowd.Event{}, err
	}
	in.Header = reply.Header
	if in.Body, err = DecodeAny(reply.Body); err != nil {
		return flowd.Event{}, fault.New(fault.Unavailable, op, "%v", err)
	}
	if failed, err := Ask(f.failed, in); err != nil || failed {
		return flowd.Event{}, fault.New(fault.Unavailable, op, "the answer says that it failed")
	}
	ev, err := f.parts.Event(in, f.door)
	if err != nil {
		return flowd.Event{}, fault.New(fault.Unavailable, op, "%v", err)
	}
	if status, ok := ev.Type.Status(); ok && ev.Application.Status == "" {
		ev.Application.Status = status
	}
	if f.names && ev.Application.ID != applicationID {
		return flowd.Event{}, fault.New(fault.Unavailable, op, "the answer is about another application")
	}
	return ev, nil
}
