package connectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// read takes the body in, whole or not at all, within the limits of size and
// time. An answer with a status ends the delivery; release is never nil.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (body []byte, release func(), a answer) {
	release = func() {}
	if r.ContentLength > h.opts.MaxBody {
		return nil, release, tooLarge()
	}
	weight := r.ContentLength
	if weight < 0 {
		weight = h.opts.MaxBody
	}
	if !h.budget.TryAcquire(weight) {
		return nil, release, unavailable(resultBusy, errors.New("too many bodies are under way"))
	}
	release = func() { h.budget.Release(weight) }
	var buf bytes.Buffer
	buf.Grow(int(min(max(r.ContentLength, 0), 64<<10)) + bytes.MinRead)
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, h.opts.MaxBody))
	if err == nil {
		deadline(w, time.Time{})
		return buf.Bytes(), release, answer{}
	}
	// The deadline stands: the server would wait for the rest of the body.
	w.Header().Set("Connection", "close")
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, release, tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, release, answer{status: http.StatusRequestTimeout, result: resultCut, err: errors.New("the body did not arrive in time")}
	}
	return nil, release, answer{status: http.StatusBadRequest, result: resultCut, err: errors.New("the body did not arrive whole")}
}

// deadline bounds the time to send what is left of the request. A writer that
// has no connection, as in tests, cannot and need not.
func deadline(w http.ResponseWriter, at time.Time) {
	_ = http.NewResponseController(w).SetReadDeadline(at)
}

func tooLarge() answer {
	return answer{status: http.StatusRequestEntityTooLarge, result: resultTooLarge, err: errors.New("the body is larger than server.max_body allows")}
}

// DecodeJSON decodes one JSON value and nothing behind it. Its errors say where
// the body is wrong and quote nothing of it, as those of encoding/json do.
func DecodeJSON(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("the body is not JSON from byte %d on", syntax.Offset)
	case errors.As(err, &kind):
		got, _, _ := strings.Cut(kind.Value, " ")
		if kind.Field == "" {
			return fmt.Errorf("the body is of the wrong shape: a JSON %s", got)
		}
		return fmt.Errorf("the body's %s is of the wrong type: a JSON %s", kind.Field, got)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the body is not JSON: it ends too early")
	}
	return errors.New("the body holds a text where a number belongs") // what else Unmarshal refuses
}

// DecodeAny decodes one JSON value and nothing behind it, with its numbers as
// text, so that long ids stay exact. Its errors are as those of DecodeJSON.
func DecodeAny(body []byte) (any, error) {
	if v, ok := treeOf(body); ok {
		return v, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err == nil {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return v, nil
		}
	}
	var nothing any
	if err := DecodeJSON(body, &nothing); err != nil { // which says where
		return nil, err
	}
	return nil, errors.New("the body cannot be decoded")
}
