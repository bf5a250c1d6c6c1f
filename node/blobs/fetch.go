package blobs

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"lukechampine.com/blake3/bao"

	"probity/chain/keys"
	"probity/p2p"
)

// Protocol is the request for content: the address and be64 of the first piece
// wanted. The answer is a chunk for each piece from there on, as many as fit: the
// piece's slice of the BLAKE3 tree in bao's encoding with groups of 1 MiB.
var Protocol = p2p.Protocol{
	Name: "blobs/1", RequestMax: requestLen, ChunkMax: piece + overhead, ResponseMax: piecesMax * (piece + overhead),
	Timeout: time.Minute, PerPeer: 2, Total: 8,
}

const (
	requestLen = 32 + 8
	overhead   = 8 + 64*64 // of a piece: the length, and two hashes for each level
	piecesMax  = 16        // in one answer
)

// Serve answers a request for content; it is a p2p.Server.
func (s *Store) Serve(ctx context.Context, _ p2p.ID, request []byte, w *p2p.Writer) error {
	return s.serve(ctx, request, w)
}

func (s *Store) serve(ctx context.Context, request []byte, w io.Writer) error {
	if len(request) != requestLen {
		return p2p.Invalid(errors.New("want an address and a number"))
	}
	h, from := keys.Hash(request[:32]), binary.BigEndian.Uint64(request[32:])
	data, err := s.Open(h)
	if err != nil {
		return ErrUnknown // what and where it is not is nobody else's affair
	}
	defer data.Close()
	info, err := data.Stat()
	if err != nil {
		return errors.New("the content cannot be read")
	}
	tree, err := os.ReadFile(s.tree(h))
	if err != nil {
		return errors.New("the content cannot be read")
	}
	size := info.Size()
	if from > uint64(size)/piece {
		return p2p.Invalid(fmt.Errorf("no piece %d of %d bytes", from, size))
	}
	at := int64(from) * piece
	for n := 0; n < piecesMax && (at < size || n == 0) && ctx.Err() == nil; n++ {
		var out bytes.Buffer
		length := min(piece, size-at)
		if err := bao.ExtractSlice(&out, io.NewSectionReader(data, at, length), bytes.NewReader(tree), group, uint64(at), uint64(length)); err != nil {
			return errors.New("the content cannot be read")
		}
		if _, err := w.Write(out.Bytes()); err != nil {
			return err
		}
		at += length
	}
	return ctx.Err()
}

// Asker asks a peer, as p2p.Host does.
type Asker interface {
	Fetch(ctx context.Context, to p2p.ID, protocol string, request []byte, each func(chunk []byte) error) error
}

// Fetch brings content here from the peers, one after the other as long as one
// gives something, and tells after each piece how much there is of how much. Cut
// off, it leaves what it has proven for the next time. The error is ErrFull,
// ErrNobody with what each peer said, or that of ctx.
func (s *Store) Fetch(ctx context.Context, net Asker, peers []p2p.ID, h keys.Hash, tell func(have, all int64)) (Blob, error) {
	if n, err := s.Size(h); err == nil {
		return Blob{h, n}, nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return Blob{}, fmt.Errorf("fetch: %w", err)
	}
	if tell == nil {
		tell = func(int64, int64) {}
	}
	d, err := s.download(h, tell)
	if err != nil {
		return Blob{}, err
	}
	defer d.file.Close()
	said := []error{}
	for _, p := range peers {
		err := d.from(ctx, net, p)
		if err == nil {
			_, err = s.takeIn(s.part(h), &h)
		}
		switch {
		case err == nil:
			return Blob{h, d.have}, nil
		case ctx.Err() != nil:
			return Blob{}, ctx.Err()
		case errors.Is(err, ErrFull):
			return Blob{}, err
		case errors.Is(err, ErrContent):
			if err := d.restart(); err != nil {
				return Blob{}, err
			}
		}
		said = append(said, fmt.Errorf("peer %s: %w", p, err))
	}
	return Blob{}, fmt.Errorf("%w: %s: %w", ErrNobody, h, errors.Join(said...))
}

// download is content on its way here: a prefix of whole pieces.
type download struct {
	store *Store
	hash  keys.Hash
	file  *os.File
	have  int64
	all   int64 // −1: nobody has said yet
	tell  func(have, all int64)
}

func (s *Store) download(h keys.Hash, tell func(have, all int64)) (*download, error) {
	f, err := os.OpenFile(s.part(h), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fetch: %w", err), f.Close())
	}
	// A piece is written by one call; what a crash left of one is written again.
	return &download{store: s, hash: h, file: f, have: info.Size() / piece * piece, all: -1, tell: tell}, nil
}

// restart forgets what is there: it did not add up.
func (d *download) restart() error {
	d.have, d.all = 0, -1
	if err := d.file.Truncate(0); err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	return nil
}

// from takes pieces of one peer until all are here.
func (d *download) from(ctx context.Context, net Asker, peer p2p.ID) error {
	d.all = -1
	for d.all < 0 || d.have < d.all {
		before, request := d.have, append(d.hash[:len(d.hash):len(d.hash)], binary.BigEndian.AppendUint64(nil, uint64(d.have/piece))...)
		if err := net.Fetch(ctx, peer, Protocol.Name, request, d.take); err != nil {
			return err
		}
		if d.have == before && d.have != d.all {
			return fmt.Errorf("%w: an answer without pieces", ErrContent)
		}
	}
	return nil
}

// take proves a piece and writes it.
func (d *download) take(chunk []byte) error {
	if len(chunk) < 8 {
		return fmt.Errorf("%w: a piece of %d bytes", ErrContent, len(chunk))
	}
	all := binary.LittleEndian.Uint64(chunk)
	if all > uint64(d.store.max) {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrFull, all, d.store.max)
	}
	if d.all < 0 {
		if err := d.store.room(int64(all), d.have); err != nil {
			return err
		}
		d.all = int64(all)
	}
	if int64(all) != d.all || d.have > d.all {
		return fmt.Errorf("%w: a piece at %d of %d bytes, said before are %d", ErrContent, d.have, all, d.all)
	}
	length := min(piece, d.all-d.have)
	if length == 0 { // all is here already; whether it adds up is seen when it is taken in
		return nil
	}
	data, ok := bao.VerifySlice(chunk, group, uint64(d.have), uint64(length), d.hash)
	if !ok || int64(len(data)) != length {
		return fmt.Errorf("%w: the piece at %d is not proven", ErrContent, d.have)
	}
	if _, err := d.file.WriteAt(data, d.have); err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	d.have += length
	d.tell(d.have, d.all)
	return nil
}
