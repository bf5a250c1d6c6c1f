package store

import (
	"encoding/binary"
	"fmt"

	"probity/chain/codec"
	"probity/chain/types"
)

// certificateKey is that of the Notarization of a view.
func certificateKey(p place) []byte {
	b := binary.BigEndian.AppendUint64(append(make([]byte, 0, 17), tableCertificate), uint64(p.epoch))
	return binary.BigEndian.AppendUint64(b, uint64(p.view))
}

// PutCertificates stores Notarizations of views above the tip, with the headers
// that they speak of, and returns when they are synced: a Finalize that rests on
// one may leave after that. Whoever has finalized a view can no longer nullify
// it, so that after a loss of power it may be the only one that can show the
// others how to leave it. A commit forgets those at and below its place.
func (s *Store) PutCertificates(list ...types.Certified) error {
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.ready(); err != nil {
		return err
	}
	b := s.db.NewBatch()
	var todo []place
	for i := range list {
		at := place{list[i].Certificate.Epoch, list[i].Certificate.View}
		if s.certificates[at] || !s.above(at) {
			continue
		}
		set(b, certificateKey(at), codec.MustMarshal(&list[i]))
		todo = append(todo, at)
	}
	if len(todo) == 0 {
		return explain("put certificates", b.Close())
	}
	if err := s.apply(b); err != nil {
		return fmt.Errorf("put certificates: %w", err)
	}
	for _, at := range todo {
		s.noteCertificate(at)
	}
	return nil
}

func (s *Store) noteCertificate(at place) {
	if s.certificates == nil {
		s.certificates = map[place]bool{}
	}
	s.certificates[at] = true
}

// Certificates lists the stored Notarizations of an epoch, by view.
func (s *Store) Certificates(epoch types.Epoch) (out []types.Certified, err error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	if !s.certified(epoch) {
		return nil, nil
	}
	err = s.reader.scan(certificateKey(place{epoch: epoch}), certificateKey(place{epoch: epoch + 1}), func(k, v []byte) (bool, error) {
		var c types.Certified
		if err := decode(k, v, &c); err != nil {
			return false, err
		}
		out = append(out, c)
		return true, nil
	})
	return out, err
}

// certified reports whether any are stored: most epochs begin with none.
func (s *Store) certified(epoch types.Epoch) bool {
	s.write.Lock()
	defer s.write.Unlock()
	for at := range s.certificates {
		if at.epoch == epoch {
			return true
		}
	}
	return false
}

// settledCertificates are the places of certificates that a commit up to a
// place leaves behind.
func (s *Store) settledCertificates(last place) (out []place) {
	for at := range s.certificates {
		if !last.before(at) {
			out = append(out, at)
		}
	}
	return out
}

// loadCertificates finds them in a database that is being opened.
func (s *Store) loadCertificates() error {
	return s.reader.scan([]byte{tableCertificate}, []byte{tableCertificate + 1}, func(k, _ []byte) (bool, error) {
		if len(k) != 17 {
			return false, fmt.Errorf("%w: certificate key %x", ErrCorrupt, k)
		}
		s.noteCertificate(place{types.Epoch(binary.BigEndian.Uint64(k[1:])), types.View(binary.BigEndian.Uint64(k[9:]))})
		return true, nil
	})
}
