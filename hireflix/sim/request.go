package sim

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
)

type request struct {
	Query         string
	OperationName string
	Variables     map[string]any
}

// read takes a request's body. Variables may be an object, or a string that
// holds one, as in the vendor's own client.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (*request, int, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, http.StatusUnsupportedMediaType, errors.New("Content-Type must be application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.options.MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, http.StatusRequestEntityTooLarge, errors.New("request body is too large")
	}
	if err != nil {
		return nil, http.StatusBadRequest, errors.New("request body ended early")
	}
	var in struct {
		Query         string          `json:"query"`
		OperationName string          `json:"operationName"`
		Variables     json.RawMessage `json:"variables"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.Query == "" {
		return nil, http.StatusBadRequest, errors.New("body must be a JSON object with a query")
	}
	variables := in.Variables
	if len(variables) > 0 && variables[0] == '"' {
		var inner string
		if err := json.Unmarshal(variables, &inner); err != nil {
			return nil, http.StatusBadRequest, errors.New("variables must be an object")
		}
		variables = json.RawMessage(inner)
	}
	out := &request{Query: in.Query, OperationName: in.OperationName}
	if len(variables) > 0 {
		if err := json.Unmarshal(variables, &out.Variables); err != nil {
			return nil, http.StatusBadRequest, errors.New("variables must be an object")
		}
	}
	return out, 0, nil
}
