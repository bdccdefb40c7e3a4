package credential

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// A Site is the address that passkeys are made for. A passkey made for one
// address is never shown to another, which is what makes it proof against
// pages that look alike.
type Site struct{ party *webauthn.WebAuthn }

// NewSite returns a site at an address such as https://plumbline.example.
// Passkeys need a name: an address of numbers will not do.
func NewSite(address *url.URL) (*Site, error) {
	if net.ParseIP(address.Hostname()) != nil {
		return nil, errors.New("passkeys need an address with a name")
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID: address.Hostname(), RPDisplayName: "Plumbline", RPOrigins: []string{address.Scheme + "://" + address.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		// The passkey is the whole proof: it has to find the user by itself, and to have
		// asked for finger, face or PIN.
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", address, err)
	}
	return &Site{party}, nil
}

// A Holder is a user as passkeys know one: by a handle that means nothing
// elsewhere.
type Holder struct {
	Handle   []byte
	Name     string
	Passkeys []Passkey
}

// A Passkey is one as it is kept.
type Passkey struct {
	ID   []byte
	Body []byte // to be sealed; changes at every use
}

// An Offer is one half of a ceremony: what the browser is sent, and what has
// to be kept until it answers.
type Offer struct {
	Options   []byte // JSON
	Keep      []byte // not to be shown or changed
	Challenge string // never twice the same
}

// holder is a Holder in the words of the module.
type holder struct {
	Holder
	list []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return h.Handle }
func (h *holder) WebAuthnName() string                       { return h.Name }
func (h *holder) WebAuthnDisplayName() string                { return h.Name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.list }

func (h Holder) open() (*holder, error) {
	inner := &holder{Holder: h}
	for _, p := range h.Passkeys {
		var c webauthn.Credential
		if err := json.Unmarshal(p.Body, &c); err != nil {
			return nil, fmt.Errorf("read a passkey: %w", err)
		}
		inner.list = append(inner.list, c)
	}
	return inner, nil
}

// OfferNew begins to make a passkey.
func (s *Site) OfferNew(h Holder) (Offer, error) {
	inner, err := h.open()
	if err != nil {
		return Offer{}, err
	}
	// One passkey a device is enough.
	var there []protocol.CredentialDescriptor
	for _, c := range inner.list {
		there = append(there, c.Descriptor())
	}
	options, keep, err := s.party.BeginRegistration(inner, webauthn.WithExclusions(there))
	if err != nil {
		return Offer{}, fmt.Errorf("offer a passkey: %w", err)
	}
	return offer(options.Response, keep)
}

// OfferSignIn begins to sign somebody in, whoever it will be.
func (s *Site) OfferSignIn() (Offer, error) {
	options, keep, err := s.party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Offer{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return offer(options.Response, keep)
}

func offer(options any, keep *webauthn.SessionData) (o Offer, err error) {
	if o.Options, err = json.Marshal(options); err != nil {
		return o, err
	}
	o.Keep, err = json.Marshal(keep)
	o.Challenge = keep.Challenge
	return o, err
}

// ErrRefused is returned for an answer that proves nothing.
var ErrRefused = errors.New("the passkey was not accepted")

// AcceptNew takes a new passkey.
func (s *Site) AcceptNew(h Holder, keep, answer []byte) (p Passkey, challenge string, err error) {
	inner, err := h.open()
	if err != nil {
		return p, "", err
	}
	var data webauthn.SessionData
	if err := json.Unmarshal(keep, &data); err != nil {
		return p, "", refused(err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return p, "", refused(err)
	}
	c, err := s.party.CreateCredential(inner, data, parsed)
	if err != nil {
		return p, "", refused(err)
	}
	p, err = kept(c)
	return p, data.Challenge, err
}

// AcceptSignIn finds out who signs in, and returns the passkey as it is now
// to be kept. find returns the holder of a passkey, by its id and handle.
func (s *Site) AcceptSignIn(keep, answer []byte, find func(id, handle []byte) (Holder, error)) (p Passkey, challenge string, err error) {
	var data webauthn.SessionData
	if err := json.Unmarshal(keep, &data); err != nil {
		return p, "", refused(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return p, "", refused(err)
	}
	_, c, err := s.party.ValidatePasskeyLogin(func(id, handle []byte) (webauthn.User, error) {
		h, err := find(id, handle)
		if err != nil {
			return nil, err
		}
		return h.open()
	}, data, parsed)
	if err != nil {
		return p, "", refused(err)
	}
	if c.Authenticator.CloneWarning {
		return p, "", refused(errors.New("its counter runs backwards: there are two of it"))
	}
	p, err = kept(c)
	return p, data.Challenge, err
}

func kept(c *webauthn.Credential) (p Passkey, err error) {
	p.ID = c.ID
	p.Body, err = json.Marshal(c)
	return p, err
}

// refused keeps the reason for the log, in one line.
func refused(err error) error {
	return fmt.Errorf("%w: %s", ErrRefused, strings.Join(strings.Fields(err.Error()), " "))
}
