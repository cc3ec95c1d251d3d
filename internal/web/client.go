package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Client speaks the API: to a daemon, or to a handler in this process.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// NewClient returns a client of the daemon at base, such as
// "http://127.0.0.1:40123".
func NewClient(base, token string, via http.RoundTripper) *Client {
	// A redirect is an answer like any other: a token that follows one would
	// arrive somewhere else.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: base, token: token, http: &http.Client{Transport: via, CheckRedirect: stay}}
}

// NewLocal returns a client of a handler in this process: the same code path as
// over the wire, without a listener.
func NewLocal(h http.Handler) *Client {
	return NewClient("http://flowd.invalid", "", handlerTransport{h})
}

type handlerTransport struct{ http.Handler }

// RoundTrip implements http.RoundTripper. The answer's body is the handler's
// output as it is written, so that a large one is never held whole.
func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	body, out := io.Pipe()
	w := &pipeWriter{header: http.Header{}, out: out, begun: make(chan int, 1)}
	go func() {
		t.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		_ = out.Close() // a pipe's close does not fail
	}()
	status := <-w.begun
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Header: w.header, Body: body, ContentLength: -1,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
	}, nil
}

// pipeWriter is the http.ResponseWriter of a handlerTransport.
type pipeWriter struct {
	header http.Header
	out    *io.PipeWriter
	begun  chan int
	status int
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.begun <- status
	}
}

func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.out.Write(p)
}

// Get reads one resource into what into points to.
func (c *Client) Get(ctx context.Context, path string, q url.Values, into any) error {
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return c.do(ctx, http.MethodGet, path, nil, into)
}

// Post gives an order and reads the answer.
func (c *Client) Post(ctx context.Context, path string, order, into any) error {
	return c.do(ctx, http.MethodPost, path, order, into)
}

// Download copies a resource to w and returns its size.
func (c *Client) Download(ctx context.Context, path string, w io.Writer) (int64, error) {
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	n, err := io.Copy(w, resp.Body)
	if err == nil && resp.ContentLength >= 0 && n != resp.ContentLength {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// maxAnswer bounds what a client reads of one answer.
const maxAnswer = 64 << 20

func (c *Client) do(ctx context.Context, method, path string, order, into any) error {
	resp, err := c.send(ctx, method, path, order)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("the daemon's answer cannot be read: %w", err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, order any) (*http.Response, error) {
	var body io.Reader = http.NoBody
	if order != nil {
		data, err := json.Marshal(order)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the daemon does not answer: %w", err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // the status says it all
	p := Problem{Status: resp.StatusCode}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRequest)).Decode(&p); err != nil || p.Text == "" {
		p.Text = "the daemon answered " + resp.Status
	}
	return nil, &p
}
