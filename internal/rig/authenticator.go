//go:build unix

package rig

import (
	"context"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Authenticator gives the tab's device a finger that is always there, with
// which it makes and uses passkeys. The returned function takes it away, as
// another device would be without its passkeys.
func (b *Tab) Authenticator() (remove func()) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatalf("enable passkeys: %v", err)
	}
	made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		b.t.Fatalf("add an authenticator: %v", err)
	}
	return func() {
		b.t.Helper()
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		if _, err := chromedp.Call(ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams(made)); err != nil {
			b.t.Fatalf("remove the authenticator: %v", err)
		}
	}
}

// Cookies returns the cookies that the tab keeps for an address, by name.
func (b *Tab) Cookies(address string) map[string]string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{address}})
	if err != nil {
		b.t.Fatalf("cookies of %s: %v", address, err)
	}
	values := map[string]string{}
	for _, c := range got.Cookies {
		values[c.Name] = c.Value
	}
	return values
}
