package bundle

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
)

// Archives are pax files of one form (spec bundle §1): regular files and links
// alone, no owner, no time, so that equal content is equal bytes.

// BytesMax bounds a bundle.
const BytesMax = 1 << 30

// entriesMax bounds the files of an archive.
const entriesMax = 1 << 17

// pack is the archive of a list of files in the order given.
func pack(files []File) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range files {
		f := &files[i]
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.Path, Mode: int64(f.Mode & 0o777), Size: int64(len(f.Data)), ModTime: time.Unix(0, 0)}
		if f.Mode == ModeLink {
			h.Typeflag, h.Mode, h.Size, h.Linkname = tar.TypeSymlink, 0o777, 0, string(f.Data)
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("archive %s: %w", f.Path, err)
		}
		if f.Mode == ModeLink {
			continue
		}
		if _, err := w.Write(f.Data); err != nil {
			return nil, fmt.Errorf("archive %s: %w", f.Path, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return b.Bytes(), nil
}

// unpack reads an archive and refuses every byte that pack would not have
// written. The error of a difference names the file before or in which it is.
func unpack(raw []byte) ([]File, error) {
	var out []File
	r := tar.NewReader(bytes.NewReader(raw))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("after %s: %w", lastName(out), err)
		}
		f := File{Path: h.Name, Mode: ModeFile}
		switch {
		case len(out) == entriesMax:
			return nil, fmt.Errorf("more than %d files", entriesMax)
		case h.Typeflag == tar.TypeSymlink:
			f.Mode, f.Data = ModeLink, []byte(h.Linkname)
		case h.Typeflag != tar.TypeReg:
			return nil, fmt.Errorf("%q is neither a file nor a link", h.Name)
		default:
			if h.Mode&0o100 != 0 {
				f.Mode = ModeExecutable
			}
			if f.Data, err = io.ReadAll(r); err != nil {
				return nil, fmt.Errorf("%q: %w", h.Name, err)
			}
		}
		out = append(out, f)
	}
	again, err := pack(out)
	if err != nil {
		return nil, err
	}
	if at, same := differ(raw, again); !same {
		return nil, fmt.Errorf("byte %d, %s, is not what the one form has", at, place(out, at))
	}
	return out, nil
}

func lastName(files []File) string {
	if len(files) == 0 {
		return "the start"
	}
	return files[len(files)-1].Path
}

// differ is the first place in which two strings differ.
func differ(a, b []byte) (at int, same bool) {
	if bytes.Equal(a, b) {
		return 0, true
	}
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i, false
		}
	}
	return n, false
}

// place names the file around a byte of an archive, roughly: headers of one
// block each.
func place(files []File, at int) string {
	end := 0
	for i := range files {
		end += 512
		if files[i].Mode != ModeLink {
			end += (len(files[i].Data) + 511) / 512 * 512
		}
		if at < end {
			return "near " + files[i].Path
		}
	}
	return "at the end"
}
