package connectors

import (
	"bufio"
	"context"
	"io"
	"net/http"

	"flowd/internal/fault"
)

// Stream sends the call and has read take an answer of success as it comes, so
// that it is never held whole. An error of read means an answer of another form:
// its text must quote nothing of it. The other errors are as those of Do.
func (c *Client) Stream(ctx context.Context, call Call, read func(io.Reader) error) (http.Header, error) {
	var header http.Header
	err := c.send(ctx, call, max(c.timeout, streamTimeout), func(resp *http.Response) error {
		header = resp.Header
		if !call.fine(resp.StatusCode) {
			_, err := call.whole(resp)
			return err
		}
		body := &streamed{r: io.LimitReader(resp.Body, maxStream+1)}
		start := bufio.NewReaderSize(body, 32<<10)
		if peek, _ := start.Peek(pageStart); isPage(resp.Header, peek) {
			return call.page()
		}
		err := read(start)
		switch {
		case body.n > maxStream:
			return fault.New(call.unclear(), call.Op, "the answer is too large")
		case body.err != nil:
			return lost(call.unclear(), call.Op, body.err)
		case err != nil:
			return fault.New(call.unclear(), call.Op, "the answer is not of the expected form: %v", err)
		}
		return nil
	})
	return header, err
}

// streamed remembers how much was read and what broke the connection.
type streamed struct {
	r   io.Reader
	n   int64
	err error
}

func (s *streamed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
