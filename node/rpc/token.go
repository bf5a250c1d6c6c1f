package rpc

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// A token is a JWT with HS256 and nothing else: one algorithm, one key, a few
// claims. A library for all of JWT would bring what must then be forbidden, the
// algorithm none among it (RFC 8725 §3.1).

// SecretSize is the length of the secret that tokens are signed with: that of a
// hash, as RFC 7518 §3.2 wants it at least.
const SecretSize = sha256.Size

// tokenAge is how far a token's time of issue may be from the node's clock.
const tokenAge = time.Minute

// tokenMax bounds a token in bytes.
const tokenMax = 4096

var base64url = base64.RawURLEncoding.Strict()

// Token makes a token for a request of now.
func Token(secret []byte, now time.Time) string {
	signed := base64url.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		base64url.EncodeToString(fmt.Appendf(nil, `{"iat":%d}`, now.Unix()))
	return signed + "." + base64url.EncodeToString(tokenSum(secret, signed))
}

func tokenSum(secret []byte, signed string) []byte {
	h := hmac.New(sha256.New, secret)
	_, _ = h.Write([]byte(signed)) // never fails (hash.Hash)
	return h.Sum(nil)
}

// checkToken says why a token does not hold. The signature comes first, so that
// nobody without the secret learns more than that.
func checkToken(secret []byte, token string, now time.Time) error {
	parts := strings.Split(token, ".")
	if len(token) > tokenMax || len(parts) != 3 {
		return errors.New("not a token: want three parts with dots between them")
	}
	sum, err := base64url.DecodeString(parts[2])
	if err != nil || !hmac.Equal(sum, tokenSum(secret, parts[0]+"."+parts[1])) {
		return errors.New("the signature is not that of the node's secret with HS256")
	}
	var header struct {
		Alg  string          `json:"alg"`
		Crit json.RawMessage `json:"crit"`
	}
	if readPart(parts[0], &header) != nil || header.Alg != "HS256" || header.Crit != nil {
		return errors.New("the algorithm is not HS256, or crit is given")
	}
	var claims struct {
		Iat *float64 `json:"iat"`
		Exp *float64 `json:"exp"`
		Nbf *float64 `json:"nbf"`
	}
	if readPart(parts[1], &claims) != nil {
		return errors.New("the claims cannot be read")
	}
	at, most := float64(now.UnixMilli())/1000, tokenAge.Seconds()
	switch {
	case claims.Iat == nil:
		return errors.New("no iat: a token tells when it was made")
	case *claims.Iat < at-most || *claims.Iat > at+most:
		return fmt.Errorf("iat is %.0f s from the node's clock, %.0f at most: make a fresh one, and see that both clocks are right", *claims.Iat-at, most)
	case claims.Exp != nil && *claims.Exp <= at:
		return errors.New("exp is over")
	case claims.Nbf != nil && *claims.Nbf > at:
		return errors.New("nbf is still to come")
	}
	return nil
}

// readPart reads one part of a token: a JSON object.
func readPart(part string, into any) error {
	raw, err := base64url.DecodeString(part)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return errors.New("no object")
	}
	return json.Unmarshal(raw, into)
}

// operates says whether a request comes with the operator's token; an error
// where it has one that does not hold.
func (s *Server) operates(r *http.Request) (bool, error) {
	given := r.Header.Values("Authorization")
	if len(s.Secret) == 0 || len(given) == 0 {
		return false, nil
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return false, errors.New("want one header Authorization, of the form Bearer TOKEN")
	}
	if err := checkToken(s.Secret, strings.TrimSpace(token), time.Now()); err != nil {
		return false, err
	}
	return true, nil
}
