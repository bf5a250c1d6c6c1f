package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"probity/chain/keys"
	"probity/chain/route/release"
)

// The statement is an in-toto v1 Statement with a SLSA v1 provenance predicate
// in a DSSE envelope (spec bundle §6). All of it follows from the rest of the
// bundle: what it adds is the submitter's signature (R26) and a form that other
// tools read.

const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://slsa.dev/provenance/v1"
	payloadType   = "application/vnd.in-toto+json"
	buildType     = "urn:probity:release:make/v1"
	builderID     = "urn:probity:release:watchtowers/v1"
)

type digests map[string]string

type resource struct {
	Name   string  `json:"name,omitempty"`
	URI    string  `json:"uri,omitempty"`
	Digest digests `json:"digest"`
}

type statement struct {
	Type          string     `json:"_type"`
	Subject       []resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     predicate  `json:"predicate"`
}

type predicate struct {
	BuildDefinition struct {
		BuildType          string            `json:"buildType"`
		ExternalParameters map[string]string `json:"externalParameters"`
		Dependencies       []resource        `json:"resolvedDependencies"`
	} `json:"buildDefinition"`
	RunDetails struct {
		Builder struct {
			ID string `json:"id"`
		} `json:"builder"`
		Metadata struct {
			Invocation string `json:"invocationId"`
			Finished   string `json:"finishedOn"`
		} `json:"metadata"`
		Byproducts []resource `json:"byproducts"`
	} `json:"runDetails"`
}

// envelope is DSSE's. Bytes in JSON are base64, as DSSE has them.
type envelope struct {
	Payload     []byte      `json:"payload"`
	PayloadType string      `json:"payloadType"`
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	KeyID string `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// digestsOf are those of bytes that somebody may look for: BLAKE3 is the chain's,
// SHA-256 that of everybody else.
func digestsOf(data []byte) digests {
	sum := sha256.Sum256(data)
	return digests{"blake3": plain(keys.Sum(data)), "sha256": hex.EncodeToString(sum[:])}
}

func plain(h keys.Hash) string { return hex.EncodeToString(h[:]) }

// stated gives the statement of a bundle.
func stated(genesis, rc keys.Hash, r *Record, published *release.Entry, source []byte, binaries []File) ([]byte, error) {
	s := statement{Type: statementType, PredicateType: predicateType}
	for i := range binaries {
		s.Subject = append(s.Subject, resource{Name: binaries[i].Path, Digest: digestsOf(binaries[i].Data)})
	}
	d := &s.Predicate.BuildDefinition
	d.BuildType = buildType
	d.ExternalParameters = map[string]string{
		"repository": r.Repo, "commit": hex.EncodeToString(r.Commit), "version": r.Version,
		"protocol": strconv.FormatUint(uint64(r.Protocol), 10), "candidate": rc.String(),
	}
	d.Dependencies = []resource{{Name: "source.tar", Digest: digestsOf(source)}}
	if len(r.Commit) == 20 {
		d.Dependencies = append(d.Dependencies, resource{URI: "git+" + r.Repo, Digest: digests{"gitCommit": hex.EncodeToString(r.Commit)}})
	}
	run := &s.Predicate.RunDetails
	run.Builder.ID = builderID
	run.Metadata.Invocation = fmt.Sprintf("urn:probity:%s:release:%s", plain(genesis), plain(rc))
	run.Metadata.Finished = time.UnixMilli(int64(published.Time)).UTC().Format(time.RFC3339Nano)
	run.Byproducts = []resource{
		{Name: "manifest", Digest: digests{"blake3": plain(r.Shipped.Manifest)}},
		{Name: "artifacts", Digest: digests{"blake3": plain(r.Artifacts)}},
		{Name: "trail", Digest: digests{"blake3": plain(r.Sealed)}},
	}
	return json.Marshal(s)
}

// signBytes is DSSE's pre-authentication encoding of a statement.
func signBytes(payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// seal signs a statement.
func seal(payload []byte, key keys.PrivateKey) ([]byte, error) {
	pub, sig := key.Public(), key.Sign(signBytes(payload))
	return json.Marshal(envelope{Payload: payload, PayloadType: payloadType, Signatures: []signature{{KeyID: hex.EncodeToString(pub[:]), Sig: sig[:]}}})
}

// signedBy checks an envelope: its payload is the one expected, and one of the
// allowed keys signed it.
func signedBy(raw, want []byte, allowed []keys.PublicKey) (signer keys.PublicKey, err error) {
	var e envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		return signer, err
	}
	if again, err := json.Marshal(e); err != nil || !bytes.Equal(again, raw) {
		return signer, fmt.Errorf("the envelope is not in its one form")
	}
	if !bytes.Equal(e.Payload, want) {
		return signer, fmt.Errorf("the statement is not that of this release: %s…", base64.StdEncoding.EncodeToString(e.Payload[:min(len(e.Payload), 24)]))
	}
	if e.PayloadType != payloadType || len(e.Signatures) != 1 || len(e.Signatures[0].Sig) != 64 {
		return signer, fmt.Errorf("want one signature of 64 bytes over %s", payloadType)
	}
	if err := signer.UnmarshalText([]byte("0x" + e.Signatures[0].KeyID)); err != nil {
		return signer, err
	}
	if !slices.Contains(allowed, signer) {
		return signer, fmt.Errorf("%s is the key of nobody who published it or submitted it to a store", signer)
	}
	if !keys.Verify(keys.Signed{Key: signer, Message: signBytes(want), Signature: keys.Signature(e.Signatures[0].Sig)}) {
		return signer, fmt.Errorf("the signature of %s does not hold", signer)
	}
	return signer, nil
}
