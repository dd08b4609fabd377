package main

import (
	"ferry/config"
	"ferry/ftpsvc/vfs"
)

// endpointOf is a saved site as the engine knows it.
func endpointOf(s config.NamedSite) vfs.Endpoint {
	return vfs.Endpoint{
		Name: s.Name, Host: s.Host, Port: s.Port, User: s.User, Account: s.Account, Start: s.Start,
		TLS: vfs.TLSMode(s.TLS), TLSMin: s.TLSMin, TLSMax: s.TLSMax, ClientCert: s.ClientCert, ClientKey: s.ClientKey, Insecure: s.Insecure,
		Data: vfs.DataMode(s.Mode), TrustPASV: s.TrustPASV, ActivePorts: s.ActivePorts, ActiveAddr: s.ActiveAddr,
		Charset: s.Charset, Zone: s.Zone, List: s.List, Proxy: s.Proxy, MaxConns: s.MaxConns,
		RateDown: int64(s.LimitDown), RateUp: int64(s.LimitUp), Timeout: s.Timeout.Std(), DataIdle: s.DataIdle.Std(),
		Keepalive: s.Keepalive.Std(), SocketBuffer: int(s.SocketBuffer), Debug: s.Debug, NoTempName: s.NoTempName,
	}
}

// memory lets the engine remember in config's store.
type memory struct{ m *config.Memory }

func (m memory) Learned(key string) vfs.Learned { return learnedIn(m.m.Learned(key)) }

func (m memory) Learn(key string, change func(*vfs.Learned)) {
	m.m.Learn(key, func(l *config.Learned) {
		v := learnedIn(*l)
		change(&v)
		*l = learnedOut(v)
	})
}

func (m memory) Trusted(hostKey string) string     { return m.m.Trusted(hostKey) }
func (m memory) Trust(hostKey, fingerprint string) { m.m.Trust(hostKey, fingerprint) }

// verbMemory is the memory of a verb, which warns of clear text each time: only
// a user who was asked, on the screen, may say that it is all right for good.
type verbMemory struct{ memory }

func (m verbMemory) Learned(key string) vfs.Learned {
	l := m.memory.Learned(key)
	l.ClearOK = false
	return l
}

func (m verbMemory) Learn(key string, change func(*vfs.Learned)) {
	m.memory.Learn(key, func(l *vfs.Learned) {
		was := l.ClearOK
		change(l)
		l.ClearOK = was
	})
}

func learnedIn(l config.Learned) vfs.Learned {
	return vfs.Learned{Data: vfs.DataMode(l.Data), TLSOffered: l.TLSOffered, ClearOK: l.ClearOK, MaxConns: l.MaxConns, Zone: l.Zone,
		ListAll: l.ListAll, MLSDBad: l.MLSDBad, Charset: l.Charset, Quirks: l.Quirks, Welcome: l.Welcome}
}

func learnedOut(l vfs.Learned) config.Learned {
	return config.Learned{Data: string(l.Data), TLSOffered: l.TLSOffered, ClearOK: l.ClearOK, MaxConns: l.MaxConns, Zone: l.Zone,
		ListAll: l.ListAll, MLSDBad: l.MLSDBad, Charset: l.Charset, Quirks: l.Quirks, Welcome: l.Welcome}
}

// siteOf is the way back from endpointOf; what an endpoint does not say stays
// as it was.
func siteOf(e vfs.Endpoint, was config.Site) config.NamedSite {
	s := was
	s.Host, s.Port, s.User, s.Account, s.Start = e.Host, e.Port, e.User, e.Account, e.Start
	s.TLS, s.TLSMin, s.TLSMax, s.ClientCert, s.ClientKey, s.Insecure = string(e.TLS), e.TLSMin, e.TLSMax, e.ClientCert, e.ClientKey, e.Insecure
	s.Mode, s.TrustPASV, s.ActivePorts, s.ActiveAddr = string(e.Data), e.TrustPASV, e.ActivePorts, e.ActiveAddr
	s.Charset, s.Zone, s.List, s.Proxy, s.MaxConns = e.Charset, e.Zone, e.List, e.Proxy, e.MaxConns
	s.LimitDown, s.LimitUp = config.Rate(e.RateDown), config.Rate(e.RateUp)
	s.Timeout, s.DataIdle, s.Keepalive = config.Duration(e.Timeout), config.Duration(e.DataIdle), config.Duration(e.Keepalive)
	s.Debug, s.NoTempName, s.SocketBuffer = e.Debug, e.NoTempName, config.Size(e.SocketBuffer)
	return config.NamedSite{Name: e.Name, Site: s}
}
