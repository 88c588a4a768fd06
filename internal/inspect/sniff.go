package inspect

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"mmjsonl/internal/format"
)

// Sniffed is how many bytes of a file's beginning decide what kind of rows it has.
const Sniffed = 64 << 10

// KindOf tells the kind of a file's rows by its beginning, or names what it is instead of a file of rows. whole says that there is no more of it.
func KindOf(start []byte, whole bool) (Kind, error) {
	line, rest := firstLine(start)
	if len(line) == 0 {
		return format.KindSingleTurn, nil
	}
	switch line[0] {
	case '{':
		kind, ok := format.KindOf(line)
		if !ok {
			return format.KindSingleTurn, nil
		}
		if !format.IsValue(line) && len(bytes.TrimSpace(rest)) > 0 {
			if text := append(append(bytes.Clone(line), '\n'), rest...); format.Continues(text, len(line), whole) {
				if format.IsInputsJSON(text) {
					return kind, errors.New("it is aiperf's inputs.json, one document and no rows: send it with --custom-dataset-type inputs_json, or write its bodies as rows, jq -c '.data[].payloads[]' FILE > rows.jsonl")
				}
				return kind, errors.New("it is JSON over several lines, and each row has to be one line: jq -c . FILE > rows.jsonl")
			}
		}
		if format.IsInputsJSON(line) {
			return kind, errors.New("it is aiperf's inputs.json, one document and no rows: send it with --custom-dataset-type inputs_json, or write its bodies as rows, jq -c '.data[].payloads[]' FILE > rows.jsonl")
		}
		return kind, nil
	case '[':
		if inside := bytes.TrimLeft(start[bytes.IndexByte(start, '[')+1:], " \t\r\n"); len(inside) > 0 && inside[0] == '{' {
			return format.KindSingleTurn, errors.New("it is a JSON array, and each row has to be a line of its own: jq -c '.[]' FILE > rows.jsonl")
		}
	case '<':
		return format.KindSingleTurn, errors.New("it is HTML or XML, not JSONL: a download that went wrong, perhaps")
	default:
		if table := tableOf(line, rest); table != "" {
			return format.KindSingleTurn, errors.New("it is " + table + ", not JSONL: write its rows as JSON, python3 -c 'import csv,json,sys; [print(json.dumps(r)) for r in csv.DictReader(sys.stdin" +
				map[string]string{"CSV": "", "TSV": `, delimiter="\t"`}[table] + ")]' < FILE > rows.jsonl, with columns called text and image")
		}
		if bytes.HasPrefix(line, []byte("version https://git-lfs")) {
			return format.KindSingleTurn, errors.New("it is a pointer of Git LFS: fetch the file itself, git lfs pull")
		}
	}
	return format.KindSingleTurn, nil
}

// firstLine returns the first line that is not blank, and what is behind it.
func firstLine(text []byte) (line, rest []byte) {
	for len(text) > 0 {
		end := bytes.IndexAny(text, "\r\n")
		line, rest = text, nil
		if end >= 0 {
			line, rest = text[:end], text[end+1:]
		}
		if line = bytes.TrimFunc(line, format.IsSpace); len(line) > 0 {
			return line, rest
		}
		text = rest
	}
	return nil, nil
}

// tableOf reports whether the first two lines are those of a table: CSV, TSV, or "".
func tableOf(line, rest []byte) string {
	if !utf8.Valid(line) || format.IsValue(line) {
		return ""
	}
	second, _ := firstLine(rest)
	for _, kind := range []struct{ name, separator string }{{"TSV", "\t"}, {"CSV", ","}} {
		columns := strings.Split(string(line), kind.separator)
		if len(columns) < 2 || !bytes.Contains(second, []byte(kind.separator)) {
			continue
		}
		header := true
		for _, column := range columns {
			column = strings.Trim(strings.TrimSpace(column), `"`)
			header = header && column != "" && len(column) < 100 && !strings.ContainsAny(column, `{}[]"`)
		}
		if header {
			return kind.name
		}
	}
	return ""
}
