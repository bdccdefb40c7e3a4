package web

import "net/http"

// routes is the table of contents, in the order of the screens.
func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	m.Handle("GET /healthz", http.HandlerFunc(s.health))
	m.Handle("GET /assets/", s.assets)

	m.Handle("GET /sign-in", s.open(s.signInPage))
	m.Handle("POST /sign-in", s.open(s.signIn))
	m.Handle("POST /sign-in/passkey", s.open(s.signInPasskey))
	m.Handle("POST /sign-in/passkey/offer", s.open(s.askPasskey))
	m.Handle("GET /sign-in/{token}", s.open(s.signInLink))
	m.Handle("POST /sign-out", s.open(s.signOut))

	m.Handle("GET /account", s.own(s.account))
	m.Handle("GET /account/password", s.own(s.passwordForm))
	m.Handle("POST /account/password", s.own(s.setPassword))
	m.Handle("POST /account/passkey", s.own(s.addPasskey))
	m.Handle("POST /account/passkey/offer", s.own(s.offerPasskey))
	m.Handle("POST /account/passkey/remove", s.signedIn(s.removePasskey))
	m.Handle("POST /account/codes", s.signedIn(s.makeCodes))
	m.Handle("POST /account/sessions", s.signedIn(s.endSessions))

	m.Handle("GET /{$}", s.signedIn(s.home))
	m.Handle("POST /drafts", s.signedIn(s.keepDraft))
	m.Handle("GET /unaccounted", s.signedIn(s.unaccounted))

	m.Handle("GET /operations", s.signedIn(s.operations))
	m.Handle("GET /operations/new", s.signedIn(s.countForm))
	m.Handle("POST /operations/new", s.signedIn(s.recordCount))
	m.Handle("GET /operations/compare", s.signedIn(s.compare))
	m.Handle("GET /operations/export", s.signedIn(s.export))
	m.Handle("GET /operations/{operation}", s.signedIn(s.operation))
	m.Handle("GET /operations/{operation}/balance", s.signedIn(s.balance))
	m.Handle("GET /operations/{operation}/findings", s.signedIn(s.findings))
	m.Handle("GET /operations/{operation}/accounts", s.signedIn(s.accounts))
	m.Handle("GET /operations/{operation}/custody/{entry}", s.signedIn(s.custody))
	m.Handle("GET /operations/{operation}/history", s.signedIn(s.history))
	m.Handle("GET /operations/{operation}/record", s.signedIn(s.addMenu))
	m.Handle("GET /operations/{operation}/move/{entry}", s.signedIn(s.moveForm))
	m.Handle("POST /operations/{operation}/move/{entry}", s.signedIn(s.move))
	m.Handle("GET /operations/{operation}/entries/{kind}/new", s.signedIn(s.entryForm))
	m.Handle("POST /operations/{operation}/entries/{kind}/new", s.signedIn(s.writeEntry))
	m.Handle("GET /operations/{operation}/entries/{kind}/{entry}", s.signedIn(s.entryForm))
	m.Handle("POST /operations/{operation}/entries/{kind}/{entry}", s.signedIn(s.writeEntry))

	m.Handle("GET /units", s.signedIn(s.units))
	m.Handle("GET /units/{unit}", s.signedIn(s.unit))
	m.Handle("GET /units/{unit}/entries/{kind}/new", s.signedIn(s.entryForm))
	m.Handle("POST /units/{unit}/entries/{kind}/new", s.signedIn(s.writeEntry))
	m.Handle("GET /units/{unit}/entries/{kind}/{entry}", s.signedIn(s.entryForm))
	m.Handle("POST /units/{unit}/entries/{kind}/{entry}", s.signedIn(s.writeEntry))

	m.Handle("GET /protocols", s.signedIn(s.protocols))
	m.Handle("GET /protocols/{protocol}", s.signedIn(s.protocol))
	m.Handle("GET /protocols/{protocol}/{rule}", s.signedIn(s.rule))

	m.Handle("GET /claims", s.signedIn(s.claimList))
	m.Handle("GET /claims/{claim}", s.signedIn(s.claim))
	m.Handle("GET /contradictions", s.signedIn(s.contradictions))
	m.Handle("GET /contradictions/{contradiction}", s.signedIn(s.contradiction))

	m.Handle("GET /ledger", s.signedIn(s.ledger))
	m.Handle("GET /people", s.signedIn(s.people))
	m.Handle("GET /people/changes", s.signedIn(s.changes))
	m.Handle("GET /people/new", s.signedIn(s.userForm))
	m.Handle("POST /people/new", s.signedIn(s.keepUser))
	m.Handle("GET /people/{user}", s.signedIn(s.userForm))
	m.Handle("POST /people/{user}", s.signedIn(s.keepUser))
	m.Handle("POST /people/{user}/access", s.signedIn(s.keepAccess))
	m.Handle("GET /organisations", s.signedIn(s.organisations))
	m.Handle("GET /organisations/{organisation}", s.signedIn(s.organisation))
	m.Handle("GET /organisations/{organisation}/entries/{kind}/new", s.signedIn(s.entryForm))
	m.Handle("POST /organisations/{organisation}/entries/{kind}/new", s.signedIn(s.writeEntry))
	m.Handle("GET /organisations/{organisation}/entries/{kind}/{entry}", s.signedIn(s.entryForm))
	m.Handle("POST /organisations/{organisation}/entries/{kind}/{entry}", s.signedIn(s.writeEntry))
	m.Handle("GET /who-may-do-what", s.signedIn(s.rules))
	m.Handle("GET /how-we-count", s.open(s.howWeCount))
	m.Handle("GET /", s.signedIn(nowhere))
	return m
}
