package dropfolder

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// plainText is a file's content as UTF-8 without a byte order mark and with
// plain line ends, and a note where it was in another encoding.
func plainText(data []byte) (text, note string, err error) {
	switch {
	case len(data) > maxFile:
		return "", "", fmt.Errorf("the file is larger than %d MiB; split it", maxFile>>20)
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return "", "", errors.New("the file is UTF-16; save it as CSV UTF-8")
	case bytes.IndexByte(data, 0) >= 0:
		return "", "", errors.New("the file is not text; save it as CSV UTF-8")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		note = "note: the file is not UTF-8 and was read as Windows-1252; where letters are wrong, save it as CSV UTF-8"
		if data, err = charmap.Windows1252.NewDecoder().Bytes(data); err != nil {
			return "", "", errors.New("the file is neither UTF-8 nor Windows-1252; save it as CSV UTF-8")
		}
	}
	text = strings.ReplaceAll(string(data), "\r\n", "\n")
	if text = strings.ReplaceAll(text, "\r", "\n"); strings.TrimSpace(text) == "" {
		return "", "", errors.New("the file is empty")
	}
	return text, note, nil
}
